import { describe, expect, test, vi } from "vitest";
import type { BookPage, Slice } from "../src/api/client";
import { type Fetched, gather, nameOf, NO_PAGES, NO_SLICES, withPage, withSlice } from "../src/admin/books";
import { monthBefore } from "../src/admin/months-close";

const page = (content: string, lines: number, cursor: string | null): BookPage => ({
  content,
  lines,
  unreadable: 0,
  cursor,
});
const pages: Record<string, BookPage> = {
  "": page("\ufeffa\r\n1\r\n", 1, "x"),
  x: page("", 0, "y"),
  y: page("2\r\n3\r\n", 2, null),
};
const all = (fetched: Fetched) => fetched.cursor === null;
const text = (fetched: Fetched) => new Blob(fetched.parts).arrayBuffer().then((bytes) => Buffer.from(bytes).toString());

describe("a book", () => {
  test("is its pages one after the other, also where one of them did not come", async () => {
    let fails = true;
    let came = NO_PAGES;
    const step = async (fetched: Fetched) => {
      if (fetched.cursor === "y" && fails) throw new Error("gone");
      return withPage(fetched, pages[fetched.cursor ?? ""] as BookPage);
    };
    const told = vi.fn((fetched: Fetched) => {
      came = fetched;
    });
    const stop = new AbortController().signal;
    await expect(gather(NO_PAGES, all, step, told, stop)).rejects.toThrow("gone");
    expect([came.lines, came.cursor]).toEqual([1, "y"]);
    fails = false;
    await gather(came, all, step, told, stop);
    expect([came.lines, came.cursor, told.mock.calls.length]).toEqual([3, null, 3]);
    expect(await text(came)).toBe("\ufeffa\r\n1\r\n2\r\n3\r\n");
  });

  test("stops when it is told to, and what comes after that is forgotten", async () => {
    const stop = new AbortController();
    const told = vi.fn();
    const step = async (fetched: Fetched) => {
      stop.abort();
      return withPage(fetched, page("1\r\n", 1, "x"));
    };
    await gather(NO_PAGES, all, step, told, stop.signal);
    expect(told).not.toHaveBeenCalled();
  });

  test("has the name of what it is", () => {
    expect(nameOf("payments", "csv", "2026-11-01", "2026-11-30")).toBe("gudok-payments-2026-11-01-2026-11-30.csv");
    expect(nameOf("members", "jsonl", "2026-11-01", "2026-11-30")).toBe("gudok-members-2026-11-30.jsonl");
  });
});

test("a month is the sum of its slices", () => {
  const of = (payments: number) => ({ payments, paid: payments * 9_900, refunded: payments });
  const slice = (many: number, next: string | null): Slice => ({
    ours: of(many),
    theirs: of(many + 1),
    differing: 1,
    differences: [
      { kind: "only_at_iamport", imp_uid: `imps_${many}`, merchant_uid: "pay-1", paid_at: "2026-11-01T00:00:00Z" },
    ],
    troubled: 0,
    next,
  });
  const closed = withSlice(withSlice(NO_SLICES, slice(2, "2026-11-10T00:00:00Z")), slice(3, null));
  expect([closed.ours, closed.theirs, closed.after]).toEqual([of(5), of(7), null]);
  expect([closed.differing, closed.differences.length]).toEqual([2, 2]);
});

test("the month before January is December", () => {
  expect(["2026-11-30", "2027-01-01", "2026-03-31"].map(monthBefore)).toEqual(["2026-10", "2026-12", "2026-02"]);
});
