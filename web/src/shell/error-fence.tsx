// A fault in a page, or a part of the app that could not be loaded, does not leave the screen empty.

import { Button, Stack } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { useLanguage } from "../words/language";
import { Page } from "./page";

export class ErrorFence extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useLanguage();
  return (
    <Page title={t("app.broken")}>
      <Stack align="flex-start">
        <Button onClick={() => location.reload()}>{t("app.reload")}</Button>
      </Stack>
    </Page>
  );
}
