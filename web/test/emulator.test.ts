import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";

const { isFromHere } = createRequire(import.meta.url)("../emulator/here.cjs");

test("the accounts of this machine are for pages and programs of this machine", () => {
  const host = "127.0.0.1:8083";
  for (const of of [{ host }, { host: "localhost:8083" }, { host: "[::1]:8083" }, { host, origin: "http://localhost:8080" }, { host, origin: "http://127.0.0.1:5173" }]) {
    expect([of, isFromHere(of)]).toEqual([of, true]);
  }
  const pages = ["https://evil.example", "https://localhost.evil.example", "http://127.0.0.1.evil.example", "http://evil.example@8.8.8.8", "null", "file://", ""];
  const hosts = ["evil.example", "rebound.example:8083", "localhost.evil.example", "169.254.169.254", "", undefined];
  for (const of of [...pages.map((origin) => ({ host, origin })), ...hosts.map((name) => ({ host: name }))]) {
    expect([of, isFromHere(of)]).toEqual([of, false]);
  }
  // Whoever is not is turned away before anything else is looked at.
  const emulator = readFileSync("emulator/auth-emulator.cjs", "utf8");
  expect(emulator.indexOf("app.use(")).toBe(emulator.indexOf("app.use(onlyFromHere)"));
  expect(emulator.indexOf("app.use(onlyFromHere)")).toBeLessThan(emulator.indexOf("app.get("));
});
