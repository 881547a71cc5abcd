// Won, dates and times as Koreans write them. Times are shown in Korea's time, wherever the reader is.

import type { Language } from "./strings";

const LOCALE: Record<Language, string> = { ko: "ko-KR", en: "en-GB" };

/** `9,900원`. */
export function won(amount: number, language: Language): string {
  const digits = amount.toLocaleString("ko-KR");
  return language === "ko" ? `${digits}원` : `₩${digits}`;
}

/** A date in Korea, `2026-12-22`, as `2026년 12월 22일`. */
export function date(text: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], {
    timeZone: "UTC",
    year: "numeric",
    month: language === "ko" ? "long" : "short",
    day: "numeric",
  }).format(new Date(`${text}T00:00:00Z`));
}

/** The date in Korea of a moment. */
export function dayOf(moment: string, language: Language): string {
  return date(koreanDate(moment), language);
}

/** A moment as `2026년 11월 22일 오후 3:04`. Browsers differ on 오후 and PM, so it is put together here. */
export function time(moment: string, language: Language): string {
  const clock = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Asia/Seoul",
    hour: "2-digit",
    minute: "2-digit",
  }).format(new Date(moment));
  if (language === "en") return `${dayOf(moment, language)}, ${clock}`;
  const [hour = 0, minute = 0] = clock.split(":").map(Number);
  const half = hour < 12 ? "오전" : "오후";
  return `${dayOf(moment, language)} ${half} ${hour % 12 || 12}:${String(minute).padStart(2, "0")}`;
}

/** The date in Korea of a moment, as the API writes dates. */
export function koreanDate(moment: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Seoul" }).format(new Date(moment));
}

/** A telephone number with hyphens where Koreans put them: `010-1234-5678`. */
export function telephone(text: string): string {
  const digits = text.replace(/\D/g, "").slice(0, 11);
  const area = digits.startsWith("02") ? 2 : 3;
  if (digits.length <= area) return digits;
  const last = digits.length - area > 7 ? 4 : Math.max(digits.length - area - 4, 3);
  const parts = [digits.slice(0, area), digits.slice(area, area + last), digits.slice(area + last)];
  return parts.filter(Boolean).join("-");
}

/** Whether it can be a telephone number in Korea: 9 to 11 digits that begin with 0. */
export function isTelephone(text: string): boolean {
  return /^0\d{8,10}$/.test(text.replace(/\D/g, ""));
}

/**
 * The card company's words without their wrapping: `[1254][실시간빌링실패|잔액부족]` is `잔액부족 (1254)`. They are for the
 * desk, which may have to repeat them to the company: in English they are quoted, and said to be Korean.
 */
export function providerWords(text: string, language: Language): string {
  const wrapped = /^\[(\w+)\]\[[^|\]]*\|([^\]]+)\]$/.exec(text.trim());
  const words = wrapped ? `${wrapped[2]} (${wrapped[1]})` : text;
  return language === "en" && /\p{Script=Hangul}/u.test(words) ? `in Korean: “${words}”` : words;
}

/** A card's last month as printed on it, `05/29`, as the API writes months: `2029-05`. */
export function cardMonth(text: string): string | null {
  const printed = /^(0[1-9]|1[0-2])\s*\/?\s*(\d\d)$/.exec(text.trim());
  return printed ? `20${printed[2]}-${printed[1]}` : null;
}

/** The date in Korea so many days after a moment's, as the API writes dates. */
export function daysAfter(moment: string, days: number): string {
  const later = new Date(`${koreanDate(moment)}T00:00:00Z`);
  later.setUTCDate(later.getUTCDate() + days);
  return later.toISOString().slice(0, 10);
}
