// Finding a member by what an admin has of one. The only one found is opened; of cards that are alike there is always a list.

import { Alert, Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import type { Found } from "../api/client";
import { uidInPath } from "../api/uid";
import { useFound } from "../session/queries";
import { ProblemNote } from "../shell/answers";
import { useLanguage } from "../words/language";
import { MemberRows } from "./member-rows";

/** What is looked for is in no address and in no history: it may be somebody's e-mail address. */
export function Find() {
  const { t } = useLanguage();
  const [wanted, setWanted] = useState("");
  /** What was asked for last; empty before. */
  const [asked, ask] = useState<string | null>(null);
  const { data: found, error, isFetching, refetch } = useFound(asked ?? "");
  const navigate = useNavigate();
  const only = found && found.read_as !== "card" && found.members.length === 1 ? found.members[0] : undefined;
  useEffect(() => {
    if (only) void navigate(`/app/admin/members/${uidInPath(only.uid)}`);
  }, [only, navigate]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const now = wanted.trim();
    ask(now);
    if (now !== "" && now === asked) void refetch();
  };
  return (
    <section className="panel" aria-labelledby="find">
      <Title order={2} id="find" mb="sm">
        {t("find.title")}
      </Title>
      <form className="asked" onSubmit={submit} noValidate>
        <TextInput
          className="wide"
          label={t("find.what")}
          description={t("find.hint")}
          autoComplete="off"
          spellCheck={false}
          maxLength={256}
          required
          value={wanted}
          error={asked === "" ? t("find.needWhat") : null}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <Button type="submit" loading={isFetching}>
          {t("find.go")}
        </Button>
      </form>
      <Text size="sm" c="dimmed" mt="sm">
        {t("find.noNames")}
      </Text>
      <div role="status">{found ? <Answer found={found} /> : null}</div>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
    </section>
  );
}

function Answer({ found }: { found: Found }) {
  const { t } = useLanguage();
  return (
    <Stack mt="md" gap="sm">
      {found.members.length === 0 ? (
        <Text className="empty">{t(`find.none.${found.read_as}`)}</Text>
      ) : (
        <MemberRows rows={found.members} />
      )}
      {found.read_as === "card" && found.members.length > 0 ? (
        <Text size="sm" c="dimmed">
          {t("find.cardNote")}
        </Text>
      ) : null}
      {found.capped ? <Alert color="yellow">{t("find.capped")}</Alert> : null}
    </Stack>
  );
}
