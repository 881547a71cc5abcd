// What an entry of the journal says, in words.

import type { Entry } from "../api/client";
import { named } from "./member-link";
import { date, providerWords, time, won } from "../words/format";
import type { Translate } from "../words/language";
import type { Language } from "../words/strings";

/** An entry in words: what happened, and what there is to know of it. */
export function entryWords(entry: Entry, t: Translate, language: Language): { what: string; details: string[] } {
  const { what, facts } = entry.entry === "did" ? act(entry, t, language) : news(entry, t, language);
  const by = entry.by ? t("journal.by", { uid: named(entry.by, entry.by_who) }) : null;
  return { what, details: [...facts, by].filter((fact) => fact != null) };
}

interface Said {
  what: string;
  facts: (string | null | undefined)[];
}

type News = Extract<Entry, { entry: "told" }>;
type ChargeNews = Extract<News, { type: "paid" | "declined" | "provider_trouble" | "retry_planned" }>;

/** What was announced. */
function news(entry: News, t: Translate, language: Language): Said {
  const what = t(`journal.${entry.type}`);
  const until = (day: string) => t("journal.paidThrough", { date: date(day, language) });
  const said = (...facts: Said["facts"]) => ({ what, facts });
  switch (entry.type) {
    case "subscribed":
    case "taken_over":
    case "card_asked":
    case "revoked":
      return said(until(entry.details.paid_through));
    case "paid":
    case "declined":
    case "provider_trouble":
    case "retry_planned":
      return said(...ofCharge(entry, t, language));
    case "card_expiring":
      return said(t("expiry.until", { date: date(entry.details.expires, language) }));
    case "cancel_requested": {
      const { paid_through, account } = entry.details;
      return said(until(paid_through), account ? t(`account.${account}`) : null);
    }
    case "refund_due":
    case "refunded":
      return said(won(entry.details.amount, language), entry.details.imp_uid);
    case "consent_asked": {
      const from = t("journal.from", { date: date(entry.details.from, language) });
      return said(won(entry.details.price, language), from);
    }
    case "consent_given":
      return said(won(entry.details.price, language));
    case "review_opened": {
      const { why, said: words, merchant_uid } = entry.details;
      return said(t(`why.${why}`), words ? providerWords(words, language) : null, merchant_uid);
    }
    case "review_resolved":
      return said(t(`action.${entry.details.resolution}`), entry.details.merchant_uid);
    case "days_given":
      return said(t("journal.days", { days: entry.details.days }), until(entry.details.until));
    case "card_changed":
    case "tried_again":
    case "checkout_withdrawn":
    case "erasure_requested":
    case "resumed":
    case "overdue":
      return said();
    default:
      entry satisfies never;
      return said();
  }
}

/** What there is to know of a charge that was tried. */
function ofCharge(entry: ChargeNews, t: Translate, language: Language): Said["facts"] {
  const again = (moment: string) => t("journal.retryAt", { time: time(moment, language) });
  switch (entry.type) {
    case "paid": {
      const { amount, paid_through, recovered, imp_uid } = entry.details;
      const until = t("journal.paidThrough", { date: date(paid_through, language) });
      return [won(amount, language), until, recovered ? t("journal.recovered") : null, imp_uid];
    }
    case "declined": {
      const { decline, retry_at, merchant_uid } = entry.details;
      return [
        t(`decline.${decline.class}`),
        providerWords(decline.reason, language),
        retry_at ? again(retry_at) : null,
        merchant_uid,
      ];
    }
    case "provider_trouble": {
      const { reason, held, merchant_uid } = entry.details;
      return [providerWords(reason, language), held ? t("journal.held") : null, merchant_uid];
    }
    case "retry_planned":
      return [again(entry.details.retry_at), entry.details.merchant_uid];
    default:
      entry satisfies never;
      return [];
  }
}

/** What an admin did. */
function act(entry: Extract<Entry, { entry: "did" }>, t: Translate, language: Language): Said {
  const what = t(`act.${entry.type}`);
  switch (entry.type) {
    case "cancelled":
    case "resumed":
    case "erased":
    case "ended":
    case "tried_again":
    case "asked_for_card":
      return { what, facts: [entry.details.reason] };
    case "gave_days":
      return { what, facts: [t("journal.days", { days: entry.details.days }), entry.details.reason] };
    case "proposed_refund":
    case "refunded": {
      const { amount, reason, imp_uid } = entry.details;
      return { what, facts: [amount == null ? null : won(amount, language), reason, imp_uid] };
    }
    case "resolved_review":
      return { what, facts: [t(`action.${entry.details.resolution}`), entry.details.reason] };
    case "set_brake":
      return { what, facts: [t(entry.details.pulled ? "brake.paused" : "brake.open"), entry.details.reason] };
    case "ended_access":
    case "reconciled":
      return { what, facts: [] };
    default:
      entry satisfies never;
      return { what, facts: [] };
  }
}
