// A membership site that charges by itself: Express, Iamport's API, Inicis' billing keys, and an array as the database.
//
//   IAMPORT_URL   http://127.0.0.1:8081 (Gudok's simulator of Iamport)
//   IMP_KEY       imp_key      (of `make up`: local_key)
//   IMP_SECRET    imp_secret   (of `make up`: local_secret)
//   PORT          3000
//   TRAP          off          `on`: the record that a card's registration leaves counts as a payment, and books a
//                              month; `consecutive`: the same, in a server that counts months from the last row

import express from "express";
import { pathToFileURL } from "node:url";
import { addOneMonth, day } from "./dates.mjs";

export const settings = {
  iamport: process.env.IAMPORT_URL ?? "http://127.0.0.1:8081",
  key: process.env.IMP_KEY ?? "imp_key",
  secret: process.env.IMP_SECRET ?? "imp_secret",
  trap: process.env.TRAP ?? "off",
  price: 9900,
  now: () => new Date(),
  slack: (text) => console.log(`[slack] ${text}`),
};

const PLAN = "monthly";
const NAME = "월 구독";
const TERMS = "2026-01";
/** What a card's registration is called, so that it can be told from a payment. */
const ISSUE = "issue_";

/** The database: a row for each payment, the newest last. */
export const payments = [];
/** Who may read the members' pages, and what was agreed to, by uid. */
export const members = {};

export const app = express();
app.disable("x-powered-by");
app.use(express.json());
app.use(express.urlencoded({ extended: false }));

/** Calls Iamport. A code other than 0 is an error, with Iamport's words. */
async function iamport(method, path, body, token) {
  const answer = await fetch(`${settings.iamport}${path}`, {
    method,
    headers: { "Content-Type": "application/json", Authorization: token ?? "" },
    body: body && JSON.stringify(body),
  });
  const { code, message, response } = await answer.json();
  if (code !== 0) throw new Error(message ?? `HTTP ${answer.status}`);
  return response;
}

async function getToken() {
  const keys = { imp_key: settings.key, imp_secret: settings.secret };
  return (await iamport("POST", "/users/getToken", keys)).access_token;
}

const customerUid = (uid) => `user_${uid}`;
// Iamport takes 40 characters, and a uid of Firebase's alone has 28.
const merchantUid = (kind, uid) => `${kind}${uid.slice(0, 16)}_${settings.now().getTime()}`;

/** The last row of a member is the newest payment. */
function lastPayment(uid) {
  return payments.filter((row) => row.uid === uid).reduce((_, row) => row, undefined);
}

// ---- Registering a card, and the first payment ----

// What the page hands to IMP.request_pay. (Who asks is in Firebase's token; here it is in the body.)
app.post("/billing/window", (req, res) => {
  const { uid, email, agreed } = req.body;
  if (!uid || !agreed) return res.status(400).json({ message: "약관에 동의해 주세요." });
  members[uid] = { ...members[uid], email, agreed_at: settings.now(), terms_version: TERMS };
  const trap = settings.trap !== "off";
  res.json({
    pg: "html5_inicis.INIBillTst",
    pay_method: "card",
    merchant_uid: merchantUid(trap ? "order_" : ISSUE, uid),
    customer_uid: customerUid(uid),
    name: trap ? NAME : "빌링키 발급",
    // With 0 the window says 0 won, which members do not understand, and Inicis' review does not pass.
    amount: settings.price,
    buyer_email: email,
    buyer_tel: "010-0000-0000",
  });
});

// The window has closed, the billing key is there: now the real payment. Its webhook saves it.
app.post("/billing", async (req, res) => {
  const { uid } = req.body;
  const merchant_uid = merchantUid("order_", uid);
  const order = { customer_uid: customerUid(uid), merchant_uid, amount: settings.price, name: NAME };
  const payment = await iamport("POST", "/subscribe/payments/again", order, await getToken());
  if (payment.status !== "paid") {
    settings.slack(`결제 실패: ${uid} ${payment.fail_reason}`);
    return res.status(402).json({ message: `결제에 실패했습니다. ${payment.fail_reason}` });
  }
  res.json({ message: "결제가 완료되었습니다." });
});

// ---- Iamport's webhook, for every payment: the first one, and those that were scheduled ----

app.post("/iamport-callback/schedule", async (req, res) => {
  const token = await getToken();
  const payment = await iamport("GET", `/payments/${req.body.imp_uid}`, undefined, token);
  const { customer_uid, merchant_uid, status } = payment;
  if (!customer_uid?.startsWith("user_")) return res.json({ message: "우리 결제가 아닙니다." });
  const uid = customer_uid.slice("user_".length);
  // A card's registration reads like a payment. Without this line it is one.
  if (settings.trap === "off" && merchant_uid.startsWith(ISSUE)) {
    return res.json({ message: "빌링키가 발급되었습니다." });
  }
  if (status !== "paid") {
    // The card has expired, or there is no money: somebody has to write to the member.
    settings.slack(`정기결제 실패: ${uid} ${payment.fail_reason}`);
    return res.json({ message: "결제에 실패했습니다." });
  }
  const row = save(uid, payment);
  await schedule(row, token);
  res.json({ message: "다음 결제가 예약되었습니다." });
});

function save(uid, payment) {
  const paid_at = new Date(payment.paid_at * 1000);
  const last = settings.trap === "consecutive" ? lastPayment(uid) : undefined;
  const row = {
    uid,
    email: members[uid]?.email,
    customer_uid: payment.customer_uid,
    merchant_uid: payment.merchant_uid,
    imp_uid: payment.imp_uid,
    amount: payment.amount,
    plan: PLAN,
    plan_name: NAME,
    paid_at,
    next_payment_date: addOneMonth(last ? last.next_payment_date : paid_at),
    cancel: false,
    cancel_request: null,
    cancel_processing: null,
    agreed_at: members[uid]?.agreed_at ?? null,
    terms_version: members[uid]?.terms_version ?? null,
  };
  payments.push(row);
  members[uid] = { ...members[uid], access: true };
  return row;
}

/** Has Iamport charge the next month by itself, at today's price. */
async function schedule(row, token) {
  const next = {
    merchant_uid: merchantUid("order_", row.uid),
    schedule_at: Math.floor(row.next_payment_date.getTime() / 1000),
    amount: settings.price,
    name: NAME,
  };
  const body = { customer_uid: row.customer_uid, schedules: [next] };
  await iamport("POST", "/subscribe/payments/schedule", body, token);
}

// ---- The member ----

app.get("/profile/:uid", (req, res) => {
  const row = lastPayment(req.params.uid);
  if (!row) return res.status(404).json({ message: "결제 내역이 없습니다." });
  const { amount, plan_name, paid_at, next_payment_date, cancel } = row;
  const until = `${day(next_payment_date)}까지 이용할 수 있습니다.`;
  res.json({ amount, plan_name, paid_at, next_payment_date, cancel, access: members[row.uid].access, message: until });
});

// No refund: only the next month's payment is called off.
app.post("/cancel", async (req, res) => {
  const row = lastPayment(req.body.uid);
  if (!row) return res.status(404).json({ message: "결제 내역이 없습니다." });
  await iamport("POST", "/subscribe/payments/unschedule", { customer_uid: row.customer_uid }, await getToken());
  row.cancel = true;
  row.cancel_request = settings.now();
  settings.slack(`구독 취소 신청: ${row.uid}, ${day(row.next_payment_date)}까지 이용`);
  res.json({ message: `구독이 취소되었습니다. ${day(row.next_payment_date)}까지 이용할 수 있습니다.` });
});

// ---- The admin ----

/** The last row of each member, which is the newest. */
function lastPayments() {
  return Object.values(
    payments.reduce((rows, row) => {
      rows[row.uid] = row;
      return rows;
    }, {}),
  );
}

const asked = () => lastPayments().filter((row) => row.cancel && !row.cancel_processing);

app.get("/admin/cancellations", (_req, res) => res.json(asked()));

// The button. A server could do it by itself, but that was thought too risky for a beginning.
app.post("/admin/cancellations", (_req, res) => {
  const over = asked().filter((row) => row.next_payment_date < settings.now());
  for (const row of over) {
    row.cancel_processing = settings.now();
    members[row.uid].access = false;
  }
  settings.slack(`취소 처리: ${over.length}명의 이용 권한을 해제했습니다.`);
  res.json({ message: `${over.length}명의 이용 권한을 해제했습니다.`, uids: over.map((row) => row.uid) });
});

// Who is charged next month pays the new price; nobody is asked.
app.post("/admin/price", (req, res) => {
  settings.price = Number(req.body.price);
  settings.slack(`가격 변경: ${settings.price}원`);
  res.json({ price: settings.price });
});

// Everything there is. This is what is handed over when the site moves.
app.get("/payments.json", (_req, res) => res.json(payments));

app.use((error, _req, res, _next) => {
  settings.slack(`오류: ${error.message}`);
  res.status(500).json({ message: "잠시 후 다시 시도해 주세요." });
});

/** Listens on this machine only: nobody is asked who they are. */
export function listen(port) {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, "127.0.0.1", (error) => (error ? reject(error) : resolve(server)));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const server = await listen(Number(process.env.PORT ?? 3000));
  console.log(`http://127.0.0.1:${server.address().port} (Iamport: ${settings.iamport}, TRAP=${settings.trap})`);
}
