// What a person does is sent at once or not at all, once, and never after the word was taken back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  ask,
  askRefund,
  at,
  isAccessible,
  newSubscriber,
  newSubscriberOnPage,
  openMember,
  refundedOf,
  stateOf,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;
const OFFLINE = "서버에 연결할 수 없습니다.";

/** Everything that this page asks the API to do from now on. */
function acts(page) {
  const sent = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === "POST" && /^\/(admin|subscription|checkout)/.test(pathname)) sent.push(pathname);
  });
  return sent;
}

/** The network is gone, and the page has heard. */
async function offline(page) {
  await page.context().setOffline(true);
  await page.waitForFunction(() => !navigator.onLine);
}

/** The network is back, and the page has heard; what was kept waiting is sent before what it asks then. */
async function online(page) {
  await page.context().setOffline(false);
  await page.evaluate(async () => {
    if (!navigator.onLine) await new Promise((heard) => window.addEventListener("online", heard, { once: true }));
    await (await fetch("/plans")).text();
  });
}

/** Holds what is sent to this path back, until it is let go. */
async function hold(page, path) {
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(at(path), async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

describe("what a person does", { timeout: 300_000 }, () => {
  withBrowser();

  test("a refund that was taken back while offline is not made when the network is back", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const dialog = await askRefund(page);
    await offline(page);
    await dialog.getByRole("button", { name: "9,900원 환불하기" }).click();
    await dialog.getByRole("button", { name: "돌아가기" }).click();
    await dialog.waitFor({ state: "hidden" });
    const sent = acts(page);
    await online(page);
    assert.deepEqual([sent, await refundedOf(member)], [[], 0]);
  });

  test("a cancellation that was taken back while offline is not made when the network is back", async () => {
    const { member, page } = await newSubscriberOnPage({ phone: true });
    await page.getByRole("button", { name: "구독 취소" }).click();
    const dialog = page.getByRole("dialog");
    await offline(page);
    await dialog.getByRole("button", { name: "취소 신청하기" }).click();
    await dialog.getByRole("button", { name: "계속 이용하기" }).click();
    await dialog.waitFor({ state: "hidden" });
    const sent = acts(page);
    await online(page);
    assert.deepEqual([sent, await stateOf(member)], [[], "active"]);
    await page.getByText("이용 중", { exact: true }).waitFor();
  });

  test("what cannot be sent is said so at once, and can be tried again", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const dialog = await askRefund(page);
    await offline(page);
    const refund = dialog.getByRole("button", { name: "9,900원 환불하기" });
    await refund.click();
    await dialog.getByRole("alert").getByText(OFFLINE, { exact: false }).waitFor();
    await isAccessible(page);
    await online(page);
    await refund.click();
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await refundedOf(member), PRICE);
  });

  test("a member who is offline is told of a cancellation and of taking it back", async () => {
    const { member, page } = await newSubscriberOnPage();
    const context = page.context();
    await page.getByRole("button", { name: "구독 취소" }).click();
    const dialog = page.getByRole("dialog");
    const cancel = dialog.getByRole("button", { name: "취소 신청하기" });
    await offline(page);
    await cancel.click();
    await dialog.getByRole("alert").getByText(OFFLINE, { exact: false }).waitFor();
    await context.setOffline(false);
    await cancel.click();
    await page.getByText("취소 예정", { exact: true }).waitFor();
    await offline(page);
    await page.getByRole("button", { name: "취소 철회하고 계속 이용하기" }).click();
    await page.getByRole("alert").getByText(OFFLINE, { exact: false }).waitFor();
    const sent = acts(page);
    await online(page);
    assert.deepEqual([sent, await stateOf(member)], [[], "cancelling"]);
  });

  test("while it is under way a dialog stays open, and a double click sends once", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const dialog = await askRefund(page);
    const [{ merchant_uid }] = (await ask(member, "/payments")).body.payments;
    const sent = acts(page);
    const release = await hold(page, `/admin/payments/${merchant_uid}/refund`);
    await dialog.getByRole("button", { name: "9,900원 환불하기" }).evaluate((button) => {
      button.click();
      button.click();
    });
    await dialog.getByRole("button", { name: "돌아가기", disabled: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.mouse.click(5, 5);
    assert.ok(await dialog.getByRole("button", { name: "닫기" }).isDisabled());
    assert.ok(await dialog.isVisible());
    release();
    await dialog.waitFor({ state: "hidden" });
    await page.getByText("9,900원 환불됨").waitFor();
    assert.deepEqual([sent.length, await refundedOf(member)], [1, PRICE]);
  });

  test("an admin cancels for a member, says why, and takes it back", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const choose = async (act) => {
      await page.getByRole("button", { name: "처리", exact: true }).click();
      await page.getByRole("button", { name: act, exact: true }).click();
    };
    await choose("구독 취소");
    const dialog = page.getByRole("dialog");
    await dialog.getByText(member.uid, { exact: false }).waitFor();
    await dialog.getByRole("button", { name: "구독 취소하기" }).click();
    await dialog.getByText("사유를 입력해 주세요.").waitFor();
    await isAccessible(page);
    assert.equal(await stateOf(member), "active");
    await dialog.getByLabel("사유").fill("전화로 요청하심");
    await dialog.getByRole("button", { name: "구독 취소하기" }).click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByText("취소 예정", { exact: true }).waitFor();
    const journal = page.getByRole("region", { name: "이력" }).getByRole("listitem");
    const act = journal.filter({ hasText: "관리자: 구독 취소" });
    await act.getByText("전화로 요청하심", { exact: false }).waitFor();
    await act.getByText(`처리자 ${ADMIN.uid}`, { exact: false }).waitFor();
    assert.equal(await stateOf(member), "cancelling");

    await choose("취소 철회");
    await dialog.getByLabel("사유").fill("다시 이용하기로 하심");
    await dialog.getByRole("button", { name: "취소 철회하기" }).click();
    await journal.filter({ hasText: "관리자: 취소 철회" }).waitFor();
    assert.equal(await stateOf(member), "active");
  });
});
