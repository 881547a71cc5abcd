// Registering a card: the order at the API first, then the window, then the page that follows what comes of it.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { Opened } from "../api/client";
import { config } from "../api/config";
import type { Key } from "../words/strings";
import { type Buyer, completionPath, loadCardWindow, showCardWindow, type WindowAnswer } from "./card-window";
import { forget, type Purpose, remember } from "./open-checkouts";

export interface Registration {
  begin: (buyer: Buyer) => Promise<void>;
  busy: boolean;
  /** What the API refused. */
  error: unknown;
  /** What the window did not do, and its own words for it, which are Korean. */
  trouble: { key: Key; words: string | null } | null;
}

export function useCardRegistration(
  uid: string | null,
  purpose: Purpose,
  open: () => Promise<Opened>,
): Registration {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [trouble, setTrouble] = useState<Registration["trouble"]>(null);

  // So that the window opens at once; a failure is told when it is wanted.
  useEffect(() => {
    if (uid !== null) loadCardWindow(config()).catch(() => {});
  }, [uid]);

  const attempt = async (buyer: Buyer) => {
    const sdk = await loadCardWindow(config()).catch(() => null);
    if (sdk === null) return setTrouble({ key: "window.notLoaded", words: null });
    let opened: Opened;
    try {
      opened = await open();
    } catch (refusal) {
      setError(refusal);
      // What the page showed is no longer true, such as that there is no subscription yet.
      await queries.invalidateQueries();
      return;
    }
    const merchantUid = opened.merchant_uid;
    if (uid !== null) remember(uid, { merchantUid, purpose });
    const answer: WindowAnswer = await showCardWindow(sdk, opened, buyer);
    if (!answer.imp_uid) {
      // It never opened, so there is nothing that could come of it.
      if (uid !== null) forget(uid, merchantUid);
      return setTrouble({ key: "window.refused", words: answer.error_msg ?? null });
    }
    await navigate(completionPath(merchantUid, answer));
  };

  const begin = async (buyer: Buyer) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    setTrouble(null);
    try {
      await attempt(buyer);
    } finally {
      running.current = false;
      setBusy(false);
    }
  };

  return { begin, busy, error, trouble };
}
