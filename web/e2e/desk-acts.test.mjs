// What an admin does for a member: seen before it is done, done once, and said truly where it was not or may have been.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openDesk } from "./desk.mjs";
import {
  ADMIN,
  SIMULATOR_URL,
  ask,
  at,
  changeBehaviour,
  clock,
  isAccessible,
  newDebtor,
  newMember,
  newSubscriber,
  openMember,
  refundedOf,
  stateOf,
  withBrowser,
} from "./world.mjs";

const OFFLINE = "서버에 연결할 수 없습니다.";

const memberOf = async ({ uid }) => (await ask(ADMIN, `/admin/members/${uid}`)).body;
const daysOf = async (member) => (await memberOf(member)).subscription.days_given;
const act = (member, body) =>
  ask(ADMIN, `/admin/members/${member.uid}/acts`, { method: "POST", body: { reason: "먼저 처리", ...body } });

/** What admins did, as the journal has it, the newest first. */
const didOf = async (member) =>
  (await memberOf(member)).journal.filter(({ entry }) => entry === "did").map(({ type }) => type);

/** Every act that this page asks for from now on; what is only looked at is none. */
async function actsOf(page) {
  const sent = [];
  await page.route(at("/admin/members/*/acts"), (route) => {
    const { act, dry_run } = route.request().postDataJSON();
    if (!dry_run) sent.push(act);
    return route.continue();
  });
  return sent;
}

/** From now on what is done is done, and the answer does not arrive. */
async function loseAnswers(page, path) {
  await page.route(at(path), async (route) => {
    if (route.request().postDataJSON().dry_run) return route.continue();
    await route.fetch();
    return route.abort();
  });
}

async function choose(page, name) {
  await page.getByRole("button", { name: "처리", exact: true }).click();
  await page.getByRole("button", { name, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("사유").waitFor();
  return dialog;
}

const twice = (button) =>
  button.evaluate((it) => {
    it.click();
    it.click();
  });

/** An act from its dialog to the journal: shown before, with a reason, and clicked twice. */
async function press(page, member, { name, shows, go, entry, days }) {
  const dialog = await choose(page, name);
  if (days) await dialog.getByLabel("며칠").fill(days);
  for (const text of shows) await dialog.getByText(text, { exact: false }).first().waitFor();
  const button = dialog.getByRole("button", { name: go });
  await button.click();
  await dialog.getByText("사유를 입력해 주세요.").waitFor();
  await isAccessible(page);
  const before = await didOf(member);
  await dialog.getByLabel("사유").fill(`사유: ${name}`);
  await twice(button);
  await dialog.waitFor({ state: "hidden" });
  const journal = page.getByRole("region", { name: "이력" }).getByRole("listitem");
  await journal.filter({ hasText: `관리자: ${entry}` }).getByText(`사유: ${name}`, { exact: false }).first().waitFor();
  assert.equal((await didOf(member)).length, before.length + 1, name);
}

async function names(page) {
  await page.getByRole("button", { name: "처리", exact: true }).click();
  const list = await page.getByRole("list").filter({ has: page.locator("button") }).getByRole("button").allTextContents();
  await page.keyboard.press("Escape");
  return list;
}

describe("an act at the desk", { timeout: 600_000 }, () => {
  withBrowser();

  test("of each kind is shown before, wants a reason, is done once when pressed twice, and is in the history", async () => {
    const debtor = await newDebtor();
    const theirs = await openMember(debtor);
    await changeBehaviour(debtor, "approve");
    const tried = ["지금 바로", "실패한 9,900원 결제를", "자동 재시도는 예정대로"];
    await press(theirs, debtor, { name: "결제 다시 시도", shows: tried, go: "지금 다시 결제하기", entry: "결제 즉시 재시도" });
    assert.equal(await stateOf(debtor), "active");

    const member = await newSubscriber();
    const page = await openMember(member);
    const sent = await actsOf(page);
    const longer = ["이용 가능 기간", "다음 결제", "그만큼 더 이용할 수 있고", "되돌릴 수 없습니다."];
    await press(page, member, { name: "이용일 주기", shows: longer, days: "3", go: "3일 주기", entry: "이용일 추가" });
    assert.equal(await daysOf(member), 3);
    const asks = ["(그대로)", "하루에 한 번만"];
    await press(page, member, { name: "카드 변경 요청", shows: asks, go: "카드 변경 요청하기", entry: "카드 변경 요청" });
    const leaves = ["이용 중", "취소 예정", "없음", "더 이상 결제되지 않고"];
    await press(page, member, { name: "구독 취소", shows: leaves, go: "구독 취소하기", entry: "구독 취소" });
    const stays = ["취소 예정", "구독이 계속되고"];
    await press(page, member, { name: "취소 철회", shows: stays, go: "취소 철회하기", entry: "취소 철회" });
    const ends = ["지금 바로 종료", "바로 이용이 종료됩니다. 되돌릴 수 없습니다."];
    await press(page, member, { name: "즉시 종료", shows: ends, go: "즉시 종료하기", entry: "이용 즉시 종료" });
    assert.equal(await stateOf(member), "ended");
    const free = ["이용 불가", "카드 등록도 결제도 없이"];
    await press(page, member, { name: "무료 이용 주기", shows: free, days: "7", go: "7일 무료 이용 주기", entry: "이용일 추가" });
    const over = ["지금 바로 종료", "되돌릴 수 없습니다."];
    await press(page, member, { name: "즉시 종료", shows: over, go: "즉시 종료하기", entry: "이용 즉시 종료" });
    assert.deepEqual(sent, ["give_days", "ask_for_card", "cancel", "resume", "end_now", "give_days", "end_now"]);
  });

  test("is offered where it makes sense, and can be reached by keyboard", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    assert.deepEqual(await names(page), ["구독 취소", "이용일 주기", "카드 변경 요청", "즉시 종료", "회원 탈퇴"]);
    await page.getByRole("button", { name: "처리", exact: true }).focus();
    await page.keyboard.press("Enter");
    await isAccessible(page);
    await page.getByRole("button", { name: "처리", exact: true }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "회원 대신 구독 취소" }).locator("input:focus").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.locator("button:focus", { hasText: "처리" }).waitFor();
    await act(member, { act: "cancel" });
    await page.reload();
    assert.deepEqual(await names(page), ["취소 철회", "이용일 주기", "즉시 종료", "회원 탈퇴"]);
  });

  test("that cannot be sent is said so, does nothing, and is done when it is pressed again", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const dialog = await choose(page, "이용일 주기");
    await dialog.getByLabel("며칠").fill("2");
    await dialog.getByLabel("사유").fill("장애 보상");
    const give = dialog.getByRole("button", { name: "2일 주기" });
    await dialog.getByText("처리 후", { exact: true }).waitFor();
    await page.context().setOffline(true);
    await give.click();
    await dialog.getByRole("alert").getByText(OFFLINE, { exact: false }).waitFor();
    await dialog.getByText("다시 눌러도 두 번 처리되지 않습니다.", { exact: false }).waitFor();
    await isAccessible(page);
    assert.equal(await daysOf(member), 0);
    await page.context().setOffline(false);
    await give.click();
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await daysOf(member), 2);
  });

  test("that was taken back while offline is not done when the network is back", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const dialog = await choose(page, "즉시 종료");
    await dialog.getByLabel("사유").fill("약관 위반");
    await dialog.getByText("지금 바로 종료").waitFor();
    await page.context().setOffline(true);
    await dialog.getByRole("button", { name: "즉시 종료하기" }).click();
    await dialog.getByRole("alert").first().waitFor();
    await dialog.getByRole("button", { name: "돌아가기" }).click();
    await dialog.waitFor({ state: "hidden" });
    const sent = await actsOf(page);
    await page.context().setOffline(false);
    await page.evaluate(async () => (await fetch("/plans")).text());
    assert.deepEqual([sent, await stateOf(member)], [[], "active"]);
  });

  test("whose answer was lost gives no days twice, and says that it may have been done", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    await loseAnswers(page, `/admin/members/${member.uid}/acts`);
    const dialog = await choose(page, "이용일 주기");
    await dialog.getByLabel("며칠").fill("5");
    await dialog.getByLabel("사유").fill("장애 보상");
    const give = dialog.getByRole("button", { name: "5일 주기" });
    await give.click();
    await dialog.getByText("처리되었는지 알 수 없습니다.", { exact: false }).waitFor();
    await dialog.getByText("그사이 이용 가능 기간이 바뀌었습니다.", { exact: false }).waitFor();
    await dialog.getByText("이미 반영되었을 수 있으니 이력을 확인해 주세요.", { exact: false }).waitFor();
    assert.ok(await give.isDisabled());
    await isAccessible(page);
    await dialog.getByRole("button", { name: "돌아가기" }).click();
    await page.getByRole("region", { name: "이력" }).getByText("관리자: 이용일 추가").waitFor();
    assert.equal(await daysOf(member), 5);
  });

  test("that another admin was quicker with is not done, and goes on with the new date", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const dialog = await choose(page, "이용일 주기");
    await dialog.getByLabel("며칠").fill("2");
    await dialog.getByLabel("사유").fill("장애 보상");
    await dialog.getByText("처리 후", { exact: true }).waitFor();
    const { paid_through } = (await memberOf(member)).subscription;
    assert.equal((await act(member, { act: "give_days", days: 1, shown: paid_through })).status, 200);
    await dialog.getByRole("button", { name: "2일 주기" }).click();
    await dialog.getByText("그사이 이용 가능 기간이 바뀌었습니다.", { exact: false }).waitFor();
    assert.equal(await daysOf(member), 1);
    await dialog.getByRole("button", { name: "바뀐 날짜로 다시 확인" }).click();
    await dialog.getByText("처리 후", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "2일 주기" }).click();
    await dialog.waitFor({ state: "hidden" });
    assert.equal(await daysOf(member), 3);
  });

  test("that the API refuses is said before it is pressed, and has nothing to press", async () => {
    const member = await newDebtor();
    const { paid_through } = (await memberOf(member)).subscription;
    for (const _ of [1, 2, 3, 4]) await act(member, { act: "try_again", shown: paid_through });
    const page = await openMember(member);
    const dialog = await choose(page, "결제 다시 시도");
    await dialog.getByRole("alert").getByText("결제를 여러 번 시도했습니다.", { exact: false }).waitFor();
    assert.ok(await dialog.getByRole("button", { name: "지금 다시 결제하기" }).isDisabled());
    await isAccessible(page);
    await dialog.getByRole("button", { name: "돌아가기" }).click();
    const days = await choose(page, "이용일 주기");
    for (const wrong of ["0", "367", "-1", "셋"]) {
      await days.getByLabel("며칠").fill(wrong);
      await days.getByText("1부터 366까지의 숫자를 입력해 주세요.").waitFor();
      assert.ok(await days.getByRole("button", { name: "–일 주기" }).isDisabled());
    }
  });

  test("that lets an account without a subscription in is offline, and done when pressed again", async () => {
    const guest = await newMember("이기자");
    const desk = await openDesk();
    await desk.find(guest.email, guest);
    await isAccessible(desk.page);
    await desk.press("무료 이용 주기");
    await desk.dialog.getByLabel("며칠").fill("30");
    await desk.dialog.getByLabel("사유").fill("기자단 체험");
    await desk.dialog.getByText("처리 후", { exact: true }).waitFor();
    await isAccessible(desk.page);
    await desk.page.context().setOffline(true);
    const give = desk.dialog.getByRole("button", { name: "30일 무료 이용 주기" });
    await give.click();
    await desk.dialog.getByRole("alert").getByText(OFFLINE, { exact: false }).waitFor();
    await desk.page.context().setOffline(false);
    await twice(give);
    await desk.page.getByRole("region", { name: "이력" }).getByText("관리자: 이용일 추가").waitFor();
    assert.deepEqual(await didOf(guest), ["gave_days"]);
  });

  test("that refunds a part takes whole won from 1 to what is left, and no more goes back when its answer is lost", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    const [{ merchant_uid }] = (await ask(member, "/payments")).body.payments;
    await page.getByRole("button", { name: /결제 환불$/ }).click();
    const dialog = page.getByRole("dialog", { name: "환불" });
    const amount = dialog.getByLabel("환불할 금액");
    assert.equal(await amount.inputValue(), "9,900");
    for (const wrong of ["0", "9901", "1.5", "천원", ""]) {
      await amount.fill(wrong);
      await dialog.getByText("1부터 9,900원 사이의 금액을", { exact: false }).waitFor();
      assert.ok(await dialog.getByRole("button", { name: "환불하기" }).isDisabled());
    }
    await isAccessible(page);
    await amount.fill("3000");
    await dialog.getByText("9,900원 중 3,000원 환불, 남는 금액 6,900원.", { exact: false }).waitFor();
    await dialog.getByLabel("환불 사유").fill("일부 환불");
    await loseAnswers(page, `/admin/payments/${merchant_uid}/refund`);
    const refund = dialog.getByRole("button", { name: "3,000원 환불하기" });
    await refund.click();
    await dialog.getByText("처리되었는지 알 수 없습니다.", { exact: false }).waitFor();
    await page.unroute(at(`/admin/payments/${merchant_uid}/refund`));
    await refund.click();
    await dialog.getByText("환불할 수 있는 금액이 안내된 금액과 다릅니다.", { exact: false }).waitFor();
    assert.equal(await refundedOf(member), 3000);
    await dialog.getByRole("button", { name: "돌아가기" }).click();
    await page.getByText("3,000원 환불됨").waitFor();
    await page.getByRole("button", { name: /결제 환불$/ }).click();
    assert.equal(await amount.inputValue(), "6,900");
    await dialog.getByText("남은 6,900원을 모두 환불합니다.", { exact: false }).waitFor();
  });

  test("that refunds while Iamport does not answer is said to be made later, and then is", async () => {
    const member = await newSubscriber();
    const page = await openMember(member);
    await page.getByRole("button", { name: /결제 환불$/ }).click();
    const dialog = page.getByRole("dialog", { name: "환불" });
    await dialog.getByLabel("환불할 금액").fill("3,000");
    await dialog.getByLabel("환불 사유").fill("일부 환불");
    const injected = await fetch(`${SIMULATOR_URL}/simulator/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ calls: "unavailable", path: "/payments/cancel", count: 5 }),
    });
    assert.ok(injected.ok, await injected.text());
    await dialog.getByRole("button", { name: "3,000원 환불하기" }).click();
    await dialog.getByText("아임포트가 응답하는 대로 환불됩니다.", { exact: false }).waitFor();
    await isAccessible(page);
    await fetch(`${SIMULATOR_URL}/simulator/faults`, { method: "DELETE" });
    await clock({ advance_seconds: 3600 });
    assert.equal(await refundedOf(member), 3000);
  });
});
