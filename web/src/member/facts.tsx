// What there is to know of a subscription, line by line.

import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import type { Subscription } from "../api/client";
import { goesOn, standingOf } from "../api/state";
import { date, dayOf, won } from "../words/format";
import { type Translate, useLanguage } from "../words/language";
import { cardName } from "../words/partners";
import type { Language } from "../words/strings";

export function Facts({ subscription, onExpiry }: { subscription: Subscription; onExpiry: () => void }) {
  const { t, language } = useLanguage();
  const { paid_through, access_until, card, consent } = subscription;
  const standing = standingOf(subscription);
  // While a payment is overdue access lasts longer than what was paid for.
  const until = standing === "past_due" ? access_until : paid_through;
  return (
    <dl className="facts">
      {until ? <Fact name={t("me.until")}>{t("me.untilValue", { date: date(until, language) })}</Fact> : null}
      <Fact name={t(standing === "past_due" ? "me.nextRetry" : "me.next")}>{nextOf(subscription, t, language)}</Fact>
      <Fact name={t("me.card")}>
        {card ? (
          <>
            {[cardName(card.name, language), card.number].filter(Boolean).join(" ")}{" "}
            <small>
              {t("me.cardSince", { date: dayOf(card.registered_at, language) })}
              {card.expires ? ` · ${t("expiry.until", { date: date(card.expires, language) })}` : null}
            </small>{" "}
            {goesOn(subscription) ? (
              <Anchor component="button" type="button" size="sm" underline="always" onClick={onExpiry}>
                {t(card.expires ? "expiry.change" : "expiry.ask")}
              </Anchor>
            ) : null}
          </>
        ) : (
          t("me.cardNone")
        )}
      </Fact>
      {consent ? (
        <Fact name={t("me.consent")}>
          {t("me.consentValue", { version: consent.version, price: won(consent.price, language) })}{" "}
          <small>{t("me.consentAt", { date: dayOf(consent.agreed_at, language) })}</small>
        </Fact>
      ) : null}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** The next payment, or why there is no date. */
function nextOf(subscription: Subscription, t: Translate, language: Language): string {
  const { next_payment_date, price_change, review_since } = subscription;
  const asked = price_change && !price_change.agreed_at ? price_change : null;
  if (!goesOn(subscription)) return t("me.nextNone");
  if (next_payment_date) return date(next_payment_date, language);
  if (asked) return t("me.nextConsent", { date: date(asked.from, language) });
  return t(review_since && subscription.state === "active" ? "me.nextReview" : "me.nextNone");
}
