import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  at,
  chargesOf,
  clock,
  fillSubscription,
  newBrowser,
  newMember,
  newPage,
  passwordField,
  SIMULATOR_URL,
  signIn,
  subscribe,
  subscribeButton,
  takeCard,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;

describe("subscribing", { timeout: 300_000 }, () => {
  withBrowser();

  test("a new member signs up, subscribes, cancels and goes on", async () => {
    const page = await newPage();
    await page.goto(at("/"));
    await page.getByText("9,900원", { exact: true }).waitFor();
    await page.getByRole("link", { name: "로그인하고 구독하기" }).click();
    await page.getByRole("main").getByRole("link", { name: "회원가입" }).click();
    await page.getByRole("button", { name: "회원가입" }).click();
    await page.getByText("이름을 입력해 주세요.").waitFor();
    await page.getByText("이메일 주소를 확인해 주세요.").waitFor();
    await page.getByText("비밀번호가 너무 짧습니다.", { exact: false }).waitFor();
    await page.getByLabel("이름").fill("이새롬");
    await page.getByLabel("이메일").fill(`new-${Date.now()}@example.com`);
    await passwordField(page).fill("new-member-1");
    await page.getByRole("button", { name: "회원가입" }).click();
    await page.waitForURL(at("/app/subscribe"));
    await page.locator('input[autocomplete="name"][value="이새롬"]').waitFor();

    await fillSubscription(page);
    assert.equal(await page.getByLabel("휴대폰 번호").inputValue(), "010-1234-5678");
    await subscribeButton(page).click();
    await takeCard(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    await page.getByText("9,900원 결제가 완료되었습니다.").waitFor();
    await page.getByRole("main").getByRole("link", { name: "내 구독 보기" }).click();
    await page.getByText("이용 중", { exact: true }).waitFor();
    await page.getByRole("row").nth(1).waitFor();
    assert.equal(await page.getByRole("row").count(), 1 + 1);

    await page.getByRole("button", { name: "구독 취소" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "취소 신청하기" }).click();
    await page.getByText("취소 신청이 완료되었습니다.").waitFor();
    await page.getByText("예정된 결제 없음").waitFor();
    await page.getByRole("button", { name: "취소 철회하고 계속 이용하기" }).click();
    await page.getByText("취소를 철회했습니다.", { exact: false }).waitFor();
    await page.getByText("이용 중", { exact: true }).waitFor();
  });

  test("on a phone the window takes the page's place and returns to it", async () => {
    const member = await newMember();
    const page = await newPage({ phone: true });
    await signIn(page, member);
    await subscribe(page, { phone: true });
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.match(page.url(), /\/app\/checkout\/complete\?.*merchant_uid=reg-/);
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("on a phone a closed window is said to be one", async () => {
    const member = await newMember();
    const page = await newPage({ phone: true });
    await signIn(page, member);
    await subscribe(page, { phone: true, end: "창 닫기" });
    await page.getByText("카드 등록창을 닫으셨습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), []);
  });

  test("after a decline another card subscribes", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    await subscribe(page, { card: "insufficient_funds" });
    await page.getByRole("link", { name: "다시 시도하거나 다른 카드로 구독하기" }).click();
    await page.waitForURL(at("/app/subscribe"));
    await subscribe(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("a window that is closed charges nothing and can be opened again", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    await subscribe(page, { end: "창 닫기" });
    await page.getByText("카드 등록창을 닫으셨습니다.").waitFor();
    await page.getByText("등록된 카드도, 결제된 금액도 없습니다.", { exact: false }).waitFor();
    await page.getByRole("link", { name: "이어서 하기" }).click();
    await subscribe(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("a card the company refuses to register is said to be one", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    await subscribe(page, { end: "카드사 거절" });
    await page.getByText("카드가 등록되지 않았습니다.").waitFor();
    await page.getByText("결제된 금액은 없습니다.").waitFor();
    // Why is between the card company and the desk.
    assert.ok(!(await page.getByRole("alert").innerText()).includes("카드 인증에 실패"));
  });

  test("who tried three cards is told from when another can be tried", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    for (const card of ["lost_or_stolen", "expired", "insufficient_funds"]) {
      await subscribe(page, { card });
      await page.getByText("결제된 금액은 없습니다.").waitFor();
    }
    await fillSubscription(page);
    await subscribeButton(page).click();
    const alert = page.getByRole("alert");
    await alert.getByText("카드 등록이 잠시 제한되었습니다", { exact: false }).waitFor();
    await alert.getByText(/오(전|후) \d+:\d\d부터 다시 시도할 수 있습니다\./).waitFor();
    await clock({ advance_seconds: 24 * 60 * 60 });
    await subscribe(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("a reload in the middle loses nothing", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    await subscribe(page, { card: "timeout_after_charge", webhook: "유실" });
    await page.getByText("카드사의 승인을 확인하고 있습니다.", { exact: false }).waitFor();
    await page.reload();
    await page.getByText("카드사의 승인을 확인하고 있습니다.", { exact: false }).waitFor();
    await clock({ advance_seconds: 15 * 60 });
    await page.getByText("구독이 시작되었습니다.").waitFor({ timeout: 30_000 });
    await page.reload();
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  for (const webhook of ["먼저 보내기", "유실"]) {
    test(`a tab that is closed after the approval is found again (webhook: ${webhook})`, async () => {
      const member = await newMember();
      const browser = await newBrowser();
      const page = await browser.newPage();
      await signIn(page, member);
      await subscribe(page, { end: "승인 후 탭 닫기", webhook });
      await page.frameLocator("iframe").getByText("탭이 닫혔습니다.", { exact: false }).waitFor();
      await page.close();
      const later = await browser.newPage();
      await later.goto(at("/app/me"));
      // With the webhook there is a subscription already, and nothing to go back to.
      if (webhook === "유실") {
        await later.getByRole("link", { name: "진행 상황 보기" }).click();
        await later.getByText("구독이 시작되었습니다.").waitFor();
        await later.getByRole("main").getByRole("link", { name: "내 구독 보기" }).click();
      }
      await later.getByText("이용 중", { exact: true }).waitFor();
      assert.equal(await later.getByText("확인이 끝나지 않은 카드 등록이 있습니다.").count(), 0);
      assert.deepEqual(await chargesOf(member), [PRICE]);
    });
  }

  test("a double click opens one checkout", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    await fillSubscription(page);
    const opened = [];
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url() === at("/checkout")) opened.push(request);
    });
    await subscribeButton(page).dblclick();
    await takeCard(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.equal(opened.length, 1);
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("in two tabs the second learns that there is a subscription already", async () => {
    const member = await newMember();
    const browser = await newBrowser();
    const [first, second] = [await browser.newPage(), await browser.newPage()];
    await signIn(first, member);
    await fillSubscription(second);
    await first.bringToFront();
    await subscribe(first);
    await first.getByText("구독이 시작되었습니다.").waitFor();
    await second.bringToFront();
    await subscribeButton(second).click();
    await second.getByText("이미 구독 중입니다.").first().waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("a browser that cannot be shown to have our app is told so in both languages, and then let in", async () => {
    const member = await newMember();
    const page = await newPage();
    const appTokens = `${SIMULATOR_URL}/simulator/app-check`;
    const asked = [];
    page.on("request", (request) => {
      if (/app-check/.test(request.url())) asked.push(request.url());
    });
    await signIn(page, member);
    await fillSubscription(page);
    assert.deepEqual(asked, [], "nothing of App Check is loaded before it is wanted");
    await page.route(appTokens, (route) => route.fulfill({ status: 503, body: "{}" }));
    await subscribeButton(page).click();
    await page.getByText("정상적인 접속인지 확인하지 못했습니다.", { exact: false }).waitFor();
    assert.equal(asked.length > 0, true);
    await page.getByRole("button", { name: "English" }).click();
    await page.getByText("try again, try another browser, or ask us", { exact: false }).waitFor();
    await page.getByRole("button", { name: "한국어" }).click();
    await page.unroute(appTokens);
    await subscribeButton(page).click();
    await takeCard(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  test("without consent and a number no window opens", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    await page.goto(at("/app/subscribe"));
    await subscribeButton(page).click();
    await page.getByText("정기결제 내용에 동의해 주세요.").waitFor();
    await page.getByText("휴대폰 번호를 확인해 주세요.").waitFor();
    assert.equal(await page.locator("iframe").count(), 0);
  });
});
