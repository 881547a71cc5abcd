// How pages look to people whose browsers are set otherwise: dark, enlarged, on a slow line.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  at,
  contradiction,
  isAccessible,
  newMember,
  newPage,
  newPastDue,
  newSubscriber,
  signIn,
  subscribe,
  subscribeButton,
  withBrowser,
} from "./world.mjs";

/** The pages of a member who has paid, is past due or under review, and of a stranger: each ready to be looked at. */
const PAGES = {
  "a stranger's": async (page) => {
    await page.goto(at("/app/subscribe"));
    await page.locator(".terms").waitFor();
  },
  "signing up": async (page) => {
    await page.goto(at("/app/sign-up"));
    await page.locator("form").waitFor();
  },
  terms: async (page) => {
    await page.goto(at("/app/terms"));
    await page.locator("section").first().waitFor();
  },
  "a subscriber's": async (page) => {
    await signIn(page, await newSubscriber());
    await page.getByRole("table").waitFor();
  },
  "who cancels": async (page) => {
    await signIn(page, await newSubscriber());
    await page.getByRole("button", { name: "구독 취소" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "취소 신청하기" }).waitFor();
  },
  "past due": async (page) => {
    const { member } = await newPastDue();
    await signIn(page, member);
    await page.getByRole("alert").first().waitFor();
  },
  "under review": async (page) => {
    await signIn(page, await contradiction());
    await page.getByText("담당자가 결제를 확인하고 있습니다").waitFor();
  },
  declined: async (page) => {
    await signIn(page, await newMember());
    await subscribe(page, { card: "insufficient_funds" });
    await page.getByText("결제가 승인되지 않았습니다.").waitFor();
  },
  subscribing: async (page) => {
    await signIn(page, await newMember());
    await page.goto(at("/app/subscribe"));
    await subscribeButton(page).click();
    await page.getByText("정기결제 내용에 동의해 주세요.").waitFor();
  },
};

/** What of the text of a page cannot be read: it is cut off, or out of the window. */
const lost = (page) =>
  page.evaluate(() => {
    const found = [];
    if (document.documentElement.scrollWidth > innerWidth) found.push(`wider than the window by ${document.documentElement.scrollWidth - innerWidth}`);
    for (const node of document.querySelectorAll("main *, header *, footer *, [role=dialog] *")) {
      const { overflowX, overflowY, textOverflow, clipPath } = getComputedStyle(node);
      if (!node.innerText?.trim() || clipPath !== "none" || node.closest("thead, [class*=VisuallyHidden]")) continue;
      const cutAside = node.scrollWidth > node.clientWidth + 1 && overflowX === "hidden";
      const cutBelow = node.scrollHeight > node.clientHeight + 2 && overflowY === "hidden" && node.clientHeight > 0;
      if (cutAside || cutBelow || textOverflow === "ellipsis") {
        if (cutAside || cutBelow) found.push(`${node.tagName}.${node.className}: ${node.innerText.slice(0, 40)}`);
      }
    }
    return found;
  });

describe("whoever sets the browser otherwise", { timeout: 300_000 }, () => {
  withBrowser();

  for (const [name, open] of Object.entries(PAGES)) {
    test(`${name} page is dark where the system is, and loses nothing at 200 and 400 per cent`, async () => {
      const page = await newPage({ colorScheme: "dark" });
      await open(page);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(ground, "rgb(18, 22, 28)");
      await isAccessible(page);
      // Of a window of 1280 by 900 pixels so much is left.
      await page.setViewportSize({ width: 640, height: 450 });
      assert.deepEqual(await lost(page), []);
      await page.setViewportSize({ width: 320, height: 225 });
      assert.deepEqual(await lost(page), []);
      // Text alone twice as large, as some browsers do it.
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.evaluate(() => document.documentElement.style.setProperty("font-size", "200%"));
      assert.deepEqual(await lost(page), []);
    });
  }

  test("the desk is dark and can be read", async () => {
    await newSubscriber();
    const page = await newPage({ colorScheme: "dark" });
    await signIn(page, ADMIN);
    for (const path of ["", "/reviews", "/members", "/figures", "/reconcile"]) {
      await page.goto(at(`/app/admin${path}`));
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator("main .panel, main form, main .empty").first().waitFor();
      await isAccessible(page);
    }
  });

  test("on a slow line the frame of the page is seen within a second, and the page comes without moving the reader", async () => {
    const page = await newPage();
    const line = await page.context().newCDPSession(page);
    await line.send("Network.enable");
    // 400 kbit/s, 300 ms there and back.
    await line.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 300,
      downloadThroughput: 50_000,
      uploadThroughput: 50_000,
    });
    await page.goto(at("/app/subscribe"), { waitUntil: "commit" });
    await page.locator(".boot-page").waitFor();
    await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length + performance.getEntriesByName("first-paint").length > 0);
    const seen = await page.evaluate(() => performance.getEntriesByType("paint")[0].startTime);
    console.log(`the frame was seen after ${Math.round(seen)} ms`);
    assert.ok(seen < 1_000, `${seen} ms`);
    // The page takes its place once it is there, and nothing of the frame is left.
    await line.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await page.locator(".terms").waitFor();
    assert.equal(await page.locator(".boot-page").count(), 0);
  });

  test("while the API is slow, a page shows a skeleton and says that it loads", async () => {
    const member = await newSubscriber();
    const page = await newPage();
    await signIn(page, member);
    let answer;
    const slow = new Promise((resolve) => (answer = resolve));
    await page.route(at("/subscription"), (route) => slow.then(() => route.continue()));
    await page.reload();
    await page.getByRole("status").filter({ hasText: "불러오는 중입니다." }).first().waitFor();
    await page.locator(".mantine-Skeleton-root").first().waitFor();
    answer();
    await page.getByText("이용 중", { exact: true }).waitFor();
  });
});
