// How far a checkout has come, from what is known: what the card window said, and what the API answered.
// Nothing is shown as done that the API has not confirmed.

import type { Subscription } from "../api/client";
import { Problem } from "../api/problem";
import type { Purpose } from "./open-checkouts";

export type StepState = "waiting" | "active" | "done" | "failed";

export interface Known {
  /** Whether the card window said that the card was registered; the API has the last word. */
  windowApproved: boolean;
  /** Whether it said that the member closed it. */
  windowClosed?: boolean;
  /** What the card is for. */
  purpose?: Purpose;
  /** The API's latest answer: a subscription when all is done, `null` when it does not know yet. */
  answer: Subscription | null | undefined;
  /** The API's latest problem. */
  error: unknown;
  /** How often the API said that it does not know yet. */
  asked: number;
}

export type Outcome =
  | "asking"
  | "confirming"
  | "done"
  /** The card is in use, and the overdue payment was not made with it. */
  | "still-due"
  /** The member closed the window. */
  | "closed"
  | "not-registered"
  | "declined"
  | "review"
  | "refused";

export interface Progress {
  outcome: Outcome;
  steps: { card: StepState; payment: StepState; done: StepState };
  /** It takes longer than usual. */
  slow: boolean;
  /** The last attempt to ask failed, and asking goes on. */
  troubled: boolean;
}

/** From here on it counts as slow: about 25 seconds. */
const SLOW_AFTER = 8;

const STEPS: Record<Outcome, Progress["steps"]> = {
  asking: { card: "active", payment: "waiting", done: "waiting" },
  confirming: { card: "done", payment: "active", done: "waiting" },
  done: { card: "done", payment: "done", done: "done" },
  "still-due": { card: "done", payment: "failed", done: "waiting" },
  closed: { card: "waiting", payment: "waiting", done: "waiting" },
  "not-registered": { card: "failed", payment: "waiting", done: "waiting" },
  declined: { card: "done", payment: "failed", done: "waiting" },
  review: { card: "done", payment: "waiting", done: "waiting" },
  refused: { card: "failed", payment: "waiting", done: "waiting" },
};

export function progressOf(known: Known): Progress {
  const outcome = outcomeOf(known);
  const open = outcome === "asking" || outcome === "confirming";
  return {
    outcome,
    steps: STEPS[outcome],
    slow: open && known.asked >= SLOW_AFTER,
    troubled: open && known.error instanceof Problem,
  };
}

function outcomeOf({ windowApproved, windowClosed = false, purpose, answer, error }: Known): Outcome {
  if (error instanceof Problem && !error.passes) {
    if (error.is("declined")) return "declined";
    if (error.is("card-not-registered") && windowClosed) return "closed";
    if (error.is("card-not-registered") || error.is("too-many-declined")) return "not-registered";
    if (error.is("under-review")) return "review";
    return "refused";
  }
  if (answer) return purpose === "overdue" ? overdue(answer) : "done";
  return windowApproved ? "confirming" : "asking";
}

/** What came of an overdue payment, once its new card is in use. */
function overdue({ state, pending }: Subscription): Outcome {
  if (state !== "past_due") return "done";
  return pending ? "confirming" : "still-due";
}

/** How long to wait before asking again, in milliseconds; `false` once the outcome is known. */
export function askAgainIn(known: Known): number | false {
  const { outcome, slow } = progressOf(known);
  if (outcome !== "asking" && outcome !== "confirming") return false;
  if (slow) return 10_000;
  return known.asked < 3 ? 1_000 : 4_000;
}
