// Erasing a member for good, because the member asked an admin for it.

import { useAct } from "../api/act";
import { api, type DeskSubscription } from "../api/client";
import { date } from "../words/format";
import { useLanguage } from "../words/language";
import { Confirm } from "./confirm";

interface Props {
  uid: string;
  subscription: DeskSubscription;
  onClose: () => void;
}

export function EraseFor({ uid, subscription, onClose }: Props) {
  const { t, language } = useLanguage();
  // Once access has ended there are no days to give up.
  const until = subscription.ended_at ? null : (subscription.paid_through ?? null);
  const erase = useAct((reason: string) => api.eraseFor(uid, reason, until), onClose);
  return (
    <Confirm
      title={t("member.erase.title")}
      action={t("member.erase.go")}
      reason={{ label: t("member.why"), hint: t("member.erase.whyHint") }}
      busy={erase.busy}
      error={erase.error}
      onConfirm={erase.go}
      onClose={onClose}
    >
      <ul className="terms">
        <li>{t("member.erase.whose", { uid })}</li>
        <li>{t("cancel.noCharge")}</li>
        {until ? <li>{t("member.erase.until", { date: date(until, language) })}</li> : null}
        <li>{t("member.erase.kept")}</li>
      </ul>
    </Confirm>
  );
}
