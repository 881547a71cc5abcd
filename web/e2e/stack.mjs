// The local stack and the Auth emulator of one file of tests: on free ports, with an empty folder and a clock of
// their own, so that files run beside each other and nobody's months are another's.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("../", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Stops a wait that will not end. */
const PATIENCE_MS = 120_000;

/** Starts both; answers with their addresses and how to stop them. `settings` are added to the stack's. */
export async function startStack(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), "gudok-e2e-"));
  const children = [];
  const stop = async () => {
    for (const child of children) child.kill("SIGTERM");
    await Promise.all(children.map((child) => child.ended));
    rmSync(folder, { recursive: true, force: true });
  };
  // Whoever ends without saying so takes them along.
  process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));
  try {
    const quiet = { AUTH_PORT: "0", AUTH_DATA: "" };
    const emulator = serve(process.execPath, [join(web, "emulator/auth-emulator.cjs")], quiet, "ipc");
    children.push(emulator);
    const AUTH_URL = await emulator.says(/^Auth emulator +(\S+)/m);
    const stack = serve(process.env.GUDOK_BIN, [], {
      API_PORT: "0",
      SIMULATOR_PORT: "0",
      DYNAMODB_PORT: "0",
      GUDOK_DATA: join(folder, "data"),
      GUDOK_WEB: join(web, "dist"),
      AUTH_URL,
      FIREBASE_JWKS_URL: `${AUTH_URL}/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com`,
      FIREBASE_IDENTITY_TOOLKIT_URL: `${AUTH_URL}/identitytoolkit.googleapis.com`,
      ...settings,
    });
    children.push(stack);
    const API_URL = await stack.says(/^ +API +(\S+)/m);
    const SIMULATOR_URL = new URL(await stack.says(/^ +Simulator +(\S+)/m)).origin;
    emulator.send({ simulatorUrl: SIMULATOR_URL });
    return { API_URL, SIMULATOR_URL, AUTH_URL, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function serve(program, parameters, env, channel = "ignore") {
  const child = spawn(program, parameters, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", process.env.VERBOSE ? "inherit" : "ignore", channel],
  });
  child.ended = new Promise((resolve) => {
    child.once("close", resolve);
    child.once("error", resolve);
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  /** The first group of what it prints, as soon as it does. */
  child.says = (what) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = what.exec(said);
        if (found) resolve(found[1]);
      };
      child.stdout.on("data", look);
      child.ended.then(() => reject(new Error(`${program} ended; VERBOSE=1 shows why`)));
      setTimeout(() => reject(new Error(`${program} does not say ${what}`)), PATIENCE_MS).unref();
      look();
    });
  return child;
}
