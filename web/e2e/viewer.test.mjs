import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ask, at, isAccessible, newPage, newSubscriber, newViewer, signIn, withBrowser } from "./world.mjs";

describe("a viewer at the desk", { timeout: 300_000 }, () => {
  withBrowser();

  test("sees every page and finds members, and has nothing to press", async () => {
    const member = await newSubscriber();
    await ask(member, "/subscription/cancel", { method: "POST" });
    const page = await newPage();
    await signIn(page, await newViewer());
    await page.getByRole("navigation", { name: "주 메뉴" }).getByRole("link", { name: "관리자" }).click();
    await page.getByRole("row").filter({ hasText: member.uid }).waitFor();
    const buttons = () => page.getByRole("main").getByRole("button").allTextContents();
    for (const [path, there] of [
      ["", "이용 기간 남음"],
      ["/reviews", "확인이 필요한 건이 없습니다."],
      ["/figures", "새 구독을 받고 있습니다"],
      ["/reconcile", "대사"],
      ["/books", "내려받기와 마감은 관리자만 할 수 있습니다."],
      [`/members/${member.uid}`, "예상 결제"],
    ]) {
      await page.goto(at(`/app/admin${path}`));
      await page.getByText("조회만 할 수 있는 계정입니다.", { exact: false }).waitFor();
      await page.getByText(there).first().waitFor();
      const acts = (await buttons()).filter((name) => !["조회", "찾기"].includes(name));
      assert.deepEqual(acts, [], path);
      await isAccessible(page);
    }
    await page.goto(at("/app/admin/members"));
    await page.getByLabel("찾을 내용").fill(member.email);
    await page.getByRole("button", { name: "찾기", exact: true }).click();
    await page.getByRole("heading", { level: 2, name: member.uid }).waitFor();
  });

  test("is refused whatever it asks the API to do, and told why", async () => {
    const member = await newSubscriber();
    const viewer = await newViewer();
    assert.equal((await ask(viewer, `/admin/members/${member.uid}`)).status, 200);
    for (const [path, body] of [
      [`/admin/members/${member.uid}/acts`, { act: "cancel", reason: "요청" }],
      ["/admin/checkouts", { paused: true, reason: "요청" }],
      ["/admin/cancellations/process", { dry_run: true }],
    ]) {
      const answer = await ask(viewer, path, { method: "POST", body });
      assert.deepEqual([answer.status, answer.body.type], [403, "/problems/may-not-act"], path);
    }
    assert.equal((await ask(member, "/subscription")).body.state, "active");
  });
});
