// Makes the peer's tables, with one member in them. Run before it is measured; a second run changes nothing.
//
//   SEED_UID, SEED_REGISTRATION        whose it is, and the order under which the card was registered
//   SEED_MERCHANT_UID, SEED_IMP_UID    the payment that was made; without them the checkout waits to be completed
import { CreateTableCommand, ResourceInUseException } from "@aws-sdk/client-dynamodb";
import { PLANS, TERMS_VERSION, book, cardOf } from "./billing.mjs";
import { findBillingKey, findPayment } from "./iamport.mjs";
import { ORDERS, PAYMENTS, SUBSCRIPTIONS, client, orderOf, putOrder, subscriptionOf } from "./tables.mjs";

const { SEED_UID: uid, SEED_REGISTRATION: merchant_uid, SEED_MERCHANT_UID, SEED_IMP_UID } = process.env;

async function makeTable(TableName, ...keys) {
  const AttributeDefinitions = keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" }));
  const KeySchema = keys.map((AttributeName, place) => ({ AttributeName, KeyType: place ? "RANGE" : "HASH" }));
  try {
    await client.send(
      new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode: "PAY_PER_REQUEST" }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

await makeTable(SUBSCRIPTIONS, "uid");
await makeTable(ORDERS, "merchant_uid");
await makeTable(PAYMENTS, "uid", "key");

const [{ id: plan, price }] = PLANS;
const customer_uid = merchant_uid.replace("reg-", "card-");
const consent = { version: TERMS_VERSION, price, agreed_at: new Date().toISOString() };
const order = { merchant_uid, uid, kind: "registration", customer_uid, plan, amount: price, consent };
if (!(await orderOf(merchant_uid))) await putOrder({ ...order, status: SEED_IMP_UID ? "done" : "open" });

if (SEED_IMP_UID && !(await subscriptionOf(uid))) {
  const [key, payment] = await Promise.all([findBillingKey(customer_uid), findPayment(SEED_IMP_UID)]);
  if (payment?.merchant_uid !== SEED_MERCHANT_UID) throw new Error(`${SEED_IMP_UID} is not ${SEED_MERCHANT_UID}`);
  await book({ uid, plan, price, consent, customer_uid, card: cardOf(key) }, payment);
}
