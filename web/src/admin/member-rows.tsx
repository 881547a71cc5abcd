// Members in a table: who, how things stand, and since when something waits.

import { Badge } from "@mantine/core";
import type { Matter, MemberRow } from "../api/client";
import { date, time, won } from "../words/format";
import { type Translate, useLanguage } from "../words/language";
import type { Language } from "../words/strings";
import { MemberLink } from "./member-link";

export function MemberRows({ rows, since }: { rows: MemberRow[]; since?: Matter }) {
  const { t, language } = useLanguage();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{t("admin.member")}</th>
          <th scope="col">{t("admin.due")}</th>
          <th scope="col">{t("me.until")}</th>
          <th scope="col" className="number">
            {t("lists.price")}
          </th>
          {since ? <th scope="col">{t("lists.waits")}</th> : null}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.uid}>
            <td data-label={t("admin.member")}>
              <MemberLink uid={row.uid} who={row.who} />
            </td>
            <td data-label={t("admin.due")}>
              <Badge variant="light" color={row.state === "past_due" ? "red" : "gray"} tt="none">
                {t(`me.state.${row.state}`)}
              </Badge>
            </td>
            <td data-label={t("me.until")}>{row.paid_through ? date(row.paid_through, language) : "–"}</td>
            <td data-label={t("lists.price")} className="number">
              {row.price != null ? won(row.price, language) : "–"}
            </td>
            {since ? <td data-label={t("lists.waits")}>{waits(since, row, t, language)}</td> : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the list is about, of this member. */
function waits(matter: Matter, row: MemberRow, t: Translate, language: Language): string {
  const since = (at: string | null | undefined) => (at ? t("member.since", { time: time(at, language) }) : "–");
  switch (matter) {
    case "past_due":
      return row.due_at ? t("lists.nextLook", { time: time(row.due_at, language) }) : "–";
    case "price_question":
      return row.price_change ? t("lists.asked", { price: won(row.price_change.price, language) }) : "–";
    case "under_review":
      return since(row.under_review_since);
    case "ending":
    case "cancelling":
      return since(row.cancel_requested_at);
  }
}
