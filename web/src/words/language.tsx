// The language that is shown. Korean unless the reader chose otherwise.

import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { APP } from "./app";
import { CHECKOUT } from "./checkout";
import { MEMBER } from "./member";
import type { Key, Language, Words } from "./strings";

export type Translate = (key: Key, values?: Record<string, string | number>) => string;

interface Spoken {
  language: Language;
  setLanguage: (language: Language) => void;
  t: Translate;
}

/** What can be said so far. */
const SPOKEN: Words = { ...APP, ...CHECKOUT, ...MEMBER };

/** Learns the words of a part of the app that is loaded on demand. */
export function learn(words: Words) {
  Object.assign(SPOKEN, words);
}

const KEPT_AS = "gudok.language";
const Context = createContext<Spoken | null>(null);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, keep] = useState<Language>(() => (localStorage.getItem(KEPT_AS) === "en" ? "en" : "ko"));
  const setLanguage = useCallback((chosen: Language) => {
    localStorage.setItem(KEPT_AS, chosen);
    keep(chosen);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const spoken = useMemo(() => ({ language, setLanguage, t: translator(language) }), [language, setLanguage]);
  return <Context.Provider value={spoken}>{children}</Context.Provider>;
}

export function useLanguage(): Spoken {
  const spoken = useContext(Context);
  if (!spoken) throw new Error("useLanguage outside of LanguageProvider");
  return spoken;
}

/**
 * The strings of a language, with `{name}` filled in. An API newer than this page may say a word that has none here:
 * its key is shown.
 */
export function translator(language: Language): Translate {
  return (key, values = {}) =>
    (SPOKEN[key]?.[language] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
