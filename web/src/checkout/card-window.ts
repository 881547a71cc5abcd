// The card window: Iamport's SDK, which opens KG Inicis' page. The card is entered there and never here.

import type { Opened } from "../api/client";
import type { Config } from "../api/config";

/** What the window tells the page. A hint only; the API looks for itself. */
export interface WindowAnswer {
  success?: boolean;
  imp_success?: boolean;
  imp_uid?: string | null;
  merchant_uid?: string;
  error_code?: string | null;
  error_msg?: string | null;
}

/** Whom Inicis' window asks for; kept nowhere. */
export interface Buyer {
  name: string;
  telephone: string;
}

interface Iamport {
  init(merchantCode: string): void;
  request_pay(params: object, callback: (answer: WindowAnswer) => void): void;
}

declare global {
  interface Window {
    IMP?: Iamport;
  }
}

let loading: Promise<Iamport> | undefined;

/** Loads the SDK once; a failed attempt can be repeated. */
export function loadCardWindow({ iamport }: Config): Promise<Iamport> {
  loading ??= new Promise<Iamport>((resolve, reject) => {
    const script = document.createElement("script");
    script.src = iamport.script;
    script.async = true;
    script.onload = () => {
      if (!window.IMP) return reject(new Error("iamport.js defines no IMP"));
      window.IMP.init(iamport.merchantCode);
      resolve(window.IMP);
    };
    script.onerror = () => reject(new Error("iamport.js could not be loaded"));
    document.head.append(script);
  }).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Shows the window and resolves when it closes. On a phone the page is left instead, and returns elsewhere. */
export function showCardWindow(sdk: Iamport, { request_pay }: Opened, buyer: Buyer): Promise<WindowAnswer> {
  const params = { ...request_pay, buyer_name: buyer.name, buyer_tel: buyer.telephone };
  return new Promise((resolve) => sdk.request_pay(params, resolve));
}

/** Where the page goes on, after the window on a desktop as after the return of a phone. */
export function completionPath(merchantUid: string, answer: WindowAnswer): string {
  const query = new URLSearchParams({ merchant_uid: merchantUid });
  if (answer.imp_uid) query.set("imp_uid", answer.imp_uid);
  if (approved(answer)) query.set("imp_success", "true");
  if (answer.error_msg) query.set("error_msg", answer.error_msg);
  return `/app/checkout/complete?${query}`;
}

/** Whether the window said that the member closed it, in the words that Inicis' has for that. */
export function closedByMember({ error_msg }: WindowAnswer): boolean {
  return /사용자가 결제를 취소|결제를 취소하셨|결제포기|결제 포기/.test(error_msg ?? "");
}

/** Whether the window said that the card was registered; newer windows say only when it was not. */
export function approved(answer: WindowAnswer): boolean {
  const said = answer.success ?? answer.imp_success;
  return said ?? (Boolean(answer.imp_uid) && !answer.error_code && !answer.error_msg);
}
