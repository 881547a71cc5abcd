// 내 구독: what it is, until when it can be used, what comes next, and what was paid.

import { Alert, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { type Act, useAct } from "../api/act";
import { api, type State, type Subscription } from "../api/client";
import { canResume, goesOn, type Standing, standingOf } from "../api/state";
import { ResumeNote } from "../checkout/resume-note";
import { PendingNote, ReviewNote } from "../checkout/waiting-notes";
import { useSubscription } from "../session/queries";
import { useSession } from "../session/session";
import { ProblemNote, Waiting } from "../shell/answers";
import { Page } from "../shell/page";
import { usePlanName } from "../shell/plan-name";
import { won } from "../words/format";
import { useLanguage } from "../words/language";
import type { Key } from "../words/strings";
import { CancelDialog } from "./cancel-dialog";
import { CardDialog } from "./card-dialog";
import { ExpiryDialog } from "./expiry-dialog";
import { Facts } from "./facts";
import { FreeAccess } from "./free-access";
import { LeaveDialog } from "./leave-dialog";
import { Notes } from "./notes";
import { Payments } from "./payments";
import { PriceChangeNote } from "./price-change";
import { RetryNow } from "./retry-now";

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
        <ResumeNote uid={uid} subscription={data} />
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
  return subscription.state === "none" ? (
    <section className="panel">
      <NotYet subscription={subscription} />
    </section>
  ) : (
    <Begun subscription={subscription} />
  );
}

/** Nothing was paid yet. While that is being waited for, no way leads to paying once more. */
function NotYet({ subscription }: { subscription: Subscription }) {
  const { t } = useLanguage();
  const standing = standingOf(subscription);
  if (standing === "erasing") return <Alert color="gray" role="status">{t("leave.done")}</Alert>;
  if (standing === "confirming") return <PendingNote subscription={subscription} />;
  if (standing === "reviewing") return <ReviewNote subscription={subscription} />;
  const unfinished = standing === "unfinished";
  return (
    <Stack align="center">
      <FreeAccess until={subscription.complimentary_until} />
      <Text ta="center">{t(unfinished ? "me.unfinished" : "me.none")}</Text>
      <Button component={Link} to="/app/subscribe">
        {t(unfinished ? "me.unfinishedGo" : "me.noneGo")}
      </Button>
    </Stack>
  );
}

function Begun({ subscription }: { subscription: Subscription }) {
  const { t } = useLanguage();
  const { uid } = useSession();
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<DialogName | null>(null);
  // What was just done; it is news only while the subscription stands as it led to, and only on that day.
  const [done, setDone] = useState<{ key: Key; standing: Standing; day: string } | null>(null);
  const standing = standingOf(subscription);
  const say = (key: Key, now: Standing) => setDone({ key, standing: now, day: subscription.today });
  const resume = useAct(
    () => api.resume(),
    (answer) => {
      queries.setQueryData(["subscription", uid], answer);
      say("me.resumed", standingOf(answer));
    },
  );
  const close = () => setDialog(null);
  return (
    <section className="panel" aria-labelledby="plan">
      <Stack gap="lg">
        <Heading subscription={subscription} />
        <Notes subscription={subscription} />
        <RetryNow subscription={subscription} onPaid={() => say("retry.paid", "active")} />
        <PriceChangeNote subscription={subscription} />
        {done?.standing === standing && done.day === subscription.today ? (
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
        <Facts subscription={subscription} onExpiry={() => setDialog("expiry")} />
        <Ways subscription={subscription} resume={resume} onDialog={setDialog} />
      </Stack>
      <CancelDialog
        opened={dialog === "cancel"}
        subscription={subscription}
        onClose={close}
        onDone={(answer) => {
          close();
          say("me.cancelDone", standingOf(answer));
        }}
      />
      <ExpiryDialog opened={dialog === "expiry"} onClose={close} />
      <CardDialog opened={dialog === "card"} pastDue={standing === "past_due"} onClose={close} />
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

function Heading({ subscription }: { subscription: Subscription }) {
  const { t, language } = useLanguage();
  const planName = usePlanName();
  const { plan, plan_name, price } = subscription;
  const state = standingOf(subscription) === "over" ? "ended" : subscription.state;
  return (
    <Group justify="space-between" align="flex-start">
      <div>
        <Title order={2} id="plan">
          {planName(plan, plan_name)}
        </Title>
        {price == null ? null : (
          <Text>
            <span>{t("me.price", { price: won(price, language) })}</span> <small>({t("subscribe.vat")})</small>
          </Text>
        )}
      </div>
      <Badge size="lg" variant="light" color={COLORS[state]} tt="none">
        {t(`me.state.${state}`)}
      </Badge>
    </Group>
  );
}

/** What there is to do as the subscription stands. What a past-due member can do comes first. */
function Ways({
  subscription,
  resume,
  onDialog,
}: {
  subscription: Subscription;
  resume: Act<Subscription, void>;
  onDialog: (dialog: DialogName) => void;
}) {
  const { t } = useLanguage();
  const standing = standingOf(subscription);
  if (standing === "erasing") return null;
  const pastDue = standing === "past_due";
  return (
    <Group>
      {canResume(subscription) ? (
        <Button loading={resume.busy} onClick={() => resume.go()}>
          {t("me.resume")}
        </Button>
      ) : null}
      {standing === "over" && !subscription.pending ? (
        <Button component={Link} to="/app/subscribe">
          {t("me.again")}
        </Button>
      ) : null}
      {goesOn(subscription) ? (
        <Button variant={pastDue ? "filled" : "default"} onClick={() => onDialog("card")}>
          {t(pastDue ? "due.newCard" : "me.changeCard")}
        </Button>
      ) : null}
      {standing === "active" || pastDue ? (
        <Button variant="subtle" color="red" onClick={() => onDialog("cancel")}>
          {t("me.cancel")}
        </Button>
      ) : null}
    </Group>
  );
}
