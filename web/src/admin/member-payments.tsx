// What a member has paid, and giving it back.

import { Anchor, Button, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Member, Payment } from "../api/client";
import { useSession } from "../session/session";
import { dayOf, time, won } from "../words/format";
import { useLanguage } from "../words/language";
import { Refund } from "./refund";

export function Payments({ uid, member }: { uid: string; member: Member }) {
  const { t } = useLanguage();
  const { payments, subscription } = member;
  // By its id: what is shown of it is what the page last heard.
  const [asked, ask] = useState<string | null>(null);
  const payment = payments.find(({ imp_uid }) => imp_uid === asked);
  return (
    <section className="panel" aria-labelledby="payments">
      <Title order={2} id="payments" mb="sm">
        {t("payments.title")}
      </Title>
      {payments.length === 0 ? <Text className="empty">{t("payments.none")}</Text> : null}
      {payments.length > 0 ? (
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{t("payments.date")}</th>
              <th scope="col">{t("reviews.order")}</th>
              <th scope="col" className="number">
                {t("payments.amount")}
              </th>
              <th scope="col">{t("payments.receipt")}</th>
              <th scope="col">{t("refund.title")}</th>
            </tr>
          </thead>
          <tbody>
            {payments.map((payment) => (
              <PaymentRow key={payment.imp_uid} payment={payment} onRefund={() => ask(payment.imp_uid)} />
            ))}
          </tbody>
        </table>
      ) : null}
      {payment ? <Refund uid={uid} payment={payment} subscription={subscription} onClose={() => ask(null)} /> : null}
    </section>
  );
}

function PaymentRow({ payment, onRefund }: { payment: Payment; onRefund: () => void }) {
  const { t, language } = useLanguage();
  const { acts } = useSession();
  return (
    <tr>
      <td data-label={t("payments.date")}>{time(payment.paid_at, language)}</td>
      <td data-label={t("reviews.order")} className="uid">
        {payment.merchant_uid}
      </td>
      <td data-label={t("payments.amount")} className="number">
        {won(payment.amount, language)}
      </td>
      <td data-label={t("payments.receipt")}>
        {payment.receipt_url ? (
          <Anchor href={payment.receipt_url} target="_blank" rel="noreferrer">
            {t("payments.receipt")}
          </Anchor>
        ) : (
          t("payments.noReceipt")
        )}
      </td>
      <td data-label={t("refund.title")}>
        {payment.refunded > 0
          ? t("payments.refunded", { amount: won(payment.refunded, language) })
          : null}{" "}
        {acts && payment.refunded < payment.amount ? (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t("refund.of", { date: dayOf(payment.paid_at, language) })}
            onClick={onRefund}
          >
            {t("refund.ask")}
          </Button>
        ) : null}
      </td>
    </tr>
  );
}
