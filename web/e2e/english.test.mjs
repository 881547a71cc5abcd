// The pages in English: nothing of them is Korean but names, and no partner's words are shown raw.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  at,
  clock,
  contradiction,
  fillSubscription,
  newMember,
  newPage,
  newPastDue,
  signIn,
  subscribe,
  subscribeButton,
  takeCard,
  withBrowser,
} from "./world.mjs";

describe("in English", { timeout: 300_000 }, () => {
  withBrowser();

  test("no Korean is left but names", async () => {
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
