// A higher price: what changes, from when, and what happens without the member's consent.

import { Alert, Button, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type Act, useAct } from "../api/act";
import { api, type PriceChange, type Subscription } from "../api/client";
import { date, dayOf, won } from "../words/format";
import { useLanguage } from "../words/language";
import { useSession } from "../session/session";
import { ProblemNote } from "../shell/answers";
import { PaperLink } from "../shell/footer";

export function PriceChangeNote({ subscription }: { subscription: Subscription }) {
  const { t, language } = useLanguage();
  const { price_change: change, price } = subscription;
  const { uid } = useSession();
  const queries = useQueryClient();
  // Here and not with the question: one that was withdrawn meanwhile is gone, and why nothing was agreed has to be read.
  const agree = useAct(
    ({ price, terms_version }: PriceChange) => api.agree(price, terms_version),
    (answer) => queries.setQueryData(["subscription", uid], answer),
  );
  // No is a cancellation: nothing is charged, and access lasts as long as it was paid for.
  const stop = useAct(
    () => api.cancel(subscription.paid_through ?? null),
    (answer) => queries.setQueryData(["subscription", uid], answer),
  );
  if (!change) return agree.error ? <ProblemNote error={agree.error} /> : null;
  if (!change.agreed_at) return <Question change={change} price={price ?? null} agree={agree} stop={stop} />;
  return (
    <Alert color="blue" role="status">
      {t("price.agreed", {
        agreed: dayOf(change.agreed_at, language),
        from: date(change.from, language),
        price: won(change.price, language),
      })}
    </Alert>
  );
}

/** Yes and no are one click each, of one size and weight; saying nothing is no. */
function Question({
  change,
  price,
  agree,
  stop,
}: {
  change: PriceChange;
  price: number | null;
  agree: Act<Subscription, PriceChange>;
  stop: Act<Subscription, void>;
}) {
  const { t, language } = useLanguage();
  const values = { from: date(change.from, language), price: won(change.price, language) };
  const busy = agree.busy || stop.busy;
  const error = agree.error ?? stop.error;
  return (
    <section className="question" aria-labelledby="price-change">
      <Stack gap="md">
        <Title order={3} id="price-change">
          {t("price.title")}
        </Title>
        <p className="price-step">
          {price === null ? null : (
            <>
              <span className="price-old">{t("me.price", { price: won(price, language) })}</span>
              <span aria-hidden>→</span>
            </>
          )}
          <span className="price">{t("me.price", { price: values.price })}</span>
        </p>
        <ul className="terms">
          <li>{t("price.yes", values)}</li>
          <li>{t("price.no", values)}</li>
          <li>{t("price.until", values)}</li>
          <li>{t("price.later")}</li>
        </ul>
        <Text size="sm">
          {t("price.consent", { ...values, version: change.terms_version })} <PaperLink paper="terms" inNewTab />
        </Text>
        {error ? <ProblemNote error={error} /> : null}
        <div className="two">
          <Button variant="outline" loading={agree.busy} disabled={busy} onClick={() => agree.go(change)}>
            {t("price.go")}
          </Button>
          <Button variant="outline" loading={stop.busy} disabled={busy} onClick={() => stop.go()}>
            {t("price.stop")}
          </Button>
        </div>
      </Stack>
    </section>
  );
}
