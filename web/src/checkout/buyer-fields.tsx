// Name and telephone number: Inicis' window does not open without them.

import { TextInput } from "@mantine/core";
import { useState } from "react";
import { isTelephone, telephone } from "../words/format";
import { useLanguage } from "../words/language";
import { useSession } from "../session/session";
import { keepBuyer, keptBuyer } from "./buyer-kept";
import type { Buyer } from "./card-window";

export function useBuyer() {
  const session = useSession();
  const { t } = useLanguage();
  const { uid } = session;
  // Once there is a member; before there are no fields.
  const [typed, setTyped] = useState<Partial<Buyer> | null>(null);
  const { name = session.name ?? "", telephone: number = "" } = typed ?? (uid === null ? {} : keptBuyer(uid));
  const [checked, setChecked] = useState(false);
  const buyer: Buyer = { name: name.trim(), telephone: number };
  const errors = {
    name: buyer.name === "" ? t("sign.error.name") : null,
    telephone: isTelephone(number) ? null : t("subscribe.needTelephone"),
  };

  const type = (part: Partial<Buyer>) => {
    const now = { name, telephone: number, ...part };
    setTyped(now);
    if (uid !== null) keepBuyer(uid, now);
  };

  /** The buyer, or nothing and the fields say why. */
  const check = (): Buyer | null => {
    setChecked(true);
    return errors.name || errors.telephone ? null : buyer;
  };

  const fields = (
    <div className="two">
      <TextInput
        label={t("subscribe.name")}
        autoComplete="name"
        required
        value={name}
        error={checked ? errors.name : null}
        onChange={(event) => type({ name: event.currentTarget.value })}
      />
      <TextInput
        label={t("subscribe.telephone")}
        description={t("subscribe.telephoneHint")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        type="tel"
        inputMode="tel"
        autoComplete="tel"
        required
        value={number}
        error={checked ? errors.telephone : null}
        onChange={(event) => type({ telephone: telephone(event.currentTarget.value) })}
      />
    </div>
  );
  return { fields, check };
}
