// The pages and who may see them. The admins' pages and the local tools are loaded only where they are shown.

import { lazy, Suspense } from "react";
import { Navigate, Route, Routes } from "react-router";
import { pagesHere } from "./api/config";
import { CompletePage } from "./checkout/complete-page";
import { SubscribePage } from "./checkout/subscribe-page";
import { MePage } from "./member/me-page";
import { RequireAdmin, RequireMember } from "./session/require";
import { useSession } from "./session/session";
import { SignInPage } from "./session/sign-in-page";
import { Loading } from "./shell/answers";
import { NotFoundPage } from "./shell/not-found-page";
import { Shell } from "./shell";

const PaperPage = lazy(() => import("./papers/paper-page"));
const AdminPages = lazy(() => import("./admin/admin-pages"));

export function App() {
  const { members, desk } = pagesHere();
  return (
    <Shell>
      <Routes>
        <Route path="/" element={<Start />} />
        <Route path="/app" element={<Start />} />
        <Route path="/app/sign-in" element={<SignInPage key="in" />} />
        {members ? MEMBERS : null}
        {desk ? DESK : null}
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Shell>
  );
}

const MEMBERS = (
  <>
    <Route path="/app/sign-up" element={<SignInPage key="up" isNew />} />
    {(["terms", "privacy"] as const).map((paper) => (
      <Route
        key={paper}
        path={`/app/${paper}`}
        element={
          <Suspense fallback={<Loading />}>
            <PaperPage key={paper} paper={paper} />
          </Suspense>
        }
      />
    ))}
    <Route path="/app/subscribe" element={<SubscribePage />} />
    <Route
      path="/app/checkout/complete"
      element={
        <RequireMember>
          <CompletePage />
        </RequireMember>
      }
    />
    <Route
      path="/app/me"
      element={
        <RequireMember>
          <MePage />
        </RequireMember>
      }
    />
  </>
);

const DESK = (
  <Route
    path="/app/admin/*"
    element={
      <RequireAdmin>
        <Suspense fallback={<Loading />}>
          <AdminPages />
        </Suspense>
      </RequireAdmin>
    }
  />
);

/** A member's own page, or what is on offer; where there is only the desk, the desk. */
function Start() {
  const { state } = useSession();
  if (!pagesHere().members) return <Navigate replace to="/app/admin" />;
  if (state === "unknown") return <Loading />;
  return <Navigate replace to={state === "in" ? "/app/me" : "/app/subscribe"} />;
}
