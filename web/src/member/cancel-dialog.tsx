// Cancelling: what it means, asked once.

import { Button, Group, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useAct } from "../api/act";
import { api, type Subscription } from "../api/client";
import { endsAtOnce } from "../api/state";
import { Contact } from "../shell/contact";
import { date } from "../words/format";
import { useLanguage } from "../words/language";
import { useSession } from "../session/session";
import { ProblemNote } from "../shell/answers";
import { Dialog } from "../shell/dialog";

interface Props {
  opened: boolean;
  subscription: Subscription;
  onClose: () => void;
  onDone: (answer: Subscription) => void;
}

export function CancelDialog({ opened, subscription, onClose, onDone }: Props) {
  const { t, language } = useLanguage();
  const { uid } = useSession();
  const queries = useQueryClient();
  const { paid_through: until = null, today } = subscription;
  const atOnce = endsAtOnce(subscription);
  const untilKey = atOnce ? "cancel.now" : until === today ? "cancel.untilToday" : "cancel.until";
  const cancel = useAct(
    // The date that was shown goes along: the card may have been charged since.
    () => api.cancel(until),
    (answer) => {
      queries.setQueryData(["subscription", uid], answer);
      onDone(answer);
    },
  );
  const close = () => {
    cancel.forget();
    onClose();
  };
  return (
    <Dialog opened={opened} title={t("cancel.title")} busy={cancel.busy} onClose={close}>
      <Stack>
        <ul className="terms">
          {until ? <li>{t(untilKey, { date: date(until, language) })}</li> : null}
          <li>{t("cancel.noCharge")}</li>
          <li>{t("cancel.noRefund")}</li>
          <li>{t("cancel.withdraw")}</li>
          <li>{t(atOnce ? "cancel.again" : "cancel.resume")}</li>
        </ul>
        <Contact />
        {cancel.error ? <ProblemNote error={cancel.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={cancel.busy} data-autofocus>
            {t("cancel.stay")}
          </Button>
          <Button color="red" loading={cancel.busy} onClick={() => cancel.go()}>
            {t("cancel.go")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
