// Members by what is the matter with them, each list with how many there are.

import { Text, Title } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import type { Matter } from "../api/client";
import { useMembersIn, useStanding } from "../session/queries";
import { More, ProblemNote, Waiting } from "../shell/answers";
import { time } from "../words/format";
import { useLanguage } from "../words/language";
import { MemberRows } from "./member-rows";

export const MATTERS: Matter[] = ["past_due", "price_question", "under_review", "ending", "cancelling"];

export function MemberLists() {
  const { t, language } = useLanguage();
  const [params] = useSearchParams();
  const shown = MATTERS.find((matter) => matter === params.get("state")) ?? null;
  const { data: standing, error, refetch } = useStanding();
  return (
    <section className="panel" aria-labelledby="lists">
      <Title order={2} id="lists" mb="sm">
        {t("lists.title")}
      </Title>
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      <nav aria-label={t("lists.menu")}>
        <ul className="matters">
          {MATTERS.map((matter) => (
            <li key={matter}>
              <Link to={`?state=${matter}`} aria-current={matter === shown ? "page" : undefined}>
                {t(`matter.${matter}`)} {standing ? <strong>{count(matter, standing[matter], t)}</strong> : null}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {standing ? (
        <Text size="sm" c="dimmed" mt="xs">
          {t("lists.at", { time: time(standing.at, language) })}
        </Text>
      ) : null}
      {shown ? <List key={shown} matter={shown} /> : null}
    </section>
  );
}

/** Who agreed to a price is counted until it is charged. */
function count(matter: Matter, number: number, t: ReturnType<typeof useLanguage>["t"]): string {
  return matter === "price_question" && number > 0 ? t("lists.atMost", { count: number }) : String(number);
}

function List({ matter }: { matter: Matter }) {
  const { t } = useLanguage();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useMembersIn(matter);
  const rows = data?.pages.flatMap((page) => page.members) ?? [];
  return (
    <>
      <Title order={3} size="h5" mt="lg" mb="sm">
        {t(`matter.${matter}`)}
      </Title>
      {isPending ? <Waiting /> : null}
      {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
      {data && rows.length === 0 && !hasNextPage ? <Text className="empty">{t("lists.none")}</Text> : null}
      {rows.length > 0 ? <MemberRows rows={rows} since={matter} /> : null}
      {hasNextPage ? <More busy={isFetchingNextPage} more={() => void fetchNextPage()} /> : null}
    </>
  );
}
