import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ask,
  at,
  changeBehaviour,
  chargesOf,
  clock,
  endAccess,
  isAccessible,
  newMember,
  newPage,
  newSubscriberOnPage,
  removeAccount,
  signIn,
  subscribe,
  takeCard,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;

/** The moment at which a payment of that date has been made and seen. */
const afterPaymentOf = (date) => ({ advance_to: `${date}T11:30:00+09:00` });

describe("my subscription", { timeout: 300_000 }, () => {
  withBrowser();

  // First, while there is nobody else whose months go by.
  test("the history goes back page by page, with receipts", async () => {
    const { page } = await newSubscriberOnPage();
    const now = await clock();
    const later = new Date(now);
    later.setUTCMonth(later.getUTCMonth() + 22);
    await clock({ advance_to: later.toISOString() });
    await page.reload();
    const rows = page.getByRole("table").getByRole("row");
    await page.getByRole("button", { name: "더 보기" }).waitFor();
    assert.equal(await rows.count(), 1 + 20);
    await page.getByRole("button", { name: "더 보기" }).click();
    await page.getByRole("button", { name: "더 보기" }).waitFor({ state: "detached" });
    assert.ok((await rows.count()) > 1 + 20);
    const receipts = page.getByRole("link", { name: /결제 영수증 \(새 창\)/ });
    assert.equal(await receipts.count(), (await rows.count()) - 1);
  });

  test("a cancellation keeps the paid time, stops the next payment and can be taken back", async () => {
    const { member, page } = await newSubscriberOnPage();
    const before = (await ask(member, "/subscription")).body;
    await page.getByRole("button", { name: "구독 취소" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("이미 결제한 금액은 환불되지 않습니다.").waitFor();
    await dialog.getByRole("button", { name: "계속 이용하기" }).click();
    await dialog.waitFor({ state: "hidden" });
    assert.equal((await ask(member, "/subscription")).body.state, "active");

    await page.getByRole("button", { name: "구독 취소" }).click();
    await dialog.getByRole("button", { name: "취소 신청하기" }).click();
    await page.getByText("취소 예정", { exact: true }).waitFor();
    const cancelled = (await ask(member, "/subscription")).body;
    assert.deepEqual([cancelled.state, cancelled.paid_through], ["cancelling", before.paid_through]);

    await page.getByRole("button", { name: "취소 철회하고 계속 이용하기" }).click();
    await page.getByText("이용 중", { exact: true }).waitFor();
    await clock(afterPaymentOf(before.next_payment_date));
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
  });

  test("what was cancelled is not charged and ends, and can be begun anew", async () => {
    const { member, page } = await newSubscriberOnPage();
    const { next_payment_date } = (await ask(member, "/subscription")).body;
    await page.getByRole("button", { name: "구독 취소" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "취소 신청하기" }).click();
    await page.getByText("취소 예정", { exact: true }).waitFor();
    await clock(afterPaymentOf(next_payment_date));
    await page.reload();
    await page.getByText("취소 예정", { exact: true }).waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE]);

    await clock({ advance_seconds: 24 * 3600 });
    await endAccess([member]);
    await page.reload();
    await page.getByText("종료", { exact: true }).waitFor();
    await page.getByRole("link", { name: "다시 구독하기" }).click();
    await subscribe(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
  });

  test("another card is used for the next payment", async () => {
    const { member, page } = await newSubscriberOnPage();
    const before = (await ask(member, "/subscription")).body;
    await clock({ advance_seconds: 3600 });
    await page.getByRole("button", { name: "카드 변경" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("휴대폰 번호").fill("01087654321");
    await dialog.getByRole("button", { name: "새 카드 등록하기" }).click();
    await takeCard(page);
    await page.getByText("카드를 변경했습니다.", { exact: true }).waitFor();
    const after = (await ask(member, "/subscription")).body;
    assert.notEqual(after.card.registered_at, before.card.registered_at);
    assert.deepEqual(await chargesOf(member), [PRICE]);
    await clock(afterPaymentOf(before.next_payment_date));
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
  });

  test("the card's expiry can be noted, and one that is over is refused", async () => {
    const { member, page } = await newSubscriberOnPage();
    await page.getByRole("button", { name: "유효기간 등록" }).click();
    const dialog = page.getByRole("dialog", { name: "카드 유효기간" });
    const field = dialog.getByLabel(/유효기간 \(월\/년\)/);
    await field.fill("5/29");
    await dialog.getByRole("button", { name: "저장" }).click();
    await dialog.getByText("카드에 적힌 대로 입력해 주세요.", { exact: false }).waitFor();
    await field.fill("05/20");
    await dialog.getByRole("button", { name: "저장" }).click();
    await dialog.getByText("이미 만료된 카드입니다.", { exact: false }).waitFor();
    await isAccessible(page);
    await field.fill("05/39");
    await dialog.getByRole("button", { name: "저장" }).click();
    await page.getByText("2039년 5월 31일까지 유효", { exact: false }).waitFor();
    assert.equal((await ask(member, "/subscription")).body.card.expires, "2039-05-31");
  });

  test("a payment that fails says what to do, and a new card pays it at once", async () => {
    const { member, page } = await newSubscriberOnPage();
    const { next_payment_date } = (await ask(member, "/subscription")).body;
    await changeBehaviour(member, "expired");
    await clock(afterPaymentOf(next_payment_date));
    await page.reload();
    await page.getByText("결제 실패", { exact: true }).waitFor();
    await page.getByText("사용할 수 없는 카드입니다. 다른 카드를 등록해 주세요.").waitFor();
    await page.getByRole("button", { name: "새 카드로 결제하기" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("밀린 결제를 새 카드로 바로 시도", { exact: false }).waitFor();
    await dialog.getByLabel("휴대폰 번호").fill("01087654321");
    await dialog.getByRole("button", { name: "새 카드 등록하기" }).click();
    await takeCard(page);
    await page.getByText("카드를 변경했고, 밀린 결제도 완료되었습니다.").waitFor();
    await page.goto(at("/app/me"));
    await page.getByText("이용 중", { exact: true }).waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
  });

  test("the clock bar jumps to the next payment", async () => {
    const { member, page } = await newSubscriberOnPage();
    await page.getByRole("button", { name: "다음 결제일로" }).click();
    await page.getByRole("table").getByRole("row").nth(2).waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
    await page.getByRole("button", { name: "하루 건너뛰기" }).click();
    await page.getByText("이용 중", { exact: true }).waitFor();
  });

  test("a token that is over is renewed without a word", async () => {
    const { page } = await newSubscriberOnPage();
    await clock({ advance_seconds: 2 * 3600 });
    await page.reload();
    await page.getByText("이용 중", { exact: true }).waitFor();
  });

  test("what one member sees is gone when another signs in", async () => {
    const { page } = await newSubscriberOnPage();
    await page.getByText("이용 중", { exact: true }).waitFor();
    await page.getByRole("button", { name: "로그아웃" }).click();
    await page.getByRole("link", { name: "로그인하고 구독하기" }).waitFor();
    await signIn(page, await newMember());
    await page.goto(at("/app/me"));
    await page.getByText("아직 구독하지 않으셨습니다.").waitFor();
    await page.getByText("결제 내역이 없습니다.").waitFor();
  });

  test("while the server is out of reach the page says so and can try again", async () => {
    const { page } = await newSubscriberOnPage();
    await page.route(at("/subscription"), (route) => route.abort());
    await page.reload();
    const alert = page.getByRole("alert");
    await alert.getByText("서버에 연결할 수 없습니다.", { exact: false }).waitFor();
    await page.unroute(at("/subscription"));
    await alert.getByRole("button", { name: "다시 시도" }).click();
    await page.getByText("이용 중", { exact: true }).waitFor();
  });

  test("a problem of the server is shown in its own words", async () => {
    const page = await newPage();
    await signIn(page, await newMember());
    await page.route(at("/subscription"), (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        json: {
          type: "/problems/unavailable",
          title: "Service temporarily unavailable",
          status: 503,
          detail: "일시적인 오류입니다.",
        },
      }),
    );
    await page.goto(at("/app/me"));
    await page.getByRole("alert").getByText("일시적인 오류입니다.").waitFor();
  });

  test("a session that is over leads to the sign-in page and back", async () => {
    const { member, page } = await newSubscriberOnPage();
    await page.getByText("이용 중", { exact: true }).waitFor();
    await removeAccount(member);
    await clock({ advance_seconds: 2 * 3600 });
    await page.getByRole("button", { name: "구독 취소" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "취소 신청하기" }).click();
    await page.getByText("로그인이 만료되었습니다. 다시 로그인해 주세요.").waitFor();
    const other = await newMember();
    await signInHere(page, other);
    await page.waitForURL(at("/app/me"));
    await page.getByText("아직 구독하지 않으셨습니다.").waitFor();
  });
});

async function signInHere(page, { email, password }) {
  await page.getByLabel("이메일").fill(email);
  await page.locator("input[type=password]").fill(password);
  await page.getByRole("main").getByRole("button", { name: "로그인", exact: true }).click();
}
