// One member: the subscription, what will be charged, what was paid, and everything that happened.

import { Alert, Anchor, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useAct } from "../api/act";
import { api, type Entry, type Member, type Order, type Payment } from "../api/client";
import { useForecast, useMember } from "../session/queries";
import { useSession } from "../session/session";
import { date, dayOf, providerWords, time, won } from "../words/format";
import { useLanguage } from "../words/language";
import { cardName } from "../words/partners";
import { More, ProblemNote, Waiting } from "../shell/answers";
import { uidFromPath } from "../api/uid";
import { CancelFor } from "./cancel-for";
import { Confirm } from "./confirm";
import { entryWords } from "./journal";
import { WhoNote } from "./member-link";

export function MemberPage() {
  const { uid: written = "" } = useParams();
  const uid = uidFromPath(written);
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useMember(uid);
  if (isPending) return <Waiting />;
  if (error && !data) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  const member = data?.pages[0];
  if (!member) return null;
  return (
    <Stack gap="lg">
      <Subscription uid={uid} member={member} />
      <Payments uid={uid} payments={member.payments} />
      <Forecast uid={uid} />
      <Journal
        entries={data.pages.flatMap((page) => page.journal)}
        hasMore={hasNextPage}
        busy={isFetchingNextPage}
        more={() => void fetchNextPage()}
      />
      <Orders orders={member.orders} />
    </Stack>
  );
}

function Subscription({ uid, member }: { uid: string; member: Member }) {
  const { t, language } = useLanguage();
  const { acts } = useSession();
  const { subscription } = member;
  return (
    <section className="panel" aria-labelledby="member">
      <Group justify="space-between" align="flex-start" mb="md">
        <div>
          <Title order={2} id="member" className="uid">
            {uid}
          </Title>
          <WhoNote who={member.who} />
        </div>
        <Badge size="lg" variant="light" tt="none">
          {t(`me.state.${subscription.state}`)}
        </Badge>
      </Group>
      {subscription.reviews.length > 0 ? <ReviewsNote reviews={subscription.reviews} /> : null}
      {subscription.erasure_requested_at ? (
        <Alert color="yellow" mb="md">
          {t("member.erasing", { at: time(subscription.erasure_requested_at, language) })}
        </Alert>
      ) : null}
      <Facts subscription={subscription} />
      {acts ? <CancelFor uid={uid} subscription={subscription} /> : null}
    </section>
  );
}

function ReviewsNote({ reviews }: { reviews: Member["subscription"]["reviews"] }) {
  const { t, language } = useLanguage();
  return (
    <Alert color="red" mb="md" title={t("admin.reviews")}>
      {reviews.map((review) => (
        <Text size="sm" key={review.merchant_uid}>
          {t(`why.${review.why}`)} {review.said ? providerWords(review.said, language) : null}
        </Text>
      ))}
      <Anchor component={Link} to="/app/admin/reviews" underline="always">
        {t("member.toReviews")}
      </Anchor>
    </Alert>
  );
}

function Facts({ subscription }: { subscription: Member["subscription"] }) {
  const { t, language } = useLanguage();
  const { card, dunning, consent } = subscription;
  const moment = (at: string | null | undefined) => (at ? time(at, language) : "–");
  return (
    <dl className="facts">
      <dt>{t("subscribe.plan")}</dt>
      <dd>
        {subscription.plan} <small>{t("me.price", { price: won(subscription.price, language) })}</small>
      </dd>
      <dt>{t("me.until")}</dt>
      <dd>
        {subscription.paid_through ? date(subscription.paid_through, language) : "–"}{" "}
        <small>{t("member.periods", { count: subscription.periods_paid })}</small>
      </dd>
      <dt>{t("me.next")}</dt>
      <dd>
        {subscription.next_payment_date ? date(subscription.next_payment_date, language) : t("me.nextNone")}
      </dd>
      <dt>{t("member.access")}</dt>
      <dd>
        {t(`member.access.${subscription.access}`)}{" "}
        {subscription.access_since ? (
          <small>{t("member.since", { time: moment(subscription.access_since) })}</small>
        ) : null}
      </dd>
      <dt>{t("me.card")}</dt>
      <dd>{card ? [cardName(card.name, language), card.number].filter(Boolean).join(" ") : t("me.cardNone")}</dd>
      <dt>{t("me.consent")}</dt>
      <dd>
        {consent ? (
          <>
            {t("me.consentValue", { version: consent.version, price: won(consent.price, language) })}{" "}
            <small>{t("me.consentAt", { date: dayOf(consent.agreed_at, language) })}</small>
          </>
        ) : (
          "–"
        )}
      </dd>
      {subscription.cancel_requested_at ? (
        <>
          <dt>{t("admin.requested")}</dt>
          <dd>{moment(subscription.cancel_requested_at)}</dd>
        </>
      ) : null}
      {dunning.failures > 0 ? <Failures dunning={dunning} /> : null}
      <dt>{t("member.due")}</dt>
      <dd>{moment(subscription.due_at)}</dd>
    </dl>
  );
}

function Failures({ dunning }: { dunning: Member["subscription"]["dunning"] }) {
  const { t, language } = useLanguage();
  return (
    <>
      <dt>{t("member.failures")}</dt>
      <dd>
        {t("member.failed", { count: dunning.failures })}{" "}
        <small>
          {[
            dunning.reason ? providerWords(dunning.reason, language) : null,
            dunning.retry_at ? t("journal.retryAt", { time: time(dunning.retry_at, language) }) : null,
          ]
            .filter(Boolean)
            .join(" · ")}
        </small>
      </dd>
    </>
  );
}

function Payments({ uid, payments }: { uid: string; payments: Payment[] }) {
  const { t } = useLanguage();
  const [asked, ask] = useState<Payment | null>(null);
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
              <PaymentRow key={payment.imp_uid} payment={payment} onRefund={() => ask(payment)} />
            ))}
          </tbody>
        </table>
      ) : null}
      {asked ? <Refund uid={uid} payment={asked} onClose={() => ask(null)} /> : null}
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

function Refund({ uid, payment, onClose }: { uid: string; payment: Payment; onClose: () => void }) {
  const { t, language } = useLanguage();
  const left = payment.amount - payment.refunded;
  const amount = won(left, language);
  const refund = useAct((reason: string) => api.refund(payment.merchant_uid, left, reason), onClose);
  return (
    <Confirm
      title={t("refund.title")}
      action={t("refund.go", { amount })}
      reason={{ label: t("refund.reason"), hint: t("refund.reasonHint") }}
      busy={refund.busy}
      error={refund.error}
      onConfirm={refund.go}
      onClose={onClose}
    >
      <ul className="terms">
        <li>{t("refund.whose", { uid, date: dayOf(payment.paid_at, language) })}</li>
        <li>{t(payment.refunded > 0 ? "refund.rest" : "refund.all", { amount })}</li>
        <li>{t("refund.access")}</li>
      </ul>
    </Confirm>
  );
}

function Forecast({ uid }: { uid: string }) {
  const { t, language } = useLanguage();
  const { data, error, isPending, refetch } = useForecast(uid);
  return (
    <section className="panel" aria-labelledby="forecast">
      <Title order={2} id="forecast" mb="sm">
        {t("forecast.title")}
      </Title>
      {isPending ? <Waiting /> : null}
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data?.charges.length === 0 ? <Text className="empty">{t("forecast.none")}</Text> : null}
      {data && data.charges.length > 0 ? (
        <>
          <Text c="dimmed" size="sm" mb="sm">
            {t("forecast.lead", { count: data.charges.length })}
          </Text>
          <ol className="forecast">
            {data.charges.map((charge) => (
              <li key={charge.period}>
                <span>{dayOf(charge.at, language)}</span>
                <strong>{won(charge.amount, language)}</strong>
              </li>
            ))}
          </ol>
        </>
      ) : null}
    </section>
  );
}

function Journal({
  entries,
  hasMore,
  busy,
  more,
}: {
  entries: Entry[];
  hasMore: boolean;
  busy: boolean;
  more: () => void;
}) {
  const { t, language } = useLanguage();
  return (
    <section className="panel" aria-labelledby="journal">
      <Title order={2} id="journal" mb="sm">
        {t("journal.title")}
      </Title>
      {entries.length === 0 ? <Text className="empty">{t("journal.none")}</Text> : null}
      <ol className="journal">
        {entries.map((entry) => {
          const { what, details } = entryWords(entry, t, language);
          return (
            <li key={entry.id} data-entry={entry.entry}>
              <time dateTime={entry.at}>{time(entry.at, language)}</time>
              <strong>{what}</strong>
              <span className="quiet">{details.join(" · ")}</span>
            </li>
          );
        })}
      </ol>
      {hasMore ? <More busy={busy} more={more} /> : null}
    </section>
  );
}

function Orders({ orders }: { orders: Order[] }) {
  const { t, language } = useLanguage();
  return (
    <section className="panel" aria-labelledby="orders">
      <Title order={2} id="orders" mb="sm">
        {t("orders.title")}
      </Title>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t("orders.at")}</th>
            <th scope="col">{t("reviews.order")}</th>
            <th scope="col">{t("orders.purpose")}</th>
            <th scope="col">{t("admin.due")}</th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <tr key={order.merchant_uid}>
              <td data-label={t("orders.at")}>{time(order.opened_at, language)}</td>
              <td data-label={t("reviews.order")} className="uid">
                {order.merchant_uid}
              </td>
              <td data-label={t("orders.purpose")}>
                {t(`orders.purpose.${order.purpose}`)}
                {order.purpose === "charge" ? ` ${won(order.amount, language)}` : null}
              </td>
              <td data-label={t("admin.due")}>
                <span>
                  {t(`orders.state.${order.state}`)}
                  <span className="quiet">
                    {[
                      order.at ? time(order.at, language) : null,
                      order.reason ? providerWords(order.reason, language) : null,
                    ]
                      .filter(Boolean)
                      .join(" · ")}
                  </span>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
