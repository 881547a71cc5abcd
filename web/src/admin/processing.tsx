// The button: first it only says whom it would end, then it is asked once more, and it ends those and nobody else.

import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { type Act, useAct } from "../api/act";
import { api, type Processed } from "../api/client";
import { date, time } from "../words/format";
import { type Translate, useLanguage } from "../words/language";
import { Refused } from "../session/sign-in-again";
import { Confirm } from "./confirm";
import { MemberLink } from "./member-link";

type Row = Processed["revocations"][number];

export function Processing() {
  const { t } = useLanguage();
  // What is asked about stays as it was shown, whatever a later look finds.
  const [asked, ask] = useState<Row[] | null>(null);
  const look = useAct(() => api.wouldEnd());
  const end = useAct(
    (rows: Row[]) => api.end(rows.map(({ uid }) => uid)),
    () => {
      ask(null);
      look.forget();
    },
  );
  const close = () => {
    ask(null);
    // Somebody else may have ended them, or they paid: look again at whom it would affect.
    if (end.error) look.go();
    end.forget();
  };
  const answer = end.answer ?? look.answer;
  const shown = look.answer?.revocations ?? [];
  return (
    <section className="panel" aria-labelledby="process">
      <Stack>
        <Title order={2} id="process">
          {t("admin.process.title")}
        </Title>
        <Text>{t("admin.process.lead")}</Text>
        <Refused error={look.error} />
        <div role="status">{answer ? <Answer answer={answer} /> : null}</div>
        <Group>
          <Button
            variant="default"
            loading={look.busy}
            onClick={() => {
              end.forget();
              look.go();
            }}
          >
            {t("admin.process.dryRun")}
          </Button>
          {shown.length > 0 && !look.busy ? (
            <Button color="red" onClick={() => ask(shown)}>
              {t("admin.process.go", { count: shown.length })}
            </Button>
          ) : null}
        </Group>
      </Stack>
      {asked ? <Question rows={asked} end={end} onClose={close} /> : null}
    </section>
  );
}

function Question({
  rows,
  end,
  onClose,
}: {
  rows: Row[];
  end: Act<Processed, Row[]>;
  onClose: () => void;
}) {
  const { t } = useLanguage();
  return (
    <Confirm
      title={t("admin.process.sure")}
      action={t("admin.process.go", { count: rows.length })}
      busy={end.busy}
      error={end.error}
      onConfirm={() => end.go(rows)}
      onClose={onClose}
    >
      <Text>{t("admin.process.these", { count: rows.length })}</Text>
      <ul className="terms named" tabIndex={0}>
        {rows.map((row) => (
          <li key={row.uid}>
            <span className="uid">{row.uid}</span> <small>{t(`admin.reason.${row.reason}`)}</small>
          </li>
        ))}
      </ul>
    </Confirm>
  );
}

function Answer({ answer }: { answer: Processed }) {
  const { t } = useLanguage();
  const { revocations, more, not_over, left } = answer;
  const count = revocations.length;
  return (
    <Stack>
      <Alert color={count === 0 || !answer.dry_run ? "green" : "yellow"}>{summary(answer, t)}</Alert>
      {more > 0 ? <Text size="sm">{t("admin.process.more", { more, count })}</Text> : null}
      {left.length > 0 ? (
        <Alert color="red">{t("admin.process.left", { count: left.length, uids: left.join(", ") })}</Alert>
      ) : null}
      {not_over.length > 0 ? (
        <Text size="sm">
          {t("admin.process.notOver", { count: not_over.length, uids: not_over.join(", ") })}
        </Text>
      ) : null}
      {count > 0 ? <Rows processed={answer} /> : null}
    </Stack>
  );
}

function summary(answer: Processed, t: Translate): string {
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
        {processed.revocations.map((row) => (
          <tr key={row.uid}>
            <td data-label={t("admin.member")}>
              <MemberLink uid={row.uid} />
            </td>
            <td data-label={t("admin.process.reason")}>{t(`admin.reason.${row.reason}`)}</td>
            <td data-label={t("admin.process.paidThrough")}>
              {t("me.untilValue", { date: date(row.paid_through, language) })}
            </td>
            {processed.dry_run ? null : (
              <td data-label={t("admin.process.revokedAt")}>
                {row.revoked_at ? time(row.revoked_at, language) : null}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
