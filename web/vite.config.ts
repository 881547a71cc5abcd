import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Where the API answers while developing: the local gateway, which also serves `/config.json`. */
const gateway = process.env.API_URL ?? "http://127.0.0.1:8080";
const routes = ["/plans", "/subscription", "/payments", "/checkout", "/admin", "/config.json"];

/**
 * On a slow line the frame of a page is there before its styles: it has a small file of its own, for which alone it waits,
 * and the others come after it in the body. Whatever is a stylesheet holds back only what stands below it.
 */
function frameFirst(): Plugin {
  const sheet = /\n?\s*<link rel="stylesheet"[^>]*>/g;
  let boot = "";
  return {
    name: "frame-first",
    apply: "build",
    buildStart() {
      const source = readFileSync("src/boot.css");
      boot = this.emitFile({ type: "asset", name: "boot.css", source });
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const page = bundle["index.html"];
        if (page?.type !== "asset") return this.error("there is no index.html to put the frame into");
        const html = String(page.source);
        const first = `<link rel="stylesheet" href="/${this.getFileName(boot)}">`;
        page.source = html
          .replace(sheet, "")
          .replace("<script", `${first}\n    <script`)
          .replace("</body>", `${(html.match(sheet) ?? []).join("").trim()}\n  </body>`);
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), frameFirst()],
  build: {
    target: "es2022",
    // Nothing inline: the Content-Security-Policy allows files of ours only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: Object.fromEntries(routes.map((route) => [route, gateway])) },
  test: { environment: "happy-dom", include: ["test/**/*.test.{ts,tsx}"], restoreMocks: true },
});
