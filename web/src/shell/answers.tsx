// What is shown instead of an answer: that it is being waited for, or what went wrong.

import { Alert, Button, Group, Skeleton, Stack, Text, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { explain, Problem } from "../api/problem";
import { time } from "../words/format";
import { useLanguage } from "../words/language";

export function Loading() {
  const { t } = useLanguage();
  return (
    <div role="status" className="page">
      <VisuallyHidden>{t("app.loading")}</VisuallyHidden>
      <Skeletons />
    </div>
  );
}

export function Skeletons() {
  return (
    <Stack gap="md" aria-hidden>
      <Skeleton height={28} width="45%" />
      <Skeleton height={110} radius="lg" />
      <Skeleton height={70} radius="lg" />
    </Stack>
  );
}

/** Brings the next page of a list. */
export function More({ busy, more }: { busy: boolean; more: () => void }) {
  const { t } = useLanguage();
  return (
    <Group justify="center" mt="md">
      <Button variant="default" loading={busy} onClick={more}>
        {t("payments.more")}
      </Button>
    </Group>
  );
}

export function Waiting() {
  const { t } = useLanguage();
  return (
    <div role="status">
      <VisuallyHidden>{t("app.loading")}</VisuallyHidden>
      <Skeletons />
    </div>
  );
}

/** A problem, said as the API says it; with when it may be tried again, and a way on. */
export function ProblemNote({
  error,
  onRetry,
  title,
  children,
}: {
  error: unknown;
  onRetry?: () => void;
  title?: string;
  children?: ReactNode;
}) {
  const { t, language } = useLanguage();
  const again = error instanceof Problem ? error.body?.again_at : undefined;
  return (
    <Alert color="red" variant="light" role="alert" title={title}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{explain(error, language, t)}</Text>
        {again ? <Text size="sm">{t("app.againAt", { time: time(again, language) })}</Text> : null}
        {children}
        {onRetry ? (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t("app.retry")}
          </Button>
        ) : null}
      </Stack>
    </Alert>
  );
}
