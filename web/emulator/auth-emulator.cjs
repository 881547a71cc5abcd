// Firebase's Auth emulator on one machine, so that the backend's production verifier runs unchanged.
//
// It is the emulator that `firebase-tools` ships, run in this process, with six things put right:
// ID tokens are signed (RS256) and the keys are published under Google's path; its time is the simulation's,
// or every token would be over after a jump of the clock; a refresh token ends with a changed password, as in
// production; accounts and the signing key are kept in a file; it starts quickly; it answers pages and programs of this
// machine only. It reaches into the package's internals, which
// is why package.json pins its version exactly.
//
//   AUTH_PORT      8083                    0 takes a free one; the address is printed
//   AUTH_DATA      .local/auth.json        from the repository's root; empty keeps nothing
//   SIMULATOR_URL  http://127.0.0.1:8081   whose clock to follow; while nothing answers there, the system's
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const followClock = require("./clock.cjs");
const { onlyFromHere } = require("./here.cjs");

const PROJECT = "demo-gudok";
const PORT = Number(process.env.AUTH_PORT || 8083);
const DATA =
  process.env.AUTH_DATA === undefined
    ? path.join(__dirname, "../../.local/auth.json")
    : process.env.AUTH_DATA;
const SIMULATOR_URL = process.env.SIMULATOR_URL || "http://127.0.0.1:8081";
const JWKS = "/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";

// Before the emulator is loaded, so that it takes the changed Date.
const clockOf = (simulatorUrl) => `${simulatorUrl}/simulator/clock`;
const clock = followClock(clockOf(SIMULATOR_URL));
// A test that starts both on free ports knows the simulator's only after it has told it ours.
process.once("message", ({ simulatorUrl }) => {
  clock.follow(clockOf(simulatorUrl));
  process.disconnect();
});

const kept = read();
const key = kept
  ? crypto.createPrivateKey(kept.signing_key)
  : crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const jwk = crypto.createPublicKey(key).export({ format: "jwk" });
const kid = crypto.createHash("sha1").update(jwk.n).digest("hex");

signTokens();
endRefreshTokens();
startQuickly();
quiet();
main().catch((error) => {
  console.error(`auth-emulator: ${error.message}`);
  process.exitCode = 1;
});

async function main() {
  const { createApp } = require("firebase-tools/lib/emulator/auth/server.js");
  const { AgentProjectState } = require("firebase-tools/lib/emulator/auth/state.js");
  const express = require("express");

  const project = new AgentProjectState(PROJECT);
  // Production does not tell strangers whether an address has an account.
  project.enableImprovedEmailPrivacy = true;
  const accounts = kept
    ? kept.accounts
    : JSON.parse(fs.readFileSync(path.join(__dirname, "seed.json"), "utf8"));
  for (const account of accounts) {
    // The password provider follows from the password; said twice it is listed twice.
    const { providerUserInfo: _, ...user } = account;
    project.overwriteUserWithLocalId(user.localId, user);
  }

  const app = express();
  app.disable("x-powered-by");
  app.use(onlyFromHere);
  app.get(JWKS, (_, response) => {
    response
      .set("cache-control", "public, max-age=3600, must-revalidate, no-transform")
      .json({ keys: [{ ...jwk, kid, use: "sig", alg: "RS256" }] });
  });
  app.use(async (_request, response, next) => {
    await clock.look();
    response.on("finish", () => save(project));
    next();
  });
  app.use(await createApp(PROJECT, undefined, new Map([[PROJECT, project]])));

  const server = app.listen(PORT, "127.0.0.1", () => {
    save(project);
    const url = `http://127.0.0.1:${server.address().port}`;
    console.log(`Auth emulator   ${url}   (${accounts.map((account) => account.email).join(", ")})`);
  });
  server.on("error", (error) => {
    console.error(
      error.code === "EADDRINUSE"
        ? `auth-emulator: port ${PORT} is taken. Is Gudok running already? Set AUTH_PORT to another port.`
        : `auth-emulator: ${error.message}`,
    );
    process.exitCode = 1;
  });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

/** The emulator signs nothing (`alg: none`), which no production verifier takes. */
function signTokens() {
  const jwt = require("jsonwebtoken");
  const sign = jwt.sign;
  jwt.sign = (payload, secret, options, callback) =>
    options && options.algorithm === "none"
      ? sign(payload, key, { ...options, algorithm: "RS256", keyid: kid }, callback)
      : sign(payload, secret, options, callback);
}

/** The emulator forgets that a changed password or a revocation (`validSince`) ends the sessions before it. */
function endRefreshTokens() {
  const { ProjectState } = require("firebase-tools/lib/emulator/auth/state.js");
  const { BadRequestError } = require("firebase-tools/lib/emulator/auth/errors.js");
  const validate = ProjectState.prototype.validateRefreshToken;
  ProjectState.prototype.validateRefreshToken = function (token) {
    const answer = validate.call(this, token);
    const { user } = answer;
    if (user.disabled) throw new BadRequestError("USER_DISABLED");
    const signedInAt = Math.floor(Number(user.lastLoginAt) / 1000);
    if (user.validSince && signedInAt < Number(user.validSince)) throw new BadRequestError("TOKEN_EXPIRED");
    return answer;
  };
}

/** The emulator compiles a validator for each parameter of Google's whole API at the start; here at its first use. */
function startQuickly() {
  const exegesis = require("exegesis-express");
  const { middleware } = exegesis;
  exegesis.middleware = (document, options) =>
    middleware(document, { ...options, lazyCompileValidationSchemas: true });
}

/** The emulator warns of every signed token; here all are. */
function quiet() {
  const { EmulatorLogger } = require("firebase-tools/lib/emulator/emulatorLogger.js");
  const log = EmulatorLogger.prototype.log;
  const usual = ["Received a signed JWT", "Received service account token"];
  EmulatorLogger.prototype.log = function (level, message, ...rest) {
    if (!usual.some((start) => String(message).startsWith(start))) log.call(this, level, message, ...rest);
  };
}

function read() {
  if (!DATA || !fs.existsSync(DATA)) return null;
  return JSON.parse(fs.readFileSync(DATA, "utf8"));
}

/** The file is replaced as a whole, and only when something changed. */
function save(project) {
  if (!DATA) return;
  const text = JSON.stringify({
    signing_key: key.export({ type: "pkcs8", format: "pem" }),
    accounts: [...project.users.values()],
  });
  if (save.last === text) return;
  save.last = text;
  fs.mkdirSync(path.dirname(DATA), { recursive: true });
  fs.writeFileSync(`${DATA}.tmp`, text, { mode: 0o600 });
  fs.renameSync(`${DATA}.tmp`, DATA);
}
