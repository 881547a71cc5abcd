// Three clients from npm against the simulator at $SIMULATOR, each through its own functions.
"use strict";

const assert = require("node:assert/strict");
const { randomBytes } = require("node:crypto");

const base = process.env.SIMULATOR;
const run = randomBytes(4).toString("hex");
const inADay = () => Math.floor(Date.now() / 1000) + 86400;
const number = { card_number: "4242-4242-4242-4242", expiry: "2030-12", birth: "900101", pwd_2digit: "00" };

async function register(customerUid) {
  const answer = await fetch(base + "/simulator/card-window", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      request_pay: {
        pg: "html5_inicis.INIBillTst", pay_method: "card", name: "카드 등록", amount: 100,
        merchant_uid: "issue_" + customerUid, customer_uid: customerUid, buyer_tel: "01000000000",
      },
    }),
  });
  const callback = await answer.json();
  assert.equal(callback.success, true);
  return callback;
}

// The company's own client.
async function iamportRestClientNodejs() {
  const { Iamport, Request } = require("iamport-rest-client-nodejs");
  const { Payments, Prepare, Subscribe, Customers } = Request;
  const iamport = new Iamport({ apiKey: "imp_key", apiSecret: "imp_secret", baseUrl: base });
  const data = async (request) => (await request.request(iamport)).data.response;
  const refused = async (request, code, message) => {
    const error = await request.request(iamport).then(() => assert.fail("not refused"), (e) => e);
    assert.deepEqual([error.response.data.code, error.response.data.message], [code, message]);
  };
  const card = "js1_" + run;
  const callback = await register(card);

  const issue = await data(Payments.getByImpUid({ imp_uid: callback.imp_uid }));
  assert.deepEqual([issue.status, issue.apply_num, issue.customer_uid_usage], ["paid", "", "issue"]);
  const paid = await data(Subscribe.again({ customer_uid: card, merchant_uid: card + "_1", amount: 1000, name: "구독" }));
  assert.equal(paid.status, "paid");
  const found = await data(Payments.getByMerchantUid({ merchant_uid: card + "_1", status: "paid" }));
  assert.equal(found.imp_uid, paid.imp_uid);
  const all = await data(Payments.getByMerchantUids({ merchant_uid: card + "_1", status: "" }));
  assert.deepEqual([all.total, all.list.length], [1, 1]);
  await refused(Payments.getByImpUid({ imp_uid: "imp_0" }), -1, "존재하지 않는 결제정보입니다.");
  await refused(
    Subscribe.again({ customer_uid: card, merchant_uid: card + "_1", amount: 1, name: "x" }), 1,
    "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)",
  );

  const scheduled = await data(Subscribe.schedule({
    customer_uid: card,
    schedules: [{ merchant_uid: card + "_2", schedule_at: inADay(), amount: 1000, currency: "KRW", name: "구독" }],
  }));
  assert.equal(scheduled[0].schedule_status, "scheduled");
  const one = await data(Subscribe.getScheduled({ merchant_uid: card + "_2" }));
  assert.equal(one.merchant_uid, card + "_2");
  const range = { customer_uid: card, from: inADay() - 100, to: inADay() + 100 };
  const listed = await data(Subscribe.getScheduleds(range));
  assert.equal(listed.list[0].merchant_uid, card + "_2");
  const revoked = await data(Subscribe.unschedule({ customer_uid: card, merchant_uid: [card + "_2"] }));
  assert.equal(revoked[0].schedule_status, "revoked");

  const cancelled = await data(Payments.cancel({ imp_uid: paid.imp_uid, amount: 300, checksum: 1000, reason: "부분" }));
  assert.equal(cancelled.cancel_amount, 300);
  const prepared = await data(Prepare.postAmount({ merchant_uid: card + "_3", amount: 500 }));
  assert.equal(prepared.amount, 500);
  assert.equal((await data(Prepare.getAmount({ merchant_uid: card + "_3" }))).amount, 500);
  assert.equal((await data(Customers.getBillingKey({ customer_uid: card }))).customer_uid, card);
  assert.equal((await data(Customers.deleteBillingKey({ customer_uid: card }))).customer_uid, card);
}

async function iamport() {
  const Iamport = require("iamport");
  Iamport.DEFAULT_HOST = base;
  const client = new Iamport({ impKey: "imp_key", impSecret: "imp_secret" });
  const card = "js2_" + run;
  await client.subscribe_customer.create({ customer_uid: card, ...number });
  assert.equal((await client.subscribe_customer.get({ customer_uid: card })).customer_uid, card);
  const paid = await client.subscribe.again({ customer_uid: card, merchant_uid: card + "_1", amount: 1000, name: "x" });
  assert.equal(paid.status, "paid");
  assert.deepEqual(await client.payment.getByImpUid({ imp_uid: paid.imp_uid }), paid);
  assert.deepEqual(await client.payment.getByMerchant({ merchant_uid: card + "_1" }), paid);
  const schedules = [{ merchant_uid: card + "_2", schedule_at: inADay(), amount: 1000 }];
  await client.subscribe.schedule({ customer_uid: card, schedules });
  const revoked = await client.subscribe.unschedule({ customer_uid: card, merchant_uid: card + "_2" });
  assert.equal(revoked[0].schedule_status, "revoked");
  assert.equal((await client.payment.cancel({ merchant_uid: card + "_1" })).status, "cancelled");
  await assert.rejects(client.payment.cancel({ merchant_uid: card + "_1" }), { code: "IAMPORT_1" });
  await client.payment.prepare({ merchant_uid: card + "_3", amount: 500 });
  assert.equal((await client.payment.getPrepare({ merchant_uid: card + "_3" })).amount, 500);
  await assert.rejects(client.payment.getByImpUid({ imp_uid: "imp_0" }), { code: "HTTP_404" });
  assert.equal((await client.subscribe_customer.delete({ customer_uid: card })).customer_uid, card);
}

async function iamporter() {
  const { Iamporter, IamporterError } = require("iamporter");
  const client = new Iamporter({ apiKey: "imp_key", secret: "imp_secret", host: base });
  const card = "js3_" + run;
  await client.createSubscription({ customer_uid: card, ...number });
  assert.equal((await client.getSubscription(card)).data.customer_uid, card);
  const { data: paid } = await client.paySubscription({ customer_uid: card, merchant_uid: card + "_1", amount: 1000, name: "x" });
  assert.equal(paid.status, "paid");
  assert.deepEqual((await client.findByImpUid(paid.imp_uid)).data, paid);
  assert.deepEqual((await client.findByMerchantUid(card + "_1")).data, paid);
  assert.equal((await client.findAllByMerchantUid(card + "_1")).data.total, 1);
  assert.ok((await client.findAllByStatus("paid")).data.total >= 1);
  assert.equal((await client.findByImpUid("imp_0")).status, 404);
  await client.createPreparedPayment({ merchant_uid: card + "_2", amount: 500 });
  assert.equal((await client.getPreparedPayment(card + "_2")).data.amount, 500);
  assert.equal((await client.cancelByImpUid(paid.imp_uid, { amount: 400 })).data.cancel_amount, 400);
  assert.equal((await client.cancelByMerchantUid(card + "_1")).data.cancel_amount, 1000);
  await assert.rejects(client.cancelByMerchantUid(card + "_1"), { message: "이미 전액취소된 주문입니다." });
  assert.equal((await client.deleteSubscription(card)).data.customer_uid, card);
  await assert.rejects(
    new Iamporter({ apiKey: "imp_key", secret: "wrong", host: base }).findByImpUid("imp_0"),
    IamporterError,
  );
}

(async () => {
  for (const [name, check] of Object.entries({
    "iamport-rest-client-nodejs": iamportRestClientNodejs, iamport, iamporter,
  })) {
    await check();
    console.log("npm " + name + ": ok");
  }
})().catch((error) => {
  console.error(error.response?.data ?? error);
  process.exit(1);
});
