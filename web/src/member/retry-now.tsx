// A charge that failed, tried again at once by the member: what came of it, and why it cannot be where it cannot.

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useAct } from "../api/act";
import { api, type Subscription } from "../api/client";
import { useSession } from "../session/session";
import { ProblemNote } from "../shell/answers";
import { date } from "../words/format";
import { useLanguage } from "../words/language";

export function RetryNow({ subscription, onPaid }: { subscription: Subscription; onPaid: () => void }) {
  const { t } = useLanguage();
  const { uid } = useSession();
  const queries = useQueryClient();
  const retry = useAct(api.retry, (answer) => {
    queries.setQueryData(["subscription", uid], answer);
    if (answer.state === "active") onPaid();
  });
  if (subscription.state !== "past_due" || subscription.erasure_requested_at) return null;
  const { pending, may_retry } = subscription;
  return (
    <Stack gap="sm">
      <div role="status">
        {pending ? <Alert color="blue">{t("retry.pending")}</Alert> : null}
        {retry.answer && !pending ? <Declined subscription={subscription} /> : null}
      </div>
      {retry.error ? <ProblemNote error={retry.error} /> : null}
      <Group>
        <Button loading={retry.busy} disabled={!may_retry || pending} onClick={() => retry.go()}>
          {t("retry.go")}
        </Button>
        {may_retry || pending ? null : <WhyNot next={subscription.next_payment_date} />}
      </Group>
    </Stack>
  );
}

/** That it was declined once more, and what comes next; what to do stands above. */
function Declined({ subscription }: { subscription: Subscription }) {
  const { t, language } = useLanguage();
  const { next_payment_date: next } = subscription;
  return (
    <Alert color="red" title={t("retry.declined")}>
      {next ? t("retry.next", { date: date(next, language) }) : t("retry.noNext")}
    </Alert>
  );
}

function WhyNot({ next }: { next: string | null | undefined }) {
  const { t, language } = useLanguage();
  return (
    <Text size="sm" c="dimmed">
      {next ? t("retry.notNow", { date: date(next, language) }) : t("retry.notThisCard")}
    </Text>
  );
}
