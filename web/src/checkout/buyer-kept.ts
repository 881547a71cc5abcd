// What was typed for the card window, kept for this tab until the registration is done or the member signs out: a window
// that was closed is opened again without typing anew, on a phone too, where the page is left for it.

import { keepInTab, recallInTab } from "../session/tab";
import type { Buyer } from "./card-window";

const key = (uid: string) => `buyer.${uid}`;

export function keepBuyer(uid: string, buyer: Buyer) {
  keepInTab(key(uid), JSON.stringify(buyer));
}

export function keptBuyer(uid: string): Partial<Buyer> {
  try {
    const kept = JSON.parse(recallInTab(key(uid)) ?? "null") as Partial<Buyer> | null;
    return typeof kept?.name === "string" && typeof kept.telephone === "string" ? kept : {};
  } catch {
    return {};
  }
}
