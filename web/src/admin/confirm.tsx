// Asked once more before something is done that cannot be taken back.

import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useLanguage } from "../language";
import { ProblemNote } from "../shell/answers";

export function Confirm({
  opened,
  title,
  action,
  busy,
  error,
  onConfirm,
  onClose,
  children,
}: {
  opened: boolean;
  title: string;
  /** What the button says. */
  action: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      centered
      // Locking the scroll puts a style into the page, which the policy forbids.
      lockScroll={false}
      closeButtonProps={{ "aria-label": t("card.close") }}
    >
      <Stack>
        {children}
        {error ? <ProblemNote error={error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("admin.back")}
          </Button>
          <Button color="red" loading={busy} onClick={onConfirm}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
