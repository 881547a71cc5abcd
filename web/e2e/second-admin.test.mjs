// A refund above what one admin may decide: it waits for another, who is shown who asked and why.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import "./second-admin.mjs";
import { openDesk } from "./desk.mjs";
import { ADMIN, isAccessible, newAdmin, newSubscriber, refundedOf, stateOf, withBrowser } from "./world.mjs";

const reviews = (desk) =>
  desk.click(desk.page.getByRole("navigation", { name: "관리 메뉴" }).getByRole("link", { name: /^확인 필요/ }));

describe("a large refund", { timeout: 300_000 }, () => {
  withBrowser();

  test("is said to wait, is not for who asked to agree to, and goes back when another agrees: 3 clicks", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.click(desk.page.getByRole("button", { name: /결제 환불$/ }));
    await desk.dialog.locator("input:focus").waitFor();
    await desk.type("두 번 결제됨");
    await desk.click(desk.dialog.getByLabel("구독도 즉시 종료"));
    await desk.click(desk.dialog.getByRole("button", { name: "9,900원 환불하고 종료하기" }));
    await desk.dialog.getByText("9,900원 환불이 접수되었습니다. 다른 관리자가", { exact: false }).waitFor();
    await desk.dialog.getByText("구독은 종료되지 않았습니다.", { exact: false }).waitFor();
    await isAccessible(desk.page);
    await desk.page.keyboard.press("Escape");
    await desk.dialog.waitFor({ state: "hidden" });
    assert.deepEqual([await refundedOf(member), await stateOf(member)], [0, "active"]);

    await reviews(desk);
    const mine = desk.page.getByRole("region", { name: "다른 관리자의 승인이 필요한 환불입니다." });
    await mine.getByText("본인이 요청한 환불입니다. 다른 관리자가 승인해야 합니다.").waitFor();
    await mine.getByRole("button", { name: "요청 철회하기" }).waitFor();
    assert.equal(await mine.getByRole("button", { name: "환불 승인하기" }).count(), 0);

    const second = await openDesk(await newAdmin());
    await reviews(second);
    const theirs = second.page.getByRole("region", { name: "다른 관리자의 승인이 필요한 환불입니다." });
    await theirs.getByText(`${ADMIN.uid} (`, { exact: false }).waitFor();
    await theirs.getByText("두 번 결제됨").waitFor();
    await theirs.getByText("9,900원").waitFor();
    await isAccessible(second.page);
    await second.click(theirs.getByRole("button", { name: "환불 승인하기" }));
    await second.dialog.getByText("환불된 금액이 모두 9,900원이 되도록", { exact: false }).waitFor();
    await isAccessible(second.page);
    await second.dialog.getByLabel("환불 사유").fill("확인함");
    await second.confirm("9,900원 환불 승인하기");
    await second.page.getByText("처리했습니다.").waitFor();
    second.took(3);
    assert.deepEqual([await refundedOf(member), await stateOf(member)], [9900, "active"]);
  });

  test("is taken back by who asked, and nothing is refunded", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.click(desk.page.getByRole("button", { name: /결제 환불$/ }));
    await desk.dialog.getByLabel("환불 사유").fill("착오");
    await desk.click(desk.dialog.getByRole("button", { name: "9,900원 환불하기" }));
    await desk.dialog.getByText("다른 관리자가", { exact: false }).waitFor();
    await desk.page.keyboard.press("Escape");
    await reviews(desk);
    await desk.click(desk.page.getByRole("button", { name: "요청 철회하기" }));
    await desk.dialog.getByText("환불하지 않고 이 요청을 닫습니다.").waitFor();
    await desk.click(desk.dialog.getByRole("button", { name: "요청 철회하기" }));
    await desk.page.getByText("처리했습니다.").waitFor();
    assert.deepEqual([await refundedOf(member), await stateOf(member)], [0, "active"]);
  });

  test("of a small part needs nobody else", async () => {
    const member = await newSubscriber();
    const desk = await openDesk();
    await desk.find(member.email, member);
    await desk.click(desk.page.getByRole("button", { name: /결제 환불$/ }));
    await desk.dialog.getByLabel("환불할 금액").fill("5,000");
    await desk.dialog.getByLabel("환불 사유").fill("일부 환불");
    await desk.confirm("5,000원 환불하기");
    await desk.page.getByText("5,000원 환불됨").waitFor();
    assert.equal(await refundedOf(member), 5000);
  });
});
