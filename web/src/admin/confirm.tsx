// Asked once more before something is done that cannot be taken back, with a reason where one is kept.

import { Button, Group, Stack, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useLanguage } from "../words/language";
import { Refused } from "../session/sign-in-again";
import { Dialog } from "../shell/dialog";

/** The longest reason that the API takes. */
const LONGEST_REASON = 100;

export function Confirm({
  title,
  action,
  reason: asked,
  calm = false,
  ready = true,
  busy,
  error,
  explained,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  /** What the button says. */
  action: string;
  /** What to call the reason, and what it is for, where one has to be given. */
  reason?: { label: string; hint: string };
  /** Whether nothing is taken away by it. */
  calm?: boolean;
  /** Whether it can be done as far as it is known. */
  ready?: boolean;
  busy: boolean;
  error: unknown;
  /** What else there is to say of the error. */
  explained?: ReactNode;
  onConfirm: (reason: string) => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useLanguage();
  const [reason, setReason] = useState("");
  const [checked, setChecked] = useState(false);
  const given = reason.trim();
  return (
    <Dialog opened title={title} busy={busy} onClose={onClose}>
      <Stack>
        {children}
        {asked ? <Reason {...asked} value={reason} missing={checked && given === ""} onChange={setReason} /> : null}
        <Refused error={error}>{explained}</Refused>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={busy} data-autofocus={asked ? undefined : true}>
            {t("admin.back")}
          </Button>
          <Button
            color={calm ? "blue" : "red"}
            loading={busy}
            disabled={!ready}
            onClick={() => {
              setChecked(true);
              if (!asked || given !== "") onConfirm(given);
            }}
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function Reason({
  label,
  hint,
  value,
  missing,
  onChange,
}: {
  label: string;
  hint: string;
  value: string;
  missing: boolean;
  onChange: (reason: string) => void;
}) {
  const { t } = useLanguage();
  return (
    <TextInput
      label={label}
      description={hint}
      required
      maxLength={LONGEST_REASON}
      data-autofocus
      value={value}
      error={missing ? t("admin.needReason") : null}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
