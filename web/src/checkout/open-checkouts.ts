// The registration this browser opened and has not seen the end of: how a closed tab is found again. It
// holds an order's id and nothing of the member or the card.

export interface OpenCheckout {
  merchantUid: string;
  purpose: Purpose;
}

export type Purpose = "subscribe" | "card";

const key = (uid: string) => `gudok.checkout.${uid}`;

export function remember(uid: string, checkout: OpenCheckout) {
  localStorage.setItem(key(uid), JSON.stringify(checkout));
}

export function recall(uid: string): OpenCheckout | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key(uid)) ?? "null") as Partial<OpenCheckout> | null;
    if (typeof kept?.merchantUid !== "string") return null;
    return { merchantUid: kept.merchantUid, purpose: kept.purpose === "card" ? "card" : "subscribe" };
  } catch {
    return null;
  }
}

/** Its end was seen. Another one, opened since, stays. */
export function forget(uid: string, merchantUid: string) {
  if (recall(uid)?.merchantUid === merchantUid) localStorage.removeItem(key(uid));
}
