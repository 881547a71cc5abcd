// What an admin can do for a member: what makes sense as things stand, what will follow, and what came of it.

import type { DeskAct, DeskSubscription, State } from "../api/client";
import { date, providerWords } from "../words/format";
import type { Translate } from "../words/language";
import type { Language } from "../words/strings";

/** What is asked for at the desk: an act of the subscription, or that everything is erased. */
export type Asked = DeskAct | "erase";

const OFFERED: Record<State, Asked[]> = {
  none: ["give_days"],
  active: ["cancel", "give_days", "ask_for_card", "end_now", "erase"],
  past_due: ["try_again", "ask_for_card", "give_days", "cancel", "end_now", "erase"],
  cancelling: ["resume", "give_days", "end_now", "erase"],
  ended: ["give_days", "erase"],
};

/** Acts that take something away which does not come back. */
export const TAKES_AWAY: readonly Asked[] = ["cancel", "end_now", "erase"];

/** The acts that make sense, the likeliest first. What is being erased is left alone. */
export function offered(subscription: DeskSubscription): Asked[] {
  if (subscription.erasure_requested_at) return [];
  const { state, dunning, complimentary_until } = subscription;
  if (state === "none") return [...OFFERED.none, ...(complimentary_until ? (["end_now"] as const) : []), "erase"];
  const dead = dunning.stopped && dunning.decline === "hard";
  return OFFERED[state].filter((act) => act !== "try_again" || !dead);
}

/** The last date of access that is shown, paid or given; `null` where there is none. */
export function lastsThrough(subscription: DeskSubscription | null): string | null {
  if (!subscription || subscription.ended_at) return null;
  return subscription.paid_through ?? subscription.complimentary_until ?? null;
}

/** What an act is called: days for whoever has no subscription that goes on are free ones. */
export function nameOf(act: DeskAct, subscription: DeskSubscription | null): DeskAct | "let_in" {
  const free = !subscription || subscription.state === "none" || subscription.state === "ended";
  return act === "give_days" && free ? "let_in" : act;
}

/** The days that were typed; `null` for what are none that can be given. */
export function daysIn(text: string): number | null {
  const days = /^\d{1,3}$/.test(text.trim()) ? Number(text) : 0;
  return days >= 1 && days <= 366 ? days : null;
}

/** The won that were typed, with or without separators; `null` for what is not from 1 to `left`. */
export function wonIn(text: string, left: number): number | null {
  const digits = text.trim().replace(/,/g, "").replace(/원$/, "");
  const amount = /^\d{1,12}$/.test(digits) ? Number(digits) : 0;
  return amount >= 1 && amount <= left ? amount : null;
}

export interface Change {
  what: "desk.until" | "desk.next" | "admin.due";
  before: string;
  after: string;
}

/** What will be otherwise, and the dates that stay: the subscription as it stands, and as it would. */
export function changes(
  act: DeskAct,
  before: DeskSubscription | null,
  after: DeskSubscription,
  t: Translate,
  language: Language,
): Change[] {
  const day = (text: string | null | undefined, none: string) => (text ? date(text, language) : none);
  const until = (it: DeskSubscription | null) => day(lastsThrough(it), t("desk.noAccess"));
  const next = (it: DeskSubscription | null) => day(it?.next_payment_date, t("desk.noNext"));
  const state = (it: State) => t(`me.state.${it}`);
  const ends = act === "end_now";
  const free = after.state === "none";
  const all: Change[] = [
    {
      what: "admin.due",
      before: state(before?.state ?? "none"),
      after: state(ends ? "ended" : after.state),
    },
    { what: "desk.until", before: until(before), after: ends ? t("desk.endsNow") : until(after) },
    {
      what: "desk.next",
      before: next(before),
      after: act === "try_again" ? t("desk.atOnce") : next(ends ? null : after),
    },
  ];
  // Whoever is let in has neither a state that says so nor payments.
  if (free && !ends) return all.filter(({ what }) => what === "desk.until");
  return all.filter((it) => it.what !== "admin.due" || it.before !== it.after);
}

/** What came of an act, for whoever asked for it. */
export function outcome(
  act: DeskAct,
  stands: DeskSubscription,
  what: string,
  t: Translate,
  language: Language,
): string {
  if (act !== "try_again") return t("desk.done", { what });
  if (stands.open_charges.some(({ state }) => state === "charging")) return t("desk.tried.open");
  if (stands.state !== "past_due") return t("desk.tried.paid");
  return t("desk.tried.declined", { reason: providerWords(stands.dunning.reason ?? "–", language) });
}
