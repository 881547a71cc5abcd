// Signing in and signing up, with e-mail and password.

import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { config } from "../api/config";
import { useLanguage } from "../words/language";
import { Page } from "../shell/page";
import type { Key } from "../words/strings";
import { resetPassword, signIn, signInMessage, signUp } from "./firebase";
import { useSession } from "./session";

const SHORTEST_PASSWORD = 8;

export function SignInPage({ isNew = false }: { isNew?: boolean }) {
  const { t } = useLanguage();
  const { auth, state, expired } = useSession();
  const location = useLocation();
  const from = whereTo(location.state);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Key | null>(null);
  const [wrong, setWrong] = useState<Partial<Record<"name" | "email" | "password", Key>>>({});
  const [sent, setSent] = useState(false);

  if (state === "in" && !busy) return <Navigate replace to={from ?? "/app"} />;

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
    const found: typeof wrong = {
      ...(isNew && name.trim() === "" ? { name: "sign.error.name" } : {}),
      ...(email.includes("@") ? {} : { email: "sign.error.email" }),
      ...(isNew && password.length < SHORTEST_PASSWORD ? { password: "sign.error.weak" } : {}),
      ...(!isNew && password === "" ? { password: "sign.error.password" } : {}),
    };
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

  return (
    <Page title={t(isNew ? "sign.up" : "sign.in")} width="narrow">
      <Stack gap="md">
        {expired ? <Alert color="yellow">{t("sign.expired")}</Alert> : null}
        {from && !expired && !isNew ? <Alert color="blue">{t("sign.needed")}</Alert> : null}
        <form className="panel" onSubmit={submit} noValidate>
          <Stack gap="md">
            {isNew ? (
              <TextInput
                label={t("sign.name")}
                autoComplete="name"
                required
                value={name}
                error={wrong.name ? t(wrong.name) : null}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            ) : null}
            <TextInput
              label={t("sign.email")}
              type="email"
              inputMode="email"
              autoComplete="username"
              required
              value={email}
              error={wrong.email ? t(wrong.email) : null}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <PasswordInput
              label={t("sign.password")}
              {...(isNew ? { description: t("sign.passwordRule") } : {})}
              autoComplete={isNew ? "new-password" : "current-password"}
              required
              value={password}
              error={wrong.password ? t(wrong.password) : null}
              onChange={(event) => setPassword(event.currentTarget.value)}
              visibilityToggleButtonProps={{ "aria-label": t("sign.showPassword") }}
            />
            {problem ? (
              <Alert color="red" role="alert">
                {t(problem)}
              </Alert>
            ) : null}
            {sent ? (
              <Alert color="green" role="status">
                {t("sign.resetSent")}
              </Alert>
            ) : null}
            <Button type="submit" size="md" fullWidth loading={busy}>
              {t(isNew ? "sign.up" : "sign.in")}
            </Button>
            {isNew ? null : (
              <Anchor component="button" type="button" size="sm" onClick={reset} disabled={busy}>
                {t("sign.forgot")}
              </Anchor>
            )}
          </Stack>
        </form>
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
        {config().local && !isNew ? (
          <Text size="sm" c="dimmed" ta="center">
            {t("sign.local")}
          </Text>
        ) : null}
      </Stack>
    </Page>
  );
}

/** The page that asked to sign in; only one of ours. */
function whereTo(state: unknown): string | null {
  const from = typeof state === "object" && state !== null && "from" in state ? state.from : null;
  return typeof from === "string" && from.startsWith("/app/") ? from : null;
}
