// A price that rises: 9,900 won, and 12,900 from twenty days after the start on. Imported before world.mjs, whose
// stack takes it.

const DAY_MS = 86_400_000;

export const holdsFrom = new Date(Date.now() + 20 * DAY_MS).toISOString().slice(0, 10);

process.env.PLANS = JSON.stringify([
  { id: "monthly", name: "월 구독", price: 9900, changes: [{ holds_from: holdsFrom, price: 12900 }] },
]);
