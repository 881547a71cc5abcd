import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  API_URL,
  ask,
  at,
  CSP,
  isAccessible,
  newMember,
  newPage,
  newSubscriber,
  newSubscriberOnPage,
  passwordField,
  signIn,
  subscribe,
  subscribeButton,
  takeCard,
  withBrowser,
} from "./world.mjs";

describe("every page", { timeout: 300_000 }, () => {
  withBrowser();

  test("is accessible to a stranger", async () => {
    const page = await newPage();
    for (const path of ["/app/subscribe", "/app/sign-in", "/app/sign-up", "/app/nothing-here"]) {
      await page.goto(at(path));
      await page.getByRole("heading", { level: 1 }).waitFor();
      if (path === "/app/subscribe") await page.getByRole("link", { name: "로그인하고 구독하기" }).waitFor();
      await isAccessible(page);
    }
    await page.goto(at("/app/sign-in"));
    await page.getByLabel("이메일").fill("nobody@example.com");
    await passwordField(page).fill("not-the-password");
    await page.getByRole("main").getByRole("button", { name: "로그인", exact: true }).click();
    await page.getByText("이메일 또는 비밀번호가 올바르지 않습니다.").waitFor();
    await isAccessible(page);
  });

  test("does not move when the bar with the clock arrives", async () => {
    for (const phone of [false, true]) {
      const page = await newPage({ phone });
      let arrive;
      const soon = new Promise((resolve) => (arrive = resolve));
      await page.route("**/local-bar*.js", (route) => soon.then(() => route.continue()));
      await page.goto(at("/app/sign-in"));
      const heading = page.getByRole("heading", { level: 1 });
      const before = await heading.boundingBox();
      arrive();
      await page.getByRole("button", { name: "하루 건너뛰기" }).waitFor();
      assert.deepEqual(await heading.boundingBox(), before);
    }
  });

  test("is accessible to a member", async () => {
    const page = await newPage();
    await signIn(page, await newMember());
    await page.goto(at("/app/me"));
    await page.getByText("아직 구독하지 않으셨습니다.").waitFor();
    await isAccessible(page);
    await page.goto(at("/app/subscribe"));
    await subscribeButton(page).click();
    await page.getByText("정기결제 내용에 동의해 주세요.").waitFor();
    await isAccessible(page);
    await subscribe(page, { card: "insufficient_funds" });
    await page.getByText("결제가 승인되지 않았습니다.").waitFor();
    await isAccessible(page);
    await page.goto(at("/app/subscribe"));
    await subscribe(page, { card: "timeout_after_charge", webhook: "유실" });
    await page.getByText("카드사의 승인을 확인하고 있습니다.", { exact: false }).waitFor();
    await isAccessible(page);
    await page.goto(at("/app/checkout/complete"));
    await page.getByText("확인할 결제가 없습니다.").waitFor();
    await isAccessible(page);
    await page.goto(at("/app/admin"));
    await page.getByText("관리자만 이용할 수 있습니다.").waitFor();
    await isAccessible(page);
  });

  test("is accessible to a subscriber", async () => {
    const { member, page } = await newSubscriberOnPage();
    await isAccessible(page);
    await page.goto(at("/app/subscribe"));
    await page.getByText("이미 구독 중입니다.").waitFor();
    await isAccessible(page);
    await page.goto(at("/app/me"));
    await page.getByRole("table").waitFor();
    await isAccessible(page);
    await page.getByRole("button", { name: "카드 변경" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "새 카드 등록하기" }).waitFor();
    await isAccessible(page);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "구독 취소" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "취소 신청하기" }).waitFor();
    await isAccessible(page);
    await page.getByRole("dialog").getByRole("button", { name: "취소 신청하기" }).click();
    await page.getByText("취소 예정", { exact: true }).waitFor();
    await isAccessible(page);
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("heading", { name: "My subscription" }).waitFor();
    await isAccessible(page);
    await ask(member, "/subscription/resume", { method: "POST" });
  });

  test("is accessible to an admin", async () => {
    const member = await newSubscriber();
    await ask(member, "/subscription/cancel", { method: "POST" });
    const page = await newPage();
    await signIn(page, ADMIN);
    await page.goto(at("/app/admin"));
    await page.getByRole("row").filter({ hasText: member.uid }).waitFor();
    await page.getByRole("button", { name: "처리 대상 확인" }).click();
    await page
      .getByRole("status")
      .getByText(/지금 처리할 회원이 없습니다|아래 \d+명/)
      .waitFor();
    await isAccessible(page);
    await ask(member, "/subscription/resume", { method: "POST" });
  });

  test("can be used with the keyboard alone", async () => {
    const member = await newMember();
    const page = await newPage();
    await page.goto(at("/app/sign-in"));
    await page.getByRole("heading", { name: "로그인" }).waitFor();
    await page.locator("h1:focus").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type(member.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(member.password);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "로그아웃" }).waitFor();
    await page.goto(at("/app/subscribe"));
    await page.getByLabel(/위 정기결제 내용에 동의합니다/).waitFor();
    // Past the two papers to what is agreed to.
    await page.getByRole("main").getByRole("link", { name: "개인정보 처리방침 (새 창)" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.type("01012345678");
    await page.keyboard.press("Enter");
    await takeCard(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
  });

  // That no page breaks it is looked at after every test (world.mjs).
  test("comes with the Content-Security-Policy of csp.txt", async () => {
    for (const path of ["/", "/app", "/app/me"]) {
      const answer = await fetch(`${API_URL}${path}`);
      assert.equal(answer.headers.get("content-security-policy"), CSP, path);
    }
  });
});
