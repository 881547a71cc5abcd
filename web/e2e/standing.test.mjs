// What a member is told when something is the matter: what is known, what happens next and by when, and only what is
// true.

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
  newPastDue,
  newSubscriber,
  newSubscriberOnPage,
  openMember,
  openMine,
  payOrder,
  signIn,
  stateOf,
  subscribe,
  subscribeButton,
  takeCard,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;
const GRACE_DAYS = 7;
const REVIEW_DAYS = 3;

const main = (page) => page.getByRole("main");
const wayIn = (page) => main(page).getByRole("link", { name: /구독하기|다시 구독하기/ });
const resume = (page) => page.getByRole("button", { name: /취소 철회/ });

async function cancel(page) {
  await page.getByRole("button", { name: "구독 취소" }).click();
  return page.getByRole("dialog", { name: "구독을 취소하시겠습니까?" });
}

/** Another card, from the page of a member whose card fails. */
async function payWith(page, card) {
  await page.getByRole("button", { name: "새 카드로 결제하기" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("휴대폰 번호").fill("01087654321");
  await dialog.getByRole("button", { name: "새 카드 등록하기" }).click();
  await takeCard(page, { card });
}

describe("what a member is told", { timeout: 300_000 }, () => {
  withBrowser();

  test("past due: the amount, why, what to do, until when access lasts and when it is tried again", async () => {
    const { member, due } = await newPastDue("insufficient_funds");
    const page = await openMine(member);
    const note = page.getByRole("alert");
    await note.getByText("9,900원 결제가 승인되지 않았습니다.").waitFor();
    await note.getByText("잔액 또는 한도를 확인하신 뒤", { exact: false }).waitFor();
    await note.getByText(`${korean(later(due, GRACE_DAYS))}까지는 지금처럼 이용하실 수 있습니다.`, { exact: false }).waitFor();
    await note.getByText(`등록하신 카드로 ${korean(later(due, 1))}에 자동으로 다시 결제를 시도합니다.`).waitFor();
    await page.getByText(`${korean(later(due, GRACE_DAYS))}까지`, { exact: true }).waitFor();
    await isAccessible(page);
  });

  test("a new card that is declined too has no two green ticks, and what it did is said", async () => {
    const { member, due } = await newPastDue();
    const page = await openMine(member);
    await payWith(page, "insufficient_funds");
    await page.getByText("카드는 변경되었지만, 밀린 결제는 아직 승인되지 않았습니다.").waitFor();
    const steps = page.locator(".step");
    const states = await steps.evaluateAll((all) => all.map((step) => step.dataset.state));
    assert.deepEqual(states, ["done", "failed", "waiting"]);
    await page.getByText("잔액 또는 한도를 확인하신 뒤", { exact: false }).waitFor();
    await page.getByText(`${korean(later(due, GRACE_DAYS))}까지는 지금처럼`, { exact: false }).waitFor();
    await isAccessible(page);
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("a new card that pays is said to have paid, with the amount and the next date", async () => {
    const { member } = await newPastDue();
    const page = await openMine(member);
    await payWith(page, "approve");
    await page.getByText("카드를 변경했고, 밀린 결제도 완료되었습니다.").waitFor();
    await page.getByText("9,900원 결제가 완료되었습니다.").waitFor();
    const states = await page.locator(".step").evaluateAll((all) => all.map((step) => step.dataset.state));
    assert.deepEqual(states, ["done", "done", "done"]);
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
  });

  test("who cancels past due learns that access ends at once, and subscribes again at once", async () => {
    const { member, due } = await newPastDue();
    await clock({ advance_seconds: 24 * 3600 });
    const page = await openMine(member);
    const dialog = await cancel(page);
    await dialog.getByText(`${korean(due)}에 끝났기 때문에, 취소하시면 이용이 바로 종료됩니다.`, { exact: false }).waitFor();
    assert.equal(await dialog.getByText("언제든지 취소를 철회할 수 있습니다", { exact: false }).count(), 0);
    assert.equal(await dialog.getByText("까지는 지금처럼 이용할 수 있습니다", { exact: false }).count(), 0);
    await isAccessible(page);
    await dialog.getByRole("button", { name: "취소 신청하기" }).click();
    await page.getByText(`이용 기간이 ${korean(due)}에 끝났습니다.`, { exact: false }).waitFor();
    await page.getByText("취소 신청이 완료되었습니다.").waitFor();
    assert.deepEqual([await resume(page).count(), await page.getByRole("alert").count()], [0, 0]);
    await isAccessible(page);
    await page.getByRole("link", { name: "다시 구독하기" }).click();
    await subscribe(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
  });

  test("on the last day a cancellation says so, can be taken back until midnight, and then not any more", async () => {
    const { member, page } = await newSubscriberOnPage();
    const { paid_through } = (await ask(member, "/subscription")).body;
    await clock({ advance_to: `${paid_through}T00:30:00+09:00` });
    await page.reload();
    const dialog = await cancel(page);
    await dialog.getByText(`오늘(${korean(paid_through)}) 밤 12시까지 이용할 수 있습니다.`).waitFor();
    await dialog.getByRole("button", { name: "취소 신청하기" }).click();
    await resume(page).waitFor();
    assert.equal(await wayIn(page).count(), 0);
    await clock({ advance_to: `${paid_through}T23:00:00+09:00` });
    await page.reload();
    await resume(page).click();
    await page.getByText("이용 중", { exact: true }).waitFor();
    await ask(member, "/subscription/cancel", { method: "POST" });
    await clock({ advance_to: `${later(paid_through, 1)}T00:05:00+09:00` });
    await page.reload();
    const { state, paid_through: until } = (await ask(member, "/subscription")).body;
    if (until === paid_through) {
      await page.getByRole("link", { name: "다시 구독하기" }).waitFor();
      assert.deepEqual([state, await resume(page).count()], ["cancelling", 0]);
    }
  });

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
    await subscribe(page, { card: "timeout_before_charge", webhook: "유실" });
    await page.getByText("카드사의 승인을 확인하고 있습니다.", { exact: false }).waitFor();
    // The page is told once the call was given up; the row knows from the moment it was sent.
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

  test("at the desk the forecast of who is past due begins in the future", async () => {
    const { member, due } = await newPastDue("insufficient_funds");
    await clock({ advance_seconds: 3600 });
    const page = await openMember(member);
    const first = page.getByRole("region", { name: "예상 결제" }).getByRole("listitem").first();
    await first.getByText(korean(later(due, 1)), { exact: true }).waitFor();
    assert.equal(await stateOf(member), "past_due");
  });
});
