// Iamport's REST API, through the company's own client.
import { Iamport, Request } from "iamport-rest-client-nodejs";
import { httpAgent, httpsAgent } from "./connections.mjs";

const { Customers, Payments, Subscribe } = Request;

export const address = process.env.IAMPORT_BASE_URL ?? "https://api.iamport.kr";
const iamport = new Iamport({
  apiKey: process.env.IAMPORT_API_KEY,
  apiSecret: process.env.IAMPORT_API_SECRET,
  baseUrl: address,
});
Object.assign(iamport.getApiInstance().defaults, { httpAgent, httpsAgent });

const send = async (request) => (await request.request(iamport)).data.response;

/** The same, and nothing where Iamport has none. */
async function find(request) {
  try {
    return await send(request);
  } catch (error) {
    if (error.response?.status === 404) return undefined;
    throw error;
  }
}

export const findPayment = (imp_uid) => find(Payments.getByImpUid({ imp_uid }));
export const findBillingKey = (customer_uid) => find(Customers.getBillingKey({ customer_uid }));
export const charge = (what) => send(Subscribe.again(what));
export const schedule = (customer_uid, what) => send(Subscribe.schedule({ customer_uid, schedules: [what] }));
export const unschedule = (customer_uid, merchant_uid) =>
  send(Subscribe.unschedule({ customer_uid, merchant_uid: [merchant_uid] }));

/** What Iamport or the card's bank said against it; the error itself if it was none of them. */
export function refusal(error) {
  const message = error.response?.data?.message;
  if (message === undefined) throw error;
  return message;
}
