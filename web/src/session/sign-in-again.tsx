// Signing in once more, where it is asked for: with the password alone, and without leaving the page.

import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Problem } from "../api/problem";
import { ProblemNote } from "../shell/answers";
import { useLanguage } from "../words/language";
import type { Key } from "../words/strings";
import { signIn, signInMessage } from "./firebase";
import { useSession } from "./session";

/** Why something was refused, with the field to sign in again where that is why. */
export function Refused({ error, children }: { error: unknown; children?: ReactNode }) {
  if (!error) return null;
  return (
    <ProblemNote error={error}>
      {children}
      {error instanceof Problem && error.is("sign-in-again") ? <SignInAgain /> : null}
    </ProblemNote>
  );
}

function SignInAgain() {
  const { t } = useLanguage();
  const { auth, email } = useSession();
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [said, say] = useState<Key | null>(null);
  if (!email) return null;
  const go = async () => {
    setBusy(true);
    try {
      await signIn(auth, email, password);
      say("sign.againDone");
    } catch (error) {
      say(signInMessage(error));
    }
    setBusy(false);
  };
  if (said === "sign.againDone") {
    return (
      <Alert color="green" role="status">
        {t(said)}
      </Alert>
    );
  }
  return (
    // Not a form: it may stand in one.
    <Stack gap="xs" w="100%">
      <PasswordInput
        label={t("sign.againPassword", { email })}
        autoComplete="current-password"
        value={password}
        error={said ? t(said) : null}
        onChange={(event) => setPassword(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && password !== "") void go();
        }}
      />
      <Button size="xs" variant="default" loading={busy} disabled={password === ""} onClick={() => void go()}>
        {t("sign.againGo")}
      </Button>
    </Stack>
  );
}
