// Something that is gathered step by step, which a person sees, stops and has go on.

import { useCallback, useEffect, useRef, useState } from "react";
import { gather } from "./books";

/** Something that is gathered step by step: how far it is, and why it stopped. */
export interface Gathering<Sum> {
  sum: Sum;
  busy: boolean;
  error: unknown;
  /** Goes on with it, or begins. */
  go: (step: (sum: Sum) => Promise<Sum>) => void;
  stop: () => void;
  /** Forgets what came of it. */
  forget: () => void;
}

export function useGathering<Sum>(
  nothing: Sum,
  isThere: (sum: Sum) => boolean,
  done: (sum: Sum) => void = () => {},
): Gathering<Sum> {
  const [sum, setSum] = useState(nothing);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);
  const stop = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setBusy(false);
  }, []);
  // Who leaves the page stops it.
  useEffect(() => stop, [stop]);
  const go = (step: (sum: Sum) => Promise<Sum>) => {
    if (running.current) return;
    const run = new AbortController();
    running.current = run;
    setBusy(true);
    setError(null);
    const told = (next: Sum) => {
      setSum(next);
      if (isThere(next)) done(next);
    };
    void gather(sum, isThere, step, told, run.signal)
      .catch((problem: unknown) => {
        if (!run.signal.aborted) setError(problem);
      })
      .finally(() => {
        if (running.current === run) stop();
      });
  };
  const forget = () => {
    stop();
    setSum(nothing);
    setError(null);
  };
  return { sum, busy, error, go, stop, forget };
}
