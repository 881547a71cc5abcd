// Until when somebody is let in who pays nothing.

import { Alert } from "@mantine/core";
import { date } from "../words/format";
import { useLanguage } from "../words/language";

export function FreeAccess({ until }: { until: string | null | undefined }) {
  const { t, language } = useLanguage();
  if (!until) return null;
  return (
    <Alert color="green" title={t("free.until", { date: date(until, language) })}>
      {t("free.more")}
    </Alert>
  );
}
