// What a subscription means for the member who looks at it: the state that the API tells, and what its dates and what
// is open make of it.

import type { Subscription } from "./client";

export type Standing =
  /** Nothing was begun. */
  | "none"
  /** A card window was opened, and nothing is known of what came of it. */
  | "unfinished"
  /** The first charge was sent, and its outcome is not known. */
  | "confirming"
  /** Nothing was paid yet, and a person has to settle why. */
  | "reviewing"
  | "active"
  | "past_due"
  | "cancelling"
  /** Access is over, whether or not it was taken away yet: a new subscription can begin. */
  | "over"
  /** Everything is being erased. */
  | "erasing";

export function standingOf(subscription: Subscription): Standing {
  const { state } = subscription;
  if (subscription.erasure_requested_at) return "erasing";
  if (state === "ended" || isOver(subscription)) return "over";
  if (state !== "none") return state;
  if (subscription.review_since) return "reviewing";
  if (!subscription.pending) return "none";
  // The API refuses another checkout only once there is a card: it is about to be charged.
  return subscription.card ? "confirming" : "unfinished";
}

/** Whether there is a subscription with access, so that no other can begin. */
export function goesOn(subscription: Subscription): boolean {
  return ["active", "past_due", "cancelling"].includes(standingOf(subscription));
}

/** Whether a cancellation can still be taken back. */
export function canResume(subscription: Subscription): boolean {
  return standingOf(subscription) === "cancelling";
}

/** Whether access would be over at once if it were cancelled: what was paid for has ended before today. */
export function endsAtOnce({ paid_through, today }: Subscription): boolean {
  return paid_through != null && paid_through < today;
}

/** The amount of the next charge. */
export function amountDue({ price, price_change }: Subscription): number | null {
  return price_change?.agreed_at ? price_change.price : (price ?? null);
}

function isOver({ access_until, today }: Subscription): boolean {
  return access_until != null && access_until < today;
}
