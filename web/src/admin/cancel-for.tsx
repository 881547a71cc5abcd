// Cancelling for a member who cannot, taking it back, and erasing one: with a reason, which the journal keeps.

import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { useAct } from "../api/act";
import { api, type Member, type State } from "../api/client";
import { date } from "../words/format";
import { useLanguage } from "../words/language";
import { Confirm } from "./confirm";

type Asked = "cancel" | "resume" | "erase";

/** What there is to do in each state of a subscription, besides erasing. */
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
  // Once access has ended there are no days to give up.
  const until = subscription.ended_at ? null : (subscription.paid_through ?? null);
  const act = useAct(
    ({ what, reason }: { what: Asked; reason: string }) => {
      if (what === "resume") return api.resumeFor(uid, reason);
      return what === "cancel" ? api.cancelFor(uid, reason, until) : api.eraseFor(uid, reason, until);
    },
    () => ask(null),
  );
  const offered = [ACTS[subscription.state], "erase" as const].filter((it) => it !== null);
  if (subscription.erasure_requested_at && asked === null) return null;
  const close = () => {
    act.forget();
    ask(null);
  };
  return (
    <>
      <Group mt="md">
        {offered.map((it) => (
          <Button key={it} variant={it === "erase" ? "subtle" : "default"} color="red" onClick={() => ask(it)}>
            {t(`member.${it}.ask`)}
          </Button>
        ))}
      </Group>
      {asked ? (
        <Confirm
          title={t(`member.${asked}.title`)}
          action={t(`member.${asked}.go`)}
          reason={{
            label: t("member.why"),
            hint: t(asked === "erase" ? "member.erase.whyHint" : "member.whyHint"),
          }}
          busy={act.busy}
          error={act.error}
          onConfirm={(reason) => act.go({ what: asked, reason })}
          onClose={close}
        >
          <ul className="terms">
            <li>{t(`member.${asked}.whose`, { uid })}</li>
            {asked === "resume" ? null : <li>{t("cancel.noCharge")}</li>}
            {until ? <li>{t(`member.${asked}.until`, { date: date(until, language) })}</li> : null}
            {asked === "cancel" ? <li>{t("member.cancel.noRefund")}</li> : null}
            {asked === "erase" ? <li>{t("member.erase.kept")}</li> : null}
          </ul>
        </Confirm>
      ) : null}
    </>
  );
}
