// What is being waited for: what is known of it, what happens next, and by when.

import { Alert, Stack, Text } from "@mantine/core";
import type { Subscription } from "../api/client";
import { config } from "../api/config";
import { Contact } from "../shell/contact";
import { date, dayOf, daysAfter, time } from "../words/format";
import { useLanguage } from "../words/language";

/** A charge was sent, and its outcome is not known. */
export function PendingNote({ subscription }: { subscription: Subscription }) {
  const { t } = useLanguage();
  return (
    <Alert color="blue" title={t("me.pendingTitle")} role="status">
      <Stack gap={4}>
        <Text size="sm">{t("me.pending")}</Text>
        <PendingUntil subscription={subscription} />
      </Stack>
    </Alert>
  );
}

/** When a person looks at it, should it not be known by then. */
export function PendingUntil({ subscription }: { subscription: Subscription | null | undefined }) {
  const { t, language } = useLanguage();
  const until = subscription?.pending_until;
  return until ? <Text size="sm">{t("me.pendingUntil", { time: time(until, language) })}</Text> : null;
}

/** A person has to settle something. After the day that was promised the note is louder, and says whom to ask. */
export function ReviewNote({ subscription }: { subscription: Subscription | undefined }) {
  const { t, language } = useLanguage();
  const since = subscription?.review_since;
  if (!subscription || !since) return null;
  const { reviewDays } = config();
  const by = reviewDays == null ? null : daysAfter(since, reviewDays);
  const late = by !== null && by < subscription.today;
  return (
    <Alert color={late ? "red" : "yellow"} role={late ? "alert" : "status"} title={t("review.title")}>
      <Stack gap={4}>
        <Text size="sm">{t("review.known", { since: dayOf(since, language) })}</Text>
        <Text size="sm">{t("review.next")}</Text>
        {by === null ? null : (
          <Text size="sm" fw={600}>
            {t(late ? "review.late" : "review.by", { date: date(by, language) })}
          </Text>
        )}
        <Contact />
      </Stack>
    </Alert>
  );
}
