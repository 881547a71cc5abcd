import { describe, expect, test } from "vitest";
import type { Subscription } from "../src/api/client";
import { amountDue, canResume, endsAtOnce, goesOn, standingOf } from "../src/api/state";

const paid = { paid_through: "2026-12-15", access_until: "2026-12-15", today: "2026-12-15", pending: false };
const of = (part: Partial<Subscription>) => ({ ...paid, state: "active", ...part }) as Subscription;
const nothing = { state: "none", paid_through: null, access_until: null } as const;
const card = { registered_at: "2026-12-15T00:00:00Z" };

describe("how a subscription stands", () => {
  test.each([
    ["nothing was begun", of(nothing), "none"],
    ["a window was opened", of({ ...nothing, pending: true }), "unfinished"],
    ["the first charge is in doubt", of({ ...nothing, pending: true, card }), "confirming"],
    ["a person has to settle the first charge", of({ ...nothing, card, review_since: "2026-12-15T00:00:00Z" }), "reviewing"],
    ["it is paid", of({}), "active"],
    ["it is cancelled, on the last day", of({ state: "cancelling" }), "cancelling"],
    ["it is cancelled, on the day after", of({ state: "cancelling", today: "2026-12-16" }), "over"],
    ["a card fails, in the days of grace", of({ state: "past_due", access_until: "2026-12-22", today: "2026-12-16" }), "past_due"],
    ["a card failed for all of them", of({ state: "past_due", access_until: "2026-12-22", today: "2026-12-23" }), "over"],
    ["access was taken away", of({ state: "ended" }), "over"],
    ["everything is being erased", of({ erasure_requested_at: "2026-12-15T00:00:00Z" }), "erasing"],
  ] satisfies [string, Subscription, string][])("when %s", (_, subscription, standing) => {
    expect(standingOf(subscription)).toBe(standing);
  });

  test("only who still has access can take a cancellation back, and has no other way in", () => {
    const [today, tomorrow] = ["2026-12-15", "2026-12-16"].map((day) => of({ state: "cancelling", today: day }));
    expect([today, tomorrow].map((it) => it && [canResume(it), goesOn(it)])).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  test("a cancellation ends access at once where what was paid for is over", () => {
    expect([of({}), of({ today: "2026-12-16" }), of(nothing)].map(endsAtOnce)).toEqual([false, true, false]);
  });

  test("what is due is the price that was agreed to", () => {
    const change = { price: 12_900, from: "2026-12-15", terms_version: "2026-01" };
    const agreed = { ...change, agreed_at: "2026-12-01T00:00:00Z" };
    const due = [null, change, agreed].map((price_change) => amountDue(of({ price: 9_900, price_change })));
    expect(due).toEqual([9_900, 9_900, 12_900]);
  });
});
