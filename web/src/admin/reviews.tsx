// What only a person can settle: why it was opened, what Iamport had, and the ways to settle it.

import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useAct } from "../api/act";
import { api, type Resolution, type Review } from "../api/client";
import { useReviews } from "../session/queries";
import { useSession } from "../session/session";
import { providerWords, time, won } from "../words/format";
import { useLanguage } from "../words/language";
import { ProblemNote, Waiting } from "../shell/answers";
import { Confirm } from "./confirm";
import type { Key } from "../words/strings";
import { MemberLink, named } from "./member-link";

interface Asked {
  review: Review;
  action: Resolution;
}

export function Reviews() {
  const { t } = useLanguage();
  const [settled, setSettled] = useState(false);
  // Here and not with the review: one that somebody else settled leaves the list, and what became of it has to be read.
  const [asked, ask] = useState<Asked | null>(null);
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useReviews();
  const reviews = data?.pages.flatMap((page) => page.reviews) ?? [];
  return (
    <Stack gap="lg">
      <Text>{t("reviews.lead")}</Text>
      <div role="status">{settled ? <Alert color="green">{t("reviews.settled")}</Alert> : null}</div>
      {isPending ? <Waiting /> : null}
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data && reviews.length === 0 ? (
        <section className="panel">
          <Text className="empty">{t("reviews.none")}</Text>
        </section>
      ) : null}
      {reviews.map((review) => (
        <One key={review.id} review={review} onAsk={(action) => ask({ review, action })} />
      ))}
      {hasNextPage ? (
        <Group justify="center">
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("payments.more")}
          </Button>
        </Group>
      ) : null}
      {asked ? (
        <Settle
          {...asked}
          onSettled={() => {
            ask(null);
            setSettled(true);
          }}
          onClose={() => ask(null)}
        />
      ) : null}
    </Stack>
  );
}

function Settle({
  review,
  action,
  onSettled,
  onClose,
}: Asked & { onSettled: () => void; onClose: () => void }) {
  const { t, language } = useLanguage();
  const resolve = useAct(
    (reason: string) => api.resolve(review.id, action, review.amount, reason),
    onSettled,
  );
  const amount = won(review.amount, language);
  const words = wordsOf(review, action, useSession().uid);
  return (
    <Confirm
      title={t(words.name)}
      action={t(words.go, { amount })}
      {...(action === "refund" ? { reason: { label: t("refund.reason"), hint: t("member.whyHint") } } : {})}
      busy={resolve.busy}
      error={resolve.error}
      onConfirm={resolve.go}
      onClose={onClose}
    >
      <ul className="terms">
        <li>{t("reviews.whose", { uid: review.uid })}</li>
        <li>{t(words.meaning, { amount })}</li>
      </ul>
    </Confirm>
  );
}

/** Whether this review is about what this admin asked for. */
const isAskedBy = ({ asked_by }: Review, uid: string | null) => asked_by != null && asked_by === uid;

/** What a way to settle a review is called: to a refund another admin agrees, or not; who asked takes it back. */
function wordsOf(review: Review, action: Resolution, uid: string | null): { name: Key; go: Key; meaning: Key } {
  if (review.why !== "another_admin" || action === "accept" || action === "look_again") {
    return { name: `action.${action}`, go: `action.go.${action}`, meaning: `action.meaning.${action}` };
  }
  const meaning = `agree.meaning.${action}` as const;
  if (action === "refund") return { name: "agree.refund", go: "agree.go.refund", meaning };
  const name = isAskedBy(review, uid) ? "agree.withdraw" : "agree.dismiss";
  return { name, go: name, meaning };
}

function One({ review, onAsk }: { review: Review; onAsk: (action: Resolution) => void }) {
  const { t, language } = useLanguage();
  const { acts, uid } = useSession();
  const heading = `review-${review.id}`;
  const mine = isAskedBy(review, uid);
  const ways = review.actions.filter((action) => acts && !(mine && action === "refund"));
  return (
    <section className="panel" aria-labelledby={heading}>
      <Stack>
        <Title order={2} id={heading}>
          {t(`why.${review.why}`)}
        </Title>
        <dl className="facts">
          <dt>{t("admin.member")}</dt>
          <dd>
            <MemberLink uid={review.uid} who={review.who} />
          </dd>
          <dt>{t("reviews.order")}</dt>
          <dd className="uid">{review.merchant_uid}</dd>
          <dt>{t("reviews.since")}</dt>
          <dd>{time(review.at, language)}</dd>
          {review.why === "another_admin" ? <Proposal review={review} /> : null}
        </dl>
        {review.why === "another_admin" ? null : <What review={review} />}
        {mine ? <Alert color="blue">{t("agree.another")}</Alert> : null}
        <Group>
          {ways.map((action) => (
            <Button
              key={action}
              variant={action === "look_again" ? "filled" : "default"}
              onClick={() => onAsk(action)}
            >
              {t(wordsOf(review, action, uid).name)}
            </Button>
          ))}
        </Group>
      </Stack>
    </section>
  );
}

/** What another admin asked for, and why. */
function Proposal({ review }: { review: Review }) {
  const { t, language } = useLanguage();
  return (
    <>
      <dt>{t("payments.amount")}</dt>
      <dd>{won(review.amount, language)}</dd>
      <dt>{t("agree.by")}</dt>
      <dd>{review.asked_by ? named(review.asked_by, review.asked_by_who) : "–"}</dd>
      <dt>{t("agree.reason")}</dt>
      <dd>{review.said ?? "–"}</dd>
    </>
  );
}

/** What Iamport said and has of it. */
function What({ review }: { review: Review }) {
  const { language } = useLanguage();
  return (
    <>
      {review.said ? <Text>{providerWords(review.said, language)}</Text> : null}
      <Facts review={review} />
    </>
  );
}

function Facts({ review }: { review: Review }) {
  const { t, language } = useLanguage();
  if (review.facts.length === 0) return <Text c="dimmed">{t("reviews.noFacts")}</Text>;
  return (
    <table className="rows">
      <caption>{t("reviews.facts")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("reviews.at")}</th>
          <th scope="col">imp_uid</th>
          <th scope="col">{t("reviews.status")}</th>
          <th scope="col">{t("reviews.usage")}</th>
          <th scope="col" className="number">
            {t("payments.amount")}
          </th>
        </tr>
      </thead>
      <tbody>
        {review.facts.map((fact) => (
          <tr key={fact.imp_uid}>
            <td data-label={t("reviews.at")}>{fact.at ? time(fact.at, language) : "–"}</td>
            <td data-label="imp_uid" className="uid">
              {fact.imp_uid}
            </td>
            <td data-label={t("reviews.status")}>{t(`record.${fact.status}`)}</td>
            <td data-label={t("reviews.usage")}>{t(`usage.${fact.usage}`)}</td>
            <td data-label={t("payments.amount")} className="number">
              {won(fact.amount, language)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
