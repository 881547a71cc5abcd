// Reconciliation: our tables against Iamport's payments and schedules. First it only says what it would mend. It is made
// by a run of its own, which this page watches: also after it was closed and opened again.

import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useAct } from "../api/act";
import { api, type Reconciled } from "../api/client";
import { Problem } from "../api/problem";
import { useNow, useReconciliation } from "../session/queries";
import { useSession } from "../session/session";
import { Refused } from "../session/sign-in-again";
import { date, dayOf, time } from "../words/format";
import { useLanguage } from "../words/language";
import { Waiting } from "../shell/answers";
import { MemberLink } from "./member-link";
import { type DayRange, lastDays, problemOf, RangeFields, today } from "./range";

/** The longest range the API takes, in days. */
const LONGEST = 90;
const SHOWN_AT_FIRST = 7;
/** So long after a run was last heard of, something keeps it. */
const SILENT_MS = 20 * 60_000;

export function Reconcile() {
  const now = useNow();
  return now === null ? <Waiting /> : <Ranged now={now} />;
}

function Ranged({ now }: { now: Date }) {
  const { t } = useLanguage();
  const { acts } = useSession();
  const [range, setRange] = useState<DayRange>(() => lastDays(today(now), SHOWN_AT_FIRST));
  const { asked, begin, answer, error, forget } = useRun(today(now));
  const problem = problemOf(range, LONGEST);
  const underWay = begin.busy || (asked !== null && answer?.part != null);
  const change = (next: DayRange) => {
    // What was said holds for the range it was said of.
    forget();
    setRange(next);
  };
  return (
    <section className="panel" aria-label={t("admin.reconcile")}>
      <Stack>
        <Text>{t("reconcile.lead")}</Text>
        {acts ? (
          <div className="asked">
            <RangeFields range={range} change={change} />
          </div>
        ) : null}
        {problem ? (
          <Text size="sm" c="red" role="alert">
            {t(problem === "empty" ? "range.empty" : "range.long", { days: LONGEST })}
          </Text>
        ) : null}
        <Refused error={error} />
        <div role="status">
          {answer && !begin.busy ? <Answer answer={answer} ofTheNight={asked === null} now={now} /> : null}
        </div>
        {acts ? (
          <Group>
            <Button
              variant="default"
              loading={underWay}
              disabled={problem !== null}
              onClick={() => begin.go({ ...range, dryRun: true })}
            >
              {t("reconcile.dryRun")}
            </Button>
            {answer?.dry_run && answer.part == null && differences(answer) > 0 ? (
              <Button
                color="red"
                loading={begin.busy}
                onClick={() => begin.go({ from: answer.from, to: answer.to, dryRun: false })}
              >
                {t("reconcile.go")}
              </Button>
            ) : null}
          </Group>
        ) : null}
      </Stack>
    </section>
  );
}

/** The run that was begun here, by the page's address; before one was, that of the night. */
function useRun(night: string) {
  const [params, setParams] = useSearchParams();
  const asked = params.get("run");
  const begin = useAct(
    ({ from, to, dryRun }: DayRange & { dryRun: boolean }) => api.reconcile(from, to, dryRun),
    ({ id }) => setParams({ run: id }, { replace: true }),
  );
  const run = useReconciliation(asked ?? night);
  // The night was not compared yet.
  const isNone = asked === null && run.error instanceof Problem && run.error.is("not-found");
  const forget = () => {
    begin.forget();
    setParams({}, { replace: true });
  };
  return { asked, begin, answer: run.data, error: begin.error ?? (isNone ? null : run.error), forget };
}

/** How many there are in all; as many as can be shown are in the list. */
function differences({ found }: Reconciled): number {
  return Object.values(found).reduce((sum, count) => sum + count, 0);
}

function Answer({ answer, ofTheNight, now }: { answer: Reconciled; ofTheNight: boolean; now: Date }) {
  const { t, language } = useLanguage();
  const count = differences(answer);
  const range = { from: date(answer.from, language), to: date(answer.to, language) };
  const at = time(answer.at, language);
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t(ofTheNight ? "reconcile.night" : "reconcile.asked", { ...range, at })}
      </Text>
      {answer.part ? <UnderWay answer={answer} now={now} /> : null}
      {answer.part == null || count > 0 ? (
        <Alert color={count === 0 || !answer.dry_run ? "green" : "yellow"}>
          {count === 0
            ? t("reconcile.nothing")
            : t(answer.dry_run ? "reconcile.would" : "reconcile.did", { count, mended: answer.mended })}
        </Alert>
      ) : null}
      {answer.troubled > 0 ? (
        <Alert color="yellow">{t("reconcile.troubled", { count: answer.troubled })}</Alert>
      ) : null}
      {answer.findings.length > 0 ? <Findings reconciled={answer} /> : null}
      {answer.findings.length < count ? (
        <Text size="sm">{t("reconcile.more", { count: count - answer.findings.length })}</Text>
      ) : null}
    </Stack>
  );
}

function UnderWay({ answer, now }: { answer: Reconciled; now: Date }) {
  const { t, language } = useLanguage();
  if (!answer.part) return null;
  const isSilent = now.getTime() - Date.parse(answer.stored_at) > SILENT_MS;
  const until = answer.schedules_until ? dayOf(answer.schedules_until, language) : null;
  return (
    <Stack gap="xs">
      <Progress value={100} animated={!isSilent} color={isSilent ? "gray" : "blue"} aria-hidden />
      <Text size="sm">
        {until ? t("reconcile.schedulesUntil", { until }) : t(`reconcile.part.${answer.part}`)}
      </Text>
      {isSilent ? (
        <Alert color="yellow">
          {t("reconcile.silent", { at: time(answer.stored_at, language) })}
        </Alert>
      ) : null}
    </Stack>
  );
}

function Findings({ reconciled }: { reconciled: Reconciled }) {
  const { t } = useLanguage();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{t("reconcile.kind")}</th>
          <th scope="col">{t("reviews.order")}</th>
          <th scope="col">{t("admin.member")}</th>
          <th scope="col">{t("reconcile.mended")}</th>
        </tr>
      </thead>
      <tbody>
        {reconciled.findings.map((finding) => (
          <tr key={`${finding.kind} ${finding.merchant_uid} ${finding.uid} ${finding.what}`}>
            <td data-label={t("reconcile.kind")}>
              <span>
                {t(`finding.${finding.kind}`)}
                <span className="quiet">{finding.what}</span>
              </span>
            </td>
            <td data-label={t("reviews.order")} className="uid">
              {finding.merchant_uid}
            </td>
            <td data-label={t("admin.member")}>{finding.uid ? <MemberLink uid={finding.uid} who={finding.who} /> : null}</td>
            <td data-label={t("reconcile.mended")}>
              {t(finding.mended ? "reconcile.isMended" : "reconcile.notMended")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
