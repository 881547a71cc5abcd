// The ends of a card registration that are not what was wanted: what is known, and the way on.

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Subscription } from "../api/client";
import { Problem } from "../api/problem";
import { useSubscription } from "../session/queries";
import { ProblemNote } from "../shell/answers";
import { useLanguage } from "../words/language";
import { DueLines } from "./due-lines";
import type { Purpose } from "./open-checkouts";
import type { Outcome } from "./progress";
import { ReviewNote } from "./waiting-notes";

const startOf = (purpose: Purpose) => (purpose === "subscribe" ? "/app/subscribe" : "/app/me");

/** The member closed the window: nothing failed. */
export function Closed({ purpose }: { purpose: Purpose }) {
  const { t } = useLanguage();
  return (
    <Stack gap="md" align="center">
      <Text ta="center" fw={700}>
        {t("progress.closed")}
      </Text>
      <Text ta="center">{t("progress.closedNext")}</Text>
      <Button component={Link} to={startOf(purpose)}>
        {t("progress.closedGo")}
      </Button>
    </Stack>
  );
}

/** The new card is in use, and was declined too. */
export function CardOnly({ subscription }: { subscription: Subscription }) {
  const { t } = useLanguage();
  return (
    <Stack gap="md">
      <Alert color="red" role="alert" title={t("progress.stillDue")}>
        <DueLines subscription={subscription} />
      </Alert>
      <Group justify="center">
        <Button component={Link} to="/app/me">
          {t("subscribe.seeMine")}
        </Button>
      </Group>
    </Stack>
  );
}

export function Failed({ outcome, error, purpose }: { outcome: Outcome; error: unknown; purpose: Purpose }) {
  const { t } = useLanguage();
  const { data: subscription } = useSubscription();
  const signedOut = error instanceof Problem && error.is("unauthenticated");
  const nothingPaid = outcome === "declined" || outcome === "not-registered";
  // Another card would not help.
  const notTheCard = error instanceof Problem && error.body?.decline === "provider";
  const title = {
    declined: t(notTheCard ? "progress.failedProvider" : "progress.failedPayment"),
    "not-registered": t("progress.failedCard"),
  }[outcome as string];
  return (
    <Stack gap="md">
      {outcome === "review" && subscription?.review_since ? (
        <ReviewNote subscription={subscription} />
      ) : (
        <ProblemNote error={error} {...(title ? { title } : {})}>
          {nothingPaid ? <Text size="sm">{t("progress.nothingPaid")}</Text> : null}
        </ProblemNote>
      )}
      {signedOut ? null : (
        <Group justify="center">
          {nothingPaid ? (
            <Button component={Link} to={startOf(purpose)}>
              {t(outcome === "declined" && !notTheCard ? "progress.otherCard" : "progress.again")}
            </Button>
          ) : (
            <Button component={Link} to="/app/me" variant="default">
              {t("subscribe.seeMine")}
            </Button>
          )}
        </Group>
      )}
    </Stack>
  );
}
