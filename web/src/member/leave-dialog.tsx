// 회원 탈퇴: what goes and what is kept, asked once, and never taken back.

import { Button, Checkbox, Group, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../api/act";
import { api, type Subscription } from "../api/client";
import { date } from "../words/format";
import { useLanguage } from "../words/language";
import { useSession } from "../session/session";
import { Refused } from "../session/sign-in-again";
import { Dialog } from "../shell/dialog";

export function LeaveDialog({ subscription, onClose }: { subscription: Subscription; onClose: () => void }) {
  const { t, language } = useLanguage();
  const { uid } = useSession();
  const queries = useQueryClient();
  const [understood, understand] = useState(false);
  // The days that are given up; none are once access has ended.
  const until = subscription.ended_at ? null : (subscription.paid_through ?? null);
  const leave = useAct(
    // The date that was shown goes along: the card may have been charged since.
    () => api.erase(until),
    (answer) => {
      queries.setQueryData(["subscription", uid], answer);
      onClose();
    },
  );
  const close = () => {
    leave.forget();
    onClose();
  };
  return (
    <Dialog opened title={t("leave.title")} busy={leave.busy} onClose={close}>
      <Stack>
        <ul className="terms">
          {until ? <li>{t("leave.until", { date: date(until, language) })}</li> : null}
          <li>{t("cancel.noCharge")}</li>
          <li>{t("cancel.noRefund")}</li>
          <li>{t("leave.withdraw")}</li>
          <li>{t("leave.gone")}</li>
          <li>{t("leave.kept")}</li>
          <li>{t("leave.final")}</li>
        </ul>
        <Checkbox
          label={t("leave.understood")}
          checked={understood}
          onChange={(event) => understand(event.currentTarget.checked)}
        />
        <Refused error={leave.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={leave.busy} data-autofocus>
            {t("leave.stay")}
          </Button>
          <Button color="red" loading={leave.busy} disabled={!understood} onClick={() => leave.go()}>
            {t("leave.go")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
