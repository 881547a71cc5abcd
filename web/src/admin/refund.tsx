// Giving a payment back, or a part of it, and ending the subscription with it.

import { Alert, Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useAct } from "../api/act";
import { api, type DeskSubscription, type Payment } from "../api/client";
import { Problem } from "../api/problem";
import { Waiting } from "../shell/answers";
import { Dialog } from "../shell/dialog";
import { dayOf, won } from "../words/format";
import { type Translate, useLanguage } from "../words/language";
import type { Language } from "../words/strings";
import { wonIn } from "./acts";
import { Confirm } from "./confirm";

interface Props {
  uid: string;
  payment: Payment;
  subscription: DeskSubscription;
  onClose: () => void;
}

/** What was asked for, where it was recorded and not given back yet. */
interface Recorded {
  amount: number;
  /** How much of the payment has gone back in all, once it has. */
  inAll: number;
  end: boolean;
}

export function Refund(props: Props) {
  const [recorded, record] = useState<Recorded | null>(null);
  return recorded ? <Waits {...props} recorded={recorded} /> : <Ask {...props} onRecorded={record} />;
}

function Ask({ uid, payment, subscription, onClose, onRecorded }: Props & { onRecorded: (asked: Recorded) => void }) {
  const { t, language } = useLanguage();
  // What is left as it was shown: pressed again after a lost answer, nothing more is given back.
  const [left] = useState(payment.amount - payment.refunded);
  const [typed, type] = useState(left.toLocaleString("ko-KR"));
  const [end, setEnd] = useState(false);
  const amount = wonIn(typed, left);
  const refund = useAct(
    (reason: string) => api.refund(payment.merchant_uid, { amount: amount ?? 0, left, reason, end }),
    (given) => {
      if (given || amount === null) onClose();
      else onRecorded({ amount, inAll: payment.amount - left + amount, end });
    },
  );
  const shown = amount === null ? null : won(amount, language);
  const go = end ? "refund.goEnd" : "refund.go";
  const doubt = refund.error instanceof Problem && refund.error.body === null;
  return (
    <Confirm
      title={t("refund.title")}
      action={shown === null ? t("refund.goNone") : t(go, { amount: shown })}
      reason={{ label: t("refund.reason"), hint: t("refund.reasonHint") }}
      ready={shown !== null}
      busy={refund.busy}
      error={refund.error}
      explained={doubt ? <Text size="sm">{t("desk.lost")}</Text> : null}
      onConfirm={refund.go}
      onClose={onClose}
    >
      <TextInput
        label={t("refund.amount")}
        description={t("refund.amountHint", { left: won(left, language) })}
        required
        inputMode="numeric"
        autoComplete="off"
        maxLength={15}
        value={typed}
        error={shown === null ? t("refund.amountWrong", { left: won(left, language) }) : null}
        onChange={(event) => type(event.currentTarget.value)}
      />
      {mayEnd(payment, subscription) ? (
        <Checkbox label={t("refund.end")} checked={end} onChange={(event) => setEnd(event.currentTarget.checked)} />
      ) : null}
      <div role="status">
        <ul className="terms">
          <li>{t("refund.whose", { uid, date: dayOf(payment.paid_at, language) })}</li>
          {amount === null ? null : <li>{whatGoesBack(payment, left, amount, t, language)}</li>}
          <li>{t(end ? "refund.ends" : "refund.access")}</li>
        </ul>
      </div>
    </Confirm>
  );
}

/** What goes back and what is left of the payment. */
function whatGoesBack(
  payment: Payment,
  left: number,
  amount: number,
  t: Translate,
  language: Language,
): string {
  if (amount === left) {
    return t(payment.amount > left ? "refund.rest" : "refund.all", { amount: won(left, language) });
  }
  const [all, part, rest] = [left, amount, left - amount].map((it) => won(it, language));
  return t("refund.part", { all: all ?? "", amount: part ?? "", rest: rest ?? "" });
}

/** Whether the subscription can end with the payment: it goes on, and this is a payment of it and of none before. */
function mayEnd(payment: Payment, subscription: DeskSubscription): boolean {
  return ["active", "past_due", "cancelling"].includes(subscription.state) && payment.merchant_uid.split("-")[1] === subscription.id;
}

/** What has become of a refund that was recorded, as the page hears it. */
function Waits({ payment, subscription, recorded, onClose }: Props & { recorded: Recorded }) {
  const { t, language } = useLanguage();
  const amount = won(recorded.amount, language);
  const { reviews, refunds_due } = subscription;
  const another = reviews.some(
    ({ why, merchant_uid }) => why === "another_admin" && merchant_uid === payment.merchant_uid,
  );
  const due = refunds_due.some(({ imp_uid }) => imp_uid === payment.imp_uid);
  const gone = payment.refunded >= recorded.inAll && !due && !another;
  return (
    <Dialog opened title={t("refund.title")} busy={false} onClose={onClose}>
      <Stack>
        <div role="status">
          {another || due || gone ? (
            <Alert color={gone ? "green" : "yellow"}>
              {another ? t("refund.waits", { amount }) : t(due ? "refund.later" : "refund.gone", { amount })}
              {another && recorded.end ? <Text size="sm">{t("refund.waitsEnd")}</Text> : null}
            </Alert>
          ) : (
            <Waiting />
          )}
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("card.close")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
