// An account of which nothing is stored yet: who that is, and letting them in for a while.

import { Button, Group, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useFound } from "../session/queries";
import { useSession } from "../session/session";
import { ProblemNote, Waiting } from "../shell/answers";
import { useLanguage } from "../words/language";
import { ActDialog } from "./act-dialog";
import { WhoNote } from "./member-link";

/** `error` is why there is no member: said where there is no such account either. */
export function Stranger({ uid, error }: { uid: string; error: unknown }) {
  const { t } = useLanguage();
  const { acts } = useSession();
  const [asked, ask] = useState(false);
  const { data: found, isPending } = useFound(uid);
  if (isPending) return <Waiting />;
  const account = found?.members.find((member) => member.uid === uid);
  if (!account) return <ProblemNote error={error} />;
  return (
    <section className="panel" aria-labelledby="member">
      <Title order={2} id="member" className="uid">
        {uid}
      </Title>
      <WhoNote who={account.who} />
      <Text my="md">{t("desk.stranger")}</Text>
      {acts ? (
        <Group>
          <Button onClick={() => ask(true)}>{t("desk.let_in")}</Button>
        </Group>
      ) : null}
      {asked ? (
        <ActDialog
          uid={uid}
          act="give_days"
          subscription={null}
          onDone={() => ask(false)}
          onClose={() => ask(false)}
        />
      ) : null}
    </section>
  );
}
