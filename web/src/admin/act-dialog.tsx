// One act for a member: why, what will follow as the API says, and one button that does it.

import { Button, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useAct } from "../api/act";
import { api, type DeskAct, type DeskSubscription } from "../api/client";
import { Problem } from "../api/problem";
import { useForecast, useMemberAnew, usePreview } from "../session/queries";
import { Refused } from "../session/sign-in-again";
import { won } from "../words/format";
import { useLanguage } from "../words/language";
import { changes, daysIn, lastsThrough, nameOf, TAKES_AWAY } from "./acts";
import { Confirm } from "./confirm";

interface Props {
  uid: string;
  act: DeskAct;
  /** `null` for an account of which nothing is stored. */
  subscription: DeskSubscription | null;
  onDone: (stands: DeskSubscription) => void;
  onClose: () => void;
}

export function ActDialog({ uid, act, subscription, onDone, onClose }: Props) {
  const { t } = useLanguage();
  // Kept as it was shown first: whoever presses again after a lost answer means the same days and not more.
  const [before, seeAs] = useState(subscription);
  const [typed, type] = useState("");
  const memberAnew = useMemberAnew(uid);
  const takesDays = act === "give_days";
  const days = takesDays ? daysIn(typed) : null;
  const request = { act, days, shown: lastsThrough(before) };
  const preview = usePreview(uid, takesDays && days === null ? null : request);
  const doing = useAct((reason: string) => api.actFor(uid, { ...request, reason }), onDone);
  const name = nameOf(act, before);
  const seeAnew = async () => {
    seeAs((await memberAnew())?.subscription ?? null);
    doing.forget();
  };
  const refused = preview.error instanceof Problem && !preview.error.passes;
  return (
    <Confirm
      title={t(`desk.${name}.title`)}
      action={t(`desk.${name}.go`, { days: days ?? "–" })}
      calm={!TAKES_AWAY.includes(act)}
      ready={preview.data !== undefined && !refused}
      reason={{ label: t("member.why"), hint: t("member.whyHint") }}
      busy={doing.busy}
      error={doing.error}
      explained={
        <>
          <InDoubt error={doing.error} act={act} />
          <SeeAnew error={doing.error} go={seeAnew} />
        </>
      }
      onConfirm={doing.go}
      onClose={onClose}
    >
      <Text size="sm" className="uid">
        {t("desk.whose", { uid })}
      </Text>
      {takesDays ? <Days typed={typed} type={type} wrong={typed !== "" && days === null} /> : null}
      <div role="status">
        {preview.data && !refused ? (
          <Preview uid={uid} act={act} before={before} after={preview.data} />
        ) : (
          <Unseen needsDays={takesDays && days === null} failed={preview.isError} />
        )}
      </div>
      {preview.error && (refused || !preview.data) && !isAnotherDate(doing.error) ? (
        <Refused error={preview.error}>
          <SeeAnew error={preview.error} go={seeAnew} />
          {refused ? null : (
            <Button size="xs" variant="default" onClick={() => void preview.refetch()}>
              {t("app.retry")}
            </Button>
          )}
        </Refused>
      ) : null}
    </Confirm>
  );
}

/** Where no answer came: that it may have been done, and what pressing again does. */
function InDoubt({ error, act }: { error: unknown; act: DeskAct }) {
  const { t } = useLanguage();
  if (!(error instanceof Problem) || error.body !== null) return null;
  return <Text size="sm">{t(act === "try_again" ? "desk.lostTry" : "desk.lost")}</Text>;
}

function isAnotherDate(error: unknown): boolean {
  return error instanceof Problem && error.is("another-date");
}

/** Where access lasts until another date than was shown: that it may be by this very act, and the way on. */
function SeeAnew({ error, go }: { error: unknown; go: () => Promise<void> }) {
  const { t } = useLanguage();
  if (!isAnotherDate(error)) return null;
  return (
    <>
      <Text size="sm">{t("desk.anotherDate")}</Text>
      <Button size="xs" variant="default" onClick={() => void go()}>
        {t("desk.withNewDate")}
      </Button>
    </>
  );
}

function Days({ typed, type, wrong }: { typed: string; type: (text: string) => void; wrong: boolean }) {
  const { t } = useLanguage();
  return (
    <TextInput
      label={t("desk.days")}
      description={t("desk.daysHint")}
      required
      inputMode="numeric"
      autoComplete="off"
      maxLength={3}
      data-autofocus
      value={typed}
      error={wrong ? t("desk.daysWrong") : null}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}

/** Why nothing is to be seen of what will follow. */
function Unseen({ needsDays, failed }: { needsDays: boolean; failed: boolean }) {
  const { t } = useLanguage();
  if (failed) return null;
  return (
    <Text size="sm" c="dimmed">
      {t(needsDays ? "desk.needsDays" : "desk.looking")}
    </Text>
  );
}

/** What will follow, as the API says. */
function Preview({
  uid,
  act,
  before,
  after,
}: {
  uid: string;
  act: DeskAct;
  before: DeskSubscription | null;
  after: DeskSubscription;
}) {
  const { t, language } = useLanguage();
  const name = nameOf(act, after);
  return (
    <div className="terms preview">
      <Text size="sm" fw={700}>
        {t("desk.after")}
      </Text>
      <dl>
        {changes(act, before, after, t, language).map((change) => (
          <div key={change.what}>
            <dt>{t(change.what)}</dt>
            <dd>
              {change.before === change.after ? (
                t("desk.same", { value: change.after })
              ) : (
                <>
                  <span className="was">{change.before}</span> <span aria-label={t("desk.to")}>→</span>{" "}
                  <strong>{change.after}</strong>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {act === "try_again" ? <Charge uid={uid} price={after.price} /> : <Text size="sm">{t(`desk.${name}.note`)}</Text>}
      <Text size="sm">{t(`desk.${name}.more`)}</Text>
    </div>
  );
}

/** What is charged: as the next of the charges to come is reckoned. */
function Charge({ uid, price }: { uid: string; price: number }) {
  const { t, language } = useLanguage();
  const { data } = useForecast(uid);
  const amount = data?.charges[0]?.amount ?? price;
  return <Text size="sm">{t("desk.try_again.note", { amount: won(amount, language) })}</Text>;
}
