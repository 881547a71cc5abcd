// Another card for a subscription that goes on.

import { Button, Stack, Text } from "@mantine/core";
import type { FormEvent } from "react";
import { api } from "../api/client";
import { useBuyer } from "../checkout/buyer-fields";
import { RegistrationNotes } from "../checkout/registration-notes";
import { useCardRegistration } from "../checkout/use-card-registration";
import { useLanguage } from "../words/language";
import { useSession } from "../session/session";
import { Dialog } from "../shell/dialog";

interface Props {
  opened: boolean;
  pastDue: boolean;
  onClose: () => void;
}

export function CardDialog({ opened, pastDue, onClose }: Props) {
  const { t } = useLanguage();
  const { uid } = useSession();
  const { fields, check } = useBuyer();
  const registration = useCardRegistration(uid, pastDue ? "overdue" : "card", api.openCardChange);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const buyer = check();
    if (buyer) void registration.begin(buyer);
  };
  return (
    <Dialog
      opened={opened}
      title={t(pastDue ? "due.newCard" : "card.title")}
      busy={registration.busy}
      // The card window lies over the page and has to get the focus.
      trapFocus={!registration.busy}
      onClose={onClose}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text>{t(pastDue ? "card.leadPastDue" : "card.lead")}</Text>
          {fields}
          <Text size="sm" c="dimmed">
            {t("subscribe.buyerWhy")}
          </Text>
          <RegistrationNotes registration={registration} />
          <Button type="submit" loading={registration.busy}>
            {t("card.go")}
          </Button>
        </Stack>
      </form>
    </Dialog>
  );
}
