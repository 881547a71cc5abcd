// Refunds of more than 5,000 won wait until another admin agrees. Imported before world.mjs, whose stack takes it.

process.env.POLICY = JSON.stringify({ second_admin_above: 5000 });
