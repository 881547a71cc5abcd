import { expect, test } from "vitest";
import { adviceFor } from "../src/words/advice";
import { translator } from "../src/words/language";
import { cardName, inLanguage } from "../src/words/partners";

test("a partner's words are shown to who reads their language, and to nobody raw", () => {
  const text = "필수 파라미터가 누락되었습니다.";
  expect([inLanguage(text, "ko"), inLanguage(text, "en"), inLanguage("F0000", "en")]).toEqual([text, null, "F0000"]);
});

test("card companies have English names, and one that has none here is left out", () => {
  const names = ["BC카드", "신한카드", "KB국민카드", "카카오뱅크", "새로운카드", null];
  expect(names.map((name) => cardName(name, "ko"))).toEqual([...names]);
  expect(names.map((name) => cardName(name, "en"))).toEqual([
    "BC Card",
    "Shinhan Card",
    "KB Kookmin Card",
    "KakaoBank Card",
    null,
    null,
  ]);
});

test("what to do about a decline is said in both languages, by what the decline means", () => {
  const english = (["transient", "soft", "provider", "hard", "unknown"] as const).map((decline) =>
    adviceFor({ decline, advice: "한국어", again: false }, "en", translator("en")),
  );
  expect(english.every((text) => text !== null && /^[\p{Script=Latin}\p{P}\s]+$/u.test(text))).toBe(true);
  expect(new Set(english).size).toBe(5);
  expect(adviceFor({ decline: "soft", advice: "잔액", again: true }, "ko", translator("ko"))).toBe("잔액");
  expect(adviceFor({ again: true }, "en", translator("en"))).toBeNull();
});
