// What is the matter with a subscription, said once and above all else.

import { Alert } from "@mantine/core";
import { DueLines } from "../checkout/due-lines";
import { PendingNote, ReviewNote } from "../checkout/waiting-notes";
import type { Subscription } from "../api/client";
import { amountDue, standingOf } from "../api/state";
import { date, dayOf, won } from "../words/format";
import { useLanguage } from "../words/language";

export function Notes({ subscription }: { subscription: Subscription }) {
  const { t } = useLanguage();
  if (standingOf(subscription) === "erasing") return <Alert color="gray" role="status">{t("leave.done")}</Alert>;
  return (
    <>
      <StateNote subscription={subscription} />
      <ReviewNote subscription={subscription} />
      {subscription.pending && subscription.state !== "none" ? <PendingNote subscription={subscription} /> : null}
    </>
  );
}

function StateNote({ subscription }: { subscription: Subscription }) {
  const { t, language } = useLanguage();
  const { cancel_requested_at, paid_through, access_until, ended_at, pending } = subscription;
  const standing = standingOf(subscription);
  if (standing === "cancelling" && cancel_requested_at && paid_through) {
    const values = { requested: dayOf(cancel_requested_at, language), until: date(paid_through, language) };
    return <Alert color="yellow" role="status">{t("me.cancelled", values)}</Alert>;
  }
  if (standing === "over") {
    if (ended_at) return <Alert color="gray" role="status">{t("me.ended", { date: dayOf(ended_at, language) })}</Alert>;
    // While an outcome is being waited for no other subscription begins.
    if (pending || !access_until) return null;
    return <Alert color="gray" role="status">{t("me.over", { date: date(access_until, language) })}</Alert>;
  }
  if (standing !== "past_due" || pending) return null;
  const price = amountDue(subscription);
  return (
    <Alert color="red" role="alert" title={t("due.title", { price: price === null ? "" : won(price, language) })}>
      <DueLines subscription={subscription} />
    </Alert>
  );
}
