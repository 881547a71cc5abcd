// A month's close: our books and Iamport's list in sums, and each payment that differs.

import { Alert, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { api } from "../api/client";
import { Refused } from "../session/sign-in-again";
import { time, won } from "../words/format";
import { useLanguage } from "../words/language";
import { type Closed, NO_SLICES, withSlice } from "./books";
import { useGathering } from "./gathering";

export function MonthsClose({ today }: { today: string }) {
  const { t } = useLanguage();
  const [month, setMonth] = useState(() => monthBefore(today));
  const all = (closed: Closed) => closed.after === null;
  const { sum, busy, error, go, forget } = useGathering(NO_SLICES, all);
  const step = async (closed: Closed) => withSlice(closed, await api.close(month, closed.after ?? undefined));
  const isMonth = /^\d{4}-\d{2}$/.test(month);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isMonth) go(step);
  };
  return (
    <section className="panel" aria-label={t("close.title")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Title order={2}>{t("close.title")}</Title>
          <Text>{t("close.lead")}</Text>
          <div className="asked">
            <TextInput
              type="month"
              label={t("close.month")}
              value={month}
              max={today.slice(0, 7)}
              onChange={(event) => {
                forget();
                setMonth(event.currentTarget.value);
              }}
            />
          </div>
          <Refused error={error} />
          <div role="status">{busy || sum.after !== undefined ? <Said closed={sum} /> : null}</div>
          {sum.after === undefined ? null : <Sums closed={sum} />}
          {sum.differences.length > 0 ? <Differences closed={sum} /> : null}
          {all(sum) ? null : (
            <Group>
              <Button type="submit" variant="default" loading={busy} disabled={!isMonth}>
                {t(sum.after === undefined ? "close.go" : "close.goOn")}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </section>
  );
}

/** The month before this day's. */
export function monthBefore(today: string): string {
  const [year = 0, month = 0] = today.split("-").map(Number);
  return new Date(Date.UTC(year, month - 2, 1)).toISOString().slice(0, 7);
}

function Said({ closed }: { closed: Closed }) {
  const { t } = useLanguage();
  const { differing, troubled } = closed;
  if (closed.after !== null) {
    return <Text size="sm">{t("close.soFar", { count: closed.ours.payments.toLocaleString("ko-KR") })}</Text>;
  }
  return (
    <Stack gap="xs">
      {differing > 0 ? <Alert color="yellow">{t("close.differs", { count: differing })}</Alert> : null}
      {troubled > 0 ? <Alert color="yellow">{t("reconcile.troubled", { count: troubled })}</Alert> : null}
      {differing === 0 && troubled === 0 ? <Alert color="green">{t("close.alike")}</Alert> : null}
    </Stack>
  );
}

function Sums({ closed }: { closed: Closed }) {
  const { t, language } = useLanguage();
  const money = (value: number) => won(value, language);
  const rows = [
    { name: t("close.ours"), of: closed.ours },
    { name: t("close.theirs"), of: closed.theirs },
  ];
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{t("close.title")}</th>
          <th scope="col">{t("close.payments")}</th>
          <th scope="col">{t("close.paid")}</th>
          <th scope="col">{t("close.refunded")}</th>
          <th scope="col">{t("close.net")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, of }) => (
          <tr key={name}>
            <td data-label={t("close.title")}>{name}</td>
            <td data-label={t("close.payments")}>{of.payments.toLocaleString("ko-KR")}</td>
            <td data-label={t("close.paid")}>{money(of.paid)}</td>
            <td data-label={t("close.refunded")}>{money(of.refunded)}</td>
            <td data-label={t("close.net")}>{money(of.paid - of.refunded)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Differences({ closed }: { closed: Closed }) {
  const { t, language } = useLanguage();
  const money = (value: number | null | undefined) => (value == null ? "–" : won(value, language));
  const more = closed.differing - closed.differences.length;
  return (
    <>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t("close.kind")}</th>
            <th scope="col">{t("reviews.order")}</th>
            <th scope="col">{t("close.ours")}</th>
            <th scope="col">{t("close.theirs")}</th>
          </tr>
        </thead>
        <tbody>
          {closed.differences.map((it) => (
            <tr key={`${it.kind} ${it.imp_uid}`}>
              <td data-label={t("close.kind")}>
                <span>
                  {t(it.kind === "refunded" ? "close.ofRefund" : `close.${it.kind}`)}
                  <span className="quiet">{time(it.paid_at, language)}</span>
                </span>
              </td>
              <td data-label={t("reviews.order")} className="uid">
                <span>
                  {it.merchant_uid}
                  <span className="quiet">{it.imp_uid}</span>
                </span>
              </td>
              <td data-label={t("close.ours")}>{money(it.here)}</td>
              <td data-label={t("close.theirs")}>{money(it.there)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 ? <Text size="sm">{t("close.more", { count: more })}</Text> : null}
    </>
  );
}
