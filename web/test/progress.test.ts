import { describe, expect, test } from "vitest";
import type { Subscription } from "../src/api/client";
import { Problem, type ProblemBody } from "../src/api/problem";
import { approved, closedByMember, completionPath } from "../src/checkout/card-window";
import { askAgainIn, type Known, progressOf } from "../src/checkout/progress";

const nothing: Known = { windowApproved: false, answer: undefined, error: null, asked: 0 };
const problem = (type: ProblemBody["type"], status: number) =>
  new Problem({ type, status, title: type, detail: type });
const subscription = { state: "active" } as Subscription;
const pastDue = { state: "past_due", pending: false } as Subscription;

describe("progress", () => {
  test.each([
    ["nothing is known", nothing, "asking"],
    ["the window approved", { ...nothing, windowApproved: true }, "confirming"],
    ["the API does not know yet", { ...nothing, windowApproved: true, answer: null }, "confirming"],
    ["the API says it is done", { ...nothing, answer: subscription }, "done"],
    ["the charge was declined", { ...nothing, error: problem("/problems/declined", 402) }, "declined"],
    [
      "no card was registered",
      { ...nothing, error: problem("/problems/card-not-registered", 402) },
      "not-registered",
    ],
    [
      "the member closed the window",
      { ...nothing, windowClosed: true, error: problem("/problems/card-not-registered", 402) },
      "closed",
    ],
    ["a new card paid what was overdue", { ...nothing, purpose: "overdue", answer: subscription }, "done"],
    ["a new card was declined too", { ...nothing, purpose: "overdue", answer: pastDue }, "still-due"],
    [
      "a new card is being charged",
      { ...nothing, purpose: "overdue", answer: { ...pastDue, pending: true } },
      "confirming",
    ],
    ["a person has to look", { ...nothing, error: problem("/problems/under-review", 409) }, "review"],
    ["the order is another's", { ...nothing, error: problem("/problems/no-such-order", 404) }, "refused"],
    [
      "the server is out of reach",
      { ...nothing, windowApproved: true, error: new Problem(null) },
      "confirming",
    ],
    ["something did not answer", { ...nothing, error: problem("/problems/unavailable", 503) }, "asking"],
  ] satisfies [string, Known, string][])("when %s", (_, known, outcome) => {
    expect(progressOf(known).outcome).toBe(outcome);
  });

  test("shows nothing as done that the API has not confirmed", () => {
    expect(progressOf({ ...nothing, windowApproved: true }).steps).toEqual({
      card: "done",
      payment: "active",
      done: "waiting",
    });
    expect(progressOf(nothing).steps).toEqual({ card: "active", payment: "waiting", done: "waiting" });
  });

  test("is asked for until it is known, at first quickly", () => {
    const waits = [0, 1, 2, 3, 7, 8, 100].map((asked) => askAgainIn({ ...nothing, asked }));
    expect(waits).toEqual([1000, 1000, 1000, 4000, 4000, 10_000, 10_000]);
    expect(askAgainIn({ ...nothing, answer: subscription })).toBe(false);
    expect(askAgainIn({ ...nothing, error: problem("/problems/declined", 402) })).toBe(false);
    expect(askAgainIn({ ...nothing, error: new Problem(null) })).toBe(1000);
  });

  test("says when it takes long, and when asking fails", () => {
    expect(progressOf({ ...nothing, asked: 8 }).slow).toBe(true);
    expect(progressOf({ ...nothing, error: new Problem(null) }).troubled).toBe(true);
    expect(progressOf({ ...nothing, asked: 8, answer: subscription }).slow).toBe(false);
  });
});

describe("what the card window says", () => {
  test.each([
    [{ success: true, imp_uid: "imp_1" }, true],
    [{ success: false, imp_uid: "imp_1", error_msg: "no" }, false],
    [{ imp_success: true, imp_uid: "imp_1" }, true],
    [{ imp_uid: "imp_1" }, true],
    [{ imp_uid: "imp_1", error_code: "F0000" }, false],
    [{ imp_uid: null }, false],
    [{}, false],
  ])("%j is an approval: %s", (answer, expected) => expect(approved(answer)).toBe(expected));

  test.each([
    ["사용자가 결제를 취소하셨습니다", true],
    ["[결제포기] 사용자가 결제를 취소하셨습니다.", true],
    ["카드 인증에 실패하였습니다.", false],
    [undefined, false],
  ])("%s: the member closed it: %s", (error_msg, closed) => {
    expect(closedByMember(error_msg === undefined ? {} : { error_msg })).toBe(closed);
  });

  test("leads to one page, on a desktop as on a phone", () => {
    expect(completionPath("reg-1-0", { success: true, imp_uid: "imp_1" })).toBe(
      "/app/checkout/complete?merchant_uid=reg-1-0&imp_uid=imp_1&imp_success=true",
    );
    expect(completionPath("reg-1-0", { success: false, imp_uid: "imp_1" })).toBe(
      "/app/checkout/complete?merchant_uid=reg-1-0&imp_uid=imp_1",
    );
    expect(completionPath("reg-1-0", { success: false, imp_uid: "imp_1", error_msg: "닫음" })).toBe(
      "/app/checkout/complete?merchant_uid=reg-1-0&imp_uid=imp_1&error_msg=%EB%8B%AB%EC%9D%8C",
    );
  });
});
