// Who is asking: Firebase's ID tokens.
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const project = process.env.FIREBASE_PROJECT;
const keys = createRemoteJWKSet(
  new URL(
    process.env.FIREBASE_JWKS_URL ??
      "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
  ),
);

/** The member's uid, or nothing if the token is not good. */
export async function memberOf(authorization) {
  const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
  if (token === undefined) return undefined;
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ["RS256"],
      issuer: `https://securetoken.google.com/${project}`,
      audience: project,
    });
    return payload.sub;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
