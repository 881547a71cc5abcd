// Cancelling for a member who cannot, and taking it back: with a reason, which the journal keeps.

import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { useAct } from "../api/act";
import { api, type Member, type State } from "../api/client";
import { date } from "../words/format";
import { useLanguage } from "../words/language";
import { Confirm } from "./confirm";

type Asked = "cancel" | "resume";

/** What there is to do in each state of a subscription. */
const ACTS: Record<State, Asked | null> = {
  none: null,
  active: "cancel",
  past_due: "cancel",
  cancelling: "resume",
  ended: null,
};

export function CancelFor({ uid, subscription }: { uid: string; subscription: Member["subscription"] }) {
  const { t, language } = useLanguage();
  const [asked, ask] = useState<Asked | null>(null);
  const until = subscription.paid_through ?? null;
  const act = useAct(
    ({ what, reason }: { what: Asked; reason: string }) =>
      what === "cancel" ? api.cancelFor(uid, reason, until) : api.resumeFor(uid, reason),
    () => ask(null),
  );
  const offered = ACTS[subscription.state];
  if (!offered && asked === null) return null;
  const close = () => {
    act.forget();
    ask(null);
  };
  return (
    <>
      {offered ? (
        <Group mt="md">
          <Button variant="default" onClick={() => ask(offered)}>
            {t(`member.${offered}.ask`)}
          </Button>
        </Group>
      ) : null}
      {asked ? (
        <Confirm
          title={t(`member.${asked}.title`)}
          action={t(`member.${asked}.go`)}
          reason={{ label: t("member.why"), hint: t("member.whyHint") }}
          busy={act.busy}
          error={act.error}
          onConfirm={(reason) => act.go({ what: asked, reason })}
          onClose={close}
        >
          <ul className="terms">
            <li>{t(`member.${asked}.whose`, { uid })}</li>
            {asked === "cancel" ? <li>{t("cancel.noCharge")}</li> : null}
            {until ? <li>{t(`member.${asked}.until`, { date: date(until, language) })}</li> : null}
            {asked === "cancel" ? <li>{t("member.cancel.noRefund")}</li> : null}
          </ul>
        </Confirm>
      ) : null}
    </>
  );
}
