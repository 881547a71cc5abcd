// How pages look to people who set their browsers otherwise: dark, enlarged, on a slow line, in English.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  at,
  clock,
  contradiction,
  fillSubscription,
  isAccessible,
  newMember,
  newPage,
  newPastDue,
  newSubscriber,
  signIn,
  subscribe,
  subscribeButton,
  takeCard,
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

describe("to whom sets the browser otherwise", { timeout: 300_000 }, () => {
  withBrowser();

  for (const [name, open] of Object.entries(PAGES)) {
    test(`${name} page is dark and can be read where the system is`, async () => {
      const page = await newPage({ colorScheme: "dark" });
      await open(page);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(ground, "rgb(18, 22, 28)");
      await isAccessible(page);
    });

    test(`${name} page loses nothing at 200 and 400 per cent`, async () => {
      const page = await newPage({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 });
      await open(page);
      assert.deepEqual(await lost(page), []);
      await page.setViewportSize({ width: 320, height: 256 });
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

  test("in English no Korean is left but names", async () => {
    const page = await newPage();
    /** Hangul that is seen and not marked as Korean. */
    const korean = () =>
      page.evaluate(() => {
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const found = [];
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
          const marked = node.parentElement.closest("[lang=ko], .local-bar, noscript, script");
          if (/\p{Script=Hangul}/u.test(node.textContent) && !marked) found.push(node.textContent.trim());
        }
        return found;
      });
    const english = async (path, ready) => {
      await page.goto(at(path));
      await page.getByText(ready, { exact: false }).first().waitFor();
      assert.deepEqual(await korean(), [], path);
    };
    await page.goto(at("/app/subscribe"));
    await page.getByRole("button", { name: "English" }).click();
    await english("/app/subscribe", "Register your card once");
    await english("/app/terms", "Version");
    await english("/app/privacy", "What we process");
    await english("/app/sign-up", "At least 8 characters");

    const { member } = await newPastDue("insufficient_funds");
    await signInEnglish(page, member);
    await english("/app/me", "Your payment of ₩9,900 was declined.");
    await page.getByText("Check your balance or limit", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Pay with a new card" }).click();
    await page.getByLabel("Mobile number").fill("01012345678");
    await page.getByRole("button", { name: "Register new card" }).click();
    await takeCard(page, { card: "lost_or_stolen" });
    await page.getByText("has not been approved yet", { exact: false }).waitFor();
    await page.getByText("This card cannot be used.", { exact: false }).waitFor();
    assert.deepEqual(await korean(), []);
    await page.goto(at("/app/me"));
    await page.getByRole("button", { name: "Cancel subscription" }).click();
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await korean(), []);
    await page.getByRole("dialog").getByRole("button", { name: "Cancel subscription" }).click();
    await page.getByText("Your subscription has been cancelled.").waitFor();
    assert.deepEqual(await korean(), []);
    await page.getByRole("button", { name: "Sign out" }).click();

    const other = await newMember("Kim");
    await signInEnglish(page, other);
    await english("/app/me", "You do not have a subscription yet.");
    await page.goto(at("/app/subscribe"));
    await page.getByLabel(/I agree to these recurring payment terms/).check();
    await page.getByLabel("Mobile number").fill("01012345678");
    await page.getByRole("button", { name: "Register card and subscribe" }).click();
    await takeCard(page, { card: "insufficient_funds" });
    await page.getByText("The payment was declined.").waitFor();
    await page.getByText("Check your balance or limit", { exact: false }).waitFor();
    assert.deepEqual(await korean(), []);
    await page.getByRole("button", { name: "Sign out" }).click();

    await signInEnglish(page, await contradiction());
    await english("/app/me", "Our staff is checking a payment");
    await clock({ advance_seconds: 4 * 86_400 });
    await english("/app/me", "We promised to tell you by");
  });

  test("a window that never opened says why in Korean only to who reads Korean", async () => {
    const page = await newPage();
    await signIn(page, await newMember());
    await fillSubscription(page);
    await page.evaluate(() => {
      window.IMP.request_pay = (_, callback) => callback({ success: false, error_msg: "필수 파라미터가 누락되었습니다." });
    });
    await subscribeButton(page).click();
    await page.getByText("필수 파라미터가 누락되었습니다.").waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await page.getByText("The card registration window did not open.").waitFor();
    assert.equal(await page.getByText("필수 파라미터가 누락되었습니다.").count(), 0);
  });
});

async function signInEnglish(page, { email, password }) {
  await page.goto(at("/app/sign-in"));
  await page.getByLabel("E-mail").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}
