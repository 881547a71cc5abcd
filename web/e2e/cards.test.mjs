// Each card of the simulator's window, by its name there: what the page says, and what is charged.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  at,
  chargesOf,
  clock,
  fillSubscription,
  newMember,
  newPage,
  signIn,
  subscribe,
  subscribeButton,
  withBrowser,
} from "./world.mjs";

const PRICE = 9900;

/** Cards that decline: the card company's reason, which is for the desk alone, and what the page advises. */
const DECLINES = {
  insufficient_funds: ["잔액부족", "잔액 또는 한도를 확인"],
  limit_exceeded: ["한도금액 초과", "잔액 또는 한도를 확인"],
  expired: ["유효기간", "사용할 수 없는 카드입니다"],
  lost_or_stolen: ["분실/도난", "사용할 수 없는 카드입니다"],
  suspended: ["거래정지", "사용할 수 없는 카드입니다"],
  shop_suspended: ["거래정지업체", "카드 문제가 아니라 결제 시스템 문제로"],
  unknown_reason: ["정의되지 않은 사유", "카드사에서 결제를 승인하지 않았습니다"],
};

/** Cards whose outcome is known only later, and then is a charge. */
const LATER = ["not_registered_yet", "timeout_before_charge", "timeout_after_charge", "slow"];

describe("each card", { timeout: 300_000 }, () => {
  withBrowser();

  test("of the window is tried here", async () => {
    const page = await newPage();
    await signIn(page, await newMember());
    await fillSubscription(page);
    await subscribeButton(page).click();
    const cards = page.frameLocator("iframe").locator("input[name=card]");
    await cards.first().waitFor();
    const offered = await cards.evaluateAll((inputs) => inputs.map(({ value }) => value));
    assert.deepEqual(offered.sort(), ["approve", ...Object.keys(DECLINES), ...LATER].sort());
  });

  test("approve: subscribes at once", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    await subscribe(page, { card: "approve" });
    await page.getByText("구독이 시작되었습니다.").waitFor();
    await page.getByText("9,900원 결제가 완료되었습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), [PRICE]);
  });

  for (const [card, [reason, advice]] of Object.entries(DECLINES)) {
    test(`${card}: is explained and charges nothing`, async () => {
      const member = await newMember();
      const page = await newPage();
      await signIn(page, member);
      await subscribe(page, { card });
      const alert = page.getByRole("alert");
      const title = card === "shop_suspended" ? "결제 시스템 문제로 결제되지 않았습니다." : "결제가 승인되지 않았습니다.";
      await alert.getByText(title, { exact: true }).waitFor();
      await alert.getByText(advice, { exact: false }).waitFor();
      assert.ok(!(await alert.innerText()).includes(reason) || advice.includes(reason));
      await alert.getByText("결제된 금액은 없습니다.").waitFor();
      assert.deepEqual(await chargesOf(member), []);
    });
  }

  for (const card of LATER) {
    test(`${card}: is waited for and charged once`, async () => {
      const member = await newMember();
      const page = await newPage();
      await signIn(page, member);
      await subscribe(page, { card, webhook: "유실" });
      await page.getByText("카드사의 승인을 확인하고 있습니다.", { exact: false }).waitFor();
      await clock({ advance_seconds: 15 * 60 });
      // A page that has waited long asks every ten seconds.
      await page.getByText("구독이 시작되었습니다.").waitFor({ timeout: 30_000 });
      assert.deepEqual(await chargesOf(member), [PRICE]);
    });
  }
});
