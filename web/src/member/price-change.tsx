// A higher price: what changes, from when, and what happens without the member's consent.

import { Alert, Button, Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Act, useAct } from "../api/act";
import { api, type PriceChange, type Subscription } from "../api/client";
import { date, dayOf, won } from "../words/format";
import { useLanguage } from "../words/language";
import { useSession } from "../session/session";
import { ProblemNote } from "../shell/answers";

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
  if (!change) return agree.error ? <ProblemNote error={agree.error} /> : null;
  if (!change.agreed_at) return <Question change={change} price={price ?? null} agree={agree} />;
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

function Question({
  change,
  price,
  agree,
}: {
  change: PriceChange;
  price: number | null;
  agree: Act<Subscription, PriceChange>;
}) {
  const { t, language } = useLanguage();
  const [checked, setChecked] = useState(false);
  const [asked, setAsked] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (checked) agree.go(change);
  };
  const values = { from: date(change.from, language), price: won(change.price, language) };
  return (
    <form className="question" aria-labelledby="price-change" onSubmit={submit} noValidate>
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
        </ul>
        <Checkbox
          label={t("price.consent", { ...values, version: change.terms_version })}
          checked={checked}
          error={asked && !checked ? t("price.needConsent") : null}
          onChange={(event) => setChecked(event.currentTarget.checked)}
        />
        {agree.error ? <ProblemNote error={agree.error} /> : null}
        <Group>
          <Button type="submit" loading={agree.busy}>
            {t("price.go")}
          </Button>
          <Text size="sm" c="dimmed">
            {t("price.later")}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
