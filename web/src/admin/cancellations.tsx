// Who asked to cancel, and the button that ends what is over.

import { Badge, Stack, Text, Title } from "@mantine/core";
import type { Cancellation } from "../api/client";
import { useCancellations } from "../session/queries";
import { useSession } from "../session/session";
import { date, dayOf, time, won } from "../words/format";
import { useLanguage } from "../words/language";
import { More, ProblemNote, Waiting } from "../shell/answers";
import { Find } from "./find";
import { MemberLink } from "./member-link";
import { Processing } from "./processing";

export function Cancellations() {
  const { t } = useLanguage();
  const { acts } = useSession();
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } =
    useCancellations();
  const rows = data?.pages.flatMap((page) => page.cancellations) ?? [];
  return (
    <Stack gap="lg">
      <Find />
      <section className="panel" aria-labelledby="cancellations">
        <Title order={2} id="cancellations" mb="sm">
          {t("admin.cancellations")}
        </Title>
        {isPending ? <Waiting /> : null}
        {error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}
        {data && rows.length === 0 ? <Text className="empty">{t("admin.cancellations.none")}</Text> : null}
        {rows.length > 0 ? <Rows rows={rows} /> : null}
        {hasNextPage ? <More busy={isFetchingNextPage} more={() => void fetchNextPage()} /> : null}
      </section>
      {acts ? <Processing /> : null}
    </Stack>
  );
}

function Rows({ rows }: { rows: Cancellation[] }) {
  const { t, language } = useLanguage();
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{t("admin.member")}</th>
          <th scope="col">{t("admin.requested")}</th>
          <th scope="col">{t("admin.latest")}</th>
          <th scope="col">{t("admin.next")}</th>
          <th scope="col">{t("admin.due")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.uid}>
            <td data-label={t("admin.member")}>
              <MemberLink uid={row.uid} who={row.who} />
            </td>
            <td data-label={t("admin.requested")}>
              {row.cancel_requested_at ? time(row.cancel_requested_at, language) : null}
            </td>
            <td data-label={t("admin.latest")}>
              {row.latest_payment ? (
                <span>
                  {won(row.latest_payment.amount, language)}
                  <span className="quiet">{dayOf(row.latest_payment.paid_at, language)}</span>
                </span>
              ) : null}
            </td>
            <td data-label={t("admin.next")}>
              {row.next_payment_date ? date(row.next_payment_date, language) : null}
            </td>
            <td data-label={t("admin.due")}>
              <Badge variant="light" color={row.is_due ? "red" : "gray"} tt="none">
                {t(row.is_due ? "admin.isDue" : "admin.notDue")}
              </Badge>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
