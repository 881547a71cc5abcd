// What was shown is no longer so: nothing is done, and what is true is seen.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  ask,
  askRefund,
  at,
  clock,
  endAccess,
  isAccessible,
  newPage,
  newSubscriber,
  newSubscriberOnPage,
  openMember,
  stateOf,
  signIn,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;
const OFFLINE = "서버에 연결할 수 없습니다.";

describe("what was shown", { timeout: 300_000 }, () => {
  withBrowser();

  test("what another admin gave back meanwhile is refused, and then seen", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const dialog = await askRefund(page);
    const [{ merchant_uid }] = (await ask(member, "/payments")).body.payments;
    const body = { amount: PRICE, reason: "먼저 처리" };
    await ask(ADMIN, `/admin/payments/${merchant_uid}/refund`, { method: "POST", body });
    await dialog.getByRole("button", { name: "9,900원 환불하기" }).click();
    await dialog.getByText("환불할 수 있는 금액이 안내된 금액과 다릅니다.", { exact: false }).waitFor();
    await dialog.getByRole("button", { name: "돌아가기" }).click();
    await page.getByText("9,900원 환불됨").waitFor();
    assert.equal(await page.getByRole("button", { name: /결제 환불$/ }).count(), 0);
  });

  test("a cancellation that was shown with a date before the next charge is asked again with the new one", async () => {
    const { member, page } = await newSubscriberOnPage();
    const { next_payment_date } = (await ask(member, "/subscription")).body;
    await page.getByRole("button", { name: "구독 취소" }).click();
    const dialog = page.getByRole("dialog");
    const cancel = dialog.getByRole("button", { name: "취소 신청하기" });
    await clock({ advance_to: `${next_payment_date}T11:30:00+09:00` });
    await cancel.click();
    await dialog.getByText("그사이 이용 가능 기간이 바뀌었습니다.", { exact: false }).waitFor();
    const { state, paid_through } = (await ask(member, "/subscription")).body;
    assert.equal(state, "active");
    const [year, month, day] = paid_through.split("-").map(Number);
    await dialog.getByText(`${year}년 ${month}월 ${day}일까지는`, { exact: false }).waitFor();
    await cancel.click();
    await page.getByText("취소 예정", { exact: true }).waitFor();
  });

  test("the button ends those it named, and nobody whose time is over since", async () => {
    const [first, second] = [await newSubscriber(), await newSubscriber()];
    const { paid_through } = (await ask(first, "/subscription")).body;
    await ask(first, "/subscription/cancel", { method: "POST" });
    await clock({ advance_to: `${paid_through}T09:00:00+09:00` });
    await clock({ advance_seconds: 24 * 3600 });
    // Nobody of the tests before is in the way.
    const due = await ask(ADMIN, "/admin/cancellations/process", { method: "POST", body: { dry_run: true } });
    await endAccess(due.body.revocations.filter(({ uid }) => uid !== first.uid));
    const page = await newPage();
    await signIn(page, ADMIN);
    await page.goto(at("/app/admin"));
    await page.getByRole("button", { name: "처리 대상 확인" }).click();
    await page.getByRole("button", { name: "1명 이용 권한 종료하기" }).click();
    const dialog = page.getByRole("dialog");
    const end = dialog.getByRole("button", { name: "1명 이용 권한 종료하기" });

    const later = (await ask(second, "/subscription")).body.paid_through;
    await ask(second, "/subscription/cancel", { method: "POST" });
    await clock({ advance_to: `${later}T09:00:00+09:00` });
    await clock({ advance_seconds: 24 * 3600 });
    await page.context().setOffline(true);
    await end.click();
    await dialog.getByRole("alert").getByText(OFFLINE, { exact: false }).waitFor();
    await page.context().setOffline(false);
    await end.click();
    await page.getByText("1명의 이용 권한을 종료했습니다.").waitFor();
    assert.deepEqual([await stateOf(first), await stateOf(second)], ["ended", "cancelling"]);

    // Somebody else is quicker: nothing is done, and that is said.
    await page.getByRole("button", { name: "처리 대상 확인" }).click();
    await page.getByRole("button", { name: "1명 이용 권한 종료하기" }).click();
    await endAccess([second]);
    await end.click();
    await page.getByText("0명의 이용 권한을 종료했습니다.").waitFor();
    await page.getByText(`더 이상 처리 대상이 아니어서 그대로 둔 회원 1명: ${second.uid}`).waitFor();
    await isAccessible(page);
  });
});
