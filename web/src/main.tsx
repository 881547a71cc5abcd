// Begins: the configuration, then sign-in, then the pages.

import "./mantine.css";
import "./theme.css";
import "./pages.css";
import "./desk.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { newQueryClient } from "./session/queries";
import { App } from "./app";
import { showAppBy } from "./api/client";
import { type Config, loadConfig } from "./api/config";
import { LanguageProvider, translator } from "./words/language";
import { openAuth } from "./session/firebase";
import { SessionProvider } from "./session/session";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

/** App Check and, on one machine, its stand-in: loaded when a token is wanted. */
async function appToken(config: Config): Promise<string | null> {
  const [appCheck, local] = await Promise.all([
    import("./session/app-check"),
    config.local ? import("./local/app-check") : null,
  ]);
  return appCheck.appToken(config, config.local ? local?.standIn(config.local.simulatorUrl) : undefined);
}

loadConfig().then(
  (config) => {
    const auth = openAuth(config);
    if (config.appCheck) showAppBy(() => appToken(config));
    // Styles come from files: Mantine puts none into the page, so the policy needs no 'unsafe-inline'.
    createRoot(root).render(
      <StrictMode>
        <MantineProvider
          theme={{ respectReducedMotion: true }}
          defaultColorScheme="auto"
          withCssVariables={false}
          withGlobalClasses={false}
        >
          <QueryClientProvider client={newQueryClient()}>
            <LanguageProvider>
              <BrowserRouter>
                <SessionProvider auth={auth}>
                  <App />
                </SessionProvider>
              </BrowserRouter>
            </LanguageProvider>
          </QueryClientProvider>
        </MantineProvider>
      </StrictMode>,
    );
  },
  () => {
    root.textContent = translator("ko")("app.broken");
  },
);
