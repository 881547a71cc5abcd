import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  ask,
  at,
  clock,
  isAccessible,
  newMember,
  newPage,
  newSubscriber,
  signIn,
  withBrowser,
} from "./world.mjs";

describe("the admins' page", { timeout: 300_000 }, () => {
  withBrowser();

  test("a dry run shows whom the button would affect, and only then the button acts", async () => {
    const member = await newSubscriber();
    const { paid_through } = (await ask(member, "/subscription")).body;
    await ask(member, "/subscription/cancel", { method: "POST" });
    const page = await newPage();
    await signIn(page, ADMIN);
    await page.getByRole("navigation", { name: "주 메뉴" }).getByRole("link", { name: "관리자" }).click();
    const mine = page.getByRole("row").filter({ hasText: member.uid });
    await mine.getByText("이용 기간 남음").waitFor();
    await mine.getByText("9,900원").waitFor();

    await page.getByRole("button", { name: "처리 대상 확인" }).click();
    await page
      .getByRole("status")
      .getByText(/지금 처리할 회원이 없습니다|아래 \d+명/)
      .waitFor();
    assert.equal(await page.getByRole("status").getByText(member.uid).count(), 0);

    await clock({ advance_to: `${paid_through}T23:00:00+09:00` });
    await clock({ advance_seconds: 2 * 3600 });
    await page.reload();
    await mine.getByText("처리 대상").waitFor();
    assert.equal(await page.getByRole("button", { name: /이용 권한 종료하기/ }).count(), 0);
    await page.getByRole("button", { name: "처리 대상 확인" }).click();
    const affected = page.getByRole("status").getByRole("row").filter({ hasText: member.uid });
    await affected.getByText("취소 신청").waitFor();
    assert.equal((await ask(member, "/subscription")).body.state, "cancelling");

    await page.getByRole("button", { name: "1명 이용 권한 종료하기" }).click();
    const dialog = page.getByRole("dialog", { name: "이용 권한을 종료하시겠습니까?" });
    await dialog.getByText(member.uid).waitFor();
    await isAccessible(page);
    assert.equal((await ask(member, "/subscription")).body.state, "cancelling");
    await dialog.getByRole("button", { name: "1명 이용 권한 종료하기" }).click();
    await page.getByText("1명의 이용 권한을 종료했습니다.").waitFor();
    const { state, cancel_processed_at } = (await ask(member, "/subscription")).body;
    assert.equal(state, "ended");
    assert.ok(cancel_processed_at);
    await page.reload();
    await page.getByRole("button", { name: "처리 대상 확인" }).waitFor();
    await page.getByRole("status").first().waitFor({ state: "attached" });
    assert.equal(await mine.count(), 0);
  });

  test("a member sees neither the menu's entry nor the page, and the API refuses", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(at("/app/admin"));
    await page.getByRole("alert").getByText("관리자만 이용할 수 있습니다.").waitFor();
    assert.equal(await page.getByRole("link", { name: "관리자" }).count(), 0);
    assert.deepEqual(
      asked.filter((path) => /admin-pages|^\/admin/.test(path)),
      [],
    );
    const answer = await ask(member, "/admin/cancellations");
    assert.deepEqual([answer.status, answer.body.detail], [403, "관리자만 이용할 수 있습니다."]);
    const button = await ask(member, "/admin/cancellations/process", {
      method: "POST",
      body: { dry_run: true },
    });
    assert.equal(button.status, 403);
  });

  test("a stranger is asked to sign in and led to the page", async () => {
    const page = await newPage();
    await page.goto(at("/app/admin"));
    await page.getByText("로그인이 필요한 화면입니다.").waitFor();
    await page.getByLabel("이메일").fill(ADMIN.email);
    await page.locator("input[type=password]").fill(ADMIN.password);
    await page.getByRole("main").getByRole("button", { name: "로그인", exact: true }).click();
    await page.getByRole("button", { name: "처리 대상 확인" }).waitFor();
  });
});
