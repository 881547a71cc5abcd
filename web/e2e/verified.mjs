// A checkout wants a verified address. Imported before world.mjs, whose stack takes it.

process.env.VERIFIED_EMAIL = "required";
