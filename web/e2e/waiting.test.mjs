// What a member is told while something is open, under review, in doubt, slow or left half done: what is known, what
// happens next, and by when.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ask,
  at,
  chargesOf,
  clock,
  fillSubscription,
  isAccessible,
  korean,
  later,
  newBrowser,
  newMember,
  newPage,
  newSubscriber,
  openMine,
  payOrder,
  signIn,
  subscribe,
  subscribeButton,
  takeCard,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;
/** As local/stack's configuration has it. */
const REVIEW_DAYS = 3;

const wayIn = (page) => page.getByRole("main").getByRole("link", { name: /구독하기|다시 구독하기/ });

describe("what a member is told who waits", { timeout: 300_000 }, () => {
  withBrowser();

  test("under review: since when, what happens next, and by when; and louder once that day is over", async () => {
    const member = await newSubscriber();
    await payOrder(member);
    const page = await openMine(member);
    const { review_since, today } = (await ask(member, "/subscription")).body;
    assert.ok(review_since);
    const note = page.getByRole("status").filter({ hasText: "담당자가 결제를 확인하고 있습니다" });
    await note.getByText(`${korean(today)}부터 담당자가 직접 확인하고 있습니다.`, { exact: false }).waitFor();
    await note.getByText("확인이 끝나면 결과가 이 화면에 표시되고", { exact: false }).waitFor();
    await note.getByText(`늦어도 ${korean(later(today, REVIEW_DAYS))}까지`, { exact: false }).waitFor();
    await page.getByText("확인이 끝난 뒤에 정해집니다.").waitFor();
    await isAccessible(page);
    await clock({ advance_seconds: (REVIEW_DAYS + 1) * 86_400 });
    await page.reload();
    const late = page.getByRole("alert").filter({ hasText: "담당자가 결제를 확인하고 있습니다" });
    await late.getByText("늦어지고 있습니다. 죄송합니다.", { exact: false }).waitFor();
    await late.getByRole("link", { name: "02-0000-0000" }).waitFor();
    await isAccessible(page);
  });

  test("a charge in doubt never stands beside a way to subscribe, and a time is told", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    const answered = page.waitForResponse((answer) => answer.url().endsWith("/complete"));
    await subscribe(page, { card: "timeout_before_charge", webhook: "유실" });
    assert.equal((await answered).status(), 202);
    await page.goto(at("/app/me"));
    await page.getByText("결제 결과를 기다리고 있습니다").waitFor();
    await page.getByText(/오(전|후) \d+:\d\d까지 결과를 알 수 없으면 담당자가 직접 확인합니다\./).waitFor();
    assert.equal(await wayIn(page).count(), 0);
    assert.equal(await page.getByText("아직 구독하지 않으셨습니다.").count(), 0);
    await isAccessible(page);
    await page.goto(at("/app/subscribe"));
    await page.getByText("결제 결과를 기다리고 있습니다").waitFor();
    assert.equal(await subscribeButton(page).count(), 0);
    await clock({ advance_seconds: 15 * 60 });
    await page.goto(at("/app/me"));
    await page.getByText("이용 중", { exact: true }).waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("a slow card: that one need not wait, what happens next, and by when", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    await subscribe(page, { card: "timeout_before_charge", webhook: "유실" });
    const status = page.getByRole("status").first();
    // Eight questions to the API are what the page calls slow.
    await status.getByText("기다리지 않으셔도 됩니다.", { exact: false }).waitFor({ timeout: 60_000 });
    await status.getByText("같은 기간에 두 번 결제되지 않습니다.", { exact: false }).waitFor();
    await status.getByText("몇 분마다 자동으로 다시 확인합니다.").waitFor();
    await status.getByText(/까지 결과를 알 수 없으면 담당자가 직접 확인합니다\./).waitFor();
    await isAccessible(page);
  });

  for (const phone of [false, true]) {
    test(`a window that the member closed is no failure, and what was typed is kept (${phone ? "phone" : "desktop"})`, async () => {
      const member = await newMember();
      const page = await newPage({ phone });
      await signIn(page, member);
      await fillSubscription(page);
      await page.getByLabel("이름").fill("박다른");
      await subscribeButton(page).click();
      await takeCard(page, { phone, end: "창 닫기" });
      await page.getByText("카드 등록창을 닫으셨습니다.").waitFor();
      assert.equal(await page.getByRole("alert").count(), 0);
      assert.equal(await page.locator(".step[data-state=failed]").count(), 0);
      if (!phone) await isAccessible(page);
      await page.getByRole("link", { name: "이어서 하기" }).click();
      await page.waitForURL(at("/app/subscribe"));
      const typed = [await page.getByLabel("이름").inputValue(), await page.getByLabel("휴대폰 번호").inputValue()];
      assert.deepEqual(typed, ["박다른", "010-1234-5678"]);
      // What was agreed to is agreed to anew.
      assert.equal(await page.getByLabel(/위 정기결제 내용에 동의합니다/).isChecked(), false);
      assert.deepEqual(await chargesOf(member), []);
    });
  }

  test("what was typed is gone once it is done, and when the member signs out", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    const kept = () => page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith("gudok.")));
    await fillSubscription(page);
    assert.equal((await kept()).length, 1);
    await page.getByRole("button", { name: "로그아웃" }).click();
    await page.getByRole("link", { name: "로그인하고 구독하기" }).waitFor();
    assert.deepEqual(await kept(), []);
    await signIn(page, member);
    await subscribe(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.deepEqual(await kept(), []);
  });

  test("a note about an open registration is gone once there is a subscription", async () => {
    const member = await newMember();
    const [first, second] = [await (await newBrowser()).newPage(), await newPage()];
    await signIn(first, member);
    await fillSubscription(first);
    await subscribeButton(first).click();
    await first.frameLocator("iframe").locator("input[name=card]").first().waitFor();
    await first.goto(at("/app/me"));
    await first.getByText("확인이 끝나지 않은 카드 등록이 있습니다.").waitFor();
    assert.equal(await first.getByText("결제 결과를 기다리고 있습니다").count(), 0);
    await signIn(second, member);
    await subscribe(second);
    await second.getByText("구독이 시작되었습니다.").waitFor();
    await first.goto(at("/app/me"));
    await first.getByText("이용 중", { exact: true }).waitFor();
    assert.equal(await first.getByText("확인이 끝나지 않은 카드 등록이 있습니다.").count(), 0);
    await first.reload();
    await first.getByText("이용 중", { exact: true }).waitFor();
    assert.equal(await first.getByText("확인이 끝나지 않은 카드 등록이 있습니다.").count(), 0);
  });
});
