import { CustomProvider } from "@firebase/app-check";
import { afterEach, expect, test, vi } from "vitest";
import { api, showAppBy } from "../src/api/client";
import { appToken } from "../src/session/app-check";

/** What was sent, as `path: token`. */
async function sent(token: () => Promise<string | null>): Promise<string[]> {
  const requests: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    requests.push(`${new URL(request.url).pathname}: ${request.headers.get("x-firebase-appcheck")}`);
    return new Response("{}", { headers: { "content-type": "application/json" } });
  });
  showAppBy(token);
  await api.openCheckout("monthly", 9900, "2026-01");
  await api.openCardChange();
  await api.cardExpires("2029-05");
  await api.subscription();
  return requests;
}

afterEach(() => vi.unstubAllGlobals());

test("what begins something with a card carries a token of the app, and nothing else does", async () => {
  const token = vi.fn(async () => "of-the-app");
  expect(await sent(token)).toEqual([
    "/checkout: of-the-app",
    "/subscription/card: of-the-app",
    "/subscription/card/expiry: null",
    "/subscription: null",
  ]);
  expect(token).toHaveBeenCalledTimes(2);
});

test("where no token can be had it is sent without", async () => {
  const none = ["/checkout: null", "/subscription/card: null", "/subscription/card/expiry: null", "/subscription: null"];
  expect(await sent(async () => null)).toEqual(none);
  expect(await sent(() => Promise.reject(new Error("not loaded")))).toEqual(none);
});

test("nobody waits long for a token that never comes, as where reCAPTCHA is blocked", async () => {
  vi.useFakeTimers();
  const firebase = { apiKey: "local", projectId: "demo-gudok" };
  const iamport = { script: "", merchantCode: "" };
  const config = { firebase, iamport, appCheck: { appId: "1:9:web:a", siteKey: "local" } };
  const silent = new CustomProvider({ getToken: () => new Promise<never>(() => {}) });
  const token = appToken(config, silent);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await token).toBeNull();
  vi.useRealTimers();
});
