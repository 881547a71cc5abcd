import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "../compare.mjs";
import { KINDS, addDays, counts, lifetime, people, truth } from "../kinds.mjs";

const shown = (all) => all.map(({ kind, uid, payments, hour, acts }) => ({ kind, uid, payments, hour, acts }));

test("of a thousand members there are as many of each kind as its share says", () => {
  const shares = Object.entries(KINDS).map(([name, { share }]) => [name, share]);
  assert.deepEqual(counts(1000), Object.fromEntries(shares));
});

test("there is one of each kind at least, and as many as were asked for", () => {
  for (const count of [20, 21, 60, 333, 1000, 1777]) {
    const numbers = Object.values(counts(count));
    assert.ok(numbers.every((number) => number >= 1), String(count));
    assert.equal(numbers.reduce((sum, number) => sum + number, 0), count);
  }
  assert.throws(() => counts(19), /20 kinds/);
});

test("the same seed makes the same people, another seed others", () => {
  assert.deepEqual(shown(people(300, 1, 2027)), shown(people(300, 1, 2027)));
  assert.notDeepEqual(shown(people(300, 1, 2027)), shown(people(300, 2, 2027)));
});

test("each uid is one of Firebase's, and its beginning names one member alone", () => {
  const all = people(1000, 1, 2027);
  assert.ok(all.every(({ uid }) => /^[A-Za-z0-9]{28}$/.test(uid)));
  assert.equal(new Set(all.map(({ uid }) => uid.slice(0, 16))).size, 1000);
});

test("what happens to a member happens after the last payment, before the next, and before the move", () => {
  for (const year of [2026, 2027, 2028]) {
    for (const it of people(1000, 7, year)) {
      for (const { on } of it.acts) {
        assert.ok(on > it.paid && on < it.next && on < lifetime(year).move, `${it.kind} ${on}`);
      }
    }
  }
});

test("only those who are due, overdue or over are next to be charged by the day of the move", () => {
  const early = ["cancelled_over", "cancelled_unprocessed", "past_due", "lapsed", "due_today"];
  for (const it of people(1000, 3, 2027)) {
    assert.equal(it.next <= it.life.move, early.includes(it.kind), it.kind);
  }
});

test("the raised price is met only by the kind that is there for it", () => {
  for (const it of people(1000, 5, 2027)) {
    const met = it.payments.some((date) => date >= it.life.raise);
    assert.equal(met, it.kind === "other_price", it.kind);
  }
});

test("a member past due is within the days in which a payment is tried again, one whose time is over is not", () => {
  for (const it of people(1000, 9, 2027)) {
    if (it.kind === "past_due") assert.ok(it.next >= addDays(it.life.move, -6), it.next);
    if (it.kind === "lapsed") assert.ok(it.next < addDays(it.life.move, -7), it.next);
  }
});

test("nobody who is not taken over is expected to be charged, and a cancelled member has a last day", () => {
  for (const it of people(1000, 1, 2027)) {
    const { taken_over, next_charge, cancelled, access_until } = truth(it);
    if (!taken_over) assert.equal(next_charge, null, it.kind);
    assert.equal(access_until !== null, cancelled, it.kind);
  }
});

test("what the array or Iamport has otherwise than it was meant to be is said", () => {
  const [it] = people(20, 1, 2027).filter(({ kind }) => kind === "plain");
  const key = `user_${it.uid}`;
  const at = (date) => Date.parse(`${date}T12:00:00+09:00`) / 1000;
  const row = (paid) => ({ customer_uid: key, next_payment_date: `${it.next}T03:00:00.000Z`, cancel: false, paid });
  const order = { customer_uid: key, merchant_uid: "m", amount: 9900 };
  const schedule = { ...order, schedule_status: "scheduled", schedule_at: at(it.next) };
  const charges = it.payments.map((date) => ({ customer_uid: key, paid_at: `${date}T03:00:00Z`, amount: 9900 }));
  const done = { ...schedule, schedule_status: "executed" };
  const there = { schedules: [done, schedule], charges, customers: [{ customer_uid: key }] };
  const { expected, wrong } = compare([it], it.payments.map(row), there);
  assert.deepEqual(wrong, []);
  assert.deepEqual(expected[it.uid].next_charge, { date: it.next, amount: 9900 });
  assert.deepEqual(expected[it.uid].iamport.schedules, [{ merchant_uid: "m", date: it.next, amount: 9900 }]);

  const said = (other) => compare([it], it.payments.map(row), { ...there, ...other }).wrong.join();
  assert.match(said({ schedules: [] }), /schedules is 0, not 1/);
  assert.match(said({ charges: [] }), /charges is 0/);
  const elsewhen = [{ ...charges[0], paid_at: "2027-01-01T03:00:00Z" }, ...charges.slice(1)];
  assert.match(said({ charges: elsewhen }), /charged on/);
  assert.match(said({ customers: [] }), /key is false/);
  assert.match(said({ schedules: [{ ...schedule, amount: 12900 }] }), /scheduled at 12900/);
  assert.match(said({ schedules: [{ ...schedule, schedule_at: at(addDays(it.next, 1)) }] }), /scheduled for/);
});
