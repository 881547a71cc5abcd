// The stack as a process, those who live in it, and one way to ask it for something: raw, so that nothing is put right
// on the way.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";

const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const PATIENCE_MS = 20_000;

/** Starts everything that `make up` starts but the pages, on ports of its own. */
export async function startStack(root) {
  const data = mkdtempSync(join(root, "target", "battery."));
  const ports = { API_PORT: "0", SIMULATOR_PORT: "0", DYNAMODB_PORT: "0" };
  const env = { ...process.env, ...ports, GUDOK_DATA: join(data, "data"), GUDOK_WEB: data, RUST_LOG: "info" };
  const stack = spawn(join(root, "target/debug/gudok-local"), { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let log = "";
  stack.stdout.on("data", (part) => (said += part));
  stack.stderr.on("data", (part) => (log += part));
  while (!/^ {2}Data/m.test(said)) {
    if (stack.exitCode !== null) throw new Error(`the stack did not start: ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const address = (name) => new RegExp(`^  ${name} +(http://[^/\\s]+)`, "m").exec(said)[1];
  return {
    api: address("API"),
    simulator: address("Simulator"),
    dynamodb: address("DynamoDB"),
    alive: () => stack.exitCode === null,
    log: () => log,
    stop: () => {
      stack.kill();
      agent.destroy();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Sends one request as it is written here, and brings the answer, whatever it is; `null` if the line was cut. */
export function send(origin, { method = "GET", path, headers = {}, body }) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const length = bytes ? { "content-length": bytes.length } : {};
    const cut = () => resolve(null);
    let request;
    try {
      request = httpRequest({ hostname, port, agent, method, path, headers: { ...length, ...headers } });
    } catch {
      // What Node cannot even write is no request.
      return cut();
    }
    request.setTimeout(PATIENCE_MS, () => request.destroy());
    request.on("error", cut);
    request.on("response", (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", cut);
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        resolve({ status: answer.statusCode, headers: answer.headers, text });
      });
    });
    request.end(bytes);
  });
}

/** The people of the battery, and what may be asked in their names. */
export function people({ api, simulator }) {
  const json = { "content-type": "application/json" };
  const must = async (origin, path, body, headers = {}) => {
    const method = body === undefined ? "GET" : "POST";
    const said = body === undefined ? undefined : JSON.stringify(body);
    const answer = await send(origin, { method, path, headers: { ...json, ...headers }, body: said });
    if (!answer || answer.status >= 300) throw new Error(`${path}: ${answer?.status} ${answer?.text}`);
    return answer.text === "" ? null : JSON.parse(answer.text);
  };
  const control = (path, body) => must(simulator, path, body);
  const signIn = async (uid, admin) => {
    const email = `${uid}@privat.example`;
    return (await control("/simulator/sign-in", { uid, email, admin })).id_token;
  };
  /** A token of our app's, but for what is said. */
  const appToken = async (more = {}) => (await control("/simulator/app-check", more)).token;
  const as = (token) => ({ authorization: `Bearer ${token}` });
  const ask = (token, path, body) => must(api, path, body, as(token));
  const open = async (token, path, body) =>
    must(api, path, body, { ...as(token), "x-firebase-appcheck": await appToken() });
  const subscribe = async (uid) => {
    const token = await signIn(uid);
    const opened = await open(token, "/checkout", { plan: "monthly", consent: { version: "2026-01" } });
    await control("/simulator/card-window", { request_pay: opened.request_pay, card: "approve" });
    const view = await ask(token, `/checkout/${opened.merchant_uid}/complete`, {});
    return { uid, token, opened, payment: view.latest_payment };
  };
  return { appToken, as, ask, control, open, signIn, subscribe };
}
