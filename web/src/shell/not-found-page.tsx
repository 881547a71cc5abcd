import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import { useLanguage } from "../words/language";
import { Page } from "./page";

export function NotFoundPage() {
  const { t } = useLanguage();
  return (
    <Page title={t("app.notFound")}>
      <Anchor component={Link} to="/app">
        {t("app.home")}
      </Anchor>
    </Page>
  );
}
