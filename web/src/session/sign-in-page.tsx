// Signing in and signing up, with e-mail and password.

import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { config, pagesHere } from "../api/config";
import { useLanguage } from "../words/language";
import { PaperLink } from "../shell/footer";
import { Page } from "../shell/page";
import type { Key } from "../words/strings";
import { resetPassword, signIn, signInMessage, signUp } from "./firebase";
import { useSession } from "./session";

const SHORTEST_PASSWORD = 8;

interface Written {
  name: string;
  email: string;
  password: string;
}

type Wrong = Partial<Record<keyof Written, Key>>;

interface SignIn {
  written: Written;
  write: (part: Partial<Written>) => void;
  /** What is wrong with a field. */
  wrong: Wrong;
  busy: boolean;
  /** Why the last attempt failed. */
  problem: Key | null;
  /** Whether an e-mail to set another password was sent. */
  sent: boolean;
  submit: (event: FormEvent) => void;
  reset: () => void;
}

export function SignInPage({ isNew = false }: { isNew?: boolean }) {
  const { t } = useLanguage();
  const { state, expired } = useSession();
  const from = whereTo(useLocation().state);
  const form = useSignIn(isNew);

  if (state === "in" && !form.busy) return <Navigate replace to={from ?? "/app"} />;
  return (
    <Page title={t(isNew ? "sign.up" : "sign.in")} width="narrow">
      <Stack gap="md">
        {expired ? <Alert color="yellow">{t("sign.expired")}</Alert> : null}
        {from && !expired && !isNew ? <Alert color="blue">{t("sign.needed")}</Alert> : null}
        <form className="panel" onSubmit={form.submit} noValidate>
          <Stack gap="md">
            <Fields isNew={isNew} form={form} />
            {form.problem ? (
              <Alert color="red" role="alert">
                {t(form.problem)}
              </Alert>
            ) : null}
            {form.sent ? (
              <Alert color="green" role="status">
                {t("sign.resetSent")}
              </Alert>
            ) : null}
            {isNew ? (
              <Text size="sm" c="dimmed">
                {t("sign.paper")} <PaperLink paper="terms" inNewTab /> · <PaperLink paper="privacy" inNewTab />
              </Text>
            ) : null}
            <Button type="submit" size="md" fullWidth loading={form.busy}>
              {t(isNew ? "sign.up" : "sign.in")}
            </Button>
            {isNew ? null : (
              <Anchor component="button" type="button" size="sm" onClick={form.reset} disabled={form.busy}>
                {t("sign.forgot")}
              </Anchor>
            )}
          </Stack>
        </form>
        {pagesHere().members ? <OtherWay isNew={isNew} /> : null}
        {config().local && !isNew ? (
          <Text size="sm" c="dimmed" ta="center">
            {t("sign.local")}
          </Text>
        ) : null}
      </Stack>
    </Page>
  );
}

function Fields({ isNew, form: { written, write, wrong } }: { isNew: boolean; form: SignIn }) {
  const { t } = useLanguage();
  return (
    <>
      {isNew ? (
        <TextInput
          label={t("sign.name")}
          autoComplete="name"
          required
          value={written.name}
          error={wrong.name ? t(wrong.name) : null}
          onChange={(event) => write({ name: event.currentTarget.value })}
        />
      ) : null}
      <TextInput
        label={t("sign.email")}
        type="email"
        inputMode="email"
        autoComplete="username"
        required
        value={written.email}
        error={wrong.email ? t(wrong.email) : null}
        onChange={(event) => write({ email: event.currentTarget.value })}
      />
      <PasswordInput
        label={t("sign.password")}
        {...(isNew ? { description: t("sign.passwordRule") } : {})}
        autoComplete={isNew ? "new-password" : "current-password"}
        required
        value={written.password}
        error={wrong.password ? t(wrong.password) : null}
        onChange={(event) => write({ password: event.currentTarget.value })}
        visibilityToggleButtonProps={{ "aria-label": t("sign.showPassword") }}
      />
    </>
  );
}

/** From signing in to signing up, and back. */
function OtherWay({ isNew }: { isNew: boolean }) {
  const { t } = useLanguage();
  const location = useLocation();
  return (
    <Text size="sm" ta="center">
      {t(isNew ? "sign.known" : "sign.new")}{" "}
      <Anchor
        component={Link}
        to={isNew ? "/app/sign-in" : "/app/sign-up"}
        state={location.state}
        underline="always"
      >
        {t(isNew ? "sign.in" : "sign.up")}
      </Anchor>
    </Text>
  );
}

/** What was written, and what came of it. */
function useSignIn(isNew: boolean): SignIn {
  const { auth } = useSession();
  const [written, setWritten] = useState<Written>({ name: "", email: "", password: "" });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Key | null>(null);
  const [wrong, setWrong] = useState<Wrong>({});
  const [sent, setSent] = useState(false);
  const { name, email, password } = written;

  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    setSent(false);
    try {
      await act();
    } catch (error) {
      setProblem(signInMessage(error));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const found = wrongIn(written, isNew);
    setWrong(found);
    setProblem(null);
    if (Object.keys(found).length > 0) return;
    void attempt(() => (isNew ? signUp(auth, name.trim(), email, password) : signIn(auth, email, password)));
  };
  const reset = () => {
    setWrong(email.includes("@") ? {} : { email: "sign.error.email" });
    if (!email.includes("@")) return;
    void attempt(async () => {
      await resetPassword(auth, email);
      setSent(true);
    });
  };
  const write = (part: Partial<Written>) => setWritten((before) => ({ ...before, ...part }));

  return { written, write, wrong, busy, problem, sent, submit, reset };
}

function wrongIn({ name, email, password }: Written, isNew: boolean): Wrong {
  return {
    ...(isNew && name.trim() === "" ? { name: "sign.error.name" } : {}),
    ...(email.includes("@") ? {} : { email: "sign.error.email" }),
    ...(isNew && password.length < SHORTEST_PASSWORD ? { password: "sign.error.weak" } : {}),
    ...(!isNew && password === "" ? { password: "sign.error.password" } : {}),
  };
}

/** The page that asked to sign in; only one of ours. */
function whereTo(state: unknown): string | null {
  const from = typeof state === "object" && state !== null && "from" in state ? state.from : null;
  return typeof from === "string" && from.startsWith("/app/") ? from : null;
}
