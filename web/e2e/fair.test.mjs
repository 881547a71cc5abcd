// What the law has a site say and do: who runs it, its papers, what is known before joining, and that leaving is as easy
// as coming (docs/law.md).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ask,
  at,
  isAccessible,
  korean,
  newMember,
  newPage,
  newSubscriberOnPage,
  signIn,
  subscribe,
  withBrowser,
} from "./world.mjs";

/** As local/stack's configuration has it. */
const BUSINESS = [
  "주식회사 구독예시",
  "홍길동",
  "000-00-00000",
  "제2026-서울종로-0000호",
  "서울특별시 종로구 세종대로 1",
  "02-0000-0000",
  "help@example.com",
  "Amazon Web Services",
];

/** How often a person clicks on the page from now on. */
async function countClicks(page) {
  await page.addInitScript(() => {
    document.addEventListener("click", ({ isTrusted, detail }) => {
      // A click on a label is told once more of its field, by the browser.
      if (isTrusted && detail > 0) sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks") ?? 0) + 1);
    });
  });
  return {
    async of(what) {
      await page.evaluate(() => sessionStorage.setItem("clicks", 0));
      await what();
      return page.evaluate(() => Number(sessionStorage.getItem("clicks")));
    },
  };
}

describe("what the law asks", { timeout: 300_000 }, () => {
  withBrowser();

  test("every page of the members' names who runs the site, and has the two papers", async () => {
    const page = await newPage();
    const looks = async () => {
      const footer = page.getByRole("contentinfo");
      await footer.waitFor();
      const said = await footer.innerText();
      assert.deepEqual(BUSINESS.filter((part) => !said.includes(part)), [], page.url());
      await footer.getByRole("link", { name: "이용약관" }).waitFor();
      await footer.getByRole("link", { name: "개인정보 처리방침" }).waitFor();
    };
    for (const path of ["subscribe", "sign-in", "sign-up", "terms", "privacy"]) {
      await page.goto(at(`/app/${path}`));
      await page.getByRole("heading", { level: 1 }).waitFor();
      await looks();
    }
    await signIn(page, await newMember());
    for (const path of ["me", "checkout/complete"]) {
      await page.goto(at(`/app/${path}`));
      await looks();
    }
  });

  test("the terms and the privacy notice can be opened by a stranger, before joining, in both languages", async () => {
    const page = await newPage();
    await page.goto(at("/app/subscribe"));
    const [terms] = await Promise.all([
      page.context().waitForEvent("page"),
      page.getByRole("main").getByRole("link", { name: "이용약관 (새 창)" }).click(),
    ]);
    await terms.getByRole("heading", { level: 1, name: "이용약관" }).waitFor();
    await terms.getByText("버전 2026-01").waitFor();
    await terms.getByText("결제 후 7일 이내에는", { exact: false }).waitFor();
    await isAccessible(terms);
    await terms.getByRole("contentinfo").getByRole("link", { name: "개인정보 처리방침" }).click();
    await terms.getByRole("heading", { level: 1, name: "개인정보 처리방침" }).waitFor();
    await terms.getByText("3. 처리 위탁과 국외 이전").waitFor();
    await isAccessible(terms);
    await terms.getByRole("button", { name: "English" }).click();
    await terms.getByText("3. Processors, and transfers abroad").waitFor();
  });

  test("signing up says what is asked for and why, beside the papers", async () => {
    const page = await newPage();
    await page.goto(at("/app/sign-up"));
    const main = page.getByRole("main");
    await main.getByText("이름, 이메일, 비밀번호만 받습니다.", { exact: false }).waitFor();
    await main.getByText("만 14세 이상만", { exact: false }).waitFor();
    await main.getByRole("link", { name: "개인정보 처리방침 (새 창)" }).waitFor();
  });

  test("before joining one reads the whole price, both dates, how to cancel and how to withdraw, and nothing is ticked", async () => {
    const page = await newPage();
    await signIn(page, await newMember());
    await page.goto(at("/app/subscribe"));
    const offer = await (await fetch(at("/plans"))).json();
    const terms = page.getByRole("region", { name: "정기결제 동의 내용" });
    for (const words of [
      "9,900원(부가세 포함)이 매월 한 번",
      `첫 결제일은 오늘(${korean(offer.first_payment_date)})`,
      `두 번째 결제일은 ${korean(offer.second_payment_date)}`,
      "‘내 구독’의 ‘구독 취소’에서",
      "결제 후 7일 이내에는 고객센터에 청약철회를",
      "다시 동의를 받습니다",
    ]) {
      await terms.getByText(words, { exact: false }).waitFor();
    }
    await page.getByText("(부가세 포함)", { exact: true }).waitFor();
    assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 0);
    await subscribe(page);
    await page.getByText("구독이 시작되었습니다.").waitFor();
    await page.getByText(`다음 결제일은 ${korean(offer.second_payment_date)}입니다.`).waitFor();
  });

  test("cancelling takes no more clicks than subscribing, and one confirmation", async () => {
    const member = await newMember();
    const page = await newPage();
    const clicks = await countClicks(page);
    await signIn(page, member);
    await page.goto(at("/app/subscribe"));
    const toSubscribe = await clicks.of(async () => {
      await page.getByLabel(/위 정기결제 내용에 동의합니다/).check();
      await page.getByLabel("휴대폰 번호").click();
      await page.keyboard.type("01012345678");
      await page.getByRole("button", { name: "카드 등록하고 구독하기" }).click();
      const window = page.frameLocator("iframe");
      await window.getByLabel(/모두 동의합니다/).check();
      await window.getByRole("button", { name: "확인", exact: true }).click();
      await page.getByText("구독이 시작되었습니다.").waitFor();
    });
    await page.goto(at("/app/me"));
    let asked = 0;
    const toCancel = await clicks.of(async () => {
      await page.getByRole("button", { name: "구독 취소" }).click();
      await page.getByRole("dialog").waitFor();
      asked += 1;
      await page.getByRole("button", { name: "취소 신청하기" }).click();
      await page.getByText("취소 예정", { exact: true }).waitFor();
      asked += await page.getByRole("dialog").count();
    });
    console.log(`clicks on our pages: ${toSubscribe} to subscribe, ${toCancel} to cancel`);
    assert.deepEqual([toCancel, asked], [2, 1]);
    assert.ok(toCancel <= toSubscribe, `${toCancel} clicks to cancel, ${toSubscribe} to subscribe`);
    assert.equal((await ask(member, "/subscription")).body.state, "cancelling");
  });

  test("the question before a cancellation says that one can withdraw, and whom to ask", async () => {
    const { page } = await newSubscriberOnPage();
    await page.getByRole("button", { name: "구독 취소" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("결제 후 7일 이내에는", { exact: false }).waitFor();
    await dialog.getByRole("link", { name: "02-0000-0000" }).waitFor();
    await isAccessible(page);
  });
});
