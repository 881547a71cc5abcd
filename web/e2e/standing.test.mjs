// What a member is told whose card fails, who cancels, and on the last day: only what is true, and a way on that works.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ask,
  chargesOf,
  clock,
  isAccessible,
  korean,
  later,
  newPastDue,
  newSubscriberOnPage,
  openMember,
  openMine,
  stateOf,
  subscribe,
  takeCard,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;
const GRACE_DAYS = 7;

const wayIn = (page) => page.getByRole("main").getByRole("link", { name: /구독하기|다시 구독하기/ });
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

describe("what a member is told at the end of a period", { timeout: 300_000 }, () => {
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
    // Before the hour of charges.
    await clock({ advance_to: `${paid_through}T09:00:00+09:00` });
    await page.reload();
    await resume(page).click();
    await page.getByText("이용 중", { exact: true }).waitFor();
    await ask(member, "/subscription/cancel", { method: "POST" });
    await clock({ advance_to: `${paid_through}T23:55:00+09:00` });
    await page.reload();
    await resume(page).waitFor();
    await clock({ advance_to: `${later(paid_through, 1)}T00:05:00+09:00` });
    await page.reload();
    await wayIn(page).waitFor();
    assert.deepEqual([await stateOf(member), await resume(page).count()], ["cancelling", 0]);
    assert.deepEqual(await chargesOf(member), [PRICE]);
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
