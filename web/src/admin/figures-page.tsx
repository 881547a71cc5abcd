// Figures: what there is now, what happened by day, and what is to come.

import { Button, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, type ReactNode, useCallback, useMemo, useState } from "react";
import type { Figures } from "../api/client";
import { useFigures, useNow } from "../session/queries";
import { won } from "../words/format";
import { useLanguage } from "../words/language";
import { ProblemNote, Waiting } from "../shell/answers";
import { Brake } from "./brake";
import { DayChart } from "./chart";
import { type DayRange, lastDays, problemOf, RangeFields, today } from "./range";

/** The longest range the API takes, in days. */
const LONGEST = 92;
const SHOWN_AT_FIRST = 30;

export default function FiguresPage() {
  const now = useNow();
  return now === null ? <Waiting /> : <Ranged first={lastDays(today(now), SHOWN_AT_FIRST)} />;
}

function Ranged({ first }: { first: DayRange }) {
  const { t } = useLanguage();
  const [written, write] = useState(first);
  const [range, setRange] = useState(first);
  const { data, error, isPending, isFetching, refetch } = useFigures(range);
  const problem = problemOf(written, LONGEST);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (problem === null) setRange(written);
  };
  return (
    <Stack gap="lg">
      <Brake />
      <form className="panel asked" onSubmit={submit} noValidate>
        <RangeFields range={written} change={write} />
        <Button type="submit" variant="default" loading={isFetching} disabled={problem !== null}>
          {t("figures.show")}
        </Button>
        {problem ? (
          <Text size="sm" c="red" role="alert">
            {t(problem === "empty" ? "range.empty" : "range.long", { days: LONGEST })}
          </Text>
        ) : null}
      </form>
      {isPending ? <Waiting /> : null}
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data ? <Shown figures={data} /> : null}
    </Stack>
  );
}

function Shown({ figures }: { figures: Figures }) {
  const { t, language } = useLanguage();
  const { days, renewals } = figures;
  const dates = useMemo(() => days.map((day) => day.date), [days]);
  const ahead = useMemo(() => renewals.map((day) => day.date), [renewals]);
  const money = useCallback((value: number) => won(value, language), [language]);
  const ofDays = (name: string, value: (day: Figures["days"][number]) => number) => ({
    name,
    values: days.map(value),
  });
  const series = useMemo(
    () => ({
      money: [
        ofDays(t("figures.paid"), (day) => day.paid_amount),
        ofDays(t("figures.refunded"), (day) => day.refunded_amount),
      ],
      members: [
        ofDays(t("figures.subscribed"), (day) => day.subscribed),
        ofDays(t("figures.ended"), (day) => day.ended),
      ],
      declines: [
        ofDays(t("decline.soft"), (day) => day.declined.soft),
        ofDays(t("decline.hard"), (day) => day.declined.hard),
        ofDays(t("decline.provider"), (day) => day.declined.provider),
        ofDays(t("figures.otherDeclines"), (day) => day.declined.transient + day.declined.unknown),
        ofDays(t("figures.recovered"), (day) => day.recovered),
      ],
      renewals: [{ name: t("figures.renewals"), values: renewals.map((day) => day.amount) }],
    }),
    // `days` and `renewals` are the figures'; `t` changes with the language.
    [days, renewals, t],
  );
  return (
    <>
      <Tiles figures={figures} />
      <Section title={t("figures.money")}>
        <DayChart title={t("figures.money")} days={dates} series={series.money} show={money} />
      </Section>
      <Section title={t("figures.members")}>
        <DayChart title={t("figures.members")} days={dates} series={series.members} show={count} />
      </Section>
      <Section title={t("figures.declines")}>
        <DayChart title={t("figures.declines")} days={dates} series={series.declines} show={count} />
      </Section>
      <Section title={t("figures.ahead")}>
        {renewals.length === 0 ? (
          <Text className="empty">{t("figures.noRenewals")}</Text>
        ) : (
          <DayChart title={t("figures.ahead")} days={ahead} series={series.renewals} show={money} />
        )}
      </Section>
    </>
  );
}

/** What there is now. */
function Tiles({ figures }: { figures: Figures }) {
  const { t, language } = useLanguage();
  const churn = figures.churn_basis_points;
  return (
    <dl className="tiles">
      <Tile name={t("figures.live")} value={count(figures.members)} />
      <Tile name={t("figures.monthly")} value={won(figures.monthly, language)} />
      <Tile name={t("figures.cancelling")} value={count(figures.cancelling)} />
      <Tile name={t("figures.pastDue")} value={count(figures.past_due)} />
      <Tile name={t("figures.churn")} value={churn == null ? "–" : percent(churn)} />
    </dl>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel">
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div className="panel tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function count(value: number): string {
  return value.toLocaleString("ko-KR");
}

/** Basis points as a percentage: `1250` is `12.5%`. */
export function percent(basisPoints: number): string {
  return `${(basisPoints / 100).toLocaleString("ko-KR", { maximumFractionDigits: 1 })}%`;
}
