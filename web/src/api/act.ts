// What a person does: sent at once or not at all, once however often it is clicked, and whatever comes of it, the
// page then asks anew what is true.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

export interface Act<Answer, Said> {
  /** Does it; while it is under way nothing more is sent. */
  go: (said: Said) => void;
  /** Whether the answer is being waited for. What was sent cannot be taken back, so dialogs stay open. */
  busy: boolean;
  error: unknown;
  answer: Answer | undefined;
  /** Forgets what came of it. */
  forget: () => void;
}

export function useAct<Answer, Said = void>(
  send: (said: Said) => Promise<Answer>,
  done: (answer: Answer) => void = () => {},
): Act<Answer, Said> {
  const queries = useQueryClient();
  const running = useRef(false);
  const mutation = useMutation({
    mutationFn: send,
    onSuccess: done,
    onSettled: () => {
      running.current = false;
      // Not waited for: without a network it would be for ever.
      void queries.invalidateQueries();
    },
  });
  const go = (said: Said) => {
    if (running.current) return;
    running.current = true;
    mutation.mutate(said);
  };
  return {
    go,
    busy: mutation.isPending,
    error: mutation.error,
    answer: mutation.data,
    forget: mutation.reset,
  };
}
