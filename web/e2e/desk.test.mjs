import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  ask,
  at,
  changeBehaviour,
  chargesOf,
  clock,
  fillSubscription,
  iamport,
  isAccessible,
  newMember,
  newPage,
  newSubscriber,
  signIn,
  subscribe,
  subscribeButton,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;

async function openDesk(name) {
  const page = await newPage();
  await signIn(page, ADMIN);
  await page.getByRole("link", { name: "관리자" }).click();
  await page.getByRole("navigation", { name: "관리 메뉴" }).getByRole("link", { name: new RegExp(`^${name}( \\d+)?$`) }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
  return page;
}

async function find(page, uid) {
  await page.getByLabel("찾을 내용").fill(uid);
  await page.getByRole("button", { name: "찾기", exact: true }).click();
  await page.getByRole("heading", { level: 2, name: uid }).waitFor();
}

const today = async () =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Seoul" }).format(await clock());

describe("the admins' desk", { timeout: 300_000 }, () => {
  withBrowser();

  test("shows a member: what is, what was, what will be charged", async () => {
    const member = await newSubscriber();
    const { next_payment_date } = (await ask(member, "/subscription")).body;
    await changeBehaviour(member, "insufficient_funds");
    await clock({ advance_to: `${next_payment_date}T12:00:00+09:00` });
    const page = await openDesk("회원");
    await page.getByRole("button", { name: "찾기", exact: true }).click();
    await page.getByText("찾을 내용을 입력해 주세요.").waitFor();
    await isAccessible(page);
    await find(page, member.uid);

    const subscription = page.getByRole("region", { name: member.uid });
    await subscription.getByText("결제 실패", { exact: true }).first().waitFor();
    await subscription.getByText("잔액부족 (1254)", { exact: false }).waitFor();
    const journal = page.getByRole("region", { name: "이력" }).getByRole("listitem");
    await journal.filter({ hasText: "결제 거절" }).getByText("잔액부족 (1254)", { exact: false }).waitFor();
    await journal.filter({ hasText: "구독 시작" }).waitFor();
    const forecast = page.getByRole("region", { name: "예상 결제" }).getByRole("listitem");
    await forecast.nth(23).waitFor();
    assert.equal(await forecast.count(), 24);
    assert.equal(await forecast.filter({ hasText: "9,900원" }).count(), 24);
    const orders = page.getByRole("region", { name: "주문" }).getByRole("row");
    await orders.filter({ hasText: "카드 등록 (구독)" }).getByText("등록됨").waitFor();
    await orders.filter({ hasText: "거절됨" }).waitFor();
    await isAccessible(page);
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("gives a payment back, once it was asked and said why", async () => {
    const member = await newSubscriber();
    const page = await openDesk("회원");
    await find(page, member.uid);
    await page.getByRole("button", { name: /결제 환불$/ }).click();
    const dialog = page.getByRole("dialog", { name: "환불" });
    await dialog.getByText("구독과 이용 기간은 그대로 유지됩니다.").waitFor();
    await isAccessible(page);
    await dialog.getByRole("button", { name: "9,900원 환불하기" }).click();
    await dialog.getByText("사유를 입력해 주세요.").waitFor();
    const before = (await ask(member, "/payments")).body.payments;
    assert.equal(before[0].refunded, 0);

    await dialog.getByLabel("환불 사유").fill("고객 요청");
    await dialog.getByRole("button", { name: "9,900원 환불하기" }).click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByRole("region", { name: "결제 내역" }).getByText("9,900원 환불됨").waitFor();
    assert.equal(await page.getByRole("button", { name: /결제 환불$/ }).count(), 0);
    const journal = page.getByRole("region", { name: "이력" }).getByRole("listitem");
    const act = journal.filter({ hasText: "관리자: 환불" });
    await act.getByText("고객 요청", { exact: false }).waitFor();
    await act.getByText(`처리자 ${ADMIN.uid}`, { exact: false }).waitFor();
    const after = (await ask(member, "/payments")).body.payments;
    assert.equal(after[0].refunded, PRICE);
    assert.equal((await ask(member, "/subscription")).body.state, "active");
  });

  test("says that there is no such member", async () => {
    const page = await openDesk("회원");
    await page.goto(at("/app/admin/members/nobody-at-all"));
    await page.getByRole("alert").waitFor();
    await isAccessible(page);
  });

  test("shows figures as charts and as tables", async () => {
    const before = (await ask(ADMIN, "/admin/figures")).body;
    await newSubscriber();
    const page = await openDesk("지표");
    await page.getByText("이용 중인 회원").waitFor();
    const tile = (name) => page.getByRole("definition").nth(name);
    assert.equal(await tile(0).textContent(), String(before.members + 1));
    const chart = page.getByRole("img", { name: "결제와 환불" });
    await chart.waitFor();
    const drawn = await chart.evaluate((canvas) =>
      canvas
        .getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value) => value > 0),
    );
    assert.ok(drawn);
    await isAccessible(page);

    await page.getByText("표로 보기").first().click();
    const table = page.getByRole("table", { name: "결제와 환불" });
    const [year, month, day] = (await today()).split("-").map(Number);
    const row = table.getByRole("row").filter({ hasText: `${year}년 ${month}월 ${day}일` });
    const paid = before.days.at(-1).paid_amount + PRICE;
    await row.getByText(`${paid.toLocaleString("ko-KR")}원`, { exact: true }).first().waitFor();
    await isAccessible(page);

    await page.getByLabel("시작일").fill("2019-01-01");
    await page.getByText("최대 1827일까지 조회할 수 있습니다.").waitFor();
    assert.ok(await page.getByRole("button", { name: "조회" }).isDisabled());
    await page.getByLabel("시작일").fill(await today());
    await page.getByRole("button", { name: "조회" }).click();
    await table.getByRole("row").nth(2).waitFor({ state: "detached" });
  });

  test("finds what differs from Iamport, and mends it only when told to", async () => {
    const member = await newSubscriber();
    const [{ imp_uid }] = (await ask(member, "/payments")).body.payments;
    // The webhook of the payment, were it still on its way, would have us see the refund.
    await clock({ advance_seconds: 60 });
    await iamport("/payments/cancel", { imp_uid, reason: "콘솔에서 취소" });
    const page = await openDesk("대사");
    await isAccessible(page);
    await page.getByRole("button", { name: "차이 확인" }).click();
    const status = page.getByRole("status");
    const finding = status.getByRole("row").filter({ hasText: member.uid });
    await finding.getByText("기록되지 않은 환불").waitFor();
    await finding.getByText("변경 없음").waitFor();
    assert.equal((await ask(member, "/payments")).body.payments[0].refunded, 0);
    await isAccessible(page);

    await page.getByRole("button", { name: "바로잡기" }).click();
    await finding.getByText("바로잡음").waitFor();
    assert.equal((await ask(member, "/payments")).body.payments[0].refunded, PRICE);
    await page.getByRole("button", { name: "차이 확인" }).click();
    await status.getByText("차이가 없습니다.").waitFor();
    assert.equal(await page.getByRole("button", { name: "바로잡기" }).count(), 0);
  });

  test("stops new checkouts, says so, and lets them go on", async () => {
    const member = await newMember();
    const page = await openDesk("지표");
    await page.getByRole("button", { name: "새 구독 중지" }).click();
    const dialog = page.getByRole("dialog", { name: "새 구독 중지" });
    await dialog.getByRole("button", { name: "새 구독 중지" }).click();
    await dialog.getByText("사유를 입력해 주세요.").waitFor();
    await dialog.getByLabel("사유").fill("카드 도용 의심");
    await dialog.getByRole("button", { name: "새 구독 중지" }).click();
    await page.getByText("새 구독을 중지했습니다").waitFor();
    await page.getByText(/admin \(.*@.*\) · 카드 도용 의심/, { exact: false }).waitFor();
    await isAccessible(page);

    const theirs = await newPage();
    await signIn(theirs, member);
    await fillSubscription(theirs);
    await subscribeButton(theirs).click();
    await theirs.getByText("지금은 새로운", { exact: false }).waitFor();

    await page.getByRole("button", { name: "새 구독 다시 받기" }).click();
    const again = page.getByRole("dialog", { name: "새 구독 다시 받기" });
    await again.getByLabel("사유").fill("확인 완료");
    await again.getByRole("button", { name: "새 구독 다시 받기" }).click();
    await page.getByText("새 구독을 받고 있습니다").waitFor();
    await subscribe(theirs);
    await theirs.getByText("구독이 시작되었습니다.").waitFor();
  });
});
