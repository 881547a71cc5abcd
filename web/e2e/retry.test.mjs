// A charge that failed, tried again by the member; and who is let in without paying.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  SIMULATOR_URL,
  ask,
  at,
  changeBehaviour,
  chargesOf,
  clock,
  isAccessible,
  newDebtor,
  newMember,
  newPage,
  signIn,
  stateOf,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;
const retryButton = (page) => page.getByRole("button", { name: "지금 다시 결제" });

/** Whoever could not be charged, on 내 구독. */
async function debtorOnPage(card) {
  const member = await newDebtor(card);
  const page = await newPage();
  await signIn(page, member);
  await page.getByText("결제 실패", { exact: true }).waitFor();
  return { member, page };
}

describe("a member", { timeout: 300_000 }, () => {
  withBrowser();

  test("whose card failed has topped it up, presses twice, and is charged once", async () => {
    const { member, page } = await debtorOnPage();
    await isAccessible(page);
    await changeBehaviour(member, "approve");
    const sent = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/subscription/retry")) sent.push(request.method());
    });
    await retryButton(page).evaluate((button) => {
      button.click();
      button.click();
    });
    await page.getByText("결제되었습니다. 계속 이용하실 수 있습니다.").waitFor();
    await page.getByText("이용 중", { exact: true }).waitFor();
    assert.equal(await retryButton(page).count(), 0);
    assert.deepEqual(sent.filter((method) => method === "POST"), ["POST"]);
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
  });

  test("whose card failed is told of a decline and what comes next, and after as many tries why there is none", async () => {
    const { member, page } = await debtorOnPage();
    await retryButton(page).click();
    await page.getByText("다시 시도했지만 결제가 승인되지 않았습니다.").waitFor();
    await page.getByText("자동으로 다시 시도합니다.", { exact: false }).waitFor();
    await page.getByText("잔액 또는 한도를 확인", { exact: false }).waitFor();
    await isAccessible(page);
    for (const _ of [2, 3, 4]) await ask(member, "/subscription/retry", { method: "POST", body: {} });
    await page.reload();
    await page.getByText("지금은 다시 결제할 수 없습니다.", { exact: false }).waitFor();
    assert.ok(await retryButton(page).isDisabled());
    await isAccessible(page);
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("whose card is finished is asked for another", async () => {
    const { page } = await debtorOnPage("expired");
    await page.getByText("이 카드로는 다시 결제할 수 없습니다.", { exact: false }).waitFor();
    assert.ok(await retryButton(page).isDisabled());
    await page.getByRole("button", { name: "새 카드로 결제하기" }).waitFor();
  });

  test("whose card failed is told that the outcome is not known yet, and then what it is", async () => {
    const { member, page } = await debtorOnPage();
    await changeBehaviour(member, "approve");
    const fault = { calls: "answer_lost", path: "/subscribe/payments/again", count: 1 };
    const injected = await fetch(`${SIMULATOR_URL}/simulator/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(fault),
    });
    assert.ok(injected.ok, await injected.text());
    await retryButton(page).click();
    await page.getByText("결제 결과를 확인 중입니다.", { exact: false }).waitFor();
    assert.ok(await retryButton(page).isDisabled());
    await isAccessible(page);
    await clock({ advance_seconds: 15 * 60 });
    await page.getByText("이용 중", { exact: true }).waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
  });

  test("whose card failed is offline: nothing is tried, and it can be pressed again", async () => {
    const { member, page } = await debtorOnPage();
    await changeBehaviour(member, "approve");
    await page.context().setOffline(true);
    await retryButton(page).click();
    await page.getByRole("alert").getByText("서버에 연결할 수 없습니다.", { exact: false }).waitFor();
    assert.equal(await stateOf(member), "past_due");
    await page.context().setOffline(false);
    await retryButton(page).click();
    await page.getByText("이용 중", { exact: true }).waitFor();
  });

  test("who is let in without paying reads until when, and can subscribe", async () => {
    const guest = await newMember();
    const body = { act: "give_days", days: 30, reason: "기자단 체험" };
    await ask(ADMIN, `/admin/members/${guest.uid}/acts`, { method: "POST", body });
    const { complimentary_until } = (await ask(guest, "/subscription")).body;
    const [year, month, day] = complimentary_until.split("-").map(Number);
    const page = await newPage();
    await signIn(page, guest);
    await page.getByText(`무료 이용: ${year}년 ${month}월 ${day}일까지`).waitFor();
    await isAccessible(page);
    await page.getByRole("main").getByRole("link", { name: "구독하기" }).click();
    await page.getByText("월 구독").first().waitFor();
    assert.ok(page.url().startsWith(at("/app/subscribe")));
  });
});
