// The API, as `openapi.json` describes it. Every request carries the member's ID token.

import createClient from "openapi-fetch";
import { uidInPath } from "./uid";
import { Problem, problemOf } from "./problem";
import type { components, paths } from "./schema";

export type Subscription = components["schemas"]["SubscriptionView"];
export type State = components["schemas"]["StateView"];
export type PriceChange = components["schemas"]["PriceChangeView"];
export type Payment = components["schemas"]["PaymentView"];
export type Offer = components["schemas"]["Offer"];
export type Plan = components["schemas"]["PlanView"];
export type Opened = components["schemas"]["Opened"];
export type Cancellation = components["schemas"]["CancellationView"];
export type Review = components["schemas"]["ReviewView"];
export type Resolution = components["schemas"]["ResolutionView"];
export type Member = components["schemas"]["MemberView"];
export type Order = components["schemas"]["OrderView"];
export type Entry = components["schemas"]["EntryView"];
export type Figures = components["schemas"]["FiguresView"];
export type Reconciled = components["schemas"]["ReconciliationView"];
export type Who = components["schemas"]["WhoView"];
export type MemberRow = components["schemas"]["MemberRow"];
export type Found = components["schemas"]["FoundMembers"];
/** What is the matter with a member, by which members are listed. */
export type Matter = paths["/admin/members"]["get"]["parameters"]["query"]["state"];
export type DeskSubscription = components["schemas"]["DeskSubscriptionView"];
export type DeskAct = components["schemas"]["DeskActView"];
export type ActRequest = components["schemas"]["ActRequest"];
export type RefundRequest = components["schemas"]["RefundRequest"];
export type BookRequest = components["schemas"]["BookRequest"];
export type BookPage = components["schemas"]["BookPageView"];
export type Book = paths["/admin/books/{book}"]["post"]["parameters"]["path"]["book"];
export type Slice = components["schemas"]["CloseView"];
export type Processed = components["schemas"]["Processed"];

/** Whose token requests carry. */
export interface Bearer {
  /** The ID token; `fresh` asks for a new one. None without a member. */
  token(fresh: boolean): Promise<string | null>;
  /** The API no longer takes the session, not even with a new token. */
  refused(): void;
}

let bearer: Bearer = { token: async () => null, refused: () => {} };

export function authenticate(as: Bearer) {
  bearer = as;
}

/** An App Check token, with which something with a card begins; `null` where there is none. */
let appToken: () => Promise<string | null> = async () => null;

export function showAppBy(token: () => Promise<string | null>) {
  appToken = token;
}

async function fromOurApp() {
  const token = await appToken().catch(() => null);
  return token === null ? {} : { params: { header: { "X-Firebase-AppCheck": token } } };
}

/** Longer than API Gateway waits. What is not answered by then is given up, and nothing of it is sent later. */
const PATIENCE_MS = 35_000;

async function send(request: Request): Promise<Response> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  const over = new Promise<never>((_, reject) => {
    patience.signal.addEventListener("abort", () => reject(patience.signal.reason));
  });
  try {
    return await Promise.race([over, sendSigned(request, patience.signal)]);
  } finally {
    clearTimeout(timer);
  }
}

/** A token can be over before its time says so: then it is asked once more with a new one. */
async function sendSigned(request: Request, signal: AbortSignal): Promise<Response> {
  const token = await bearer.token(false);
  if (token === null) return fetch(request, { signal });
  const again = request.clone();
  const answer = await fetch(withToken(request, token), { signal });
  if (answer.status !== 401) return answer;
  const fresh = await bearer.token(true);
  const second = fresh === null ? answer : await fetch(withToken(again, fresh), { signal });
  if (second.status === 401) bearer.refused();
  return second;
}

function withToken(request: Request, token: string): Request {
  const headers = new Headers(request.headers);
  headers.set("authorization", `Bearer ${token}`);
  return new Request(request, { headers });
}

const client = createClient<paths>({ fetch: send });

export const api = {
  offer: () => take(client.GET("/plans")),
  subscription: () => take(client.GET("/subscription")),
  payments: (cursor: string | undefined) =>
    take(client.GET("/payments", { params: { query: cursor === undefined ? {} : { cursor } } })),
  /** Opens a checkout at the price and under the terms that were shown. */
  openCheckout: async (plan: string, price: number, version: string) =>
    take(client.POST("/checkout", { ...(await fromOurApp()), body: { plan, consent: { version, price } } })),
  openCardChange: async () => take(client.POST("/subscription/card", await fromOurApp())),
  /** Agrees to a higher price, as `price_change` shows it. */
  agree: (price: number, version: string) =>
    take(client.POST("/subscription/consent", { body: { price, version } })),
  /** Notes the last month of the card, such as `2029-05`. */
  cardExpires: (month: string) => take(client.POST("/subscription/card/expiry", { body: { month } })),
  /** Cancels, if it is still paid through the date that was shown. */
  cancel: (until: string | null) =>
    take(client.POST("/subscription/cancel", { body: { paid_through: until } })),
  resume: () => take(client.POST("/subscription/resume")),
  /** Tries the charge that failed again. */
  retry: () => take(client.POST("/subscription/retry")),
  /** Has everything erased, if it is still paid through the date that was shown. */
  erase: (until: string | null) => take(client.POST("/subscription/erase", { body: { paid_through: until } })),
  cancellations: (cursor: string | undefined) =>
    take(client.GET("/admin/cancellations", { params: { query: cursor === undefined ? {} : { cursor } } })),
  reviews: (cursor: string | undefined) =>
    take(client.GET("/admin/reviews", { params: { query: cursor === undefined ? {} : { cursor } } })),
  /** Settles a review, if it is still about the amount that was shown. */
  resolve: (id: string, action: Resolution, amount: number, reason: string) =>
    take(
      client.POST("/admin/reviews/{id}/resolve", {
        params: { path: { id } },
        body: { action, amount, ...(reason === "" ? {} : { reason }) },
      }),
    ),
  /** Gives back a payment or a part of it, if as much is left of it as was shown. `true` once it was given back; what
   *  Iamport does not answer for at once, or another admin has to agree to, is given back later. */
  refund: async (merchantUid: string, asked: RefundRequest): Promise<boolean> => {
    const { response } = await answered(
      client.POST("/admin/payments/{merchant_uid}/refund", {
        params: { path: { merchant_uid: merchantUid } },
        body: asked,
      }),
    );
    return response.status === 200;
  },
  /** Members by what an admin has of them: an address, an order, a payment, a card and a day. */
  find: (q: string) => take(client.GET("/admin/find", { params: { query: { q } } })),
  membersIn: (state: Matter, cursor: string | undefined) =>
    take(
      client.GET("/admin/members", {
        params: { query: cursor === undefined ? { state } : { state, cursor } },
      }),
    ),
  standing: () => take(client.GET("/admin/standing")),
  member: (uid: string, cursor: string | undefined) =>
    take(
      client.GET("/admin/members/{uid}", {
        params: { path: { uid: uidInPath(uid) }, query: cursor === undefined ? {} : { cursor } },
      }),
    ),
  /** Does something to a member's subscription, if access still lasts until the date that was shown. */
  actFor: (uid: string, asked: ActRequest) =>
    take(
      client.POST("/admin/members/{uid}/acts", {
        params: { path: { uid: uidInPath(uid) } },
        body: asked,
      }),
    ),
  eraseFor: (uid: string, reason: string, until: string | null) =>
    take(
      client.POST("/admin/members/{uid}/erase", {
        params: { path: { uid: uidInPath(uid) } },
        body: { reason, paid_through: until },
      }),
    ),
  forecast: (uid: string) =>
    take(client.GET("/admin/members/{uid}/forecast", { params: { path: { uid: uidInPath(uid) } } })),
  checkouts: () => take(client.GET("/admin/checkouts")),
  /** Stops new checkouts, or lets them go on. */
  pauseCheckouts: (paused: boolean, reason: string) =>
    take(client.POST("/admin/checkouts", { body: { paused, reason } })),
  figures: (from: string, to: string) =>
    take(client.GET("/admin/figures", { params: { query: { from, to } } })),
  reconcile: (from: string, to: string, dryRun: boolean) =>
    take(client.POST("/admin/reconcile", { body: { from, to, dry_run: dryRun } })),
  /** How far a reconciliation has come: one that was begun, or a night's by its date. */
  reconciliation: (id: string) => take(client.GET("/admin/reconcile/{id}", { params: { path: { id } } })),
  /** A page of a book, as a part of a file. */
  book: (book: Book, asked: BookRequest) =>
    take(client.POST("/admin/books/{book}", { params: { path: { book } }, body: asked })),
  /** A slice of a month against Iamport's list of it. */
  close: (month: string, after: string | undefined) =>
    take(client.POST("/admin/close", { body: after === undefined ? { month } : { month, after } })),
  /** Whose access would be ended. Nothing is done. */
  wouldEnd: () => take(client.POST("/admin/cancellations/process", { body: { dry_run: true } })),
  /** Ends the access of these, where it is still over. */
  end: (uids: string[]) =>
    take(client.POST("/admin/cancellations/process", { body: { dry_run: false, uids } })),

  /** Looks what came of a registration, and whether that is known yet: if not, ask again. Safe to repeat. */
  async complete(merchantUid: string): Promise<{ known: boolean; subscription: Subscription }> {
    const { data, response } = await answered(
      client.POST("/checkout/{merchant_uid}/complete", {
        params: { path: { merchant_uid: merchantUid } },
      }),
    );
    return { known: response.status !== 202, subscription: data };
  },
};

type Sent<D> = Promise<{ data?: D; error?: unknown; response: Response }>;

async function take<D>(sent: Sent<D>): Promise<D> {
  return (await answered(sent)).data;
}

/** The answer, or the problem as an exception. */
async function answered<D>(sent: Sent<D>): Promise<{ data: D; response: Response }> {
  const { data, error, response } = await sent.catch((): never => {
    throw new Problem(null);
  });
  if (data === undefined) throw problemOf(error, response.status);
  return { data, response };
}
