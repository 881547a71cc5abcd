// A plan's name: the API's, and in English the configuration's where there is one.

import { config } from "../api/config";
import { useLanguage } from "../words/language";

/** The name in the reader's language; a Korean one where there is no other. */
export function usePlanName(): (id: string | null | undefined, name: string | null | undefined) => string {
  const { language } = useLanguage();
  const english = language === "en" ? config().planNames : null;
  return (id, name) => (id ? english?.[id] : undefined) ?? name ?? id ?? "";
}
