import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where the API answers while developing: the local gateway, which also serves `/config.json`. */
const gateway = process.env.API_URL ?? "http://127.0.0.1:8080";
const routes = ["/plans", "/subscription", "/payments", "/checkout", "/admin", "/config.json"];

export default defineConfig({
  plugins: [react()],
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
