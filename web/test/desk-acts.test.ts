import { describe, expect, test } from "vitest";
import "../src/admin/words";
import { changes, daysIn, lastsThrough, nameOf, offered, outcome, wonIn } from "../src/admin/acts";
import type { DeskSubscription, State } from "../src/api/client";
import { translator } from "../src/words/language";

const t = translator("ko");

/** A subscription as the desk has it, as far as an act looks at it. */
function standing(state: State, more: Partial<DeskSubscription> = {}): DeskSubscription {
  return {
    id: "run",
    state,
    plan: "monthly",
    price: 9900,
    periods_paid: 1,
    days_given: 0,
    access: "granted",
    dunning: { failures: 0, stopped: false },
    open_charges: [],
    open_registrations: [],
    refunds_due: [],
    reviews: [],
    ...more,
  };
}

const until = (day: string, state: State = "active") => standing(state, { paid_through: day, next_payment_date: day });

describe("what is offered", () => {
  test("fits how things stand", () => {
    expect(offered(standing("active"))).toEqual(["cancel", "give_days", "ask_for_card", "end_now", "erase"]);
    expect(offered(standing("past_due"))[0]).toBe("try_again");
    expect(offered(standing("cancelling"))).toEqual(["resume", "give_days", "end_now", "erase"]);
    expect(offered(standing("ended"))).toEqual(["give_days", "erase"]);
    expect(offered(standing("none"))).toEqual(["give_days", "erase"]);
    expect(offered(standing("none", { complimentary_until: "2026-12-31" }))).toContain("end_now");
  });

  test("is no other try of a card that is finished", () => {
    const dead = standing("past_due", { dunning: { failures: 1, stopped: true, decline: "hard" } });
    expect(offered(dead)).not.toContain("try_again");
  });

  test("is nothing while everything is being erased", () => {
    expect(offered(standing("active", { erasure_requested_at: "2026-11-30T00:00:00Z" }))).toEqual([]);
  });

  test("are free days to whoever has no subscription that goes on", () => {
    expect(nameOf("give_days", null)).toBe("let_in");
    expect(nameOf("give_days", standing("ended"))).toBe("let_in");
    expect(nameOf("give_days", standing("past_due"))).toBe("give_days");
    expect(nameOf("end_now", standing("none"))).toBe("end_now");
  });
});

test("access is shown to last through what is paid or given, while nothing has ended", () => {
  expect(lastsThrough(null)).toBe(null);
  expect(lastsThrough(until("2026-12-30"))).toBe("2026-12-30");
  expect(lastsThrough(standing("none", { complimentary_until: "2026-12-31" }))).toBe("2026-12-31");
  expect(lastsThrough({ ...until("2026-12-30", "ended"), ended_at: "2026-12-01T00:00:00Z" })).toBe(null);
});

describe("what will follow", () => {
  test("of days is that both dates are later", () => {
    expect(changes("give_days", until("2026-12-30"), until("2027-01-02"), t, "ko")).toEqual([
      { what: "desk.until", before: "2026년 12월 30일", after: "2027년 1월 2일" },
      { what: "desk.next", before: "2026년 12월 30일", after: "2027년 1월 2일" },
    ]);
  });

  test("of a cancellation is no next payment, and the same access", () => {
    const after = standing("cancelling", { paid_through: "2026-12-30" });
    expect(changes("cancel", until("2026-12-30"), after, t, "ko")).toEqual([
      { what: "admin.due", before: "이용 중", after: "취소 예정" },
      { what: "desk.until", before: "2026년 12월 30일", after: "2026년 12월 30일" },
      { what: "desk.next", before: "2026년 12월 30일", after: "없음" },
    ]);
  });

  test("of ending it is that access is over now, whatever is paid", () => {
    const [state, access, next] = changes("end_now", until("2026-12-30"), until("2026-12-30", "cancelling"), t, "ko");
    expect([state?.after, access?.after, next?.after]).toEqual(["종료", "지금 바로 종료", "없음"]);
  });

  test("of trying again is a charge at once", () => {
    const due = until("2026-12-30", "past_due");
    expect(changes("try_again", due, due, t, "ko").at(-1)?.after).toBe("지금 바로");
  });

  test("of letting somebody in is a last day, and no payment", () => {
    const after = standing("none", { complimentary_until: "2026-12-29" });
    expect(changes("give_days", null, after, t, "ko")).toEqual([
      { what: "desk.until", before: "이용 불가", after: "2026년 12월 29일" },
    ]);
  });
});

test("what came of trying again is said as it is", () => {
  const declined = standing("past_due", {
    dunning: { failures: 2, stopped: false, reason: "[1254][실시간빌링실패|잔액부족]" },
  });
  expect(outcome("try_again", standing("active"), "", t, "ko")).toBe("결제되었습니다.");
  expect(outcome("try_again", declined, "", t, "ko")).toContain("잔액부족 (1254)");
  const open = { state: "charging" } as DeskSubscription["open_charges"][number];
  expect(outcome("try_again", { ...declined, open_charges: [open] }, "", t, "ko")).toContain("확인하고 있습니다");
  expect(outcome("cancel", standing("cancelling"), "취소", t, "ko")).toBe("처리했습니다: 취소");
});

test("days are whole numbers from 1 to 366", () => {
  expect(["1", " 30 ", "366"].map(daysIn)).toEqual([1, 30, 366]);
  expect(["", "0", "367", "-1", "1.5", "셋", "1e2"].map(daysIn)).toEqual([null, null, null, null, null, null, null]);
});

test("an amount is whole won from 1 to what is left", () => {
  expect(["1", "9,900", "9900원", " 3000 "].map((text) => wonIn(text, 9900))).toEqual([1, 9900, 9900, 3000]);
  expect(["", "0", "9901", "1.5", "-1", "천원"].map((text) => wonIn(text, 9900))).toEqual(Array(6).fill(null));
});
