// The frame around every page: skip link, menu, who is signed in, language.

import { Button } from "@mantine/core";
import { lazy, type ReactNode, Suspense } from "react";
import { Link, NavLink, useLocation, useNavigate } from "react-router";
import { config, pagesHere } from "./api/config";
import icon from "./icon.svg";
import { useLanguage } from "./words/language";
import { useSession } from "./session/session";
import { ErrorFence } from "./shell/error-fence";
import { Footer } from "./shell/footer";

const LocalBar = lazy(() => import("./local/local-bar"));

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useLanguage();
  const { local } = config();
  const { pathname } = useLocation();
  const atDesk = !pagesHere().members || pathname.startsWith("/app/admin");

  return (
    <>
      <a className="skip" href="#main">
        {t("app.skip")}
      </a>
      {local ? (
        // Its place is kept, or the page moves down under a click.
        <Suspense fallback={<div className="local-bar" />}>
          <LocalBar simulatorUrl={local.simulatorUrl} />
        </Suspense>
      ) : null}
      <header className="bar">
        <div className="bar-inside">
          <Link className="brand" to="/app">
            <img src={icon} alt="" width={26} height={26} />
            {t("app.name")}
          </Link>
          <Menu />
          <Who />
        </div>
      </header>
      <ErrorFence>{children}</ErrorFence>
      {atDesk ? null : <Footer />}
    </>
  );
}

function Menu() {
  const { t } = useLanguage();
  const { admin } = useSession();
  const { members, desk } = pagesHere();
  return (
    <nav className="menu-place" aria-label={t("app.menu")}>
      <ul className="menu">
        {members ? (
          <>
            <li>
              <NavLink to="/app/subscribe">{t("nav.subscribe")}</NavLink>
            </li>
            <li>
              <NavLink to="/app/me">{t("nav.me")}</NavLink>
            </li>
          </>
        ) : null}
        {admin && desk ? (
          <li>
            <NavLink to="/app/admin">{t("nav.admin")}</NavLink>
          </li>
        ) : null}
      </ul>
    </nav>
  );
}

function Who() {
  const { t, language, setLanguage } = useLanguage();
  const { state, email, leave } = useSession();
  const navigate = useNavigate();
  return (
    <div className="who">
      {email ? <span className="who-email">{email}</span> : null}
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        c="dimmed"
        lang={language === "ko" ? "en" : "ko"}
        onClick={() => setLanguage(language === "ko" ? "en" : "ko")}
      >
        {t("app.otherLanguage")}
      </Button>
      {state === "in" ? (
        <Button
          variant="default"
          size="compact-sm"
          onClick={async () => {
            // First away from a page for members only, which would ask to sign in again.
            await navigate(pagesHere().members ? "/app/subscribe" : "/app/sign-in");
            await leave();
          }}
        >
          {t("nav.signOut")}
        </Button>
      ) : null}
      {state === "out" ? (
        <Button variant="default" size="compact-sm" component={Link} to="/app/sign-in">
          {t("nav.signIn")}
        </Button>
      ) : null}
    </div>
  );
}
