// 회원 탈퇴: what is said before, that it is asked twice, and that nothing is left after.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  ask,
  clock,
  isAccessible,
  newSubscriber,
  newSubscriberOnPage,
  openMember,
  tokenOf,
  withBrowser,
} from "./world.mjs";

const MINUTE = 60;

/** The member is nowhere any more: not on the desk, and not at the sign-in service. */
async function isGone(member) {
  assert.equal((await ask(ADMIN, `/admin/members/${member.uid}`)).status, 404);
  await assert.rejects(tokenOf(member));
}

describe("who leaves for good", { timeout: 300_000 }, () => {
  withBrowser();

  test("a member reads what goes and what is kept, says so, and is gone within minutes", async () => {
    const { member, page } = await newSubscriberOnPage({ phone: true });
    await page.getByRole("button", { name: "회원 탈퇴" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("바로 종료됩니다.", { exact: false }).waitFor();
    await dialog.getByText("5년 동안 보관", { exact: false }).waitFor();
    await isAccessible(page);
    const go = dialog.getByRole("button", { name: "탈퇴하기" });
    assert.ok(await go.isDisabled());
    await dialog.getByLabel("위 내용을 모두 확인했습니다.").check();
    await go.click();
    await page.getByText("탈퇴가 접수되었습니다.", { exact: false }).waitFor();
    assert.equal(await page.getByRole("button", { name: "회원 탈퇴" }).count(), 0);
    assert.equal(await page.getByRole("link", { name: "다시 구독하기" }).count(), 0);
    await isAccessible(page);
    await clock({ advance_seconds: 15 * MINUTE });
    await isGone(member);
  });

  test("who signed in a while ago gives the password once more, on the same page", async () => {
    const { member, page } = await newSubscriberOnPage();
    await clock({ advance_seconds: 30 * MINUTE });
    await page.getByRole("button", { name: "회원 탈퇴" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("위 내용을 모두 확인했습니다.").check();
    await dialog.getByRole("button", { name: "탈퇴하기" }).click();
    const password = dialog.getByLabel(`${member.email}의 비밀번호`);
    await password.fill("not the password");
    await dialog.getByRole("button", { name: "다시 로그인" }).click();
    await dialog.getByText("비밀번호", { exact: false }).first().waitFor();
    await isAccessible(page);
    await password.fill(member.password);
    await password.press("Enter");
    await dialog.getByText("다시 로그인했습니다.", { exact: false }).waitFor();
    await dialog.getByRole("button", { name: "탈퇴하기" }).click();
    await page.getByText("탈퇴가 접수되었습니다.", { exact: false }).waitFor();
  });

  test("an admin has a member erased, and says why", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    await page.getByRole("button", { name: "처리", exact: true }).click();
    await page.getByRole("button", { name: "회원 탈퇴", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(member.uid, { exact: false }).waitFor();
    await isAccessible(page);
    await dialog.getByLabel("사유").fill("전화로 요청하심");
    await dialog.getByRole("button", { name: "탈퇴 처리하기" }).click();
    await page.getByText("탈퇴가 접수되었습니다.", { exact: false }).waitFor();
    await clock({ advance_seconds: 15 * MINUTE });
    await isGone(member);
  });
});
