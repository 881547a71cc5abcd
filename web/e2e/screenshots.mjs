// The pictures of the README: each page on a desktop and on a phone. `npm run screenshots`.

import { shoot } from "./shoot.mjs";
import {
  ADMIN,
  ask,
  at,
  changeBehaviour,
  clock,
  close,
  endAccess,
  fillSubscription,
  iamport,
  newMember,
  newPage,
  newSubscriber,
  openBrowser,
  payOrder,
  signIn,
  subscribe,
  subscribeButton,
  takeCard,
} from "./world.mjs";

await openBrowser();
try {
  for (const phone of [false, true]) await members(phone, phone ? "phone" : "desktop");
  await admins();
  await pastDue();
} finally {
  await close();
}

async function members(phone, device) {
  const member = await newMember();
  const page = await newPage({ phone, deviceScaleFactor: phone ? 2 : 1 });
  await page.goto(at("/app/sign-in"));
  await page.getByRole("heading", { level: 1 }).waitFor();
  await shoot(page, `sign-in-${device}`);
  await page.goto(at("/app/sign-up"));
  await page.getByRole("heading", { level: 1 }).waitFor();
  await shoot(page, `sign-up-${device}`);

  await signIn(page, member);
  await page.getByText("아직 구독하지 않으셨습니다.").waitFor();
  await shoot(page, `me-empty-${device}`);
  await fillSubscription(page);
  await shoot(page, `subscribe-${device}`);
  await subscribeButton(page).click();
  const window = phone ? page : page.frameLocator("iframe");
  await window.locator("input[name=card][value=approve]").waitFor();
  await shoot(page, `card-window-${device}`);
  await takeCard(page, { phone, card: "insufficient_funds" });
  await page.getByText("결제가 승인되지 않았습니다.").waitFor();
  await shoot(page, `declined-${device}`);

  await subscribe(page, { phone, card: "timeout_after_charge", webhook: "유실" });
  await page.getByText("카드사의 승인을 확인하고 있습니다.", { exact: false }).waitFor();
  await shoot(page, `progress-${device}`);
  await clock({ advance_seconds: 15 * 60 });
  await page.getByText("구독이 시작되었습니다.").waitFor();
  await shoot(page, `done-${device}`);

  const now = await clock();
  now.setUTCMonth(now.getUTCMonth() + 2);
  await clock({ advance_to: now.toISOString() });
  await page.goto(at("/app/me"));
  await page.getByRole("table").getByRole("row").nth(2).waitFor();
  await shoot(page, `me-${device}`);
  await page.getByRole("button", { name: "구독 취소" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "취소 신청하기" }).waitFor();
  await shoot(page, `cancel-${device}`);
  await page.keyboard.press("Escape");
}

async function admins() {
  const cancelled = [];
  for (let count = 0; count < 3; count += 1) {
    const member = await newSubscriber();
    await ask(member, "/subscription/cancel", { method: "POST" });
    cancelled.push(member);
    if (count < 2) await clock({ advance_seconds: 15 * 86_400 });
  }
  await clock({ advance_seconds: 2 * 86_400 });
  const pages = [];
  for (const device of ["desktop", "phone"]) {
    const phone = device === "phone";
    const page = await newPage({ phone, deviceScaleFactor: phone ? 2 : 1 });
    await signIn(page, ADMIN);
    await page.goto(at("/app/admin"));
    await page.getByRole("row").nth(3).waitFor({ state: "attached" });
    await page.getByRole("button", { name: "처리 대상 확인" }).click();
    await page
      .getByRole("status")
      .getByText(/아래 \d+명/)
      .waitFor();
    await shoot(page, `admin-${device}`);
    pages.push([page, device]);
  }
  await endAccess(cancelled);
  // Those who still have time go on, so that nobody waits for an admin while months go by.
  for (const member of cancelled) await ask(member, "/subscription/resume", { method: "POST" });

  const disputed = await newSubscriber();
  await payOrder(disputed);
  const declined = await newSubscriber();
  await changeBehaviour(declined, "insufficient_funds");
  const refunded = await newSubscriber();
  const { next_payment_date } = (await ask(declined, "/subscription")).body;
  // So that there is something to see in the figures.
  for (const more of [1, 2, 1, 3, 2, 1, 2, 3]) {
    await clock({ advance_seconds: 3 * 86_400 });
    for (let count = 0; count < more; count += 1) await newSubscriber();
  }
  await clock({ advance_to: `${next_payment_date}T12:00:00+09:00` });
  const [payment] = (await ask(refunded, "/payments")).body.payments;
  await iamport("/payments/cancel", { imp_uid: payment.imp_uid, reason: "콘솔에서 취소" });
  for (const [page, device] of pages) {
    await page.goto(at("/app/admin/reviews"));
    await page.getByRole("button", { name: "결제로 인정하기" }).waitFor();
    await shoot(page, `admin-reviews-${device}`);
    await page.goto(at(`/app/admin/members/${declined.uid}`));
    await page.getByRole("region", { name: "예상 결제" }).getByText("9,900원").first().waitFor();
    await shoot(page, `admin-member-${device}`);
    await page.goto(at("/app/admin/figures"));
    await page.getByRole("img", { name: "결제와 환불" }).waitFor();
    await shoot(page, `admin-figures-${device}`);
    await page.goto(at("/app/admin/reconcile"));
    await page.getByRole("button", { name: "차이 확인" }).click();
    await page.getByRole("button", { name: "바로잡기" }).waitFor();
    await shoot(page, `admin-reconcile-${device}`);
  }
}

async function pastDue() {
  const member = await newMember();
  for (const phone of [false, true]) {
    const page = await newPage({ phone, deviceScaleFactor: phone ? 2 : 1 });
    await signIn(page, member);
    if (!phone) {
      await subscribe(page);
      await page.getByText("구독이 시작되었습니다.").waitFor();
      const { next_payment_date } = (await ask(member, "/subscription")).body;
      await changeBehaviour(member, "expired");
      await clock({ advance_to: `${next_payment_date}T11:30:00+09:00` });
    }
    await page.goto(at("/app/me"));
    await page.getByText("결제 실패", { exact: true }).waitFor();
    await shoot(page, `past-due-${phone ? "phone" : "desktop"}`);
  }
}
