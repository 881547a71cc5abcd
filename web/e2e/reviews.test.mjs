import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  ask,
  at,
  chargesOf,
  contradiction,
  isAccessible,
  newPage,
  newSubscriber,
  signIn,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;

async function openReviews() {
  const page = await newPage();
  await signIn(page, ADMIN);
  await page.getByRole("link", { name: "관리자" }).click();
  await page.getByRole("navigation", { name: "관리 메뉴" }).getByRole("link", { name: "확인 필요" }).click();
  await page.getByRole("heading", { level: 1, name: "확인 필요" }).waitFor();
  return page;
}

describe("the admins' reviews", { timeout: 300_000 }, () => {
  withBrowser();

  test("when there is none the page says so", async () => {
    const page = await openReviews();
    await page.getByText("확인이 필요한 건이 없습니다.").waitFor();
    await isAccessible(page);
  });

  test("a review shows its facts, asks once more and is settled as it was told", async () => {
    const member = await contradiction();
    const page = await openReviews();
    const review = page.getByRole("region", { name: "등록된 카드가 아닌 방법으로 결제되었습니다." });
    await review.getByText(member.uid).waitFor();
    await review.getByRole("row").getByText("일반 결제 또는 알 수 없음").waitFor();
    await review.getByRole("row").getByText("9,900원").waitFor();
    await isAccessible(page);

    await review.getByRole("button", { name: "결제로 인정하기" }).click();
    const dialog = page.getByRole("dialog", { name: "결제로 인정하기" });
    await dialog.getByText("9,900원 결제를 해당 기간의 결제로 기록합니다.", { exact: false }).waitFor();
    await dialog.getByText(member.uid, { exact: false }).waitFor();
    await isAccessible(page);
    await dialog.getByRole("button", { name: "돌아가기" }).click();
    await dialog.waitFor({ state: "hidden" });
    assert.deepEqual(await chargesOf(member), [PRICE]);

    await review.getByRole("button", { name: "결제로 인정하기" }).click();
    await dialog.getByRole("button", { name: "9,900원 결제로 인정하기" }).click();
    await page.getByText("처리했습니다.").waitFor();
    await review.waitFor({ state: "detached" });
    assert.deepEqual(await chargesOf(member), [PRICE, PRICE]);
  });

  test("a review that another admin settled meanwhile is said to be settled", async () => {
    const member = await contradiction();
    const page = await openReviews();
    const review = page.getByRole("region").filter({ hasText: member.uid });
    await review.getByRole("button", { name: "환불하기" }).click();
    const [{ id }] = (await ask(ADMIN, "/admin/reviews")).body.reviews;
    const settled = await ask(ADMIN, `/admin/reviews/${id}/resolve`, {
      method: "POST",
      body: { action: "refund", amount: PRICE, reason: "중복 결제" },
    });
    assert.equal(settled.status, 200);
    const dialog = page.getByRole("dialog");
    const refund = dialog.getByRole("button", { name: "9,900원 환불하기" });
    await refund.click();
    await dialog.getByText("사유를 입력해 주세요.").waitFor();
    await dialog.getByLabel("환불 사유").fill("중복 결제");
    await isAccessible(page);
    await refund.click();
    // The list is asked anew and has it no more; why nothing was done is still to be read.
    await page.locator("section.panel").filter({ hasText: member.uid }).waitFor({ state: "detached" });
    await dialog.getByText("이미 처리되었거나 존재하지 않는 확인 요청입니다.").waitFor();
    // The first payment and the ordinary one may be of the same second, so their order says nothing.
    const { body } = await ask(member, "/payments");
    assert.deepEqual(
      body.payments.map(({ amount }) => amount),
      [PRICE, PRICE, PRICE],
    );
    assert.deepEqual(body.payments.map(({ refunded }) => refunded).sort(), [0, 0, PRICE]);
  });

  test("a member sees none of it", async () => {
    const member = await newSubscriber();
    const page = await newPage();
    await signIn(page, member);
    await page.goto(at("/app/admin/reviews"));
    await page.getByRole("alert").getByText("관리자만 이용할 수 있습니다.").waitFor();
    assert.equal((await ask(member, "/admin/reviews")).status, 403);
  });
});
