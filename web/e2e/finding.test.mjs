import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  ask,
  at,
  changeBehaviour,
  clock,
  isAccessible,
  newPage,
  newSubscriber,
  signIn,
  withBrowser,
} from "./world.mjs";

async function members() {
  const page = await newPage();
  await signIn(page, ADMIN);
  await page.goto(at("/app/admin/members"));
  await page.getByRole("heading", { level: 2, name: "회원 찾기" }).waitFor();
  return page;
}

async function find(page, what) {
  await page.getByLabel("찾을 내용").fill(what);
  await page.getByRole("button", { name: "찾기", exact: true }).click();
  return page.getByRole("status");
}

const seoul = (options) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Seoul", ...options });

describe("the desk finds", { timeout: 300_000 }, () => {
  withBrowser();

  test("a member by address, uid, order, payment, and card with its day", async () => {
    const member = await newSubscriber();
    await newSubscriber();
    const { body } = await ask(ADMIN, `/admin/members/${member.uid}`);
    const [{ merchant_uid, imp_uid, card_number, paid_at }] = body.payments;
    const day = seoul({ dateStyle: "short" }).format(new Date(paid_at));
    const minute = seoul({ timeStyle: "short" }).format(new Date(paid_at));
    const card = `${card_number.slice(0, 6)} 123${card_number.at(-1)} ${day} ${minute}`;
    const page = await members();
    for (const what of [member.email.toUpperCase(), member.uid, merchant_uid, imp_uid]) {
      await find(page, what);
      await page.getByRole("heading", { level: 2, name: member.uid }).waitFor();
      await page.getByText(`김구독 · ${member.email}`).waitFor();
      assert.ok(!page.url().includes("@"), "what is looked for is in no address");
      await page.goBack();
      await find(page, "nobody@example.com");
      await page.getByText("이 이메일을 쓰는 회원이 없습니다.").waitFor();
    }
    // Cards are alike: whose it may be is a list.
    const found = await find(page, card);
    const mine = found.getByRole("row").filter({ hasText: member.uid });
    await mine.getByText(`김구독 · ${member.email}`).waitFor();
    await mine.getByText("이용 중").waitFor();
    await isAccessible(page);
    await page.getByRole("link", { name: member.uid }).click();
    await page.getByRole("heading", { level: 2, name: member.uid }).waitFor();
  });

  test("nobody by name, and says so", async () => {
    const page = await members();
    await page.getByText("이름으로는 찾을 수 없습니다.", { exact: false }).waitFor();
    await find(page, "김구독");
    await page.getByText("이 회원 ID를 쓰는 회원이 없습니다.", { exact: false }).waitFor();
    await find(page, "1234 어제");
    await page.getByRole("alert").getByText("요청 형식이 올바르지 않습니다.").waitFor();
  });

  test("members by what is the matter, with how many there are", async () => {
    const leaving = await newSubscriber();
    await ask(leaving, "/subscription/cancel", { method: "POST" });
    const failing = await newSubscriber();
    const { next_payment_date } = (await ask(failing, "/subscription")).body;
    await changeBehaviour(failing, "insufficient_funds");
    await clock({ advance_to: `${next_payment_date}T12:00:00+09:00` });
    const page = await members();
    const lists = page.getByRole("navigation", { name: "상태별 목록" });
    await lists.getByRole("link", { name: /^결제 실패 [1-9]/ }).click();
    const row = ({ uid }) => page.getByRole("row").filter({ hasText: uid });
    await row(failing).getByText("결제 실패").waitFor();
    await row(failing).getByText(failing.email, { exact: false }).waitFor();
    assert.equal(await row(leaving).count(), 0);
    await isAccessible(page);
    await lists.getByRole("link", { name: /^취소 예정 [1-9]/ }).click();
    await row(leaving).getByText("취소 예정").waitFor();
    assert.equal(await row(failing).count(), 0);
    await lists.getByRole("link", { name: "요금 동의 대기 0" }).click();
    await page.getByText("해당하는 회원이 없습니다.").waitFor();
    const menu = page.getByRole("navigation", { name: "관리 메뉴" });
    await menu.getByRole("link", { name: /^취소 신청 [1-9]/ }).waitFor();
  });
});
