// What a member is answered.
import { dayInSeoul, planOf } from "./billing.mjs";

const NONE = {
  state: "none",
  plan: null,
  plan_name: null,
  price: null,
  paid_through: null,
  next_payment_date: null,
  latest_payment: null,
  cancel_requested_at: null,
  cancel_processed_at: null,
  ended_at: null,
  card: null,
  consent: null,
  price_change: null,
  pending: false,
  advice: null,
};

export function subscriptionView(row, latest) {
  if (!row) return NONE;
  return {
    ...NONE,
    state: stateOf(row),
    plan: row.plan,
    plan_name: planOf(row.plan)?.name ?? null,
    price: row.price,
    paid_through: row.paid_through ?? null,
    next_payment_date: row.next_payment_date ?? null,
    latest_payment: latest ? paymentView(latest) : null,
    cancel_requested_at: row.cancel_requested_at ?? null,
    card: row.card,
    consent: row.consent,
  };
}

function stateOf({ state, cancel_requested_at, paid_through }) {
  if (!cancel_requested_at) return state;
  return dayInSeoul(new Date()) > paid_through ? "ended" : "cancelling";
}

export function paymentView(row) {
  const { uid: _, key: __, ...payment } = row;
  return { ...payment, card_name: row.card_name ?? null, card_number: row.card_number ?? null };
}

/** An error, as RFC 9457 has it. */
export function problem(c, status, type, detail, more = {}) {
  const body = { type: `/problems/${type}`, title: type.replaceAll("-", " "), status, detail, ...more };
  return c.body(JSON.stringify(body), status, { "content-type": "application/problem+json" });
}
