import { describe, expect, test } from "vitest";
import { cardMonth, date, dayOf, isTelephone, providerWords, telephone, time, won } from "../src/words/format";

describe("amounts and dates", () => {
  test("are written as Koreans write them", () => {
    expect([won(9900, "ko"), won(0, "ko"), date("2026-12-01", "ko")]).toEqual([
      "9,900원",
      "0원",
      "2026년 12월 1일",
    ]);
    expect(time("2026-11-22T06:04:00Z", "ko")).toBe("2026년 11월 22일 오후 3:04");
    expect(time("2026-11-22T15:00:00Z", "ko")).toBe("2026년 11월 23일 오전 12:00");
    expect(time("2026-11-22T03:00:00Z", "ko")).toBe("2026년 11월 22일 오후 12:00");
  });

  test("are Korea's, whatever the reader's time zone", () => {
    expect(dayOf("2026-11-22T15:00:00Z", "ko")).toBe("2026년 11월 23일");
    expect(dayOf("2026-11-22T14:59:59Z", "ko")).toBe("2026년 11월 22일");
  });

  test("can be read in English", () => {
    expect([won(9900, "en"), date("2026-12-01", "en")]).toEqual(["₩9,900", "1 Dec 2026"]);
    expect(time("2026-11-22T06:04:00Z", "en")).toBe("22 Nov 2026, 15:04");
  });
});

describe("a telephone number", () => {
  test.each([
    ["01012345678", "010-1234-5678"],
    ["010-1234-5678", "010-1234-5678"],
    ["0101234567", "010-123-4567"],
    ["0212345678", "02-1234-5678"],
    ["021234567", "02-123-4567"],
    ["0101234", "010-123-4"],
    ["010", "010"],
    ["", ""],
    ["010123456789", "010-1234-5678"],
  ])("%s is shown as %s", (typed, shown) => expect(telephone(typed)).toBe(shown));

  test.each([
    ["010-1234-5678", true],
    ["02-123-4567", true],
    ["12345678901", false],
    ["010-1234", false],
    ["", false],
  ])("%s counts: %s", (text, counts) => expect(isTelephone(text)).toBe(counts));
});

test.each([
  ["[1254][실시간빌링실패|잔액부족]", "잔액부족 (1254)"],
  [" [2116][실시간빌링실패|개인 월 한도금액 초과] ", "개인 월 한도금액 초과 (2116)"],
  ["사용자가 결제를 취소하셨습니다", "사용자가 결제를 취소하셨습니다"],
  ["[F112] 카드사 점검", "[F112] 카드사 점검"],
])("the card company's %s is shown as %s", (said, shown) => expect(providerWords(said, "ko")).toBe(shown));

test("the card company's words are quoted in English, and said to be Korean", () => {
  const words = ["[1254][실시간빌링실패|잔액부족]", "do not honor"].map((said) => providerWords(said, "en"));
  expect(words).toEqual(["in Korean: “잔액부족 (1254)”", "do not honor"]);
});

test.each([
  ["05/29", "2029-05"],
  [" 12 / 30 ", "2030-12"],
  ["0529", "2029-05"],
  ["13/29", null],
  ["5/29", null],
  ["05/2029", null],
  ["", null],
])("a card's %s is the month %s", (printed, month) => expect(cardMonth(printed)).toBe(month));
