// App Check: shows the API that a request comes from this app. Loaded when something with a card begins, not before.

import { initializeApp } from "@firebase/app";
import {
  type AppCheck,
  type AppCheckOptions,
  getLimitedUseToken,
  initializeAppCheck,
  ReCaptchaEnterpriseProvider,
} from "@firebase/app-check";
import type { Config } from "../api/config";

/** Where reCAPTCHA is blocked no answer ever comes. */
const PATIENCE_MS = 10_000;

let opened: AppCheck | undefined;

/** A new token of this app's, or `null` where none can be had: whether that matters is the API's to say. */
export async function appToken(
  { firebase, appCheck }: Config,
  standIn?: AppCheckOptions["provider"],
): Promise<string | null> {
  if (!appCheck) return null;
  const { appId, siteKey } = appCheck;
  // An app of its own, so that the sign-in goes on as it is.
  opened ??= initializeAppCheck(initializeApp({ ...firebase, appId }, "app-check"), {
    provider: standIn ?? new ReCaptchaEnterpriseProvider(siteKey),
  });
  const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const token = getLimitedUseToken(opened).then((given) => given.token);
  return Promise.race([late, token.catch(() => null)]);
}
