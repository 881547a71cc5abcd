// Runs the browser tests (all, or the files named; options go to node's test runner), or with --screenshots takes
// the pictures of the README. Each file starts what it needs by itself (stack.mjs); this sees that it can.
//
//   GUDOK_BIN   the stack's program; otherwise target/debug/gudok-local is brought up to date with cargo
//   CHROMIUM    the browser; /usr/bin/chromium, which is installed if this is Debian and we are root
//   VERBOSE     shows what the stack says

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("../", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));

process.exitCode = await main();

async function main() {
  try {
    prepare();
  } catch (error) {
    console.error(`e2e: ${error.message}`);
    return 1;
  }
  const given = process.argv.slice(2);
  if (given.includes("--screenshots")) {
    return (await run(["e2e/screenshots.mjs"])) || run(["e2e/screenshots-consent.mjs"]);
  }
  const options = given.filter((argument) => argument.startsWith("--"));
  const files = given.filter((argument) => !argument.startsWith("--"));
  const beside = `--test-concurrency=${availableParallelism()}`;
  return run(["--test", beside, ...options, ...(files.length > 0 ? files : tests())]);
}

function tests() {
  const names = readdirSync(join(web, "e2e")).filter((name) => name.endsWith(".test.mjs"));
  return names.map((name) => `e2e/${name}`);
}

/** Everything that has to be there. */
function prepare() {
  process.env.CHROMIUM ||= "/usr/bin/chromium";
  const missing = [
    ...(existsSync(process.env.CHROMIUM) ? [] : ["chromium"]),
    ...(hasKoreanFont() ? [] : ["fonts-noto-cjk"]),
  ];
  if (missing.length > 0) install(missing);
  must("scripts/packages", ["web", "web/emulator"], root);
  must("npm", ["run", "build"], web);
  if (process.env.GUDOK_BIN) return;
  process.env.GUDOK_BIN = join(root, "target/debug/gudok-local");
  must("cargo", ["build", "--quiet", "--package", "gudok-local"], root);
}

/** Where nothing lists the fonts, the system is a desktop's and has one. */
function hasKoreanFont() {
  const { status, stdout } = spawnSync("fc-list", [":lang=ko"], { encoding: "utf8" });
  return process.platform !== "linux" || (status === 0 && stdout.trim() !== "");
}

function install(packages) {
  const isDebian = existsSync("/etc/debian_version");
  if (!isDebian || process.getuid?.() !== 0) {
    throw new Error(
      `the browser tests need Chromium (looked for at ${process.env.CHROMIUM}) and a Korean font. ` +
        `Missing here: ${packages.join(", ")}. On Debian: sudo apt-get install ${packages.join(" ")}. ` +
        "Elsewhere install them as usual there, and set CHROMIUM to the browser's program.",
    );
  }
  console.log(`Installing ${packages.join(" and ")} …`);
  const quiet = ["--yes", "--quiet=2", "--no-install-recommends"];
  must("apt-get", ["--quiet=2", "update"], root);
  must("apt-get", ["install", ...quiet, "fontconfig", ...packages], root);
  process.env.CHROMIUM = "/usr/bin/chromium";
}

function must(program, parameters, cwd) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, error } = spawnSync(program, parameters, {
    cwd,
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (error) throw new Error(`${program} could not be run: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${parameters.join(" ")} failed`);
}

async function run(parameters) {
  const child = spawn(process.execPath, parameters, { cwd: web, stdio: "inherit" });
  return new Promise((resolve) => child.once("close", (code) => resolve(code ?? 1)));
}
