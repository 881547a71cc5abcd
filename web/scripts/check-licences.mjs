// Every package that ends up in the browser, or runs with the folder that is named, is under a licence that lets us use it
// freely.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const ALLOWED = new Set([
  "MIT",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "0BSD",
  "Unlicense",
  "CC0-1.0",
]);
const [folder] = process.argv.slice(2);
const root = folder ? pathToFileURL(`${folder}/`) : new URL("../", import.meta.url);
const { packages } = JSON.parse(readFileSync(new URL("package-lock.json", root), "utf8"));

const production = Object.entries(packages).filter(
  ([path, entry]) => path !== "" && !entry.dev && !entry.devOptional,
);
const refused = [];
for (const [path, entry] of production) {
  const licence = entry.license ?? "none stated";
  // `(MIT OR X)`: one that is allowed is enough.
  const names = licence.replace(/[()]/g, "").split(" OR ");
  if (!names.some((name) => ALLOWED.has(name))) refused.push(`${path}: ${licence}`);
}
console.log(
  `${production.length - refused.length} of ${production.length} production packages are under an allowed licence`,
);
for (const line of refused) console.error(`licences: ${line}`);
process.exitCode = refused.length === 0 ? 0 : 1;
