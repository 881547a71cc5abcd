import { expect, test } from "vitest";
import { ADMIN } from "../src/words/admin";
import { APP } from "../src/words/app";
import { CHECKOUT } from "../src/words/checkout";
import { KINDS } from "../src/words/kinds";
import { translator } from "../src/words/language";
import { MEMBER } from "../src/words/member";
import { type Key, STRINGS } from "../src/words/strings";

const keys = Object.keys(STRINGS) as Key[];
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("every string has both languages, with the same holes", () => {
  for (const key of keys) {
    const { ko, en } = STRINGS[key];
    expect([key, ko.trim() !== "", en.trim() !== ""]).toEqual([key, true, true]);
    expect([key, holes(en)]).toEqual([key, holes(ko)]);
  }
});

test("no key is in two files, where one would hide the other", () => {
  const files = [APP, CHECKOUT, MEMBER, ADMIN, KINDS];
  expect(files.flatMap((file) => Object.keys(file)).sort()).toEqual([...keys].sort());
});

test("holes are filled, and what has no value stays to be seen", () => {
  expect(translator("ko")("progress.next", { date: "2026년 12월 1일" })).toBe(
    "다음 결제일은 2026년 12월 1일입니다.",
  );
  expect(translator("en")("progress.next")).toBe("Your next payment is on {date}.");
});
