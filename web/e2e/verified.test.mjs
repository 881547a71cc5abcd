// An e-mail address that has to be the member's own before a card is registered.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import "./verified.mjs";
import {
  AUTH_URL,
  chargesOf,
  fillSubscription,
  isAccessible,
  newMember,
  newPage,
  signIn,
  subscribe,
  subscribeButton,
  withBrowser,
} from "./world.mjs";

/** The link in the mail that was sent to this address last. */
async function linkFor(email) {
  const answer = await fetch(`${AUTH_URL}/emulator/v1/projects/demo-gudok/oobCodes`);
  const { oobCodes } = await answer.json();
  return oobCodes.findLast((sent) => sent.email === email && sent.requestType === "VERIFY_EMAIL").oobLink;
}

describe("an address that has to be verified", { timeout: 300_000 }, () => {
  withBrowser();

  test("is asked for where it matters, and then the card is registered", async () => {
    const member = await newMember();
    const page = await newPage();
    await signIn(page, member);
    await fillSubscription(page);
    await subscribeButton(page).click();
    const alert = page.getByRole("alert");
    await alert.getByText("이메일 인증 후 구독할 수 있습니다.", { exact: false }).waitFor();
    await isAccessible(page);
    await alert.getByRole("button", { name: "인증 메일 보내기" }).click();
    await alert.getByText(`${member.email}로 메일을 보냈습니다.`, { exact: false }).waitFor();
    assert.equal((await fetch(await linkFor(member.email))).status, 200);
    await alert.getByRole("button", { name: "인증했습니다" }).click();
    await alert.getByText("다시 구독하기를 눌러 주세요.", { exact: false }).waitFor();
    await subscribe(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    assert.deepEqual(await chargesOf(member), [9900]);
  });
});
