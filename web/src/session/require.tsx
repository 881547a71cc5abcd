// Pages for members and for admins. This decides what is shown; what may be done the API decides.

import { Alert } from "@mantine/core";
import type { ReactNode } from "react";
import { Navigate, useLocation } from "react-router";
import { useLanguage } from "../words/language";
import { Loading } from "../shell/answers";
import { Page } from "../shell/page";
import { useSession } from "./session";

export function RequireMember({ children }: { children: ReactNode }) {
  const { state } = useSession();
  const { pathname, search } = useLocation();
  if (state === "unknown") return <Loading />;
  if (state === "out") return <Navigate replace to="/app/sign-in" state={{ from: pathname + search }} />;
  return children;
}

export function RequireAdmin({ children }: { children: ReactNode }) {
  return (
    <RequireMember>
      <OnlyAdmins>{children}</OnlyAdmins>
    </RequireMember>
  );
}

function OnlyAdmins({ children }: { children: ReactNode }) {
  const { admin } = useSession();
  const { t } = useLanguage();
  if (admin) return children;
  return (
    <Page title={t("admin.title")}>
      <Alert color="red" role="alert">
        {t("admin.only")}
      </Alert>
    </Page>
  );
}
