// Holds the JavaScript of the members' pages under its limit, and the admins' pages and App Check out of it. Run by
// `npm run build`; reads what the build wrote.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KB = 200;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** All that is loaded with a chunk at once. */
function loadedWith(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const imported of manifest[name].imports ?? []) loadedWith(imported, seen);
  return seen;
}

const kilobytes = (name) =>
  gzipSync(readFileSync(new URL(manifest[name].file, dist)), { level: 9 }).length / 1000;
const isScript = (name) => manifest[name].file.endsWith(".js");

const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
const member = [...loadedWith(entry)].filter(isScript);
const total = member.reduce((sum, name) => sum + kilobytes(name), 0);
const later = Object.keys(manifest).filter((name) => isScript(name) && !member.includes(name));

console.log(`members' pages  ${total.toFixed(1)} kB of ${LIMIT_KB} kB (gzip)`);
for (const name of later) console.log(`on demand       ${kilobytes(name).toFixed(1)} kB  ${name}`);

const wrong = [];
if (total > LIMIT_KB) wrong.push(`the members' pages load more than ${LIMIT_KB} kB of JavaScript`);
for (const page of [
  "src/admin/admin-pages.tsx",
  "src/admin/figures-page.tsx",
  "src/admin/books-page.tsx",
  "src/local/local-bar.tsx",
  "src/session/app-check.ts",
  "src/local/app-check.ts",
]) {
  if (!later.includes(page)) wrong.push(`${page} is not loaded on demand`);
}
const html = readFileSync(new URL("index.html", dist), "utf8");
if (/<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=/i.test(html))
  wrong.push("index.html holds an inline script or style");
for (const reason of wrong) console.error(`check-size: ${reason}`);
process.exitCode = wrong.length === 0 ? 0 : 1;
