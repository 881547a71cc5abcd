// Firebase's sign-in: only what e-mail and password need, so that little of the SDK is loaded.

import { initializeApp } from "@firebase/app";
import {
  type Auth,
  browserLocalPersistence,
  connectAuthEmulator,
  createUserWithEmailAndPassword,
  indexedDBLocalPersistence,
  initializeAuth,
  sendEmailVerification,
  sendPasswordResetEmail,
  signInWithEmailAndPassword,
  updateProfile,
} from "@firebase/auth";
import type { Config } from "../api/config";
import type { Key } from "../words/strings";

export function openAuth({ firebase }: Config): Auth {
  const { apiKey, projectId } = firebase;
  const auth = initializeAuth(initializeApp({ apiKey, projectId }), {
    persistence: [indexedDBLocalPersistence, browserLocalPersistence],
  });
  auth.languageCode = "ko";
  if (firebase.authEmulatorUrl)
    connectAuthEmulator(auth, firebase.authEmulatorUrl, { disableWarnings: true });
  return auth;
}

export async function signIn(auth: Auth, email: string, password: string) {
  await signInWithEmailAndPassword(auth, email, password);
}

export async function signUp(auth: Auth, name: string, email: string, password: string) {
  const { user } = await createUserWithEmailAndPassword(auth, email, password);
  await updateProfile(user, { displayName: name });
  // Tells all who listen that there is a name now.
  await user.getIdToken(true);
}

export async function resetPassword(auth: Auth, email: string) {
  await sendPasswordResetEmail(auth, email);
}

/** Sends a mail whose link shows that the address is the member's. */
export async function verifyEmail(auth: Auth) {
  if (auth.currentUser) await sendEmailVerification(auth.currentUser);
}

const MESSAGES: Record<string, Key> = {
  "auth/invalid-credential": "sign.error.credential",
  "auth/invalid-login-credentials": "sign.error.credential",
  "auth/user-not-found": "sign.error.credential",
  "auth/wrong-password": "sign.error.credential",
  "auth/email-already-in-use": "sign.error.taken",
  "auth/weak-password": "sign.error.weak",
  "auth/password-does-not-meet-requirements": "sign.error.weak",
  "auth/invalid-email": "sign.error.email",
  "auth/missing-email": "sign.error.email",
  "auth/user-disabled": "sign.error.disabled",
  "auth/too-many-requests": "sign.error.tooMany",
  "auth/network-request-failed": "app.offline",
};

/** What to tell of a refusal of Firebase's. */
export function signInMessage(error: unknown): Key {
  return MESSAGES[codeOf(error)] ?? "sign.error.other";
}

export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
