// What partners call things, in the reader's language. Their words are Korean; what has no English here is left out
// of English pages rather than shown raw.

import type { Language } from "./strings";

/** Card companies, as Iamport names them, without the 카드 at the end. */
const ISSUERS: Record<string, string> = {
  BC: "BC",
  비씨: "BC",
  KB국민: "KB Kookmin",
  국민: "KB Kookmin",
  신한: "Shinhan",
  삼성: "Samsung",
  현대: "Hyundai",
  롯데: "Lotte",
  하나: "Hana",
  외환: "KEB Hana",
  우리: "Woori",
  NH: "NH",
  NH농협: "NH NongHyup",
  농협: "NH NongHyup",
  씨티: "Citi",
  카카오뱅크: "KakaoBank",
  케이뱅크: "K bank",
  토스뱅크: "Toss Bank",
  광주: "Gwangju",
  전북: "Jeonbuk",
  수협: "Suhyup",
  제주: "Jeju",
  신협: "Shinhyup",
  우체국: "Korea Post",
  새마을: "MG",
  산업: "KDB",
  기업: "IBK",
};

const HANGUL = /\p{Script=Hangul}/u;

/** A text of a partner's, if it is in the reader's language. */
export function inLanguage(text: string | null | undefined, language: Language): string | null {
  return text && (language === "ko" || !HANGUL.test(text)) ? text : null;
}

/** A card's name, such as `BC카드`, and `BC Card` in English. */
export function cardName(name: string | null | undefined, language: Language): string | null {
  const known = name ? ISSUERS[name.trim().replace(/\s*카드$/u, "")] : undefined;
  return language === "en" && known ? `${known} Card` : inLanguage(name, language);
}
