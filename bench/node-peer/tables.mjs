// DynamoDB: a row for each member, each order and each payment.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { httpAgent, httpsAgent } from "./connections.mjs";

export const SUBSCRIPTIONS = "peer-subscriptions";
export const ORDERS = "peer-orders";
export const PAYMENTS = "peer-payments";

const PAGE = 20;

export const address =
  process.env.AWS_ENDPOINT_URL_DYNAMODB ?? `https://dynamodb.${process.env.AWS_REGION}.amazonaws.com`;
export const client = new DynamoDBClient({ requestHandler: { httpAgent, httpsAgent } });
const tables = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

const get = async (TableName, Key) => (await tables.send(new GetCommand({ TableName, Key }))).Item;
const put = (TableName, Item) => tables.send(new PutCommand({ TableName, Item }));

export const subscriptionOf = (uid) => get(SUBSCRIPTIONS, { uid });
export const putSubscription = (subscription) => put(SUBSCRIPTIONS, subscription);
export const orderOf = (merchant_uid) => get(ORDERS, { merchant_uid });
export const putOrder = (order) => put(ORDERS, order);
export const putPayment = (payment) => put(PAYMENTS, { ...payment, key: `${payment.paid_at}#${payment.imp_uid}` });

/** Notes that a member asked to cancel; gives the row as it is then. */
export async function putCancellation(uid, at) {
  const { Attributes } = await tables.send(
    new UpdateCommand({
      TableName: SUBSCRIPTIONS,
      Key: { uid },
      UpdateExpression: "SET cancel_requested_at = :at REMOVE next_payment_date, next_merchant_uid",
      ExpressionAttributeValues: { ":at": at },
      ReturnValues: "ALL_NEW",
    }),
  );
  return Attributes;
}

/** A member's payments, newest first, and where the next page begins. */
export async function paymentsOf(uid, { limit = PAGE, after } = {}) {
  const { Items, LastEvaluatedKey } = await tables.send(
    new QueryCommand({
      TableName: PAYMENTS,
      KeyConditionExpression: "uid = :uid",
      ExpressionAttributeValues: { ":uid": uid },
      ScanIndexForward: false,
      Limit: limit,
      ExclusiveStartKey: after && { uid, key: after },
    }),
  );
  return { payments: Items, next: LastEvaluatedKey?.key };
}
