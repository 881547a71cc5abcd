// What a person does is sent at once or not at all, once, and never after the word was taken back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  ask,
  at,
  clock,
  endAccess,
  isAccessible,
  newPage,
  newSubscriber,
  newSubscriberOnPage,
  signIn,
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

async function openMember(member) {
  const page = await newPage();
  await signIn(page, ADMIN);
  await page.goto(at(`/app/admin/members/${member.uid}`));
  await page.getByRole("heading", { level: 2, name: member.uid }).waitFor();
  return page;
}

async function askRefund(page) {
  await page.getByRole("button", { name: /결제 환불$/ }).click();
  const dialog = page.getByRole("dialog", { name: "환불" });
  await dialog.getByLabel("환불 사유").fill("고객 요청");
  return dialog;
}

const refundedOf = async (member) => (await ask(member, "/payments")).body.payments[0].refunded;
const stateOf = async (member) => (await ask(member, "/subscription")).body.state;

describe("what a person does", { timeout: 300_000 }, () => {
  withBrowser();

  test("a refund that was taken back while offline is not made when the network is back", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const dialog = await askRefund(page);
    await page.context().setOffline(true);
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
    await page.context().setOffline(true);
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
    await page.context().setOffline(true);
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
    await context.setOffline(true);
    await cancel.click();
    await dialog.getByRole("alert").getByText(OFFLINE, { exact: false }).waitFor();
    await context.setOffline(false);
    await cancel.click();
    await page.getByText("취소 예정", { exact: true }).waitFor();
    await context.setOffline(true);
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

  test("what another admin gave back meanwhile is refused, and then seen", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const dialog = await askRefund(page);
    const [{ merchant_uid }] = (await ask(member, "/payments")).body.payments;
    const body = { amount: PRICE, reason: "먼저 처리" };
    await ask(ADMIN, `/admin/payments/${merchant_uid}/refund`, { method: "POST", body });
    await dialog.getByRole("button", { name: "9,900원 환불하기" }).click();
    await dialog.getByText("환불할 수 있는 금액이 안내된 금액과 다릅니다.", { exact: false }).waitFor();
    await dialog.getByRole("button", { name: "돌아가기" }).click();
    await page.getByText("9,900원 환불됨").waitFor();
    assert.equal(await page.getByRole("button", { name: /결제 환불$/ }).count(), 0);
  });

  test("a cancellation that was shown with a date before the next charge is asked again with the new one", async () => {
    const { member, page } = await newSubscriberOnPage();
    const { next_payment_date } = (await ask(member, "/subscription")).body;
    await page.getByRole("button", { name: "구독 취소" }).click();
    const dialog = page.getByRole("dialog");
    const cancel = dialog.getByRole("button", { name: "취소 신청하기" });
    await clock({ advance_to: `${next_payment_date}T10:30:00+09:00` });
    await cancel.click();
    await dialog.getByText("그사이 이용 가능 기간이 바뀌었습니다.", { exact: false }).waitFor();
    const { state, paid_through } = (await ask(member, "/subscription")).body;
    assert.equal(state, "active");
    const [year, month, day] = paid_through.split("-").map(Number);
    await dialog.getByText(`${year}년 ${month}월 ${day}일까지는`, { exact: false }).waitFor();
    await cancel.click();
    await page.getByText("취소 예정", { exact: true }).waitFor();
  });

  test("the button ends those it named, and nobody whose time is over since", async () => {
    const [first, second] = [await newSubscriber(), await newSubscriber()];
    const { paid_through } = (await ask(first, "/subscription")).body;
    await ask(first, "/subscription/cancel", { method: "POST" });
    await clock({ advance_to: `${paid_through}T09:00:00+09:00` });
    await clock({ advance_seconds: 24 * 3600 });
    // Nobody of the tests before is in the way.
    const due = await ask(ADMIN, "/admin/cancellations/process", { method: "POST", body: { dry_run: true } });
    await endAccess(due.body.revocations.filter(({ uid }) => uid !== first.uid));
    const page = await newPage();
    await signIn(page, ADMIN);
    await page.goto(at("/app/admin"));
    await page.getByRole("button", { name: "처리 대상 확인" }).click();
    await page.getByRole("button", { name: "1명 이용 권한 종료하기" }).click();
    const dialog = page.getByRole("dialog");
    const end = dialog.getByRole("button", { name: "1명 이용 권한 종료하기" });

    const later = (await ask(second, "/subscription")).body.paid_through;
    await ask(second, "/subscription/cancel", { method: "POST" });
    await clock({ advance_to: `${later}T09:00:00+09:00` });
    await clock({ advance_seconds: 24 * 3600 });
    await page.context().setOffline(true);
    await end.click();
    await dialog.getByRole("alert").getByText(OFFLINE, { exact: false }).waitFor();
    await page.context().setOffline(false);
    await end.click();
    await page.getByText("1명의 이용 권한을 종료했습니다.").waitFor();
    assert.deepEqual([await stateOf(first), await stateOf(second)], ["ended", "cancelling"]);

    // Somebody else is quicker: nothing is done, and that is said.
    await page.getByRole("button", { name: "처리 대상 확인" }).click();
    await page.getByRole("button", { name: "1명 이용 권한 종료하기" }).click();
    await endAccess([second]);
    await end.click();
    await page.getByText("0명의 이용 권한을 종료했습니다.").waitFor();
    await page.getByText(`더 이상 처리 대상이 아니어서 그대로 둔 회원 1명: ${second.uid}`).waitFor();
    await isAccessible(page);
  });

  test("an admin cancels for a member, says why, and takes it back", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    await page.getByRole("button", { name: "대신 구독 취소" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(member.uid, { exact: false }).waitFor();
    await dialog.getByRole("button", { name: "구독 취소하기" }).click();
    await dialog.getByText("사유를 입력해 주세요.").waitFor();
    await isAccessible(page);
    assert.equal(await stateOf(member), "active");
    await dialog.getByLabel("사유").fill("전화로 요청하심");
    await dialog.getByRole("button", { name: "구독 취소하기" }).click();
    await page.getByText("취소 예정", { exact: true }).waitFor();
    const journal = page.getByRole("region", { name: "이력" }).getByRole("listitem");
    const act = journal.filter({ hasText: "관리자: 구독 취소" });
    await act.getByText("전화로 요청하심", { exact: false }).waitFor();
    await act.getByText(`처리자 ${ADMIN.uid}`, { exact: false }).waitFor();
    assert.equal(await stateOf(member), "cancelling");

    await page.getByRole("button", { name: "대신 취소 철회" }).click();
    await dialog.getByLabel("사유").fill("다시 이용하기로 하심");
    await dialog.getByRole("button", { name: "취소 철회하기" }).click();
    await journal.filter({ hasText: "관리자: 취소 철회" }).waitFor();
    assert.equal(await stateOf(member), "active");
  });
});
