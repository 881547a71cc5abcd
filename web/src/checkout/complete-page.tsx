// What came of a card registration, followed until it is known: after the window on a desktop, after the
// return of a phone, after a reload or a closed tab. The order in the address is all it needs.

import { Alert, Anchor, Button, Loader, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { api, type Subscription } from "../api/client";
import { date, won } from "../words/format";
import { type Translate, useLanguage } from "../words/language";
import { refreshToken, useSession } from "../session/session";
import { forgetTab } from "../session/tab";
import { Page } from "../shell/page";
import type { Language } from "../words/strings";
import { approved, closedByMember } from "./card-window";
import { CardOnly, Closed, Failed } from "./ends";
import { forget, type Purpose, recall } from "./open-checkouts";
import { askAgainIn, type Known, type Outcome, type Progress, progressOf, type StepState } from "./progress";
import { PendingUntil } from "./waiting-notes";

export function CompletePage() {
  const { t } = useLanguage();
  const [query] = useSearchParams();
  const merchantUid = query.get("merchant_uid");
  if (merchantUid === null) {
    return (
      <Page title={t("progress.title")}>
        <Stack align="flex-start">
          <Text>{t("progress.none")}</Text>
          <Anchor component={Link} to="/app/me">
            {t("subscribe.seeMine")}
          </Anchor>
        </Stack>
      </Page>
    );
  }
  const said = {
    imp_uid: query.get("imp_uid"),
    error_code: query.get("error_code"),
    error_msg: query.get("error_msg"),
    ...(query.has("imp_success") ? { imp_success: query.get("imp_success") === "true" } : {}),
  };
  return (
    <Follow
      key={merchantUid}
      merchantUid={merchantUid}
      windowApproved={approved(said)}
      windowClosed={closedByMember(said)}
    />
  );
}

type Said = Pick<Known, "windowApproved" | "windowClosed">;

function Follow({ merchantUid, ...said }: { merchantUid: string } & Said) {
  const { t } = useLanguage();
  const { auth, uid } = useSession();
  const queries = useQueryClient();
  // Read once: it is forgotten as soon as the end is seen.
  const [purpose] = useState<Purpose>(() => {
    const open = uid === null ? null : recall(uid);
    return open?.merchantUid === merchantUid ? open.purpose : "subscribe";
  });
  const { answer, latest, error, progress } = useCompletion(uid, merchantUid, { ...said, purpose });
  const { outcome } = progress;
  const over = outcome !== "asking" && outcome !== "confirming";

  useEffect(() => {
    if (!over || uid === null) return;
    forget(uid, merchantUid);
    void queries.invalidateQueries({ queryKey: ["subscription", uid] });
    void queries.invalidateQueries({ queryKey: ["payments", uid] });
    // The claim that opens the service comes with a new token only.
    if (outcome !== "done") return;
    forgetTab();
    void refreshToken(auth);
  }, [over, outcome, uid, merchantUid, queries, auth]);

  return (
    <Page title={t(purpose === "subscribe" ? "progress.title" : "progress.titleCard")}>
      <div className="panel">
        <Stack gap="xl">
          <Steps steps={progress.steps} purpose={purpose} />
          <div>
            <div role="status" aria-live="polite">
              {over ? null : <Open progress={progress} latest={latest} />}
              {outcome === "done" && answer ? <Done subscription={answer} purpose={purpose} /> : null}
              {outcome === "closed" ? <Closed purpose={purpose} /> : null}
            </div>
            {outcome === "still-due" && answer ? <CardOnly subscription={answer} /> : null}
            {over && !NO_FAILURE.includes(outcome) ? (
              <Failed outcome={outcome} error={error} purpose={purpose} />
            ) : null}
          </div>
        </Stack>
      </div>
    </Page>
  );
}

const NO_FAILURE: Outcome[] = ["done", "closed", "still-due"];

/** What the API says of the order, asked again until it knows, and how far the checkout has come by that. */
function useCompletion(uid: string | null, merchantUid: string, said: Said & { purpose: Purpose }) {
  const asked = useRef(0);
  const latest = useRef<Subscription | null>(null);
  const completion = useQuery({
    queryKey: ["completion", uid, merchantUid],
    queryFn: async () => {
      asked.current += 1;
      const { known, subscription } = await api.complete(merchantUid);
      latest.current = subscription;
      return known ? subscription : null;
    },
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    // The same answer again is news too: it has been asked once more.
    notifyOnChangeProps: "all",
    refetchInterval: ({ state: { data: answer, error } }) =>
      askAgainIn({ ...said, answer, error, asked: asked.current }),
  });
  const known: Known = {
    ...said,
    answer: completion.data,
    error: completion.error,
    asked: asked.current,
  };
  return { answer: completion.data, latest: latest.current, error: completion.error, progress: progressOf(known) };
}

function Steps({
  steps,
  purpose,
}: {
  steps: { card: StepState; payment: StepState; done: StepState };
  purpose: Purpose;
}) {
  const { t } = useLanguage();
  const all = [
    { id: "card", name: t("progress.step.card"), state: steps.card },
    {
      id: "payment",
      name: t(purpose === "overdue" ? "progress.step.overdue" : "progress.step.payment"),
      state: steps.payment,
    },
    { id: "done", name: t("progress.step.done"), state: steps.done },
  ];
  // A new card is registered; nothing is charged by that.
  const shown = purpose === "card" ? all.filter(({ id }) => id !== "payment") : all;
  const marks: Record<StepState, string | null> = { waiting: null, active: null, done: "✓", failed: "!" };
  return (
    <ol className="steps">
      {shown.map(({ id, name, state }, index) => (
        <li
          className="step"
          key={id}
          data-state={state}
          aria-current={state === "active" ? "step" : undefined}
        >
          <span className="step-mark" aria-hidden>
            {state === "active" ? <Loader size={20} /> : (marks[state] ?? index + 1)}
          </span>
          <span className="step-name">{name}</span>
          <span className="step-state">{t(`progress.state.${state}`)}</span>
        </li>
      ))}
    </ol>
  );
}

function Open({ progress, latest }: { progress: Progress; latest: Subscription | null }) {
  const { t } = useLanguage();
  const { outcome, slow, troubled } = progress;
  return (
    <Stack gap="sm" align="center">
      <Text ta="center">{t(outcome === "asking" ? "progress.asking" : "progress.confirming")}</Text>
      {troubled ? <Text c="dimmed">{t("progress.trouble")}</Text> : null}
      {slow ? (
        <Alert color="yellow">
          <Stack gap={4}>
            <Text size="sm">{t("progress.slow")}</Text>
            <Text size="sm">{t("progress.slowBy")}</Text>
            <PendingUntil subscription={latest} />
          </Stack>
        </Alert>
      ) : null}
      {outcome === "asking" && slow ? (
        <Text size="sm">
          {t("progress.unheard")}{" "}
          <Anchor component={Link} to="/app/me" underline="always">
            {t("subscribe.seeMine")}
          </Anchor>
        </Text>
      ) : null}
    </Stack>
  );
}

function Done({ subscription, purpose }: { subscription: Subscription; purpose: Purpose }) {
  const { t, language } = useLanguage();
  return (
    <Stack gap="md" align="center">
      {doneLines(subscription, purpose, t, language).map((line, index) => (
        <Text key={line} ta="center" fw={index === 0 ? 700 : 400} size={index === 0 ? "lg" : "md"}>
          {line}
        </Text>
      ))}
      <Button component={Link} to="/app/me">
        {t("subscribe.seeMine")}
      </Button>
    </Stack>
  );
}

function doneLines(subscription: Subscription, purpose: Purpose, t: Translate, language: Language): string[] {
  const next = subscription.next_payment_date;
  const nextLine = next ? [t("progress.next", { date: date(next, language) })] : [];
  if (purpose === "card") return [t("progress.doneCard"), ...nextLine];
  const paid = subscription.latest_payment;
  const paidLine = paid ? [t("progress.paid", { price: won(paid.amount, language) })] : [];
  return [t(purpose === "overdue" ? "progress.doneOverdue" : "progress.done"), ...paidLine, ...nextLine];
}
