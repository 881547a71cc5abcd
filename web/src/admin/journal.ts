// What an entry of the journal says, in words.

import type { Entry } from "../api/client";
import { date, providerWords, time, won } from "../format";
import type { Translate } from "../language";
import type { Language } from "../strings";
import { word } from "./words";

/** An entry in words: what happened, and what there is to know of it. */
export function entryWords(entry: Entry, t: Translate, language: Language): { what: string; details: string[] } {
  const said: Record<string, unknown> = entry.details;
  const text = (name: string) => (typeof said[name] === "string" ? said[name] : null);
  const number = (name: string) => (typeof said[name] === "number" ? said[name] : null);
  const decline = said.decline as { reason?: string; class?: string } | undefined;
  const amount = number("amount") ?? number("price");
  const paidThrough = text("paid_through");
  const from = text("from");
  const retryAt = text("retry_at");
  const details = [
    amount === null ? null : won(amount, language),
    paidThrough === null ? null : t("journal.paidThrough", { date: date(paidThrough, language) }),
    from === null ? null : t("journal.from", { date: date(from, language) }),
    decline?.class ? word(t, "decline", decline.class) : null,
    decline?.reason ? providerWords(decline.reason) : null,
    retryAt === null ? null : t("journal.retryAt", { time: time(retryAt, language) }),
    said.recovered === true ? t("journal.recovered") : null,
    text("account") === null ? null : word(t, "account", text("account") ?? ""),
    text("resolution") === null ? null : word(t, "action", text("resolution") ?? ""),
    text("why") === null ? null : word(t, "why", text("why") ?? ""),
    text("said"),
    entry.entry === "did" ? text("reason") : null,
    entry.type === "provider_trouble" ? providerWords(text("reason") ?? "") : null,
    said.held === true ? t("journal.held") : null,
    text("merchant_uid") ?? text("imp_uid"),
    entry.by ? t("journal.by", { uid: entry.by }) : null,
  ];
  return {
    what: word(t, entry.entry === "did" ? "act" : "journal", entry.type),
    details: details.filter((detail) => detail !== null),
  };
}
