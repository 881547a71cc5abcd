// Cancelling: what it means, asked once.

import { Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import { date } from "../format";
import { useLanguage } from "../language";
import { useSession } from "../session/session";
import { ProblemNote } from "../shell/answers";

interface Props {
  opened: boolean;
  until: string | null;
  onClose: () => void;
  onDone: () => void;
}

export function CancelDialog({ opened, until, onClose, onDone }: Props) {
  const { t, language } = useLanguage();
  const { uid } = useSession();
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: api.cancel,
    onSuccess: (answer) => {
      queries.setQueryData(["subscription", uid], answer);
      onDone();
    },
  });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("cancel.title")}
      centered
      // Locking the scroll puts a style into the page, which the policy forbids.
      lockScroll={false}
      closeButtonProps={{ "aria-label": t("card.close") }}
    >
      <Stack>
        <ul className="terms">
          {until ? <li>{t("cancel.until", { date: date(until, language) })}</li> : null}
          <li>{t("cancel.noCharge")}</li>
          <li>{t("cancel.noRefund")}</li>
          <li>{t("cancel.resume")}</li>
        </ul>
        {cancel.error ? <ProblemNote error={cancel.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("cancel.stay")}
          </Button>
          <Button color="red" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("cancel.go")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
