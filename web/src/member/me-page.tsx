// 내 구독: what it is, until when it can be used, what comes next, and what was paid.

import { Alert, Anchor, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { type Act, useAct } from "../api/act";
import { api, type State, type Subscription } from "../api/client";
import { useSubscription } from "../session/queries";
import { goesOn } from "../api/state";
import { ResumeNote } from "../checkout/resume-note";
import { date, dayOf, won } from "../words/format";
import { useLanguage } from "../words/language";
import { useSession } from "../session/session";
import { ProblemNote, Waiting } from "../shell/answers";
import { Page } from "../shell/page";
import type { Key } from "../words/strings";
import { CancelDialog } from "./cancel-dialog";
import { CardDialog } from "./card-dialog";
import { ExpiryDialog } from "./expiry-dialog";
import { LeaveDialog } from "./leave-dialog";
import { Payments } from "./payments";
import { PriceChangeNote } from "./price-change";

const COLORS: Record<State, string> = {
  none: "gray",
  active: "green",
  past_due: "red",
  cancelling: "yellow",
  ended: "gray",
};

type DialogName = "cancel" | "card" | "expiry";

export function MePage() {
  const { t } = useLanguage();
  const { uid } = useSession();
  const { data, error, isPending, refetch } = useSubscription();
  return (
    <Page title={t("me.title")}>
      <Stack gap="lg">
        <ResumeNote uid={uid} />
        {data ? <Mine subscription={data} /> : null}
        {!data && isPending ? <Waiting /> : null}
        {!data && error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
        <Payments />
        {data?.plan && !data.erasure_requested_at ? <Leave subscription={data} /> : null}
      </Stack>
    </Page>
  );
}

function Mine({ subscription }: { subscription: Subscription }) {
  const { t } = useLanguage();
  const { uid } = useSession();
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<DialogName | null>(null);
  // What was just done; it is news only while the subscription is in the state that it led to.
  const [done, setDone] = useState<{ key: Key; state: State } | null>(null);
  const resume = useAct(
    () => api.resume(),
    (answer) => {
      queries.setQueryData(["subscription", uid], answer);
      setDone({ key: "me.resumed", state: answer.state });
    },
  );
  const { state } = subscription;

  if (state === "none") return <NotYet subscription={subscription} />;
  return (
    <section className="panel" aria-labelledby="plan">
      <Stack gap="lg">
        <Heading subscription={subscription} />
        <Notes subscription={subscription} />
        <PriceChangeNote subscription={subscription} />
        {done?.state === state ? (
          <Alert
            color="green"
            role="status"
            withCloseButton
            closeButtonLabel={t("card.close")}
            onClose={() => setDone(null)}
          >
            {t(done.key)}
          </Alert>
        ) : null}
        {resume.error ? <ProblemNote error={resume.error} /> : null}
        <Facts subscription={subscription} onExpiry={goesOn(state) ? () => setDialog("expiry") : null} />
        {subscription.erasure_requested_at ? null : <Ways state={state} resume={resume} onDialog={setDialog} />}
      </Stack>
      <CancelDialog
        opened={dialog === "cancel"}
        until={subscription.paid_through ?? null}
        onClose={() => setDialog(null)}
        onDone={() => {
          setDialog(null);
          setDone({ key: "me.cancelDone", state: "cancelling" });
        }}
      />
      <ExpiryDialog opened={dialog === "expiry"} onClose={() => setDialog(null)} />
      <CardDialog opened={dialog === "card"} pastDue={state === "past_due"} onClose={() => setDialog(null)} />
    </section>
  );
}

/** 회원 탈퇴, below all else. */
function Leave({ subscription }: { subscription: Subscription }) {
  const { t } = useLanguage();
  const [asked, ask] = useState(false);
  return (
    <Group justify="flex-end">
      <Button variant="subtle" color="gray" size="xs" onClick={() => ask(true)}>
        {t("leave.ask")}
      </Button>
      {asked ? <LeaveDialog subscription={subscription} onClose={() => ask(false)} /> : null}
    </Group>
  );
}

function NotYet({ subscription: { pending, erasure_requested_at } }: { subscription: Subscription }) {
  const { t } = useLanguage();
  if (erasure_requested_at) {
    return (
      <section className="panel">
        <Alert color="gray">{t("leave.done")}</Alert>
      </section>
    );
  }
  return (
    <section className="panel">
      <Stack align="center">
        {pending ? <Alert color="yellow">{t("me.pending")}</Alert> : null}
        <Text>{t("me.none")}</Text>
        <Button component={Link} to="/app/subscribe">
          {t("me.noneGo")}
        </Button>
      </Stack>
    </section>
  );
}

function Heading({ subscription }: { subscription: Subscription }) {
  const { t, language } = useLanguage();
  const { state } = subscription;
  return (
    <Group justify="space-between" align="flex-start">
      <div>
        <Title order={2} id="plan">
          {subscription.plan_name ?? subscription.plan}
        </Title>
        {subscription.price == null ? null : (
          <Text>{t("me.price", { price: won(subscription.price, language) })}</Text>
        )}
      </div>
      <Badge size="lg" variant="light" color={COLORS[state]} tt="none">
        {t(`me.state.${state}`)}
      </Badge>
    </Group>
  );
}

function Notes({ subscription }: { subscription: Subscription }) {
  const { t, language } = useLanguage();
  const { state, cancel_requested_at, paid_through, ended_at, advice, pending } = subscription;
  if (subscription.erasure_requested_at) return <Alert color="gray">{t("leave.done")}</Alert>;
  if (state === "cancelling" && cancel_requested_at && paid_through) {
    const values = { requested: dayOf(cancel_requested_at, language), until: date(paid_through, language) };
    return <Alert color="yellow">{t("me.cancelled", values)}</Alert>;
  }
  if (state === "ended" && ended_at) {
    return <Alert color="gray">{t("me.ended", { date: dayOf(ended_at, language) })}</Alert>;
  }
  if (state === "past_due") {
    return (
      <Alert color="red" title={t("me.pastDue")}>
        {advice}
      </Alert>
    );
  }
  return pending ? <Alert color="blue">{t("me.pending")}</Alert> : null;
}

function Facts({ subscription, onExpiry }: { subscription: Subscription; onExpiry: (() => void) | null }) {
  const { t, language } = useLanguage();
  const { state, paid_through, next_payment_date, card, consent, price_change } = subscription;
  const unanswered = price_change && !price_change.agreed_at ? price_change : null;
  return (
    <dl className="facts">
      {paid_through ? (
        <>
          <dt>{t("me.until")}</dt>
          <dd>{t("me.untilValue", { date: date(paid_through, language) })}</dd>
        </>
      ) : null}
      <dt>{t(state === "past_due" ? "me.nextRetry" : "me.next")}</dt>
      <dd>
        {next_payment_date ? date(next_payment_date, language) : null}
        {!next_payment_date && unanswered
          ? t("me.nextConsent", { date: date(unanswered.from, language) })
          : null}
        {!next_payment_date && !unanswered ? t("me.nextNone") : null}
      </dd>
      <dt>{t("me.card")}</dt>
      <dd>
        {card ? (
          <>
            {[card.name, card.number].filter(Boolean).join(" ")}{" "}
            <small>
              {t("me.cardSince", { date: dayOf(card.registered_at, language) })}
              {card.expires ? ` · ${t("expiry.until", { date: date(card.expires, language) })}` : null}
            </small>{" "}
            {onExpiry ? (
              <Anchor component="button" type="button" size="sm" underline="always" onClick={onExpiry}>
                {t(card.expires ? "expiry.change" : "expiry.ask")}
              </Anchor>
            ) : null}
          </>
        ) : (
          t("me.cardNone")
        )}
      </dd>
      {consent ? (
        <>
          <dt>{t("me.consent")}</dt>
          <dd>
            {t("me.consentValue", { version: consent.version, price: won(consent.price, language) })}{" "}
            <small>{t("me.consentAt", { date: dayOf(consent.agreed_at, language) })}</small>
          </dd>
        </>
      ) : null}
    </dl>
  );
}

/** What there is to do in each state. */
function Ways({
  state,
  resume,
  onDialog,
}: {
  state: State;
  resume: Act<Subscription, void>;
  onDialog: (dialog: DialogName) => void;
}) {
  const { t } = useLanguage();
  return (
    <Group>
      {state === "cancelling" ? (
        <Button loading={resume.busy} onClick={() => resume.go()}>
          {t("me.resume")}
        </Button>
      ) : null}
      {state === "ended" ? (
        <Button component={Link} to="/app/subscribe">
          {t("me.again")}
        </Button>
      ) : null}
      {goesOn(state) ? (
        <Button variant={state === "past_due" ? "filled" : "default"} onClick={() => onDialog("card")}>
          {t("me.changeCard")}
        </Button>
      ) : null}
      {state === "active" || state === "past_due" ? (
        <Button variant="subtle" color="red" onClick={() => onDialog("cancel")}>
          {t("me.cancel")}
        </Button>
      ) : null}
    </Group>
  );
}
