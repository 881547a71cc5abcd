// One member: the subscription, what will be charged, what was paid, and everything that happened.

import { Alert, Anchor, Badge, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { Link, useParams } from "react-router";
import type { Entry, Member, Order } from "../api/client";
import { Problem } from "../api/problem";
import { useForecast, useMember } from "../session/queries";
import { useSession } from "../session/session";
import { date, dayOf, providerWords, time, won } from "../words/format";
import { useLanguage } from "../words/language";
import { cardName } from "../words/partners";
import { More, ProblemNote, Waiting } from "../shell/answers";
import { uidFromPath } from "../api/uid";
import { ActsMenu } from "./acts-menu";
import { entryWords } from "./journal";
import { WhoNote } from "./member-link";
import { Payments } from "./member-payments";
import { Stranger } from "./stranger";

export function MemberPage() {
  const { uid: written = "" } = useParams();
  const uid = uidFromPath(written);
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useMember(uid);
  // That there is no such member holds while it is asked again: a dialog may be open.
  const [nobody, note] = useState<{ uid: string; error: Problem } | null>(null);
  const isNobody = error instanceof Problem && error.is("no-such-member");
  if (isNobody && nobody?.error !== error) note({ uid, error });
  if (!data && nobody?.uid === uid) return <Stranger uid={uid} error={nobody.error} />;
  if (isPending) return <Waiting />;
  if (error && !data) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  const member = data?.pages[0];
  if (!member) return null;
  return (
    <Stack gap="lg">
      <Subscription uid={uid} member={member} />
      <Payments uid={uid} member={member} />
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
      {acts ? <ActsMenu uid={uid} subscription={subscription} /> : null}
      {subscription.reviews.length > 0 ? <ReviewsNote reviews={subscription.reviews} /> : null}
      {subscription.erasure_requested_at ? (
        <Alert color="yellow" mb="md">
          {t("member.erasing", { at: time(subscription.erasure_requested_at, language) })}
        </Alert>
      ) : null}
      <Facts subscription={subscription} />
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
      <Dates subscription={subscription} />
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

/** Until when, paid or given, and what comes next. */
function Dates({ subscription }: { subscription: Member["subscription"] }) {
  const { t, language } = useLanguage();
  return (
    <>
      <dt>{t("me.until")}</dt>
      <dd>
        {subscription.paid_through ? date(subscription.paid_through, language) : "–"}{" "}
        <small>
          {[
            t("member.periods", { count: subscription.periods_paid }),
            subscription.days_given > 0 ? t("member.given", { days: subscription.days_given }) : null,
          ]
            .filter(Boolean)
            .join(" · ")}
        </small>
      </dd>
      {subscription.complimentary_until ? (
        <>
          <dt>{t("member.free")}</dt>
          <dd>{t("me.untilValue", { date: date(subscription.complimentary_until, language) })}</dd>
        </>
      ) : null}
      <dt>{t("me.next")}</dt>
      <dd>
        {subscription.next_payment_date ? date(subscription.next_payment_date, language) : t("me.nextNone")}
      </dd>
    </>
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
