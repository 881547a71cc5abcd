// The routes. Each handler does what it was asked for, in place, and answers when it is done.
import { Hono } from "hono";
import { PLANS, TERMS_VERSION, book, cancel, cardOf, charge } from "./billing.mjs";
import { findBillingKey, findPayment } from "./iamport.mjs";
import { memberOf } from "./sign-in.mjs";
import { orderOf, paymentsOf, putOrder, putSubscription, subscriptionOf } from "./tables.mjs";
import { paymentView, problem, subscriptionView } from "./views.mjs";

export const app = new Hono();

app.onError((error, c) => {
  if (error instanceof SyntaxError) return problem(c, 400, "malformed-request", "요청을 확인해 주세요.");
  console.error(error.stack);
  return problem(c, 503, "unavailable", "잠시 후 다시 시도해 주세요.");
});
app.notFound((c) => problem(c, 404, "not-found", "페이지를 찾을 수 없습니다."));

/** Lets members in, and tells the handler who it is. */
async function signedIn(c, next) {
  const uid = await memberOf(c.req.header("authorization"));
  if (!uid) return problem(c, 401, "unauthenticated", "로그인이 필요합니다. 다시 로그인해 주세요.");
  c.set("uid", uid);
  await next();
}

const latestOf = async (uid) => (await paymentsOf(uid, { limit: 1 })).payments[0];

app.get("/plans", (c) => c.json({ plans: PLANS, terms_version: TERMS_VERSION }));

app.get("/subscription", signedIn, async (c) => {
  const uid = c.get("uid");
  const [subscription, latest] = await Promise.all([subscriptionOf(uid), latestOf(uid)]);
  return c.json(subscriptionView(subscription, latest));
});

app.get("/payments", signedIn, async (c) => {
  const cursor = c.req.query("cursor");
  const after = cursor && Buffer.from(cursor, "base64url").toString();
  if (after && !/^[\d.:TZ-]+#\w+$/.test(after)) return problem(c, 400, "malformed-request", "요청을 확인해 주세요.");
  const { payments, next } = await paymentsOf(c.get("uid"), { after });
  const rest = next ? Buffer.from(next).toString("base64url") : null;
  return c.json({ payments: payments.map(paymentView), cursor: rest });
});

app.post("/subscription/cancel", signedIn, async (c) => {
  const uid = c.get("uid");
  const text = await c.req.text();
  const shown = text ? JSON.parse(text).paid_through : undefined;
  const [subscription, latest] = await Promise.all([subscriptionOf(uid), latestOf(uid)]);
  if (!subscription) return problem(c, 409, "no-subscription", "구독 중이 아닙니다.");
  if (shown && shown !== subscription.paid_through) {
    return problem(c, 409, "changed", "이용 기간이 변경되었습니다. 다시 확인해 주세요.");
  }
  const cancelled = subscription.cancel_requested_at ? subscription : await cancel(subscription);
  return c.json(subscriptionView(cancelled, latest));
});

app.post("/checkout/:merchant_uid/complete", signedIn, async (c) => {
  const uid = c.get("uid");
  const order = await orderOf(c.req.param("merchant_uid"));
  if (order?.uid !== uid || order.kind !== "registration") {
    return problem(c, 404, "no-such-order", "주문을 찾을 수 없습니다.");
  }
  if (order.status === "done") {
    const [subscription, latest] = await Promise.all([subscriptionOf(uid), latestOf(uid)]);
    return c.json(subscriptionView(subscription, latest));
  }
  const key = await findBillingKey(order.customer_uid);
  if (!key) return problem(c, 402, "no-card-registered", "카드가 등록되지 않았습니다.");
  const { plan, amount, consent, customer_uid } = order;
  const subscription = { uid, plan, price: amount, consent, customer_uid, card: cardOf(key) };
  const { payment, declined } = await charge(subscription);
  if (!payment) return problem(c, 402, "declined", "결제가 거절되었습니다.", { reason: declined });
  const booked = await book(subscription, payment);
  await putOrder({ ...order, status: "done" });
  return c.json(subscriptionView(booked, await latestOf(uid)));
});

app.post("/iamport-callback", webhook);
app.post("/iamport-callback/schedule", webhook);

/** Records the payment that a webhook names, if it is true and new. */
async function webhook(c) {
  const { imp_uid, merchant_uid } = await noticeOf(c);
  if (!imp_uid || !merchant_uid) return problem(c, 400, "malformed-request", "요청을 확인해 주세요.");
  const order = /^\w+$/.test(imp_uid) ? await orderOf(merchant_uid) : undefined;
  if (!order) return c.text("not ours");
  const payment = await findPayment(imp_uid);
  if (payment?.merchant_uid !== merchant_uid) return c.text("not true");
  // A card that was registered looks paid, and is no payment.
  if (order.kind === "registration" || order.status === "paid") return c.text("known");
  const subscription = await subscriptionOf(order.uid);
  if (payment.status === "paid" && payment.amount === order.amount) {
    await book(subscription, payment);
  } else {
    await putOrder({ ...order, status: payment.status });
    await putSubscription({ ...subscription, state: "past_due" });
  }
  return c.text("recorded");
}

async function noticeOf(c) {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch {
    return Object.fromEntries(new URLSearchParams(text));
  }
}
