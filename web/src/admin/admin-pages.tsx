// The admins' pages. Each is a line in the list below: its path, its name, what it shows.

import { Button, Group } from "@mantine/core";
import type { ComponentType } from "react";
import { NavLink, Route, Routes } from "react-router";
import { useLanguage } from "../language";
import { Page } from "../shell/page";
import type { Key } from "../strings";
import { Cancellations } from "./cancellations";

const PAGES: { path: string; name: Key; Content: ComponentType }[] = [
  { path: "", name: "admin.cancellations", Content: Cancellations },
];

export default function AdminPages() {
  const { t } = useLanguage();
  return (
    <Page title={t("admin.title")} width="wide">
      {PAGES.length > 1 ? (
        <Group component="nav" aria-label={t("admin.menu")} mb="lg" gap="xs">
          {PAGES.map(({ path, name }) => (
            <Button
              key={path}
              component={NavLink}
              to={`/app/admin/${path}`}
              end
              variant="default"
              size="compact-md"
            >
              {t(name)}
            </Button>
          ))}
        </Group>
      ) : null}
      <Routes>
        {PAGES.map(({ path, Content }) => (
          <Route key={path} path={path} element={<Content />} />
        ))}
      </Routes>
    </Page>
  );
}
