// The button: first it only says what it would do, and only then it can be told to do it.

import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Processed } from "../api/client";
import { date, time } from "../format";
import { useLanguage } from "../language";
import { ProblemNote } from "../shell/answers";
import type { Key } from "../strings";
import { MemberLink } from "./member-link";

const REASONS: Record<string, Key> = {
  cancelled: "admin.reason.cancelled",
  unpaid: "admin.reason.unpaid",
};

export function Processing() {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const process = useMutation({
    mutationFn: api.process,
    onSuccess: async (answer) => {
      if (!answer.dry_run) await queries.invalidateQueries({ queryKey: ["cancellations"] });
    },
  });
  const answer = process.data;
  const count = answer?.revocations.length ?? 0;
  const run = process.variables;
  return (
    <section className="panel" aria-labelledby="process">
      <Stack>
        <Title order={2} id="process">
          {t("admin.process.title")}
        </Title>
        <Text>{t("admin.process.lead")}</Text>
        {process.error ? <ProblemNote error={process.error} /> : null}
        <div role="status">
          {answer ? (
            <Stack>
              <Alert color={count === 0 || !answer.dry_run ? "green" : "yellow"}>{summary(answer, t)}</Alert>
              {count > 0 ? <Rows processed={answer} /> : null}
            </Stack>
          ) : null}
        </div>
        <Group>
          <Button
            variant="default"
            loading={process.isPending && run === true}
            disabled={process.isPending}
            onClick={() => process.mutate(true)}
          >
            {t("admin.process.dryRun")}
          </Button>
          {answer?.dry_run && count > 0 ? (
            <Button color="red" disabled={process.isPending} onClick={() => process.mutate(false)}>
              {t("admin.process.go", { count })}
            </Button>
          ) : null}
        </Group>
      </Stack>
    </section>
  );
}

function summary(answer: Processed, t: ReturnType<typeof useLanguage>["t"]): string {
  const count = answer.revocations.length;
  if (!answer.dry_run) return t("admin.process.did", { count });
  return count === 0 ? t("admin.process.nobody") : t("admin.process.would", { count });
}

function Rows({ processed }: { processed: Processed }) {
  const { t, language } = useLanguage();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{t("admin.member")}</th>
          <th scope="col">{t("admin.process.reason")}</th>
          <th scope="col">{t("admin.process.paidThrough")}</th>
          {processed.dry_run ? null : <th scope="col">{t("admin.process.revokedAt")}</th>}
        </tr>
      </thead>
      <tbody>
        {processed.revocations.map((row) => {
          const reason = REASONS[row.reason];
          return (
            <tr key={row.uid}>
              <td data-label={t("admin.member")}>
                <MemberLink uid={row.uid} />
              </td>
              <td data-label={t("admin.process.reason")}>{reason ? t(reason) : row.reason}</td>
              <td data-label={t("admin.process.paidThrough")}>
                {t("me.untilValue", { date: date(row.paid_through, language) })}
              </td>
              {processed.dry_run ? null : (
                <td data-label={t("admin.process.revokedAt")}>
                  {row.revoked_at ? time(row.revoked_at, language) : null}
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
