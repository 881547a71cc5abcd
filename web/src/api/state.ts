// What the states of a subscription mean for the pages.

import type { State } from "./client";

const GOES_ON: Record<State, boolean> = {
  none: false,
  active: true,
  past_due: true,
  cancelling: true,
  ended: false,
};

/** Whether there is a subscription with access. */
export function goesOn(state: State): boolean {
  return GOES_ON[state];
}
