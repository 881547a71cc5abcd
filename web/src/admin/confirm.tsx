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
  busy,
  error,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  /** What the button says. */
  action: string;
  /** What to call the reason, and what it is for, where one has to be given. */
  reason?: { label: string; hint: string };
  busy: boolean;
  error: unknown;
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
        {asked ? (
          <TextInput
            label={asked.label}
            description={asked.hint}
            required
            maxLength={LONGEST_REASON}
            value={reason}
            error={checked && given === "" ? t("admin.needReason") : null}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        ) : null}
        <Refused error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={busy} data-autofocus>
            {t("admin.back")}
          </Button>
          <Button
            color="red"
            loading={busy}
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
