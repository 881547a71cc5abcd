// The admins' pages. Each is a line in the list below: its path, its name in the menu if it is there, what it shows.

import "./words";
import { Alert } from "@mantine/core";
import { lazy, type ReactNode, Suspense } from "react";
import { NavLink, Route, Routes } from "react-router";
import { useStanding } from "../session/queries";
import { useSession } from "../session/session";
import { useLanguage } from "../words/language";
import { Waiting } from "../shell/answers";
import { NotFoundPage } from "../shell/not-found-page";
import { Page } from "../shell/page";
import type { Key } from "../words/strings";
import { Cancellations } from "./cancellations";
import { MemberPage } from "./member-page";
import { Members } from "./members";
import { Reconcile } from "./reconcile";
import { Reviews } from "./reviews";

// What one page alone needs is loaded with it.
const FiguresPage = lazy(() => import("./figures-page"));
const BooksPage = lazy(() => import("./books-page"));

const PAGES: { path: string; name: Key; content: ReactNode }[] = [
  { path: "", name: "admin.cancellations", content: <Cancellations /> },
  { path: "reviews", name: "admin.reviews", content: <Reviews /> },
  { path: "members", name: "admin.members", content: <Members /> },
  { path: "figures", name: "admin.figures", content: <FiguresPage /> },
  { path: "reconcile", name: "admin.reconcile", content: <Reconcile /> },
  { path: "books", name: "admin.books", content: <BooksPage /> },
];

export default function AdminPages() {
  const { t } = useLanguage();
  return (
    <Routes>
      {PAGES.map(({ path, name, content }) => (
        <Route key={path} path={path} element={<AdminPage title={t(name)}>{content}</AdminPage>} />
      ))}
      <Route
        path="members/:uid"
        element={
          <AdminPage title={t("admin.members")}>
            <MemberPage />
          </AdminPage>
        }
      />
      <Route path="*" element={<NotFoundPage />} />
    </Routes>
  );
}

function AdminPage({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useLanguage();
  const { acts } = useSession();
  return (
    <>
      <Menu />
      <Page title={title} width="wide">
        {acts ? null : (
          <Alert color="gray" mb="lg">
            {t("admin.onlyLooks")}
          </Alert>
        )}
        <Suspense fallback={<Waiting />}>{children}</Suspense>
      </Page>
    </>
  );
}

function Count({ of }: { of: number | undefined }) {
  return of ? <span className="count">{of}</span> : null;
}

function Menu() {
  const { t } = useLanguage();
  // A menu without counts is a menu all the same.
  const { data: standing } = useStanding();
  const waiting: Record<string, number | undefined> = {
    "": standing?.cancelling,
    reviews: standing?.under_review,
    members: standing?.past_due,
  };
  return (
    <nav className="tabs" aria-label={t("admin.menu")}>
      <ul>
        {PAGES.map(({ path, name }) => (
          <li key={path}>
            <NavLink to={path === "" ? "/app/admin" : `/app/admin/${path}`} end={path === ""}>
              {t(name)} <Count of={waiting[path]} />
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
