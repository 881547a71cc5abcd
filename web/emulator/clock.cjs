// Lets this process live in the simulation's time: `Date` is ahead by as much as the simulator's clock.
"use strict";

/** While nothing answers for this long, the last known difference counts. */
const PATIENCE_MS = 1000;

module.exports = function followClock(url) {
  const System = Date;
  let ahead = 0;

  global.Date = class Simulated extends System {
    constructor(...parts) {
      super(...(parts.length === 0 ? [System.now() + ahead] : parts));
    }

    static now() {
      return System.now() + ahead;
    }
  };

  return {
    /** From now on another's clock. */
    follow(other) {
      url = other;
    },

    async look() {
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
        const { now } = await answer.json();
        const difference = System.parse(now) - System.now();
        if (Number.isFinite(difference)) ahead = difference;
      } catch {
        // No simulator: the system's time, or the last that was known.
      }
    },
  };
};
