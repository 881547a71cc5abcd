// What was paid, newest first, with receipts.

import { Anchor, Text, Title } from "@mantine/core";
import type { Payment } from "../api/client";
import { usePayments } from "../session/queries";
import { date, dayOf, time, won } from "../words/format";
import { useLanguage } from "../words/language";
import { cardName } from "../words/partners";
import { More, ProblemNote, Waiting } from "../shell/answers";

export function Payments() {
  const { t } = useLanguage();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = usePayments();
  const payments = data?.pages.flatMap((page) => page.payments) ?? [];
  return (
    <section className="panel" aria-labelledby="payments">
      <Title order={2} id="payments" mb="sm">
        {t("payments.title")}
      </Title>
      {isPending ? <Waiting /> : null}
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data && payments.length === 0 ? <Text className="empty">{t("payments.none")}</Text> : null}
      {payments.length > 0 ? <Rows payments={payments} /> : null}
      {hasNextPage ? <More busy={isFetchingNextPage} more={() => void fetchNextPage()} /> : null}
    </section>
  );
}

function Rows({ payments }: { payments: Payment[] }) {
  const { t } = useLanguage();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{t("payments.date")}</th>
          <th scope="col">{t("payments.period")}</th>
          <th scope="col">{t("payments.card")}</th>
          <th scope="col" className="number">
            {t("payments.amount")}
          </th>
          <th scope="col">{t("payments.receipt")}</th>
        </tr>
      </thead>
      <tbody>
        {payments.map((payment) => (
          <Row key={payment.imp_uid} payment={payment} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ payment }: { payment: Payment }) {
  const { t, language } = useLanguage();
  return (
    <tr>
      <td data-label={t("payments.date")}>
        <time dateTime={payment.paid_at} title={time(payment.paid_at, language)}>
          {dayOf(payment.paid_at, language)}
        </time>
      </td>
      <td data-label={t("payments.period")}>
        <span>
          {date(payment.period_start, language)} ~<br />
          {date(payment.period_end, language)}
        </span>
      </td>
      <td data-label={t("payments.card")}>
        <span>
          {cardName(payment.card_name, language)}
          <span className="quiet">{payment.card_number}</span>
        </span>
      </td>
      <td data-label={t("payments.amount")} className="number">
        <span>
          <strong>{won(payment.amount, language)}</strong>
          {payment.refunded > 0 ? (
            <span className="quiet">
              {t("payments.refunded", { amount: won(payment.refunded, language) })}
            </span>
          ) : null}
        </span>
      </td>
      <td data-label={t("payments.receipt")}>
        {payment.receipt_url ? (
          <Anchor
            href={payment.receipt_url}
            target="_blank"
            rel="noreferrer"
            aria-label={t("payments.receiptOf", { date: dayOf(payment.paid_at, language) })}
          >
            {t("payments.receipt")}
          </Anchor>
        ) : (
          t("payments.noReceipt")
        )}
      </td>
    </tr>
  );
}
