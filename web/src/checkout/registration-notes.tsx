// Why a card registration did not begin.

import { Alert, Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { Problem } from "../api/problem";
import { signInMessage, verifyEmail } from "../session/firebase";
import { refreshToken, useSession } from "../session/session";
import { useLanguage } from "../words/language";
import { inLanguage } from "../words/partners";
import { ProblemNote } from "../shell/answers";
import type { Registration } from "./use-card-registration";

export function RegistrationNotes({ registration }: { registration: Registration }) {
  const { t, language } = useLanguage();
  const { error, trouble } = registration;
  if (error instanceof Problem && error.is("email-not-verified")) return <VerifyEmail error={error} />;
  if (error) return <ProblemNote error={error} />;
  if (trouble === null) return null;
  const words = inLanguage(trouble.words, language);
  return (
    <Alert color="red" role="alert">
      <Text size="sm">{t(trouble.key)}</Text>
      {words ? <Text size="sm">{words}</Text> : null}
    </Alert>
  );
}

/** The address has to be shown to be the member's first: a mail with a link, and then a token that says so. */
function VerifyEmail({ error }: { error: Problem }) {
  const { t } = useLanguage();
  const { auth, email } = useSession();
  const [said, say] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const go = async (what: () => Promise<unknown>, done: string) => {
    setBusy(true);
    try {
      await what();
      say(done);
    } catch (refusal) {
      say(t(signInMessage(refusal)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <ProblemNote error={error}>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          loading={busy}
          onClick={() => void go(() => verifyEmail(auth), t("verify.sent", { email: email ?? "" }))}
        >
          {t("verify.send")}
        </Button>
        <Button
          size="xs"
          variant="default"
          loading={busy}
          onClick={() => void go(() => refreshToken(auth), t("verify.goOn"))}
        >
          {t("verify.done")}
        </Button>
      </Group>
      {said ? (
        <Text size="sm" role="status">
          {said}
        </Text>
      ) : null}
    </ProblemNote>
  );
}
