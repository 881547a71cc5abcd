// Charging, recording and scheduling, one after the other.
import { randomUUID } from "node:crypto";
import * as iamport from "./iamport.mjs";
import * as tables from "./tables.mjs";

export const TERMS_VERSION = "2026-01";
export const PLANS = [{ id: "monthly", name: "월 구독", price: 9900, next_price: null }];

const SEOUL_MS = 9 * 60 * 60 * 1000;
const newOrder = () => `pay_${randomUUID()}`;
export const planOf = (id) => PLANS.find((plan) => plan.id === id);
export const dayInSeoul = (at) => new Date(at.getTime() + SEOUL_MS).toISOString().slice(0, 10);

/** The same day of the next month, or its last. */
export function monthAfter(day) {
  const [year, month, date] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month, Math.min(date, last))).toISOString().slice(0, 10);
}

/** A card, as it is kept and shown. */
export const cardOf = ({ card_name, card_number, inserted }) => {
  return { name: card_name, number: card_number, registered_at: inserted.toISOString(), expires: null };
};

/** Charges the card now; gives the payment, or what was said against it. */
export async function charge(subscription) {
  const { customer_uid, plan, price } = subscription;
  const order = { customer_uid, merchant_uid: newOrder(), amount: price, name: planOf(plan).name };
  try {
    const payment = await iamport.charge(order);
    return payment.status === "paid" ? { payment } : { declined: payment.fail_reason };
  } catch (error) {
    return { declined: iamport.refusal(error) };
  }
}

/** Records a payment, and schedules the next one unless the member has cancelled. */
export async function book(subscription, payment) {
  const { uid, plan } = subscription;
  const { imp_uid, merchant_uid, amount, card_name, card_number, receipt_url } = payment;
  const period_start = subscription.paid_through ?? dayInSeoul(payment.paid_at);
  const period_end = monthAfter(period_start);
  const paid_at = payment.paid_at.toISOString();
  const row = { uid, paid_at, imp_uid, merchant_uid, amount, refunded: 0, plan, period_start, period_end };
  await Promise.all([
    tables.putPayment({ ...row, card_name, card_number, receipt_url }),
    tables.putOrder({ merchant_uid, uid, kind: "payment", amount, status: "paid" }),
  ]);
  let booked = { ...subscription, state: "active", paid_through: period_end };
  if (!booked.cancel_requested_at) booked = { ...booked, ...(await scheduleNext(booked)) };
  await tables.putSubscription(booked);
  return booked;
}

/** Has Iamport charge at ten in the morning, in Korea, of the day until which it is paid. */
async function scheduleNext({ uid, customer_uid, plan, price, paid_through }) {
  const merchant_uid = newOrder();
  const schedule_at = Date.parse(`${paid_through}T10:00:00+09:00`) / 1000;
  await tables.putOrder({ merchant_uid, uid, kind: "payment", amount: price, status: "scheduled" });
  await iamport.schedule(customer_uid, { merchant_uid, schedule_at, amount: price, name: planOf(plan).name });
  return { next_payment_date: paid_through, next_merchant_uid: merchant_uid };
}

/** Takes the next charge back and notes the cancellation. */
export async function cancel(subscription) {
  const { uid, customer_uid, next_merchant_uid } = subscription;
  if (next_merchant_uid) await iamport.unschedule(customer_uid, next_merchant_uid);
  return tables.putCancellation(uid, new Date().toISOString());
}
