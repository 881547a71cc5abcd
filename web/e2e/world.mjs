// What a file of browser tests works with: a stack and a browser of its own, members, the card window, the clock;
// and what holds on every page: nothing comes from another host, nothing breaks the Content-Security-Policy.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before } from "node:test";
import { chromium, devices } from "playwright-core";
import { policy } from "../scripts/csp.mjs";
import { startStack } from "./stack.mjs";

const stack = await startStack({
  // So that cards that do not answer are waited for briefly, and that access is left for the admin's button.
  IAMPORT_TIMEOUT_SECONDS: "2",
  REVOCATION: "review",
});

export const { API_URL, SIMULATOR_URL, AUTH_URL } = stack;

export const CSP = policy({
  iamport_script: SIMULATOR_URL,
  iamport_frame: SIMULATOR_URL,
  connect: `${AUTH_URL} ${SIMULATOR_URL}`,
});

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const PASSWORD = "gudok-1234";
/** No request takes longer, not even one that lets months go by. */
const patience = () => AbortSignal.timeout(120_000);

let browser;
let contexts = [];
let trouble = [];
let members = 0;

export async function openBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

/** Ends the browser and the stack. */
export async function close() {
  await browser?.close();
  await stack.stop();
}

/** What is to be seen where a test failed, or nobody knows why it waited. */
async function tell(page) {
  console.error(page.url());
  console.error(await page.locator("body").ariaSnapshot({ timeout: 5_000 }).catch(String));
}

/** Sets the browser up for a file of tests. */
export function withBrowser() {
  before(openBrowser);
  afterEach(async ({ passed }) => {
    if (!passed) for (const page of contexts.flatMap((context) => context.pages())) await tell(page);
    await Promise.all(contexts.map((context) => context.close()));
    const found = trouble;
    contexts = [];
    trouble = [];
    assert.deepEqual(found, []);
  });
  after(close);
}

/** A browser of someone's own: a desktop's or a phone's. */
export async function newBrowser({ phone = false, ...options } = {}) {
  const { defaultBrowserType: _, ...device } = phone ? devices["iPhone 13"] : {};
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    ...device,
    locale: "ko-KR",
    // Times are Korea's, wherever the reader is.
    timezoneId: "America/New_York",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(30_000);
  contexts.push(context);
  const ours = [API_URL, SIMULATOR_URL, AUTH_URL].map((url) => new URL(url).origin);
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && !ours.includes(url.origin)) trouble.push(`asked ${url.origin}`);
  });
  context.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) trouble.push(message.text());
  });
  context.on("weberror", (error) => trouble.push(String(error.error())));
  return context;
}

export async function newPage(options) {
  return (await newBrowser(options)).newPage();
}

export const at = (path) => `${API_URL}${path}`;

async function post(url, body, headers = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: patience(),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

const toolkit = (call, body, headers) =>
  post(`${AUTH_URL}/identitytoolkit.googleapis.com/v1/${call}`, body, headers);

/** A new member with a name, not signed in anywhere. */
export async function newMember(name = "김구독") {
  members += 1;
  const email = `member-${process.pid}-${members}@example.com`;
  const { localId: uid } = await toolkit("accounts:signUp?key=local", {
    email,
    password: PASSWORD,
    displayName: name,
  });
  return { uid, email, password: PASSWORD };
}

/** An account that may look at the desk, and not act. */
export async function newViewer() {
  const viewer = await newMember("최조회");
  const owner = { authorization: "Bearer owner" };
  const customAttributes = JSON.stringify({ admin: "viewer" });
  await toolkit("projects/demo-gudok/accounts:update", { localId: viewer.uid, customAttributes }, owner);
  return viewer;
}

/** An admin besides the first. */
export async function newAdmin() {
  const admin = await newMember("박관리");
  const owner = { authorization: "Bearer owner" };
  const customAttributes = JSON.stringify({ admin: true });
  await toolkit("projects/demo-gudok/accounts:update", { localId: admin.uid, customAttributes }, owner);
  return admin;
}

export const ADMIN = { uid: "admin", email: "admin@example.com", password: "admin1234" };

/** An ID token, as the app would have it. */
export async function tokenOf({ email, password }) {
  const answer = await toolkit("accounts:signInWithPassword?key=local", {
    email,
    password,
    returnSecureToken: true,
  });
  return answer.idToken;
}

export async function removeAccount({ uid }) {
  const owner = { authorization: "Bearer owner" };
  await toolkit("projects/demo-gudok/accounts:delete", { localId: uid }, owner);
}

/** Asks the API as a member. */
export async function ask(member, path, { method = "GET", body } = {}) {
  const headers = { authorization: `Bearer ${await tokenOf(member)}`, "content-type": "application/json" };
  if (path === "/checkout") {
    headers["x-firebase-appcheck"] = (await post(`${SIMULATOR_URL}/simulator/app-check`, {})).token;
  }
  const answer = await fetch(at(path), {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: patience(),
  });
  return { status: answer.status, body: await answer.json() };
}

/** The admins' button, pressed for these members. */
export async function endAccess(members) {
  const body = { dry_run: false, uids: members.map(({ uid }) => uid) };
  const answer = await ask(ADMIN, "/admin/cancellations/process", { method: "POST", body });
  assert.equal(answer.status, 200, answer.body.detail);
}

/** How much of a member's latest payment was given back. */
export const refundedOf = async (member) => (await ask(member, "/payments")).body.payments[0].refunded;

export const stateOf = async (member) => (await ask(member, "/subscription")).body.state;

export const passwordField = (page) => page.locator("input[type=password]");

export async function signIn(page, { email, password }, path = "/app/sign-in") {
  await page.goto(at(path));
  await page.getByLabel("이메일").fill(email);
  await passwordField(page).fill(password);
  await page.getByRole("main").getByRole("button", { name: "로그인", exact: true }).click();
  await page.getByRole("button", { name: "로그아웃" }).waitFor();
}

export async function fillSubscription(page) {
  await page.goto(at("/app/subscribe"));
  await page.getByLabel(/위 정기결제 내용에 동의합니다/).check();
  await page.getByLabel("휴대폰 번호").fill("01012345678");
}

export const subscribeButton = (page) => page.getByRole("button", { name: "카드 등록하고 구독하기" });

/** Fills the card window: which card (by the simulator's name), how it ends, what becomes of the webhook. */
export async function takeCard(
  page,
  { card = "approve", end = "확인", webhook = "먼저 보내기", phone = false } = {},
) {
  const window = phone ? page : page.frameLocator('iframe[title="결제창"]');
  await window.locator(`input[name=card][value=${card}]`).check();
  await window.getByLabel(/모두 동의합니다/).check();
  await window.getByText("다르게 끝내기").click();
  await window.getByLabel("웹훅").selectOption({ label: webhook });
  await window.getByRole("button", { name: end, exact: true }).click();
}

/** From the plan to the end of the card window. */
export async function subscribe(page, window) {
  await fillSubscription(page);
  await subscribeButton(page).click();
  await takeCard(page, window);
}

/** A member with a subscription, without a browser: what the card window would do, the simulator is told. */
export async function newSubscriber({ card = "approve" } = {}) {
  const member = await newMember();
  const offer = await (await fetch(at("/plans"))).json();
  const [{ id: plan }] = offer.plans;
  const opened = await ask(member, "/checkout", {
    method: "POST",
    body: { plan, consent: { version: offer.terms_version } },
  });
  const { merchant_uid, request_pay } = opened.body;
  await post(`${SIMULATOR_URL}/simulator/card-window`, {
    request_pay: { ...request_pay, buyer_name: "김구독", buyer_tel: "010-1234-5678" },
    card,
  });
  const completed = await ask(member, `/checkout/${merchant_uid}/complete`, { method: "POST", body: {} });
  assert.equal(completed.status, 200, completed.body.detail);
  return member;
}

/** A member with a subscription, on the page of it. */
export async function newSubscriberOnPage(options) {
  const member = await newSubscriber();
  const page = await newPage(options);
  await signIn(page, member);
  await page.getByText("이용 중", { exact: true }).waitFor();
  return { member, page };
}

/** The simulation's time, after a jump if one is named. */
export async function clock(jump) {
  const url = `${SIMULATOR_URL}/simulator/clock`;
  const { now } = await (jump === undefined ? (await fetch(url)).json() : post(url, jump));
  return new Date(now);
}

/** What the simulator knows of a member's cards, newest last. */
export async function cardsOf(member) {
  const { body } = await ask(member, "/subscription");
  const customers = await (await fetch(`${SIMULATOR_URL}/simulator/customers`)).json();
  return { subscription: body, customers };
}

/** Lets every card that is registered for a member's subscription behave otherwise from now on. */
export async function changeBehaviour(member, card) {
  const { subscription, customers } = await cardsOf(member);
  const run = subscription.latest_payment.merchant_uid.split("-")[1];
  for (const { customer_uid } of customers.filter((customer) => customer.customer_uid.includes(run))) {
    const answer = await fetch(`${SIMULATOR_URL}/simulator/customers/${customer_uid}/card`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ card }),
    });
    assert.equal(answer.status, 204);
  }
}

/** A member whose latest charge was declined so. */
export async function newDebtor(card = "insufficient_funds") {
  const member = await newSubscriber();
  const { next_payment_date } = (await ask(member, "/subscription")).body;
  await changeBehaviour(member, card);
  await clock({ advance_to: `${next_payment_date}T12:00:00+09:00` });
  return member;
}

/** Pays the order of a member's next charge in an ordinary way, as nobody should. */
export async function payOrder(member) {
  const { body } = await ask(member, "/subscription");
  const run = body.latest_payment.merchant_uid.split("-")[1];
  const schedules = await (await fetch(`${SIMULATOR_URL}/simulator/schedules`)).json();
  const { merchant_uid } = schedules.find((schedule) => schedule.merchant_uid.includes(run));
  await post(`${SIMULATOR_URL}/simulator/card-window`, {
    request_pay: {
      pg: "html5_inicis.INIBillTst",
      pay_method: "card",
      merchant_uid,
      name: body.plan_name,
      amount: body.price,
      buyer_name: "김구독",
      buyer_tel: "010-1234-5678",
    },
  });
}

/** A member whose next charge's order somebody paid in an ordinary way, so that the signs disagree. */
export async function contradiction() {
  const member = await newSubscriber();
  const { next_payment_date } = (await ask(member, "/subscription")).body;
  await payOrder(member);
  await clock({ advance_to: `${next_payment_date}T12:00:00+09:00` });
  return member;
}

/** A member whose renewal was declined on its day, at half past eleven, by a card that behaves so. */
export async function newPastDue(card = "expired") {
  const member = await newSubscriber();
  const { next_payment_date } = (await ask(member, "/subscription")).body;
  await changeBehaviour(member, card);
  await clock({ advance_to: `${next_payment_date}T11:30:00+09:00` });
  return { member, due: next_payment_date };
}

/** The page of a member who is signed in. */
export async function openMine(member, options) {
  const page = await newPage(options);
  await signIn(page, member);
  await page.goto(at("/app/me"));
  return page;
}

/** A date as the API writes it, as the page does: `2026년 12월 1일`. */
export function korean(date) {
  const [year, month, day] = date.split("-").map(Number);
  return `${year}년 ${month}월 ${day}일`;
}

/** The date so many days later, as the API writes dates. */
export function later(date, days) {
  const moved = new Date(`${date}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

/** A card at Iamport that Gudok knows nothing of, under this name. */
export async function registerCard(customer_uid) {
  await post(`${SIMULATOR_URL}/simulator/card-window`, {
    request_pay: {
      pg: "html5_inicis.INIBillTst",
      pay_method: "card",
      merchant_uid: `card-of-${customer_uid}`,
      customer_uid,
      name: "월 구독 카드 등록",
      amount: 9900,
      buyer_name: "김구독",
      buyer_tel: "010-1234-5678",
    },
    webhook: "lost",
  });
}

/** A call to Iamport that Gudok does not make, as from Iamport's console. */
export async function iamport(path, body) {
  const keys = { imp_key: "local_key", imp_secret: "local_secret" };
  const { response } = await post(`${SIMULATOR_URL}/users/getToken`, keys);
  const answer = await post(`${SIMULATOR_URL}${path}`, body, { authorization: response.access_token });
  assert.equal(answer.code, 0, answer.message);
}

/** How often a member was charged, as the member's payments say. */
export async function chargesOf(member) {
  const { body } = await ask(member, "/payments");
  return body.payments.map(({ amount }) => amount);
}

/** No serious issue, on a desktop and on a phone. */
export async function isAccessible(page) {
  await page.evaluate(AXE);
  for (const viewport of [
    { width: 1280, height: 900 },
    { width: 390, height: 844 },
  ]) {
    await page.setViewportSize(viewport);
    const { violations } = await page.evaluate(() => window.axe.run({ exclude: ["iframe"] }));
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    assert.deepEqual(
      serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      [],
      page.url(),
    );
    const { scrollWidth, innerWidth } = await page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      innerWidth,
    }));
    assert.ok(
      scrollWidth <= innerWidth,
      `${page.url()} is wider (${scrollWidth}) than the screen (${innerWidth})`,
    );
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** An admin on the page of a member. */
export async function openMember(member) {
  const page = await newPage();
  await signIn(page, ADMIN);
  await page.goto(at(`/app/admin/members/${member.uid}`));
  await page.getByRole("heading", { level: 2, name: member.uid }).waitFor();
  return page;
}

/** The dialog that asks about a refund of the member's payment, with a reason. */
export async function askRefund(page) {
  await page.getByRole("button", { name: /결제 환불$/ }).click();
  const dialog = page.getByRole("dialog", { name: "환불" });
  await dialog.getByLabel("환불 사유").fill("고객 요청");
  return dialog;
}
