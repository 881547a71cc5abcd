// The desk at an origin of its own: which pages are where.

import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { App } from "../src/app";
import { loadConfig } from "../src/api/config";
import { LanguageProvider } from "../src/words/language";

vi.mock("../src/session/session", () => ({
  useSession: () => ({ state: "in", uid: "admin", email: null, name: null, admin: true, acts: true, expired: false }),
}));
vi.mock("../src/checkout/subscribe-page", () => ({ SubscribePage: () => "subscribing" }));
vi.mock("../src/checkout/complete-page", () => ({ CompletePage: () => "completing" }));
vi.mock("../src/member/me-page", () => ({ MePage: () => "my subscription" }));
vi.mock("../src/admin/admin-pages", () => ({ default: () => "the desk" }));

const HERE = window.location.origin;
const ELSEWHERE = "https://other.example.com";
const MEMBERS = { "/app/subscribe": "subscribing", "/app/checkout/complete": "completing", "/app/me": "my subscription" };
const DESK = { "/app/admin": "the desk", "/app/admin/reviews": "the desk" };

beforeEach(() => {
  // `matchMedia` is asked by Mantine.
  window.matchMedia ??= vi.fn().mockReturnValue({ matches: false, addEventListener() {}, removeEventListener() {} });
});
afterEach(cleanup);

/** The app as it is opened at a path, with the desk at an origin. */
async function open(path: string, deskUrl: string | null) {
  cleanup();
  vi.spyOn(globalThis, "fetch").mockResolvedValue(Response.json({ deskUrl }));
  await loadConfig();
  render(
    <MantineProvider>
      <LanguageProvider>
        <MemoryRouter initialEntries={[path]}>
          <App />
        </MemoryRouter>
      </LanguageProvider>
    </MantineProvider>,
  );
}

const links = () => screen.getAllByRole("link").map((link) => link.getAttribute("href"));

async function has(pages: Record<string, string>, deskUrl: string | null) {
  for (const [path, text] of Object.entries(pages)) {
    await open(path, deskUrl);
    await waitFor(() => expect(document.body.textContent).toContain(text));
  }
}

async function hasNot(pages: Record<string, string>, deskUrl: string | null) {
  for (const [path, text] of Object.entries(pages)) {
    await open(path, deskUrl);
    expect(screen.getByRole("heading").textContent).toBe("찾으시는 화면이 없습니다.");
    expect(document.body.textContent).not.toContain(text);
  }
}

test("without an origin of its own the desk is among the members' pages", async () => {
  await has({ ...MEMBERS, ...DESK }, null);
  expect(links()).toEqual(expect.arrayContaining(["/app/subscribe", "/app/me", "/app/admin"]));
});

test("at the members' origin there is no desk, and nothing leads to it", async () => {
  await has({ ...MEMBERS, "/app": "my subscription" }, ELSEWHERE);
  await hasNot(DESK, ELSEWHERE);
  expect(links().filter((link) => link?.includes("admin"))).toEqual([]);
});

test("at the desk's origin there is the desk alone", async () => {
  await has({ ...DESK, "/": "the desk", "/app": "the desk" }, HERE);
  await hasNot({ ...MEMBERS, "/app/sign-up": "sign-up" }, HERE);
  expect(links()).toEqual(["#main", "/app", "/app/admin", "/app"]);
});
