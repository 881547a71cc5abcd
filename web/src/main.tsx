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
import { loadConfig } from "./api/config";
import { LanguageProvider, translator } from "./words/language";
import { openAuth } from "./session/firebase";
import { SessionProvider } from "./session/session";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

loadConfig().then(
  (config) => {
    const auth = openAuth(config);
    // Styles come from files: Mantine puts none into the page, so the policy needs no 'unsafe-inline'.
    createRoot(root).render(
      <StrictMode>
        <MantineProvider
          theme={{ respectReducedMotion: true }}
          forceColorScheme="light"
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
