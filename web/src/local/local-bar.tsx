// Only on one machine: the simulation's clock, and a way to the simulator. Never part of production, whose
// configuration names no simulator.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSubscription } from "../session/queries";
import { time } from "../words/format";
import { useLanguage } from "../words/language";
import { refreshToken, useSession } from "../session/session";

const DAY_SECONDS = 86_400;

export default function LocalBar({ simulatorUrl }: { simulatorUrl: string }) {
  const { t, language } = useLanguage();
  const { data: subscription } = useSubscription();
  const { now, jump, busy, failed } = useClock(`${simulatorUrl}/simulator/clock`);
  const payment = subscription?.next_payment_date;

  return (
    <aside className="local-bar" aria-label={t("local.bar")}>
      <span>
        {t("local.now")} <strong>{now ? time(now, language) : "…"}</strong>
      </span>
      <button type="button" disabled={busy} onClick={() => void jump({ advance_seconds: DAY_SECONDS })}>
        {t("local.day")}
      </button>
      <button
        type="button"
        disabled={busy || !payment}
        // Charges are made between ten and eleven, and seen within minutes.
        onClick={() => payment && void jump({ advance_to: `${payment}T11:15:00+09:00` })}
      >
        {t("local.payment")}
      </button>
      <button
        type="button"
        disabled={busy || !now}
        onClick={() => now && void jump({ advance_to: monthAfter(now) })}
      >
        {t("local.month")}
      </button>
      {failed ? <span role="alert">{t("local.failed")}</span> : null}
      <a href={`${simulatorUrl}/simulator`} target="_blank" rel="noreferrer">
        {t("local.simulator")}
      </a>
    </aside>
  );
}

type Jump = { advance_seconds: number } | { advance_to: string };

/** The simulation's clock, and how to put it forward. */
function useClock(url: string) {
  const { auth } = useSession();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const clock = useQuery({
    queryKey: ["clock"],
    queryFn: async () => (await readClock(await fetch(url))).now,
    refetchInterval: 10_000,
  });

  const jump = async (by: Jump) => {
    setBusy(true);
    setFailed(false);
    try {
      await readClock(await fetch(url, { method: "POST", body: JSON.stringify(by) }));
      // The token at hand is over by then.
      await refreshToken(auth);
      await queries.invalidateQueries();
    } catch {
      setFailed(true);
    } finally {
      setBusy(false);
    }
  };
  return { now: clock.data, jump, busy, failed };
}

async function readClock(answer: Response): Promise<{ now: string }> {
  if (!answer.ok) throw new Error(`the clock answered ${answer.status}`);
  return answer.json();
}

function monthAfter(now: string): string {
  const later = new Date(now);
  later.setUTCMonth(later.getUTCMonth() + 1);
  return later.toISOString();
}
