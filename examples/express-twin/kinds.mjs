// Who there is: each member's kind, when the member joined, what happens later, and what has to be true once the member
// has been taken over. Nothing here asks anybody; the same seed and year make the same people.

/** The price that members agreed to, and what it is raised to three days before the takeover without asking them. */
export const PRICE = 9900;
export const RAISED = 12900;

/** The weeks that are lived: from the first day to the moment at which the site moves, in Korea. */
export function lifetime(year) {
  return { first: `${year}-10-28`, raise: `${year + 1}-01-12`, button: `${year + 1}-01-11`, move: `${year + 1}-01-15` };
}

/** At the move it is noon; members join, and are charged, at one of two hours: one of them is another day in UTC. */
export const MOVE_HOUR = 12;
export const HOURS = [8, 20];

export const addDays = (date, days) => new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);

/** As the server counts: a day that the next month lacks becomes the first days of the month after. */
export function naiveNext(date) {
  const [year, month, day] = date.split("-").map(Number);
  return new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
}

const dayOf = (date) => Number(date.slice(8));
const SOFT = ["insufficient_funds", "limit_exceeded"];
const HARD = ["expired", "lost_or_stolen"];

/**
 * The kinds. `share`: how many of a thousand. `fits`: whether a member who joined on `join`, paid last on `paid`, and
 * is charged next on `next` can be one. `ends`: the last payment may be earlier than the last that was due. `trap`: how
 * the server was set. `card`: what is registered, where it is no good one. `live`: what happens after the last payment.
 * `trouble`: what went wrong with the webhook of the last payment. `truth`: what differs from who simply goes on.
 */
export const KINDS = {
  plain: { share: 480, fits: usual },
  anchor_29: { share: 25, fits: ({ join }) => dayOf(join) === 29 },
  anchor_30: { share: 25, fits: ({ join }) => dayOf(join) === 30 },
  anchor_31: { share: 30, fits: ({ join, next }) => dayOf(join) === 31 && dayOf(next) === 31 },
  // The 31st of October became the 1st of December.
  overflow: { share: 30, fits: ({ join, paid }) => dayOf(join) === 31 && dayOf(paid) === 1 },
  cancelled: {
    share: 80,
    fits: usual,
    live: (it) => [{ on: it.between(1), act: "cancel" }],
    truth: () => ({ next_charge: null, schedules: 0, cancelled: true }),
  },
  // The admin has pressed the button since.
  cancelled_over: {
    share: 30,
    ends: true,
    fits: (it) => usual(it) && it.next < it.life.button,
    live: (it) => [{ on: it.between(1), act: "cancel" }],
    truth: () => ({ taken_over: false, next_charge: null, schedules: 0, cancelled: true, tell: ["over"] }),
  },
  // Nobody has pressed it: the access is still there.
  cancelled_unprocessed: {
    share: 10,
    ends: true,
    fits: ({ join, next, life }) => [12, 13, 14].includes(dayOf(join)) && next >= life.raise && next < life.move,
    live: (it) => [{ on: it.between(1), act: "cancel" }],
    truth: () => ({
      taken_over: false, next_charge: null, schedules: 0, cancelled: true, tell: ["over", "access_not_ended"],
    }),
  },
  // Within the days in which a payment is tried again.
  past_due: {
    share: 50,
    ends: true,
    fits: ({ join, next, life }) => dayOf(join) < 15 && next >= addDays(life.move, -6) && next < life.move,
    live: (it) => [{ on: it.between(2), act: "card", card: it.choose([...SOFT, ...HARD]) }],
    truth: (it) => ({
      next_charge: null, schedules: 0, past_due: owed(it), tell: ["past_due"],
    }),
  },
  lapsed: {
    share: 20,
    ends: true,
    fits: (it) => usual(it) && it.next <= addDays(it.life.move, -10),
    live: (it) => [{ on: it.between(2), act: "card", card: it.choose([...SOFT, ...HARD]) }],
    truth: (it) => ({
      taken_over: false, next_charge: null, schedules: 0, past_due: owed(it), tell: ["over"],
    }),
  },
  doubly_booked: {
    share: 40,
    trap: "on",
    fits: (it) => usual(it) && it.join === it.paid,
    truth: () => ({ schedules: 2, rows: 2, tell: ["two_schedules"] }),
  },
  // The array's last row says a month too late: one month is paid, and the first of the two schedules is right.
  doubly_booked_consecutive: {
    share: 20,
    trap: "consecutive",
    fits: (it) => usual(it) && it.join === it.paid,
    truth: (it) => ({ schedules: 2, rows: 2, row_says: naiveNext(it.next), tell: ["two_schedules", "date_differs"] }),
  },
  // The trap, a month or more later: both schedules were charged, each month.
  charged_twice: {
    share: 20,
    trap: "on",
    fits: (it) => usual(it) && it.join !== it.paid,
    truth: (it) => ({
      schedules: 2, rows: 2 * it.payments.length, charges: 2 * it.payments.length - 1,
      tell: ["two_schedules", "charged_twice"],
    }),
  },
  // Nothing says so yet.
  card_will_decline: {
    share: 40,
    fits: usual,
    live: (it) => [{ on: it.between(2), act: "card", card: it.choose([...SOFT, ...HARD]) }],
    truth: (it) => ({ will_decline: it.acts[0].card }),
  },
  key_deleted: {
    share: 20,
    fits: usual,
    live: (it) => [{ on: it.between(2), act: "delete_key" }],
    truth: () => ({ taken_over: false, next_charge: null, key: false, tell: ["no_key"] }),
  },
  // Iamport did not answer when the next month was to be booked, and nobody looked.
  schedule_missing: {
    share: 20,
    fits: usual,
    trouble: "unscheduled",
    truth: () => ({ schedules: 0, tell: ["no_schedule"] }),
  },
  // The webhook of the last payment was lost: the array does not know of it, and nothing was booked.
  webhook_lost: {
    share: 10,
    trouble: "unheard",
    fits: (it) => usual(it) && it.join !== it.paid,
    truth: (it) => ({
      schedules: 0, rows: it.payments.length - 1, row_says: it.paid, tell: ["payment_not_in_array", "no_schedule"],
    }),
  },
  // Charged at the price that was agreed to, then booked at the one it was raised to.
  other_price: {
    share: 30,
    fits: ({ join, paid, life }) => join < life.raise && paid >= life.raise && paid < life.move,
    truth: () => ({ scheduled_amount: RAISED, tell: ["price_differs"] }),
  },
  // The registration counted as the payment, and the real one was declined.
  never_paid: {
    share: 15,
    trap: "on",
    card: "insufficient_funds",
    fits: (it) => usual(it) && it.join === it.paid,
    truth: () => ({ taken_over: false, next_charge: null, charges: 0, tell: ["never_paid"] }),
  },
  // Charged a few hours after the move.
  due_today: {
    share: 5,
    hour: 20,
    fits: ({ next, life }) => next === life.move,
    truth: () => ({ taken_over: false, next_charge: null, tell: ["due_now"] }),
  },
};

/**
 * Days that every month has, and that are none of those on which the price is raised or the site moves. They are few:
 * the stack goes through its books in each night before which something happened.
 */
const DAYS = [2, 5, 9, 11, 17, 20, 24, 28];

function usual({ join }) {
  return DAYS.includes(dayOf(join));
}

/** The payment that the card declined; a card that declines for good is not charged again. */
function owed({ next, acts: [{ card }] }) {
  return { since: next, amount: PRICE, card, hard: HARD.includes(card) };
}

/** On which of these days something happens to a member: on one on which others join, if there is one. */
function eventful(days) {
  const some = days.filter((date) => DAYS.includes(dayOf(date)));
  return some.length > 0 ? some : days;
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How many of each kind there are among `count`: at least one, and what is left over is plain. */
export function counts(count) {
  const names = Object.keys(KINDS);
  if (count < names.length) throw new Error(`there are ${names.length} kinds: say --members ${names.length} or more`);
  const all = names.map((name) => [name, Math.max(1, Math.floor((KINDS[name].share * count) / 1000))]);
  const others = all.slice(1).reduce((sum, [, number]) => sum + number, 0);
  return Object.fromEntries([["plain", count - others], ...all.slice(1)]);
}

/** The days from one to another, without that. */
function daysBetween(from, to) {
  const days = [];
  for (let date = from; date < to; date = addDays(date, 1)) days.push(date);
  return days;
}

/** All days on which one of this kind can have joined, each with the payments that follow. */
function histories(kind, life) {
  const found = [];
  for (const join of daysBetween(life.first, life.move)) {
    const payments = [join];
    while (naiveNext(payments.at(-1)) < life.move) payments.push(naiveNext(payments.at(-1)));
    for (let kept = kind.ends ? 1 : payments.length; kept <= payments.length; kept += 1) {
      const some = payments.slice(0, kept);
      const history = { join, payments: some, paid: some.at(-1), next: naiveNext(some.at(-1)), life };
      if (kind.fits(history)) found.push(history);
    }
  }
  return found;
}

/** Makes the members, in the order in which they join. */
export function people(count, seed, year) {
  const life = lifetime(year);
  const random = chance(seed);
  const choose = (list) => list[Math.floor(random() * list.length)];
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const made = [];
  for (const [name, number] of Object.entries(counts(count))) {
    const kind = KINDS[name];
    const fitting = histories(kind, life);
    if (fitting.length === 0) throw new Error(`nobody can be ${name}`);
    for (let left = number; left > 0; left -= 1) {
      const it = { kind: name, ...choose(fitting), hour: kind.hour ?? choose(HOURS), choose };
      it.uid = Array.from({ length: 28 }, () => choose(letters)).join("");
      it.email = `member${String(made.length + 1).padStart(4, "0")}@example.com`;
      it.tells_email = random() < 0.9;
      // A day so long after the last payment, and before the next and before the move.
      const end = it.next < life.move ? it.next : life.move;
      it.between = (least) => choose(eventful(daysBetween(addDays(it.paid, least), end)));
      it.acts = kind.live?.(it) ?? [];
      made.push(it);
    }
  }
  return made.sort((one, other) => one.join.localeCompare(other.join) || one.hour - other.hour);
}

/** What has to be true of a member after the takeover, and what there is before it. */
export function truth(it) {
  const usually = {
    taken_over: true,
    next_charge: { date: it.next, amount: PRICE },
    cancelled: false,
    past_due: null,
    will_decline: null,
    tell: [],
    key: true,
    schedules: 1,
    scheduled_amount: PRICE,
    charges: it.payments.length,
    rows: it.payments.length,
    row_says: it.next,
  };
  const all = { ...usually, ...KINDS[it.kind].truth?.(it) };
  return { ...all, anchor_day: dayOf(it.next), access_until: all.cancelled ? it.next : null };
}
