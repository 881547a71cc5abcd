// The admins' pages. Each is a line in the list below: its path, its name in the menu if it is there, what it shows.

import type { ReactNode } from "react";
import { NavLink, Route, Routes } from "react-router";
import { useLanguage } from "../language";
import { NotFoundPage } from "../shell/not-found-page";
import { Page } from "../shell/page";
import type { Key } from "../strings";
import { Cancellations } from "./cancellations";
import { Reviews } from "./reviews";

const PAGES: { path: string; name: Key; content: ReactNode }[] = [
  { path: "", name: "admin.cancellations", content: <Cancellations /> },
  { path: "reviews", name: "admin.reviews", content: <Reviews /> },
];

export default function AdminPages() {
  const { t } = useLanguage();
  return (
    <Routes>
      {PAGES.map(({ path, name, content }) => (
        <Route key={path} path={path} element={<AdminPage title={t(name)}>{content}</AdminPage>} />
      ))}
      <Route path="*" element={<NotFoundPage />} />
    </Routes>
  );
}

function AdminPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <Menu />
      <Page title={title} width="wide">
        {children}
      </Page>
    </>
  );
}

function Menu() {
  const { t } = useLanguage();
  return (
    <nav className="tabs" aria-label={t("admin.menu")}>
      <ul>
        {PAGES.map(({ path, name }) => (
          <li key={path}>
            <NavLink to={path === "" ? "/app/admin" : `/app/admin/${path}`} end={path === ""}>
              {t(name)}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
