// A dialog. While what it asked for is under way it cannot be closed: that would look like taking it back.

import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useLanguage } from "../words/language";

export function Dialog({
  opened,
  title,
  busy,
  trapFocus = true,
  onClose,
  children,
}: {
  opened: boolean;
  title: string;
  busy: boolean;
  trapFocus?: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useLanguage();
  return (
    <Modal
      opened={opened}
      onClose={() => {
        if (!busy) onClose();
      }}
      title={title}
      centered
      trapFocus={trapFocus}
      // Locking the scroll puts a style into the page, which the policy forbids.
      lockScroll={false}
      closeButtonProps={{ "aria-label": t("card.close"), disabled: busy }}
    >
      {children}
    </Modal>
  );
}
