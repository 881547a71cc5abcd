// Figures: what there is now, what happened by day, and what is to come.

import { Button, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, type ReactNode, useCallback, useMemo, useState } from "react";
import type { Figures } from "../api/client";
import { useFigures, useNow } from "../session/queries";
import { time, won } from "../words/format";
import { type Translate, useLanguage } from "../words/language";
import { ProblemNote, Waiting } from "../shell/answers";
import { Brake } from "./brake";
import { DayChart } from "./chart";
import { Declines, Plans } from "./figures-tables";
import { daysFrom, type DayRange, lastDays, problemOf, RangeFields, today } from "./range";

/** The longest range the API takes, in days: five years. */
const LONGEST = 1_827;
/** What is older than this is said to be. */
const FRESH_MS = 60 * 60_000;
const SHOWN_AT_FIRST = 30;
/** Today, and the thirty days after it. */
const AHEAD = 31;

export default function FiguresPage() {
  const now = useNow();
  return now === null ? <Waiting /> : <Ranged now={now} />;
}

function Ranged({ now }: { now: Date }) {
  const { t } = useLanguage();
  const [first] = useState<DayRange>(() => lastDays(today(now), SHOWN_AT_FIRST));
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
      {data ? <Shown figures={data} now={now} /> : null}
    </Stack>
  );
}

function Shown({ figures, now }: { figures: Figures; now: Date }) {
  const { t, language } = useLanguage();
  const { days, by_month: byMonth } = figures;
  const dates = useMemo(() => days.map((day) => day.date), [days]);
  const money = useCallback((value: number) => won(value, language), [language]);
  const series = useMemo(() => seriesOf(days, t), [days, t]);
  const titled = (name: "money" | "members" | "declines", show: (value: number) => string) => {
    const title = t(`figures.${name}`);
    return (
      <Section title={title}>
        <DayChart title={title} days={dates} byMonth={byMonth} series={series[name]} show={show} />
      </Section>
    );
  };
  return (
    <>
      <Tiles figures={figures} />
      <Age figures={figures} now={now} />
      {titled("money", money)}
      <Section title={t("figures.byPlan")}>
        <Plans total={figures.total} />
      </Section>
      {titled("members", count)}
      {titled("declines", count)}
      <Section title={t("figures.byClass")}>
        <Declines total={figures.total} />
      </Section>
      <Ahead figures={figures} now={now} />
    </>
  );
}

function seriesOf(days: Figures["days"], t: Translate) {
  const of = (name: string, value: (day: Figures["days"][number]) => number) => ({
    name,
    values: days.map(value),
  });
  return {
    money: [
      of(t("figures.paid"), (day) => day.paid_amount),
      of(t("figures.refunded"), (day) => day.refunded_amount),
    ],
    members: [
      of(t("figures.subscribed"), (day) => day.subscribed),
      of(t("figures.ended"), (day) => day.ended),
    ],
    declines: [
      of(t("decline.soft"), (day) => day.declined.soft),
      of(t("decline.hard"), (day) => day.declined.hard),
      of(t("decline.provider"), (day) => day.declined.provider),
      of(t("figures.otherDeclines"), (day) => day.declined.transient + day.declined.unknown),
      of(t("figures.recovered"), (day) => day.recovered),
    ],
  };
}

/** What is to come, on each day from today to the thirtieth after it. */
function Ahead({ figures: { renewals }, now }: { figures: Figures; now: Date }) {
  const { t, language } = useLanguage();
  const first = today(now);
  const days = useMemo(() => daysFrom(first, AHEAD), [first]);
  const money = useCallback((value: number) => won(value, language), [language]);
  const series = useMemo(() => {
    const due = new Map(renewals.map((day) => [day.date, day.amount]));
    return [{ name: t("figures.renewals"), values: days.map((day) => due.get(day) ?? 0) }];
  }, [renewals, days, t]);
  const sum = (of: "count" | "retries" | "amount") => renewals.reduce((all, day) => all + day[of], 0);
  const words = { count: count(sum("count")), amount: money(sum("amount")), retries: count(sum("retries")) };
  return (
    <Section title={t("figures.ahead")}>
      {renewals.length === 0 ? (
        <Text className="empty">{t("figures.noRenewals")}</Text>
      ) : (
        <Stack gap="sm">
          <Text>{t("figures.aheadTotal", words)}</Text>
          <DayChart title={t("figures.ahead")} days={days} byMonth={false} series={series} show={money} />
        </Stack>
      )}
    </Section>
  );
}

/** Of when the figures are, where they are not of now. */
function Age({ figures, now }: { figures: Figures; now: Date }) {
  const { t, language } = useLanguage();
  const isOld = (at: string) => now.getTime() - Date.parse(at) > FRESH_MS;
  const { members_at: members, counted_until: counted } = figures;
  return (
    <>
      {isOld(members) ? <Text size="sm">{t("figures.membersAt", { at: time(members, language) })}</Text> : null}
      {isOld(counted) ? <Text size="sm">{t("figures.countedUntil", { at: time(counted, language) })}</Text> : null}
    </>
  );
}

/** What there is now. */
function Tiles({ figures }: { figures: Figures }) {
  const { t, language } = useLanguage();
  const churn = figures.churn_basis_points;
  const left = { left: count(figures.left), first: count(figures.members_at_first) };
  return (
    <dl className="tiles">
      <Tile name={t("figures.live")} value={count(figures.members)} hint={t("figures.liveHint")} />
      <Tile name={t("figures.monthly")} value={won(figures.monthly, language)} hint={t("figures.monthlyHint")} />
      <Tile name={t("figures.cancelling")} value={count(figures.cancelling)} hint={t("figures.cancellingHint")} />
      <Tile name={t("figures.pastDue")} value={count(figures.past_due)} hint={t("figures.pastDueHint")} />
      <Tile
        name={t("figures.churn")}
        value={churn == null ? "–" : percent(churn)}
        hint={t("figures.churnHint", left)}
      />
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

function Tile({ name, value, hint }: { name: string; value: string; hint: string }) {
  return (
    <div className="panel tile">
      <dt>
        {name} <small>{hint}</small>
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

export function count(value: number): string {
  return value.toLocaleString("ko-KR");
}

/** Basis points as a percentage: `1250` is `12.5%`. */
export function percent(basisPoints: number): string {
  return `${(basisPoints / 100).toLocaleString("ko-KR", { maximumFractionDigits: 1 })}%`;
}
