// The books as files: pages are asked for one after the other, and what came stays when one of them does not come.

import type { Book, BookPage, Slice } from "../api/client";

/** What came of a book so far. Each part is a Blob, so that the browser may keep them on the disk. */
export interface Fetched {
  parts: Blob[];
  lines: number;
  unreadable: number;
  /** Where it goes on: `undefined` from the start, `null` nowhere, for it is all there. */
  cursor: string | null | undefined;
}

export const NO_PAGES: Fetched = { parts: [], lines: 0, unreadable: 0, cursor: undefined };

export function withPage(fetched: Fetched, page: BookPage): Fetched {
  return {
    parts: page.content === "" ? fetched.parts : [...fetched.parts, new Blob([page.content])],
    lines: fetched.lines + page.lines,
    unreadable: fetched.unreadable + page.unreadable,
    cursor: page.cursor ?? null,
  };
}

/** What came of a month's close so far. */
export interface Closed {
  ours: Slice["ours"];
  theirs: Slice["theirs"];
  differing: number;
  differences: Slice["differences"];
  troubled: number;
  after: string | null | undefined;
}

const NONE = { payments: 0, paid: 0, refunded: 0 };

/** So many differences are shown. */
const MOST = 200;

export const NO_SLICES: Closed = {
  ours: NONE,
  theirs: NONE,
  differing: 0,
  differences: [],
  troubled: 0,
  after: undefined,
};

export function withSlice(closed: Closed, slice: Slice): Closed {
  const sum = (a: Slice["ours"], b: Slice["ours"]) => ({
    payments: a.payments + b.payments,
    paid: a.paid + b.paid,
    refunded: a.refunded + b.refunded,
  });
  return {
    ours: sum(closed.ours, slice.ours),
    theirs: sum(closed.theirs, slice.theirs),
    differing: closed.differing + slice.differing,
    differences: [...closed.differences, ...slice.differences].slice(0, MOST),
    troubled: closed.troubled + slice.troubled,
    after: slice.next ?? null,
  };
}

/** Goes on from what came so far until there is no more, or it is to stop; says how far it is after each step. */
export async function gather<Sum>(
  from: Sum,
  isThere: (sum: Sum) => boolean,
  step: (sum: Sum) => Promise<Sum>,
  told: (sum: Sum) => void,
  stop: AbortSignal,
): Promise<void> {
  let sum = from;
  while (!isThere(sum) && !stop.aborted) {
    sum = await step(sum);
    // Who stopped meanwhile may have begun another.
    if (!stop.aborted) told(sum);
  }
}

/** What the file is called. */
export function nameOf(book: Book, format: "csv" | "jsonl", from: string, to: string): string {
  const days = book === "members" ? to : `${from}-${to}`;
  return `gudok-${book}-${days}.${format}`;
}
