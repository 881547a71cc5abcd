#!/usr/bin/env node
// Hundreds of hostile requests against everything running as a process: forged, foreign, replayed, oversized, of the
// wrong kind, all at once, from another site. Nothing may be let in, moved or leaked (docs/threats.md).
//
//   local/stack/battery/run.mjs            starts a stack of its own (build it first: cargo build --package gudok-local)
//   local/stack/battery/run.mjs --verbose  says each request

import { readFileSync } from "node:fs";
import { crossSite, foreign, forged, forgotten, notOurApp, odd, routes, webhooks } from "./attacks.mjs";
import { people, send, startStack } from "./world.mjs";

const FEWEST = 500;
/** At once, where order does not matter. */
const AT_ONCE = 16;

const verbose = process.argv.includes("--verbose");
const root = new URL("../../..", import.meta.url).pathname;
const stack = await startStack(root);
const failures = [];
const counts = new Map();
const fail = (what) => failures.push(what);

try {
  await battery();
} catch (error) {
  // Whoever lives there could not go on.
  fail(String(error));
} finally {
  stack.stop();
}
for (const [kind, statuses] of counts) {
  const sum = [...statuses.values()].reduce((one, other) => one + other, 0);
  const list = [...statuses].sort().map(([status, times]) => `${status}: ${times}`);
  console.log(`${String(sum).padStart(5)}  ${kind.padEnd(12)} ${list.join(", ")}`);
}
const sent = [...counts.values()].flatMap((statuses) => [...statuses.values()]).reduce((one, other) => one + other, 0);
if (sent < FEWEST) fail(`only ${sent} requests were sent`);
for (const what of failures.slice(0, 30)) console.log(`FAILED ${what}`);
console.log(`${sent} hostile requests, ${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);

async function battery() {
  const { appToken, as, ask, control, open, signIn, subscribe } = people(stack);
  const [minji, jisu] = [await subscribe("zVictimMinjiQ7"), await subscribe("zVictimJisuQ8")];
  const eve = { ...(await opened("zEveQ9")), uid: "zEveQ9", app: await appToken() };
  let admin = await signIn("zAdminQ1", true);
  const now = Math.floor(Date.parse((await control("/simulator/clock")).now) / 1000);
  const secrets = [minji, jisu].flatMap((one) => [one.uid, one.token, one.payment.imp_uid, one.payment.merchant_uid, one.opened.merchant_uid]);
  secrets.push("zAdminQ1", admin, "local_key", "local_secret", "PRIVATE KEY", "panicked", ".rs:");
  const before = await everything();

  const document = JSON.parse(readFileSync(`${root}openapi.json`, "utf8"));
  for (const route of forgotten(document, routes(minji))) fail(`nobody attacks ${route}`);
  await all("forged", forged(eve, minji, now));
  await all("not our app", await notOurApp(eve, appToken));
  await all("foreign", foreign(eve, minji));
  await all("webhooks", webhooks([minji, jisu], eve));
  await all("odd", odd(eve, minji));
  await all("cross-site", crossSite(minji, eve));
  await isAsBefore(Object.keys(before));
  await replayed();
  admin = await signIn("zAdminQ1", true);
  await isAsBefore(Object.keys(before).filter((path) => path.startsWith("/admin/members/")));
  await raced();
  if (!stack.alive()) fail("the stack has ended");
  const logged = secrets.filter((secret) => stack.log().includes(secret));
  // Ids of orders and payments are what a log is for.
  const ids = [minji, jisu].flatMap((one) => [one.payment.imp_uid, one.payment.merchant_uid, one.opened.merchant_uid]);
  for (const secret of logged.filter((it) => !ids.includes(it) && it !== ".rs:")) fail(`logged: ${secret}`);
  if (stack.log().includes("privat.example")) fail("an e-mail address is logged");

  /** Somebody with a checkout that is open, and nothing paid. */
  async function opened(uid) {
    const token = await signIn(uid);
    return { token, opened: await open(token, "/checkout", { plan: "monthly", consent: { version: "2026-01" } }) };
  }

  /** What the victims have, the money that moved, and what an admin sees. */
  async function everything() {
    const text = async (path) => JSON.stringify(await ask(admin, path));
    const members = [minji, jisu].map((one) => `/admin/members/${one.uid}`);
    const paths = [...members, "/admin/cancellations", "/admin/reviews", "/admin/checkouts"];
    const seen = {};
    for (const path of paths) seen[path] = await text(path);
    for (const path of ["charges", "schedules", "customers"]) {
      seen[path] = JSON.stringify(await control(`/simulator/${path}`));
    }
    return seen;
  }

  /** Whether of what there was all is as it was. */
  async function isAsBefore(paths) {
    const after = await everything();
    for (const path of paths) {
      if (after[path] !== before[path]) fail(`${path} is not as before:\n  ${before[path]}\n  ${after[path]}`);
    }
  }

  /** Sends these, and looks at each answer. */
  async function all(kind, attacks) {
    const left = [...attacks];
    const work = async () => {
      for (let attack = left.pop(); attack; attack = left.pop()) await one(kind, attack);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  async function one(kind, { what, expect, says, at = "api", noCors, ...request }) {
    const answer = await send(stack[at], request);
    const status = answer?.status ?? "cut";
    if (!counts.has(kind)) counts.set(kind, new Map());
    counts.get(kind).set(status, (counts.get(kind).get(status) ?? 0) + 1);
    if (verbose) console.log(`${status} ${what}`);
    if (answer === null) return;
    const wrong = (why) => fail(`${kind}: ${what}: ${why}: ${status} ${answer.text.slice(0, 200)}`);
    if (!expect.includes(status)) wrong("not as expected");
    if (says && !answer.text.includes(says)) wrong(`it does not say ${says}`);
    if (status >= 500 && !answer.text.includes("/problems/just-looked-up")) wrong("a 5xx");
    const said = JSON.stringify(answer.headers) + answer.text;
    const own = JSON.stringify(request);
    // In a race everybody asks for what is theirs.
    const leaked = kind !== "raced" && secrets.find((secret) => said.includes(secret) && !own.includes(secret));
    if (leaked) wrong(`it tells ${leaked}`);
    if (noCors && answer.headers["access-control-allow-origin"]) wrong("a page of another's may read it");
    for (const name of ["server", "x-powered-by", "set-cookie"]) if (answer.headers[name]) wrong(`it has ${name}`);
  }

  /** What was good once: a session, an order, a payment of one's own. */
  async function replayed() {
    const { member } = routes(minji);
    const stale = { uid: "zGoneQ2", ...(await opened("zGoneQ2")) };
    const demoted = await signIn("zDemotedQ3", true);
    await signIn("zDemotedQ3", false);
    await all("replayed", routes(minji).admin.map((route) => ({
      what: `a right that was taken away at ${route.path}`, ...route, headers: { ...route.headers, ...as(demoted) }, expect: [401, 403],
    })));
    // Money of one's own, under another's order, and under one's own for less.
    const cheap = { ...eve.opened.request_pay, amount: 100, customer_uid: undefined, merchant_uid: eve.opened.merchant_uid };
    const paid = await control("/simulator/card-window", { request_pay: cheap, card: "approve" });
    await all("replayed", Array.from({ length: 30 }, () => ({
      what: "less money than it costs", method: "POST", path: `/checkout/${eve.opened.merchant_uid}/complete`,
      headers: { "content-type": "application/json", ...as(eve.token) }, body: "{}", expect: [202, 402, 409],
    })));
    await all("replayed", [minji, jisu].flatMap((victim) => Array.from({ length: 10 }, () => ({
      what: "a payment of one's own under another's order", method: "POST", path: "/iamport-callback",
      headers: { "content-type": "application/json" }, body: JSON.stringify({ imp_uid: paid.imp_uid, merchant_uid: victim.payment.merchant_uid, status: "paid" }),
      expect: [200, 503],
    }))));
    const view = await ask(eve.token, "/subscription");
    if (view.state !== "none") fail(`eve subscribed for 100 won: ${JSON.stringify(view)}`);
    // A review of it is right; it is an admin's to settle, and not of the victims.
    const { reviews } = await ask(admin, "/admin/reviews");
    for (const review of reviews) {
      if (review.uid !== eve.uid) fail(`a review of another's: ${JSON.stringify(review)}`);
      await ask(admin, `/admin/reviews/${review.id}/resolve`, { action: "refund", amount: review.amount, reason: "not ours" });
    }
    await signInLater();

    async function signInLater() {
      await control("/simulator/clock", { advance_seconds: 3700 });
      await all("replayed", member.map((route) => ({
        what: `a session that is over at ${route.path}`, ...route, headers: { ...route.headers, ...as(stale.token) }, expect: [401],
      })));
      Object.assign(eve, { token: await signIn(eve.uid) });
      for (const one of [minji, jisu]) one.token = await signIn(one.uid);
    }
  }

  /** The same at once, many times: it is done once. */
  async function raced() {
    const desk = await signIn("zAdminQ1", true);
    const twenty = (attack) => Array.from({ length: 20 }, () => attack);
    const headers = (token) => ({ "content-type": "application/json", ...as(token) });
    const refund = { what: "one refund twenty times", method: "POST", path: `/admin/payments/${minji.payment.merchant_uid}/refund`,
      headers: headers(desk), body: JSON.stringify({ amount: 9900, reason: "x" }), expect: [200, 202, 409] };
    await all("raced", twenty(refund));
    const cancel = { what: "one cancellation twenty times", method: "POST", path: "/subscription/cancel", headers: headers(jisu.token), body: "{}", expect: [200, 503] };
    await all("raced", [...twenty(cancel), ...twenty({ ...cancel, path: "/subscription/resume" })]);
    const checkout = { what: "windows without an end", method: "POST", path: "/checkout",
      headers: { ...headers(eve.token), "x-firebase-appcheck": await appToken() },
      body: JSON.stringify({ plan: "monthly", consent: { version: "2026-01" } }), expect: [201, 429, 409, 503] };
    await all("raced", Array.from({ length: 60 }, () => checkout));
    const charges = await control("/simulator/charges");
    const back = charges.filter((charge) => charge.merchant_uid === minji.payment.merchant_uid);
    if (back.length !== 1 || back[0].cancelled_amount !== 9900) fail(`given back: ${JSON.stringify(back)}`);
    const schedules = (await control("/simulator/schedules")).filter((it) => it.schedule_status === "scheduled");
    const open = new Set(schedules.map((it) => it.customer_uid));
    if (open.size !== schedules.length) fail(`two schedules stand for one: ${JSON.stringify(schedules)}`);
  }
}
