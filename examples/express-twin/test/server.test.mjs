import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { day } from "../dates.mjs";
import { listen, members, payments, settings } from "../server.mjs";
import { ask } from "../stack.mjs";

/** As much of Iamport as the server asks for. Who has no money has `declines`. */
const iamport = { records: {}, schedules: [], declines: false, now: 0 };
let server;
let standIn;
let at;

before(async () => {
  standIn = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const body = text && JSON.parse(text);
    response.end(JSON.stringify({ code: 0, message: null, response: answer(request.url, body) }));
  });
  await new Promise((resolve) => standIn.listen(0, "127.0.0.1", resolve));
  settings.iamport = `http://127.0.0.1:${standIn.address().port}`;
  settings.slack = () => {};
  settings.now = () => new Date(iamport.now++);
  server = await listen(0);
  at = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  for (const one of [server, standIn]) {
    one.close();
    one.closeAllConnections();
  }
});

beforeEach(() => {
  Object.assign(iamport, { records: {}, schedules: [], declines: false, now: Date.parse("2027-11-02T03:00:00Z") });
  payments.length = 0;
  for (const uid of Object.keys(members)) delete members[uid];
  Object.assign(settings, { trap: "off", price: 9900 });
});

function answer(url, body) {
  if (url === "/users/getToken") return { access_token: "token" };
  if (url.startsWith("/payments/")) return iamport.records[url.slice("/payments/".length)];
  if (url.endsWith("/again")) return record(body, iamport.declines ? "failed" : "paid");
  if (url.endsWith("/unschedule")) {
    iamport.schedules = iamport.schedules.filter((it) => it.customer_uid !== body.customer_uid);
  }
  if (url.endsWith("/schedule")) {
    iamport.schedules.push(...body.schedules.map((it) => ({ ...it, customer_uid: body.customer_uid })));
  }
  return [];
}

function record(order, status = "paid") {
  const imp_uid = `imp_${Object.keys(iamport.records).length}`;
  iamport.records[imp_uid] = { ...order, imp_uid, status, paid_at: Math.floor(iamport.now / 1000) };
  return iamport.records[imp_uid];
}

const webhook = (imp_uid) => ask(`${at}/iamport-callback/schedule`, "POST", { imp_uid, status: "paid" });

/** The window, its webhook, the payment, its webhook. */
async function join(uid) {
  const asked = await ask(`${at}/billing/window`, "POST", { uid, email: "a@example.com", agreed: true });
  await webhook(record(asked).imp_uid);
  await ask(`${at}/billing`, "POST", { uid });
  await webhook(`imp_${Object.keys(iamport.records).length - 1}`);
  return asked;
}

const UID = "A".repeat(28);
const booked = () => iamport.schedules.map((it) => day(new Date(it.schedule_at * 1000)));

test("a card is registered, paid with, and the next month is booked, once", async () => {
  const asked = await join(UID);
  assert.ok(asked.merchant_uid.length <= 40 && asked.merchant_uid.startsWith("issue_"));
  assert.equal(payments.length, 1);
  assert.deepEqual(booked(), ["2027-12-02"]);
  assert.equal(iamport.schedules[0].customer_uid, `user_${UID}`);
  assert.ok(iamport.schedules[0].merchant_uid.length <= 40);
});

test("with the trap the registration counts as a payment, and two charges are booked for one day", async () => {
  settings.trap = "on";
  await join(UID);
  assert.equal(payments.length, 2);
  assert.deepEqual(booked(), ["2027-12-02", "2027-12-02"]);
});

test("a server that counts months from the last row books two months by the trap", async () => {
  settings.trap = "consecutive";
  await join(UID);
  assert.deepEqual(booked(), ["2027-12-02", "2028-01-02"]);
});

test("with the trap who never paid is a member", async () => {
  Object.assign(settings, { trap: "on" });
  iamport.declines = true;
  await join(UID).catch((error) => assert.match(error.message, /HTTP 402/));
  assert.equal(payments.length, 1);
  assert.equal(members[UID].access, true);
  assert.equal(booked().length, 1);
});

test("a payment that failed leaves no row and books nothing", async () => {
  await join(UID);
  const failed = record({ customer_uid: `user_${UID}`, merchant_uid: "order_x", amount: 9900 }, "failed");
  await webhook(failed.imp_uid);
  assert.equal(payments.length, 1);
  assert.equal(booked().length, 1);
});

test("a webhook that comes twice is two payments to it", async () => {
  await join(UID);
  await webhook("imp_1");
  assert.equal(payments.length, 2);
  assert.equal(booked().length, 2);
});

test("another's payment is none of its own", async () => {
  await webhook(record({ customer_uid: "gudok-1", merchant_uid: "x", amount: 9900 }).imp_uid);
  assert.deepEqual(payments, []);
});

test("a cancellation is on the last row, and what was booked is called off", async () => {
  settings.trap = "on";
  await join(UID);
  const said = await ask(`${at}/cancel`, "POST", { uid: UID });
  assert.equal(said.message, "구독이 취소되었습니다. 2027-12-02까지 이용할 수 있습니다.");
  assert.deepEqual(payments.map((row) => row.cancel), [false, true]);
  assert.deepEqual(booked(), []);
});

test("the button ends the access of those whose time is over, and only theirs", async () => {
  await join(UID);
  const other = "B".repeat(28);
  iamport.now += 10 * 86_400_000;
  await join(other);
  for (const uid of [UID, other]) await ask(`${at}/cancel`, "POST", { uid });
  assert.equal((await ask(`${at}/admin/cancellations`, "POST")).uids.length, 0);
  iamport.now = Date.parse("2027-12-03T03:00:00Z");
  assert.deepEqual((await ask(`${at}/admin/cancellations`, "POST")).uids, [UID]);
  assert.equal(members[UID].access, false);
  assert.equal(members[other].access, true);
  assert.deepEqual((await ask(`${at}/admin/cancellations`)).map((row) => row.uid), [other]);
});

test("a raised price is booked for who paid the old one", async () => {
  await join(UID);
  await ask(`${at}/admin/price`, "POST", { price: 12900 });
  await webhook(record({ customer_uid: `user_${UID}`, merchant_uid: "order_y", amount: 9900 }).imp_uid);
  assert.equal(payments.at(-1).amount, 9900);
  assert.equal(iamport.schedules.at(-1).amount, 12900);
});

test("the whole array is handed over as it is", async () => {
  await join(UID);
  const [row] = await ask(`${at}/payments.json`);
  assert.deepEqual(Object.keys(row), [
    "uid", "email", "customer_uid", "merchant_uid", "imp_uid", "amount", "plan", "plan_name", "paid_at",
    "next_payment_date", "cancel", "cancel_request", "cancel_processing", "agreed_at", "terms_version",
  ]);
});
