// Two dates in Korea, from and to.

import { TextInput } from "@mantine/core";
import { koreanDate } from "../words/format";
import { useLanguage } from "../words/language";

export interface DayRange {
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;

/** The last `days` days until `today`, both counted. */
export function lastDays(today: string, days: number): DayRange {
  const from = new Date(Date.parse(`${today}T00:00:00Z`) - (days - 1) * DAY_MS);
  return { from: from.toISOString().slice(0, 10), to: today };
}

/** So many days from this one on. */
export function daysFrom(first: string, many: number): string[] {
  const start = Date.parse(`${first}T00:00:00Z`);
  return Array.from({ length: many }, (_, day) => new Date(start + day * DAY_MS).toISOString().slice(0, 10));
}

/** Today in Korea; `now` is the simulation's on one machine. */
export const today = (now: Date) => koreanDate(now.toISOString());

/** Why a range cannot be asked for, if it cannot. */
export function problemOf({ from, to }: DayRange, longest: number): "empty" | "long" | null {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (!(days >= 1)) return "empty";
  return days > longest ? "long" : null;
}

export function RangeFields({ range, change }: { range: DayRange; change: (range: DayRange) => void }) {
  const { t } = useLanguage();
  return (
    <>
      <TextInput
        type="date"
        label={t("range.from")}
        value={range.from}
        onChange={(event) => change({ ...range, from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t("range.to")}
        value={range.to}
        onChange={(event) => change({ ...range, to: event.currentTarget.value })}
      />
    </>
  );
}
