import { posix } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

/** From the ground up; what stands in `src` itself puts them together. A room knows only those before it. */
const ROOMS = ["words", "api", "shell", "session", "papers", "checkout", "member", "admin", "local"];

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

test("no function is longer than sixty lines, and no file than four hundred", () => {
  const long = Object.entries(SOURCES).flatMap(([file, text]) => {
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const lineOf = (place: number) => source.getLineAndCharacterOfPosition(place).line;
    const found: string[] = [];
    const look = (node: ts.Node) => {
      const lines = lineOf(node.end) - lineOf(node.getStart()) + 1;
      if (ts.isFunctionLike(node) && lines > 60) found.push(`${file}: ${lines} lines at ${lineOf(node.getStart()) + 1}`);
      ts.forEachChild(node, look);
    };
    look(source);
    const made = file.endsWith("/schema.d.ts");
    return text.split("\n").length > 400 && !made ? [...found, file] : found;
  });
  expect(long).toEqual([]);
  // Every file is parsed, beside whatever else the machine does.
}, 60_000);
