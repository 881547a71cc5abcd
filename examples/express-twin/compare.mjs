// What there is when the site moves, in the array and at Iamport, beside what was meant to be; and what must be true of
// each member afterwards.

import { day } from "./dates.mjs";
import { truth } from "./kinds.mjs";


function byCustomer(rows) {
  const found = new Map();
  for (const row of rows) found.set(row.customer_uid, [...(found.get(row.customer_uid) ?? []), row]);
  return found;
}

/** `expected`: by uid. `wrong`: in words, where the array or Iamport is not as the kind says. */
export function compare(people, members, { schedules, charges, customers }) {
  const standing = byCustomer(schedules.filter((row) => row.schedule_status === "scheduled"));
  const charged = byCustomer(charges);
  const keys = new Set(customers.map((row) => row.customer_uid));
  const rows = byCustomer(members);
  const expected = {};
  const wrong = [];
  for (const it of people) {
    const key = `user_${it.uid}`;
    const must = truth(it);
    const there = {
      key: keys.has(key),
      schedules: (standing.get(key) ?? []).map((row) => ({
        merchant_uid: row.merchant_uid, date: day(new Date(row.schedule_at * 1000)), amount: row.amount,
      })),
      charges: (charged.get(key) ?? []).map((row) => ({
        imp_uid: row.imp_uid, merchant_uid: row.merchant_uid, date: day(new Date(row.paid_at)), amount: row.amount,
      })),
    };
    wrong.push(...differs(it, must, there, rows.get(key) ?? []).map((what) => `${it.kind} ${it.uid}: ${what}`));
    expected[it.uid] = {
      kind: it.kind,
      taken_over: must.taken_over,
      next_charge: must.next_charge,
      anchor_day: must.anchor_day,
      access_until: must.access_until,
      past_due: must.past_due,
      will_decline: must.will_decline,
      tell: must.tell,
      iamport: there,
    };
  }
  return { expected, wrong };
}

function differs(it, must, there, rows) {
  const last = rows.at(-1);
  const found = {
    key: there.key,
    schedules: there.schedules.length,
    charges: there.charges.length,
    rows: rows.length,
    row_says: last && day(new Date(last.next_payment_date)),
    cancelled: last?.cancel ?? false,
  };
  const wrong = Object.keys(found).filter((name) => found[name] !== must[name]);
  const said = wrong.map((name) => `${name} is ${found[name]}, not ${must[name]}`);
  const paid = [...new Set(there.charges.map(({ date }) => date))].join(", ");
  const meant = must.charges === 0 ? "" : it.payments.join(", ");
  if (paid !== meant) said.push(`charged on ${paid}, not ${meant}`);
  if (there.schedules.length === 1) {
    const [{ date, amount }] = there.schedules;
    if (date !== it.next) said.push(`scheduled for ${date}, not ${it.next}`);
    if (amount !== must.scheduled_amount) said.push(`scheduled at ${amount}, not ${must.scheduled_amount}`);
  }
  return said;
}
