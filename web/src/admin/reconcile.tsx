// Reconciliation: our tables against Iamport's payments and schedules. First it only says what it would mend.

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useAct } from "../api/act";
import { api, type Reconciled } from "../api/client";
import { useNow } from "../session/queries";
import { useLanguage } from "../words/language";
import { ProblemNote, Waiting } from "../shell/answers";
import { MemberLink } from "./member-link";
import { type DayRange, lastDays, problemOf, RangeFields, today } from "./range";

/** The longest range the API takes, in days. */
const LONGEST = 90;
const SHOWN_AT_FIRST = 7;

export function Reconcile() {
  const now = useNow();
  return now === null ? <Waiting /> : <Ranged first={lastDays(today(now), SHOWN_AT_FIRST)} />;
}

function Ranged({ first }: { first: DayRange }) {
  const { t } = useLanguage();
  const [range, setRange] = useState(first);
  const run = useAct(({ from, to, dryRun }: DayRange & { dryRun: boolean }) =>
    api.reconcile(from, to, dryRun),
  );
  const problem = problemOf(range, LONGEST);
  const answer = run.answer;
  const count = answer?.findings.length ?? 0;
  const change = (next: DayRange) => {
    // What was said holds for the range it was said of.
    run.forget();
    setRange(next);
  };
  return (
    <section className="panel" aria-label={t("admin.reconcile")}>
      <Stack>
        <Text>{t("reconcile.lead")}</Text>
        <div className="asked">
          <RangeFields range={range} change={change} />
        </div>
        {problem ? (
          <Text size="sm" c="red" role="alert">
            {t(problem === "empty" ? "range.empty" : "range.long", { days: LONGEST })}
          </Text>
        ) : null}
        {run.error ? <ProblemNote error={run.error} /> : null}
        <div role="status">{answer ? <Answer answer={answer} /> : null}</div>
        <Group>
          <Button
            variant="default"
            loading={run.busy}
            disabled={problem !== null}
            onClick={() => run.go({ ...range, dryRun: true })}
          >
            {t("reconcile.dryRun")}
          </Button>
          {answer?.dry_run && count > 0 ? (
            <Button
              color="red"
              onClick={() => run.go({ ...range, dryRun: false })}
            >
              {t("reconcile.go")}
            </Button>
          ) : null}
        </Group>
      </Stack>
    </section>
  );
}

function Answer({ answer }: { answer: Reconciled }) {
  const { t } = useLanguage();
  const count = answer.findings.length;
  return (
    <Stack>
      <Alert color={count === 0 || !answer.dry_run ? "green" : "yellow"}>
        {count === 0
          ? t("reconcile.nothing")
          : t(answer.dry_run ? "reconcile.would" : "reconcile.did", { count })}
      </Alert>
      {count > 0 ? <Findings reconciled={answer} /> : null}
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
            <td data-label={t("admin.member")}>{finding.uid ? <MemberLink uid={finding.uid} /> : null}</td>
            <td data-label={t("reconcile.mended")}>
              {t(finding.mended ? "reconcile.isMended" : "reconcile.notMended")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
