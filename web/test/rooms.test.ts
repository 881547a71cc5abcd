import { posix } from "node:path";
import { expect, test } from "vitest";

/** From the ground up; what stands in `src` itself puts them together. A room knows only those before it. */
const ROOMS = ["words", "api", "shell", "session", "checkout", "member", "admin", "local"];

const SOURCES = import.meta.glob<string>(["../src/**/*.ts", "../src/**/*.tsx"], {
  query: "?raw",
  import: "default",
  eager: true,
});

const room = (file: string) => file.replace("../src/", "").split("/").at(-2) ?? "";
const rank = (file: string) => (room(file) === "" ? ROOMS.length : ROOMS.indexOf(room(file)));

test("no room knows one above it, and none is missing from the list", () => {
  const up = Object.entries(SOURCES).flatMap(([file, source]) => {
    const imports = [...source.matchAll(/(?:from|import|import\()\s*"(\.[^"]+)"/g)];
    const files = imports.map(([, to]) => posix.join(posix.dirname(file), to ?? ""));
    return files.filter((to) => rank(to) > rank(file)).map((to) => `${file} knows ${to}`);
  });
  expect(up).toEqual([]);
  expect(Object.keys(SOURCES).filter((file) => rank(file) < 0)).toEqual([]);
  expect(Object.keys(SOURCES).length).toBeGreaterThan(30);
});
