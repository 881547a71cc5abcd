// What members write and phone about, each done at the desk in at most four clicks from its first page.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openDesk } from "./desk.mjs";
import {
  ADMIN,
  ask,
  changeBehaviour,
  clock,
  newDebtor,
  newMember,
  newSubscriber,
  refundedOf,
  stateOf,
  tokenOf,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;

const subscriptionOf = async (member) => (await ask(member, "/subscription")).body;
const paymentOf = async (member) => (await ask(member, "/payments")).body.payments[0];

/** A date of the API, as the pages write it, so many days later. */
function day(text, later = 0) {
  const at = new Date(`${text}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + later);
  return `${at.getUTCFullYear()}년 ${at.getUTCMonth() + 1}월 ${at.getUTCDate()}일`;
}

const today = async () =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Seoul" }).format(await clock());

describe("at the desk, when they say", { timeout: 600_000 }, () => {
  withBrowser();

  test("“my card was declined, I have topped it up”, it is tried again and paid: 4 clicks", async () => {
    const member = await newDebtor();
    await changeBehaviour(member, "approve");
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.choose("결제 다시 시도");
    await desk.dialog.getByText("실패한 9,900원 결제를 등록된 카드로 지금 바로 시도합니다.").waitFor();
    await desk.type("잔액을 채웠다고 하심");
    await desk.confirm("지금 다시 결제하기");
    await desk.page.getByText("결제되었습니다.").waitFor();
    await desk.journal.filter({ hasText: "관리자: 결제 즉시 재시도" }).getByText("잔액을 채웠다고 하심", { exact: false }).waitFor();
    assert.equal(await stateOf(member), "active");
    desk.took(4);
  });

  test("“I have topped it up”, and have not, it is said to be declined again: 4 clicks", async () => {
    const member = await newDebtor();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.choose("결제 다시 시도");
    await desk.type("잔액을 채웠다고 하심");
    await desk.confirm("지금 다시 결제하기");
    await desk.page.getByText("다시 시도했지만 승인되지 않았습니다: 잔액부족", { exact: false }).waitFor();
    assert.equal(await stateOf(member), "past_due");
    desk.took(4);
  });

  test("“why was my card declined?”, it is to be read: 1 click", async () => {
    const member = await newDebtor("expired");
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.journal.filter({ hasText: "결제 거절" }).getByText("사용 불가 카드", { exact: false }).waitFor();
    // A card that is finished is not offered to be tried.
    await desk.press("처리");
    await desk.page.getByRole("button", { name: "카드 변경 요청" }).waitFor();
    assert.equal(await desk.page.getByRole("button", { name: "결제 다시 시도" }).count(), 0);
    desk.took(2);
  });

  test("“who has not paid?”, they are listed with when it is tried again: 2 clicks", async () => {
    const member = await newDebtor();
    const desk = await openDesk();
    await desk.click(desk.page.getByRole("navigation", { name: "관리 메뉴" }).getByRole("link", { name: /^회원/ }));
    await desk.click(desk.page.getByRole("navigation", { name: "상태별 목록" }).getByRole("link", { name: /^결제 실패/ }));
    await desk.page.getByRole("row").filter({ hasText: member.uid }).getByText("다음 점검", { exact: false }).waitFor();
    desk.took(2);
  });

  test("“the site was down for two days”, they get two days: 4 clicks", async () => {
    const member = await newSubscriber();
    const { paid_through } = await subscriptionOf(member);
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.choose("이용일 주기");
    await desk.type("2");
    await desk.dialog.getByText(day(paid_through, 2)).first().waitFor();
    await desk.page.keyboard.press("Tab");
    await desk.type("이틀 장애 보상");
    await desk.confirm("2일 주기");
    await desk.journal.filter({ hasText: "관리자: 이용일 추가" }).getByText("2일 · 이틀 장애 보상", { exact: false }).waitFor();
    const after = await subscriptionOf(member);
    assert.equal(day(after.paid_through), day(paid_through, 2));
    assert.equal(after.next_payment_date, after.paid_through);
    desk.took(4);
  });

  test("“I was charged too much”, half goes back: 4 clicks", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.click(desk.page.getByRole("button", { name: /결제 환불$/ }));
    const amount = desk.dialog.getByLabel("환불할 금액");
    await desk.click(amount);
    await desk.page.keyboard.press("ControlOrMeta+A");
    await desk.type("4950");
    await desk.dialog.getByText("9,900원 중 4,950원 환불, 남는 금액 4,950원", { exact: false }).waitFor();
    await desk.dialog.getByLabel("환불 사유").fill("절반 환불");
    await desk.confirm("4,950원 환불하기");
    await desk.page.getByText("4,950원 환불됨").waitFor();
    assert.deepEqual([await refundedOf(member), await stateOf(member)], [4950, "active"]);
    desk.took(4);
  });

  test("“I never wanted this”, all goes back and it ends: 4 clicks", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.click(desk.page.getByRole("button", { name: /결제 환불$/ }));
    await desk.dialog.locator("input:focus").waitFor();
    await desk.type("가입 의사 없었음");
    await desk.click(desk.dialog.getByLabel("구독도 즉시 종료"));
    await desk.dialog.getByText("바로 이용이 종료되고", { exact: false }).waitFor();
    await desk.confirm("9,900원 환불하고 종료하기");
    await desk.member.getByText("종료", { exact: true }).first().waitFor();
    assert.deepEqual([await refundedOf(member), await stateOf(member)], [PRICE, "ended"]);
    desk.took(4);
  });

  test("“please give this month back”, it goes back and nothing ends: 3 clicks", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.click(desk.page.getByRole("button", { name: /결제 환불$/ }));
    await desk.dialog.locator("input:focus").waitFor();
    await desk.type("고객 요청");
    await desk.confirm("9,900원 환불하기");
    await desk.page.getByText("9,900원 환불됨").waitFor();
    assert.deepEqual([await refundedOf(member), await stateOf(member)], [PRICE, "active"]);
    desk.took(3);
  });

  test("“cancel it for me”, it is cancelled: 4 clicks", async () => {
    const member = await newSubscriber();
    const { paid_through } = await subscriptionOf(member);
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.choose("구독 취소");
    await desk.dialog.getByText(`${day(paid_through)} (그대로)`).waitFor();
    await desk.type("전화로 요청하심");
    await desk.confirm("구독 취소하기");
    await desk.journal.filter({ hasText: "관리자: 구독 취소" }).waitFor();
    assert.equal(await stateOf(member), "cancelling");
    desk.took(4);
  });

  test("“I have changed my mind”, it goes on: 4 clicks", async () => {
    const member = await newSubscriber();
    const { paid_through } = await subscriptionOf(member);
    await ask(member, "/subscription/cancel", { method: "POST" });
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.choose("취소 철회");
    await desk.dialog.getByText("없음").waitFor();
    await desk.dialog.locator("strong").filter({ hasText: day(paid_through) }).waitFor();
    await desk.type("다시 이용하기로 하심");
    await desk.confirm("취소 철회하기");
    await desk.journal.filter({ hasText: "관리자: 취소 철회" }).waitFor();
    assert.equal(await stateOf(member), "active");
    desk.took(4);
  });

  test("“I have lost my card”, they are asked for another: 4 clicks", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.choose("카드 변경 요청");
    await desk.type("카드 분실");
    await desk.confirm("카드 변경 요청하기");
    await desk.journal.filter({ hasText: "카드 변경 요청 안내" }).waitFor();
    assert.equal(await stateOf(member), "active");
    desk.took(4);
  });

  test("“we are the press”, an account without a subscription is let in for 30 days: 3 clicks", async () => {
    const guest = await newMember("이기자");
    const desk = await openDesk();
    await desk.find(guest.email, guest);
    await desk.page.getByText("이기자", { exact: false }).waitFor();
    await desk.press("무료 이용 주기");
    await desk.dialog.locator("input:focus").waitFor();
    await desk.type("30");
    const until = day(await today(), 29);
    await desk.dialog.locator("strong").filter({ hasText: until }).waitFor();
    await desk.page.keyboard.press("Tab");
    await desk.type("기자단 체험");
    await desk.confirm("30일 무료 이용 주기");
    await desk.journal.filter({ hasText: "관리자: 이용일 추가" }).getByText("30일 · 기자단 체험", { exact: false }).waitFor();
    assert.equal(day((await subscriptionOf(guest)).complimentary_until), until);
    desk.took(3);
  });

  test("“our article needs ten more days”, they get them: 4 clicks", async () => {
    const guest = await newMember("이기자");
    const given = { act: "give_days", days: 5, reason: "기자단 체험" };
    await ask(ADMIN, `/admin/members/${guest.uid}/acts`, { method: "POST", body: given });
    const desk = await openDesk();
    await desk.find(guest.email, guest);
    await desk.choose("무료 이용 주기");
    await desk.type("10");
    await desk.dialog.locator("strong").filter({ hasText: day(await today(), 14) }).waitFor();
    await desk.page.keyboard.press("Tab");
    await desk.type("기사 준비");
    await desk.confirm("10일 무료 이용 주기");
    await desk.page.getByText(`${day(await today(), 14)}까지`, { exact: true }).waitFor();
    desk.took(4);
  });

  test("“they break our rules”, it ends at once: 4 clicks", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.choose("즉시 종료");
    await desk.dialog.getByText("지금 바로 종료").waitFor();
    await desk.dialog.getByText("되돌릴 수 없습니다.", { exact: false }).waitFor();
    await desk.type("약관 위반");
    await desk.confirm("즉시 종료하기");
    await desk.journal.filter({ hasText: "관리자: 이용 즉시 종료" }).waitFor();
    assert.deepEqual([await refundedOf(member), await stateOf(member)], [0, "ended"]);
    desk.took(4);
  });

  test("“I was away when it ended, let me in for a week”, they are let in: 4 clicks", async () => {
    const member = await newSubscriber();
    const { paid_through } = await subscriptionOf(member);
    const end = { act: "end_now", reason: "착오", shown: paid_through };
    await ask(ADMIN, `/admin/members/${member.uid}/acts`, { method: "POST", body: end });
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.choose("무료 이용 주기");
    await desk.type("7");
    await desk.dialog.getByText("이용 불가").waitFor();
    await desk.page.keyboard.press("Tab");
    await desk.type("착오로 종료함");
    await desk.confirm("7일 무료 이용 주기");
    await desk.journal.filter({ hasText: "관리자: 이용일 추가" }).waitFor();
    assert.equal(day((await subscriptionOf(member)).complimentary_until), day(await today(), 6));
    desk.took(4);
  });

  test("“delete everything of mine”, it is deleted: 4 clicks", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.choose("회원 탈퇴");
    await desk.type("전화로 요청하심");
    await desk.confirm("탈퇴 처리하기");
    await desk.page.getByText("탈퇴가 접수되었습니다.", { exact: false }).waitFor();
    assert.equal(await desk.page.getByRole("button", { name: "처리", exact: true }).count(), 0);
    desk.took(4);
    await clock({ advance_seconds: 15 * 60 });
    await assert.rejects(tokenOf(member));
  });

  test("“card 1234 was charged today, whose is it?”, they are listed: 1 click", async () => {
    const member = await newSubscriber();
    const { card_number } = await paymentOf(member);
    const desk = await openDesk();
    await desk.click(desk.page.getByLabel("찾을 내용"));
    await desk.type(`123${card_number.at(-1)} ${await today()}`);
    await desk.page.keyboard.press("Enter");
    await desk.page.getByRole("row").filter({ hasText: member.uid }).getByText(member.email, { exact: false }).waitFor();
    desk.took(1);
  });

  test("“here is my order number”, or the payment's, the member is opened: 1 click each", async () => {
    const member = await newSubscriber();
    const { merchant_uid, imp_uid } = await paymentOf(member);
    for (const number of [merchant_uid, imp_uid]) {
      const desk = await openDesk();
      await desk.find(number, member);
      await desk.member.getByText(member.email, { exact: false }).waitFor();
      desk.took(1);
    }
  });

  test("“when am I charged next, and how much?”, it is to be read: 1 click", async () => {
    const member = await newSubscriber();
    const { next_payment_date } = await subscriptionOf(member);
    const desk = await openDesk();
    await desk.find(member.email, member);
    const next = desk.page.getByRole("region", { name: "예상 결제" }).getByRole("listitem").first();
    await next.getByText(day(next_payment_date)).waitFor();
    await next.getByText("9,900원").waitFor();
    desk.took(1);
  });

  test("“who cancelled my subscription?”, the history says: 1 click", async () => {
    const member = await newSubscriber();
    const body = { act: "cancel", reason: "전화로 요청하심" };
    await ask(ADMIN, `/admin/members/${member.uid}/acts`, { method: "POST", body });
    const desk = await openDesk();
    await desk.find(member.email, member);
    const act = desk.journal.filter({ hasText: "관리자: 구독 취소" });
    await act.getByText(`처리자 ${ADMIN.uid}`, { exact: false }).waitFor();
    desk.took(1);
  });

  test("“I need a receipt”, it is on the page: 1 click", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    const receipt = desk.page.getByRole("region", { name: "결제 내역" }).getByRole("link", { name: "영수증" });
    assert.equal(await receipt.getAttribute("href"), (await paymentOf(member)).receipt_url);
    desk.took(1);
  });
});
