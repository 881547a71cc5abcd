import { expect, test } from "vitest";
import { ACTS } from "../src/words/acts";
import { ADMIN } from "../src/words/admin";
import { APP } from "../src/words/app";
import { BOOKS } from "../src/words/books";
import { CHECKOUT } from "../src/words/checkout";
import { KINDS } from "../src/words/kinds";
import { translator } from "../src/words/language";
import { MEMBER } from "../src/words/member";
import type { Language } from "../src/words/strings";

const FILES: Record<string, Record<Language, string>>[] = [APP, CHECKOUT, MEMBER, ADMIN, ACTS, BOOKS, KINDS];
const STRINGS = FILES.flatMap((file) => Object.entries(file));
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("every string has both languages, with the same holes", () => {
  for (const [key, { ko, en }] of STRINGS) {
    expect([key, ko.trim() !== "", en.trim() !== ""]).toEqual([key, true, true]);
    expect([key, holes(en)]).toEqual([key, holes(ko)]);
  }
});

test("no key is in two files, where one would hide the other", () => {
  const keys = STRINGS.map(([key]) => key);
  expect(keys.sort()).toEqual([...new Set(keys)].sort());
});

test("holes are filled, and what has no value stays to be seen", () => {
  expect(translator("ko")("progress.next", { date: "2026년 12월 1일" })).toBe(
    "다음 결제일은 2026년 12월 1일입니다.",
  );
  expect(translator("en")("progress.next")).toBe("Your next payment is on {date}.");
});
