// Until when the card can be charged: Iamport does not tell, so the member may, and is reminded.

import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAct } from "../api/act";
import { api } from "../api/client";
import { cardMonth } from "../words/format";
import { useLanguage } from "../words/language";
import { useSession } from "../session/session";
import { ProblemNote } from "../shell/answers";
import { Dialog } from "../shell/dialog";

export function ExpiryDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useLanguage();
  const { uid } = useSession();
  const queries = useQueryClient();
  const [printed, setPrinted] = useState("");
  const [asked, setAsked] = useState(false);
  const month = cardMonth(printed);
  const note = useAct(api.cardExpires, (answer) => {
    queries.setQueryData(["subscription", uid], answer);
    onClose();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (month !== null) note.go(month);
  };
  return (
    <Dialog
      opened={opened}
      title={t("expiry.title")}
      busy={note.busy}
      onClose={() => {
        note.forget();
        onClose();
      }}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text>{t("expiry.lead")}</Text>
          <TextInput
            label={t("expiry.month")}
            placeholder="MM/YY"
            inputMode="numeric"
            autoComplete="cc-exp"
            maxLength={7}
            required
            value={printed}
            error={asked && month === null ? t("expiry.wrong") : null}
            onChange={(event) => setPrinted(event.currentTarget.value)}
          />
          {note.error ? <ProblemNote error={note.error} /> : null}
          <Group justify="flex-end">
            <Button type="submit" loading={note.busy}>
              {t("expiry.go")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
