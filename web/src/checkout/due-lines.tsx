// An overdue payment in words: what to do, until when access lasts, and when it is tried again.

import { Stack, Text } from "@mantine/core";
import type { Subscription } from "../api/client";
import { date } from "../words/format";
import { adviceFor } from "../words/advice";
import { useLanguage } from "../words/language";

export function DueLines({ subscription }: { subscription: Subscription }) {
  const { t, language } = useLanguage();
  const { access_until, next_payment_date: again, decline, advice } = subscription;
  const on = (day: string) => ({ date: date(day, language) });
  return (
    <Stack gap={4}>
      <Text size="sm">{adviceFor({ decline, advice, again: again != null }, language, t)}</Text>
      <Text size="sm">{again ? t("due.again", on(again)) : t("due.stopped")}</Text>
      {access_until ? (
        <Text size="sm" fw={600}>
          {t("due.access", on(access_until))}
        </Text>
      ) : null}
    </Stack>
  );
}
