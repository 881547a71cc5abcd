// The Content-Security-Policy of csp.txt with the origins of one place filled in.
//
//   node scripts/csp.mjs iamport_script=https://cdn.iamport.kr "iamport_frame=https://*.iamport.kr …" "connect=…"
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

export function policy(origins) {
  const text = readFileSync(new URL("../csp.txt", import.meta.url), "utf8");
  const directives = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return directives.join("; ").replace(/\{(\w+)\}/g, (_, name) => {
    if (!origins[name]) throw new Error(`csp.txt wants ${name}`);
    return origins[name];
  });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  console.log(policy(Object.fromEntries(argv.slice(2).map((pair) => pair.split(/=(.*)/s)))));
}
