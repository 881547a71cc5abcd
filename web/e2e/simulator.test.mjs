// The simulator's own page, with a thousand members: a page of each list, found by what they say, and nothing fetched that
// has not changed.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { iamport, newPage, registerCard, SIMULATOR_URL, withBrowser } from "./world.mjs";

const MEMBERS = 1_000;
const PAGE = 20;
const LISTS = ["customers", "schedules", "payments", "webhooks"];

const open = async () => {
  const page = await newPage();
  await page.goto(`${SIMULATOR_URL}/simulator`);
  await page.getByText(/^1,00\d건 중 1–20$/).first().waitFor();
  for (const name of LISTS) await listOf(page, name).getByText(/건 중/).waitFor();
  return page;
};
const listOf = (page, name) => page.locator(`[data-list=${name}]`);

/** The next answer about a list. */
const answerOf = (page, name) =>
  page.waitForResponse((answer) => new URL(answer.url()).pathname === `/simulator/${name}`);

describe("the simulator's page with a thousand members", { timeout: 300_000 }, () => {
  withBrowser();
  before(async () => {
    const numbers = Array.from({ length: MEMBERS }, (_, number) => String(number).padStart(4, "0"));
    for (let from = 0; from < MEMBERS; from += 50) {
      await Promise.all(numbers.slice(from, from + 50).map((number) => registerCard(`member-${number}`)));
    }
  });

  test("begins with the faults, and is a few screens long", async () => {
    const page = await open();
    const first = page.locator("main section").first();
    await first.getByRole("heading", { name: "장애 일으키기" }).waitFor();
    const { y } = await first.getByRole("button", { name: "추가" }).boundingBox();
    assert.ok(y < 400, `the button is at ${y}`);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    console.log(`the page with ${MEMBERS} members is ${height} px high`);
    assert.ok(height < 6_000, `${height} px`);
    for (const name of LISTS) assert.ok((await listOf(page, name).locator("tbody tr").count()) <= PAGE, name);
  });

  test("shows the next page, and the one before", async () => {
    const page = await open();
    const customers = listOf(page, "customers");
    const all = await (await fetch(`${SIMULATOR_URL}/simulator/customers`)).json();
    const names = all.map(({ customer_uid }) => customer_uid).reverse();
    const shown = () => customers.locator("tbody tr td:first-child").allTextContents();
    assert.deepEqual(await shown(), names.slice(0, PAGE));
    await customers.getByRole("button", { name: "다음" }).click();
    await customers.getByText("1,000건 중 21–40").waitFor();
    await customers.getByText(names[PAGE], { exact: true }).waitFor();
    assert.deepEqual(await shown(), names.slice(PAGE, 2 * PAGE));
    await customers.getByRole("button", { name: "이전" }).click();
    await customers.getByText(names[0], { exact: true }).waitFor();
  });

  test("finds a member in every list, and says when there is nobody", async () => {
    const page = await open();
    await page.getByRole("searchbox", { name: "찾기" }).fill("Member-0042");
    await page.getByRole("search").getByRole("button", { name: "찾기" }).click();
    await listOf(page, "customers").getByText("1건 중 1–1", { exact: true }).waitFor();
    await listOf(page, "payments").getByText("1건 중 1–1", { exact: true }).waitFor();
    await listOf(page, "customers").getByText("member-0042", { exact: true }).waitFor();
    await page.getByRole("searchbox").fill("nobody-at-all");
    await page.keyboard.press("Enter");
    await listOf(page, "customers").getByText("없음").waitFor();
  });

  test("fetches nothing that has not changed, and what has changed at once", async () => {
    const page = await open();
    await page.locator("h1").click();
    let bytes = 0;
    let asked = 0;
    for (let poll = 0; poll < 3; poll += 1) {
      const answers = await Promise.all(LISTS.map((name) => answerOf(page, name)));
      assert.deepEqual(answers.map((answer) => answer.status()), [304, 304, 304, 304]);
      const sizes = await Promise.all(answers.map((answer) => answer.request().sizes()));
      bytes += sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
      asked += answers.length;
    }
    console.log(`${asked} requests for lists that have not changed: ${bytes} bytes of bodies`);
    assert.equal(bytes, 0);

    const changed = page.waitForResponse((answer) => answer.url().includes("/simulator/customers?") && answer.status() === 200);
    await registerCard("member-new");
    await changed;
    await listOf(page, "customers").getByText("member-new", { exact: true }).waitFor();
    await iamport("/subscribe/payments/again", {
      customer_uid: "member-new",
      merchant_uid: "order-new",
      amount: 9900,
      name: "월 구독",
    });
    await listOf(page, "payments").getByText("order-new", { exact: true }).waitFor();
  });

  test("a card's behaviour is named in Korean, and changed on the page", async () => {
    const page = await open();
    await page.getByRole("searchbox").fill("member-0999");
    await page.keyboard.press("Enter");
    await listOf(page, "customers").getByText("1건 중 1–1", { exact: true }).waitFor();
    const row = listOf(page, "customers").getByRole("row").filter({ hasText: "member-0999" });
    const changed = page.waitForResponse((answer) => answer.request().method() === "PUT");
    await row.getByRole("combobox").selectOption({ label: "한도 초과" });
    assert.equal((await changed).status(), 204);
    const customers = await (await fetch(`${SIMULATOR_URL}/simulator/customers?q=member-0999`)).json();
    assert.deepEqual(customers.map(({ card }) => card), ["limit_exceeded"]);
  });
});
