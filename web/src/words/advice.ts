// What to do about a decline, in the reader's language. The API says it in Korean, and what it means as a class.

import type { Translate } from "./language";
import type { Key, Language } from "./strings";

export type DeclineClass = "transient" | "soft" | "provider" | "hard" | "unknown";

interface Declined {
  decline?: DeclineClass | null | undefined;
  /** The API's own words. */
  advice?: string | null | undefined;
  /** Whether it is tried again without the member. */
  again: boolean;
}

export function adviceFor({ decline, advice, again }: Declined, language: Language, t: Translate): string | null {
  if (language === "ko" && advice) return advice;
  if (!decline) return null;
  const key: Key = decline === "provider" && again ? "advice.providerAgain" : `advice.${decline}`;
  return t(key);
}
