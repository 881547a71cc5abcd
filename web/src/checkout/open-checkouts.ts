// The registration this browser opened and has not seen the end of: how a closed tab is found again. It
// holds an order's id and when it was opened, and nothing of the member or the card.

import type { Subscription } from "../api/client";

export interface OpenCheckout {
  merchantUid: string;
  purpose: Purpose;
}

/** `overdue`: another card, with which an overdue payment is made. */
export type Purpose = "subscribe" | "card" | "overdue";

/** What came of a registration is known after a day, or a person looks for it. */
const LONGEST_MS = 24 * 3_600_000;

interface Kept extends OpenCheckout {
  opened: number;
}

const key = (uid: string) => `gudok.checkout.${uid}`;

export function remember(uid: string, checkout: OpenCheckout) {
  localStorage.setItem(key(uid), JSON.stringify({ ...checkout, opened: Date.now() }));
}

export function recall(uid: string): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key(uid)) ?? "null") as Partial<Kept> | null;
    if (typeof kept?.merchantUid !== "string") return null;
    const { merchantUid, purpose = "subscribe", opened = 0 } = kept;
    return { merchantUid, purpose, opened };
  } catch {
    return null;
  }
}

/** Its end was seen. Another one, opened since, stays. */
export function forget(uid: string, merchantUid: string) {
  if (recall(uid)?.merchantUid === merchantUid) localStorage.removeItem(key(uid));
}

/** Whether its end can be seen on the subscription, or was given up: then there is nothing to go back to. */
export function isOver({ purpose, opened }: Kept, { state, pending }: Subscription): boolean {
  if (Date.now() - opened > LONGEST_MS) return true;
  const subscribed = state === "active" || state === "past_due" || state === "cancelling";
  return purpose === "subscribe" ? subscribed : state === "ended" && !pending;
}
