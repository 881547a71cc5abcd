// A price that rises, and who pays it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { holdsFrom } from "./dearer.mjs";
import {
  ask,
  at,
  chargesOf,
  clock,
  endAccess,
  isAccessible,
  newPage,
  newSubscriber,
  signIn,
  withBrowser,
} from "./world.mjs";

/** A member who is asked now: thirty days before a month is over, which has at most 31. */
async function newAsked() {
  const member = await newSubscriber();
  await clock({ advance_seconds: 2 * 86_400 });
  return member;
}

describe("a price that rises", { timeout: 300_000 }, () => {
  withBrowser();

  test("is shown with the plan before it holds", async () => {
    const page = await newPage();
    await page.goto(at("/app/subscribe"));
    await page.getByText("9,900원", { exact: true }).waitFor();
    const [year, month, day] = holdsFrom.split("-").map(Number);
    await page.getByText(`${year}년 ${month}월 ${day}일부터 월 12,900원으로 변경될 예정입니다.`).waitFor();
    await isAccessible(page);
  });

  test("is declined as easily as agreed to: one click each, of one size and weight, and it can be taken back", async () => {
    const member = await newAsked();
    const page = await newPage();
    await signIn(page, member);
    const question = page.getByRole("region", { name: "요금이 변경됩니다" });
    const [yes, no] = ["동의하고 계속 이용하기", "동의하지 않고 그만두기"].map((name) => question.getByRole("button", { name }));
    const look = (button) =>
      button.evaluate((it) => {
        const { width, height } = it.getBoundingClientRect();
        const { color, backgroundColor, borderColor, fontSize, fontWeight } = getComputedStyle(it);
        return { width, height, color, backgroundColor, borderColor, fontSize, fontWeight };
      });
    await yes.waitFor();
    assert.deepEqual(await look(no), await look(yes));
    await no.click();
    await page.getByText("취소 예정", { exact: true }).waitFor();
    assert.equal((await ask(member, "/subscription")).body.state, "cancelling");
    await isAccessible(page);
    await page.getByRole("button", { name: "취소 철회하고 계속 이용하기" }).click();
    await question.waitFor();
    assert.deepEqual(await chargesOf(member), [9_900]);
  });

  test("is charged to who agreed; the other's subscription ends at its paid-through date", async () => {
    const [agreeing, silent] = [await newSubscriber(), await newSubscriber()];
    const { paid_through } = (await ask(agreeing, "/subscription")).body;
    // Thirty days before a month is over it may be asked; a month has at most 31.
    await clock({ advance_seconds: 2 * 86_400 });

    const page = await newPage();
    await signIn(page, agreeing);
    const question = page.getByRole("region", { name: "요금이 변경됩니다" });
    await question.getByText("월 9,900원", { exact: true }).waitFor();
    await question.getByText("월 12,900원", { exact: true }).waitFor();
    await question.getByText("동의하지 않으시면 더 이상 결제되지 않으며", { exact: false }).waitFor();
    await page.getByText("(동의하신 경우)", { exact: false }).waitFor();
    await isAccessible(page);
    await question.getByText("월 12,900원(부가세 포함) 결제와 약관", { exact: false }).waitFor();
    assert.equal((await ask(agreeing, "/subscription")).body.price_change.agreed_at, null);
    await question.getByRole("button", { name: "동의하고 계속 이용하기" }).click();
    await page.getByText("요금 변경에 동의하셨습니다.", { exact: false }).waitFor();
    const { price_change, next_payment_date } = (await ask(agreeing, "/subscription")).body;
    assert.ok(price_change.agreed_at);
    assert.equal(next_payment_date, paid_through);

    await clock({ advance_to: `${paid_through}T23:50:00+09:00` });
    await clock({ advance_seconds: 3600 });
    await endAccess([agreeing, silent]);
    assert.deepEqual(await chargesOf(agreeing), [12_900, 9_900]);
    assert.deepEqual(await chargesOf(silent), [9_900]);
    await page.reload();
    await page.getByText("월 12,900원", { exact: true }).waitFor();
    assert.equal(await question.count(), 0);
    const other = await newPage();
    await signIn(other, silent);
    await other.getByText("종료", { exact: true }).waitFor();
  });

  test("is asked of nobody who subscribed at it", async () => {
    const member = await newSubscriber();
    const page = await newPage();
    await signIn(page, member);
    await page.getByText("월 12,900원", { exact: true }).waitFor();
    assert.equal(await page.getByRole("region", { name: "요금이 변경됩니다" }).count(), 0);
  });
});
