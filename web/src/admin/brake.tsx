// The brake: new checkouts are stopped, or go on again.

import { Alert, Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useAct } from "../api/act";
import { api } from "../api/client";
import { useCheckouts } from "../session/queries";
import { useSession } from "../session/session";
import { time } from "../words/format";
import { useLanguage } from "../words/language";
import { ProblemNote } from "../shell/answers";
import { Confirm } from "./confirm";
import { named } from "./member-link";

export function Brake() {
  const { t, language } = useLanguage();
  const { acts } = useSession();
  const { data, error, refetch } = useCheckouts();
  const [asked, ask] = useState(false);
  const paused = data?.paused ?? false;
  const act = useAct((reason: string) => api.pauseCheckouts(!paused, reason), () => ask(false));
  if (error) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  if (!data) return null;
  const way = paused ? "release" : "pull";
  const close = () => {
    act.forget();
    ask(false);
  };
  return (
    <>
      <Alert color={paused ? "red" : "gray"} variant="light" title={t(paused ? "brake.paused" : "brake.open")}>
        <Group justify="space-between">
          <Text size="sm">
            {paused && data.since
              ? t("brake.since", { time: time(data.since, language), by: data.by ? named(data.by, data.by_who) : "", reason: data.reason ?? "" })
              : t("brake.hint")}
          </Text>
          {acts ? (
            <Button size="xs" variant="default" onClick={() => ask(true)}>
              {t(`brake.${way}`)}
            </Button>
          ) : null}
        </Group>
      </Alert>
      {asked ? (
        <Confirm
          title={t(`brake.${way}`)}
          action={t(`brake.${way}`)}
          reason={{ label: t("member.why"), hint: t("member.whyHint") }}
          busy={act.busy}
          error={act.error}
          onConfirm={act.go}
          onClose={close}
        >
          <Text size="sm">{t(`brake.${way}What`)}</Text>
        </Confirm>
      ) : null}
    </>
  );
}
