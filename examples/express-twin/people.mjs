#!/usr/bin/env node
// Lives eleven weeks with a thousand members on the old server, so that there is something to take over.
//
//   node people.mjs --api http://127.0.0.1:8080 --simulator http://127.0.0.1:8081 --members 1000 --out DIR
//
//   --api        Gudok's, if it shares the simulator: then each member has an account, and Iamport's key is the stack's
//   --simulator  http://127.0.0.1:8081
//   --members    1000
//   --out        a folder: members.json and expected.json go there
//   --seed       1: the same seed makes the same people
//   --at-once    6 calls at once
//   --stay       the old server goes on (PORT, by default 3000), with the webhooks of its payments, until Ctrl-C

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { compare } from "./compare.mjs";
import { HOURS, MOVE_HOUR, RAISED, KINDS, addDays, lifetime, people } from "./kinds.mjs";
import { listen, payments, settings } from "./server.mjs";
import { ask, each, korea, simulatorAt } from "./stack.mjs";

const { values: options } = parseArgs({
  options: {
    api: { type: "string" },
    simulator: { type: "string", default: "http://127.0.0.1:8081" },
    members: { type: "string", default: "1000" },
    out: { type: "string" },
    seed: { type: "string", default: "1" },
    "at-once": { type: "string", default: "6" },
    stay: { type: "boolean", default: false },
  },
});
const atOnce = Number(options["at-once"]);
const simulator = simulatorAt(options.simulator);
settings.iamport = options.simulator;
settings.now = simulator.now;
if (options.api) {
  // The stack's own credentials, unless others are said.
  settings.key = process.env.IMP_KEY ?? "local_key";
  settings.secret = process.env.IMP_SECRET ?? "local_secret";
}
let said = 0;
settings.slack = () => (said += 1);

const server = await listen(options.stay ? Number(process.env.PORT ?? 3000) : 0);
// A line that is closed after five idle seconds is closed under a question, where the machine is slow.
server.keepAliveTimeout = 0;
const old = `http://127.0.0.1:${server.address().port}`;
try {
  await main();
} catch (error) {
  console.error(`people: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
if (options.stay && process.exitCode === undefined) await stay();
server.close();
server.closeAllConnections();

async function main() {
  if (!options.out) throw new Error("say --out DIR");
  const started = performance.now();
  if (options.api) await ask(`${options.api}/plans`);
  const life = lifetime(await nextYear());
  const all = people(Number(options.members), Number(options.seed), Number(life.first.slice(0, 4)));
  await simulator.moveTo(korea(life.first, 0));
  await simulator.newWebhooks();
  // Gudok is not there yet, and the address in Iamport's console is the old server's.
  await simulator.fault({ webhooks: "lost", count: 1_000_000 });
  await live(all, life).finally(simulator.noFaults);
  const lived = performance.now();
  await mkdir(options.out, { recursive: true });
  const members = await ask(`${old}/payments.json`);
  const { expected, wrong } = compare(all, members, {
    schedules: await simulator.list("schedules"),
    charges: await simulator.list("charges"),
    customers: await simulator.list("customers"),
  });
  await writeFile(join(options.out, "members.json"), `${JSON.stringify(members, null, 1)}\n`);
  await writeFile(join(options.out, "expected.json"), `${JSON.stringify(expected, null, 1)}\n`);
  for (const kind of Object.keys(KINDS)) {
    console.log(`${String(all.filter((it) => it.kind === kind).length).padStart(5)}  ${kind}`);
  }
  const seconds = ((lived - started) / 1000).toFixed(1);
  console.log(`${all.length} members, ${payments.length} rows, ${said} messages to Slack, ${seconds} s`);
  console.log(`the site moves at ${korea(life.move, MOVE_HOUR).toISOString()}`);
  if (wrong.length > 0) throw new Error(`not as it should be:\n  ${wrong.slice(0, 20).join("\n  ")}`);
}

/** The next 28th of October: then the months that follow are the same in each run. */
async function nextYear() {
  const now = await simulator.look();
  const year = now.getFullYear();
  return now < korea(lifetime(year).first, 0) ? year : year + 1;
}

/** Lives from day to day: at each hour who joins joins, then what Iamport did is heard. */
async function live(all, life) {
  const uids = new Map(all.map((it) => [it.uid.slice(0, 16), it]));
  for (let date = life.first; date <= life.move; date = addDays(date, 1)) {
    for (const hour of HOURS.filter((hour) => date < life.move || hour < MOVE_HOUR)) {
      const here = all.filter((it) => it.hour === hour && happens(it, date));
      const inOffice = hour === HOURS[0] && [life.raise, life.button].includes(date);
      if (here.length === 0 && !inOffice) continue;
      await simulator.moveTo(korea(date, hour));
      if (inOffice) await office(date, life);
      await each(here, atOnce, (it) => act(it, date));
      await byTrap(here.filter((it) => it.join === date), (it) => it, joins);
      await simulator.moveTo(korea(date, hour, 30));
      await hear(uids, date);
    }
  }
  await simulator.moveTo(korea(life.move, MOVE_HOUR));
  await hear(uids, life.move);
}

/** First for those whose server knows of the trap, then for the others, with the server as it was for them. */
async function byTrap(list, member, work) {
  for (const trap of ["off", "on", "consecutive"]) {
    settings.trap = trap;
    await each(list.filter((one) => (KINDS[member(one).kind].trap ?? "off") === trap), atOnce, work);
  }
  settings.trap = "off";
}

/** Whether a member pays, or anything else comes of the member, on that day. */
function happens(it, date) {
  return it.payments.includes(date) || it.acts.some(({ on }) => on === date);
}

/** What is done in the office that day. */
async function office(date, life) {
  if (date === life.raise) await ask(`${old}/admin/price`, "POST", { price: RAISED });
  if (date === life.button) await ask(`${old}/admin/cancellations`, "POST");
}

async function joins(it) {
  if (options.api) await simulator.enrol(it.uid, it.email);
  const { uid, kind } = it;
  const email = it.tells_email ? it.email : undefined;
  const request = await ask(`${old}/billing/window`, "POST", { uid, email, agreed: true });
  await simulator.window(request, KINDS[kind].card);
  // Declined is an answer too.
  const paid = ask(`${old}/billing`, "POST", { uid });
  await (KINDS[kind].card ? paid.catch(() => null) : paid);
}

async function act(it, date) {
  const customer_uid = `user_${it.uid}`;
  for (const { act, card } of it.acts.filter(({ on }) => on === date)) {
    if (act === "cancel") await ask(`${old}/cancel`, "POST", { uid: it.uid });
    if (act === "card") await simulator.setCard(customer_uid, card);
    if (act === "delete_key") await simulator.console({ delete_key: { customer_uid } });
  }
}

/**
 * Hands the webhooks of the old server's payments to it: the stack would send them to Gudok. Those of one member stay
 * in their order.
 */
async function hear(uids, date) {
  const byMember = new Map();
  for (const webhook of await simulator.newWebhooks()) {
    if (webhook.url?.startsWith(old)) throw new Error("webhooks are to go elsewhere than to this server");
    const it = uids.get(/^(?:issue|order)_([A-Za-z0-9]{16})_/.exec(webhook.merchant_uid)?.[1]);
    if (it) byMember.set(it, [...(byMember.get(it) ?? []), webhook]);
  }
  const last = (it) => it.paid === date;
  const trouble = (name) => [...byMember].filter(([it]) => KINDS[it.kind].trouble === name && last(it));
  const odd = new Set([...trouble("unheard"), ...trouble("unscheduled")].map(([it]) => it));
  const usual = [...byMember].filter(([it]) => !odd.has(it));
  await byTrap(usual, ([it]) => it, ([, webhooks]) => deliver(webhooks));
  // Alone, so that the fault strikes the call that it is meant for.
  for (const [, webhooks] of trouble("unscheduled")) {
    await simulator.fault({ calls: "internal_error", path: "/subscribe/payments/schedule" });
    await deliver(webhooks).catch(() => null);
  }
}

async function deliver(webhooks) {
  for (const { body } of webhooks) await ask(`${old}/iamport-callback/schedule`, "POST", JSON.parse(body));
}

/** The old server goes on, and hears what Iamport does. */
async function stay() {
  settings.slack = (text) => console.log(`[slack] ${text}`);
  console.log(`the old server goes on at ${old}`);
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stopped.abort());
  while (!stopped.signal.aborted) {
    await simulator.look();
    const ours = (await simulator.newWebhooks()).filter(({ merchant_uid }) => /^(issue|order)_/.test(merchant_uid));
    await deliver(ours).catch((error) => console.error(`people: ${error.message}`));
    await pause(500, undefined, { signal: stopped.signal }).catch(() => null);
  }
}
