import { describe, expect, test } from "vitest";
import "../src/admin/words";
import type { Entry } from "../src/api/client";
import { entryWords } from "../src/admin/journal";
import { lastDays, problemOf } from "../src/admin/range";
import { translator } from "../src/words/language";

const t = translator("ko");
const common = { id: "1", at: "2026-11-22T03:00:00Z" };
type What<Kind extends Entry["entry"]> = Omit<Extract<Entry, { entry: Kind }>, "id" | "at" | "by" | "entry">;
const told = (what: What<"told">) => ({ ...common, by: null, entry: "told", ...what }) as Entry;
const did = (what: What<"did">) => ({ ...common, by: "admin", entry: "did", ...what }) as Entry;

describe("an entry of the journal", () => {
  test("says what happened and what there is to know of it", () => {
    const paid = told({
      type: "paid",
      details: { imp_uid: "imps_1", amount: 9900, paid_through: "2026-12-22", recovered: true },
    });
    expect(entryWords(paid, t, "ko")).toEqual({
      what: "결제",
      details: ["9,900원", "2026년 12월 22일까지", "실패 후 결제됨", "imps_1"],
    });
    const declined = told({
      type: "declined",
      details: {
        merchant_uid: "pay-1",
        decline: { class: "soft", reason: "[1254][실시간빌링실패|잔액부족]", at: "2026-11-22T03:00:00Z" },
        retry_at: "2026-11-23T01:00:00Z",
      },
    });
    expect(entryWords(declined, t, "ko")).toEqual({
      what: "결제 거절",
      details: ["잔액·한도", "잔액부족 (1254)", "2026년 11월 23일 오전 10:00에 다시 시도", "pay-1"],
    });
  });

  test("says what was no card's fault", () => {
    const trouble = told({
      type: "provider_trouble",
      details: { merchant_uid: "pay-1", reason: "[8901] 미등록PG업체/거래정지업체", held: true },
    });
    expect(entryWords(trouble, t, "ko")).toEqual({
      what: "결제 시스템 문제",
      details: ["[8901] 미등록PG업체/거래정지업체", "같은 사유의 거절이 많아 카드 문제로 보지 않음", "pay-1"],
    });
  });

  test("says who did it", () => {
    const refund = did({ type: "refunded", details: { imp_uid: "imps_1", reason: "고객 요청" } });
    expect(entryWords(refund, t, "ko")).toEqual({
      what: "관리자: 환불",
      details: ["고객 요청", "imps_1", "처리자 admin"],
    });
  });

  test("of a kind that came after this page was loaded is shown by its name", () => {
    const later = { ...common, by: null, entry: "told", type: "moved_house", details: {} } as unknown as Entry;
    expect(entryWords(later, t, "ko")).toEqual({ what: "journal.moved_house", details: [] });
  });
});

describe("a range of days", () => {
  test("counts both ends", () => {
    expect(lastDays("2026-03-01", 30)).toEqual({ from: "2026-01-31", to: "2026-03-01" });
    expect(lastDays("2026-03-01", 1)).toEqual({ from: "2026-03-01", to: "2026-03-01" });
  });

  test.each([
    ["2026-03-01", "2026-03-01", null],
    ["2026-03-02", "2026-03-01", "empty"],
    ["", "2026-03-01", "empty"],
    ["2026-01-01", "2026-03-31", null],
    ["2026-01-01", "2026-04-01", "long"],
  ])("from %s to %s: %s", (from, to, problem) => expect(problemOf({ from, to }, 90)).toBe(problem));
});
