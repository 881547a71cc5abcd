// Runs the browser tests (all, or the files named; options go to node), or with --screenshots takes the pictures of the README: starts the Auth emulator and
// the local stack on free ports with an empty folder for their data, runs, and stops them.
//
//   GUDOK_BIN   the stack's program; target/debug/gudok-local, which is built if it is not there
//   CHROMIUM    the browser; /usr/bin/chromium, which is installed if this is Debian and we are root

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("../", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const children = [];

/** Stops a wait that will not end. */
const PATIENCE_MS = 60_000;

process.exitCode = await main();

async function main() {
  const folder = mkdtempSync(join(tmpdir(), "gudok-e2e-"));
  try {
    prepare();
    const places = await start(folder);
    const more = process.argv.slice(2).filter((argument) => argument !== "--screenshots");
    const options = more.filter((argument) => argument.startsWith("--"));
    const only = more.filter((argument) => !argument.startsWith("--"));
    const task = process.argv.includes("--screenshots")
      ? ["e2e/screenshots.mjs"]
      : ["--test", "--test-concurrency=1", ...options, ...(only.length > 0 ? only : tests())];
    return await run(process.execPath, task, { cwd: web, env: { ...process.env, ...places } });
  } catch (error) {
    console.error(`e2e: ${error.message}`);
    return 1;
  } finally {
    for (const child of children) child.kill("SIGTERM");
    await Promise.all(children.map((child) => child.ended));
    rmSync(folder, { recursive: true, force: true });
  }
}

function tests() {
  return [
    "e2e/subscribing.test.mjs",
    "e2e/subscription.test.mjs",
    "e2e/admin.test.mjs",
    "e2e/pages.test.mjs",
  ];
}

/** Everything that has to be there. */
function prepare() {
  process.env.CHROMIUM ||= "/usr/bin/chromium";
  if (!existsSync(process.env.CHROMIUM)) installChromium();
  for (const folder of [web, join(web, "emulator")]) {
    if (!existsSync(join(folder, "node_modules"))) must("npm", ["ci", "--ignore-scripts"], folder);
  }
  must("npm", ["run", "build"], web);
  process.env.GUDOK_BIN ||= join(root, "target/debug/gudok-local");
  if (!existsSync(process.env.GUDOK_BIN)) must("cargo", ["build", "--package", "gudok-local"], root);
}

function installChromium() {
  const isDebian = existsSync("/etc/debian_version");
  if (!isDebian || process.getuid?.() !== 0) {
    throw new Error(
      `there is no browser at ${process.env.CHROMIUM}. Install Chromium and a Korean font ` +
        "(Debian: sudo apt-get install chromium fonts-noto-cjk), or set CHROMIUM to where a Chromium is.",
    );
  }
  must("apt-get", ["update"], root);
  must("apt-get", ["install", "--yes", "--no-install-recommends", "chromium", "fonts-noto-cjk"], root);
}

function must(program, parameters, cwd) {
  const { status, error } = spawnSync(program, parameters, { cwd, stdio: ["ignore", "ignore", "inherit"] });
  if (error) throw new Error(`${program} could not be run: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${parameters.join(" ")} failed`);
}

async function start(folder) {
  const [api, simulator, dynamodb, auth] = await freePorts(4);
  const at = (port) => `http://127.0.0.1:${port}`;
  const places = { API_URL: at(api), SIMULATOR_URL: at(simulator), AUTH_URL: at(auth) };
  serve(process.execPath, [join(web, "emulator/auth-emulator.cjs")], {
    AUTH_PORT: auth,
    AUTH_DATA: join(folder, "auth.json"),
    SIMULATOR_URL: places.SIMULATOR_URL,
  });
  serve(process.env.GUDOK_BIN, [], {
    API_PORT: api,
    SIMULATOR_PORT: simulator,
    DYNAMODB_PORT: dynamodb,
    GUDOK_DATA: join(folder, "data"),
    GUDOK_WEB: join(web, "dist"),
    AUTH_URL: places.AUTH_URL,
    FIREBASE_JWKS_URL: `${places.AUTH_URL}/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com`,
    FIREBASE_IDENTITY_TOOLKIT_URL: `${places.AUTH_URL}/identitytoolkit.googleapis.com`,
    // So that cards that do not answer are waited for briefly, and that access is left for the admin's button.
    IAMPORT_TIMEOUT_SECONDS: "2",
    REVOCATION: "review",
  });
  await Promise.all(Object.values({ ...places, API_URL: `${places.API_URL}/plans` }).map(answers));
  return places;
}

/** Ports that are free now; they are held until all are known, so that they differ. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => String(server.address().port));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function serve(program, parameters, env) {
  const child = spawn(program, parameters, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", process.env.VERBOSE ? "inherit" : "ignore"],
  });
  child.ended = new Promise((resolve) => child.once("close", resolve));
  child.once("error", (error) => console.error(`e2e: ${program}: ${error.message}`));
  children.push(child);
}

/** Waits until something answers there, whatever it is. */
async function answers(url) {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const ended = children.find(({ exitCode }) => exitCode !== null);
    if (ended) throw new Error(`${ended.spawnfile} ended; VERBOSE=1 shows why`);
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing answers at ${url}`);
}

async function run(program, parameters, options) {
  const child = spawn(program, parameters, { stdio: "inherit", ...options });
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
}
