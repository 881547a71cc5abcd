// Until when the card can be charged: Iamport does not tell, so the member may, and is reminded.

import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../api/client";
import { cardMonth } from "../format";
import { useLanguage } from "../language";
import { useSession } from "../session/session";
import { ProblemNote } from "../shell/answers";

export function ExpiryDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useLanguage();
  const { uid } = useSession();
  const queries = useQueryClient();
  const [printed, setPrinted] = useState("");
  const [asked, setAsked] = useState(false);
  const month = cardMonth(printed);
  const note = useMutation({
    mutationFn: api.cardExpires,
    onSuccess: (answer) => {
      queries.setQueryData(["subscription", uid], answer);
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (month !== null) note.mutate(month);
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("expiry.title")}
      centered
      lockScroll={false}
      closeButtonProps={{ "aria-label": t("card.close") }}
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
            <Button type="submit" loading={note.isPending}>
              {t("expiry.go")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
