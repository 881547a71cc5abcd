// The stand-ins around the server: Iamport's simulator with its clock and its card window, and accounts where there are
// some.

/** One request; its answer as JSON, or an error that says what was asked. */
export async function ask(url, method = "GET", body) {
  const answer = await fetch(url, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: HTTP ${answer.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** Does this for each, so many at once, and waits for all. */
export async function each(list, atOnce, work) {
  const left = list.values();
  const worker = async () => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** A day and an hour in Korea. */
export const korea = (date, hour, minute = 0) =>
  new Date(`${date}T${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}:00+09:00`);

/** The simulator at this address. */
export function simulatorAt(url) {
  let ahead = 0;
  let seen = 0;
  const simulator = {
    /** Its time. */
    now: () => new Date(Date.now() + ahead),

    async look() {
      const { now } = await ask(`${url}/simulator/clock`);
      ahead = Date.parse(now) - Date.now();
      return simulator.now();
    },

    /** Lets time pass: what falls due on the way is done. */
    async moveTo(moment) {
      const { now } = await ask(`${url}/simulator/clock`, "POST", { advance_to: moment.toISOString() });
      ahead = Date.parse(now) - Date.now();
    },

    /** An account, where the stack has some. */
    enrol: (uid, email) => ask(`${url}/simulator/sign-in`, "POST", { uid, email }),
    window: (request_pay, card = "approve") => ask(`${url}/simulator/card-window`, "POST", { request_pay, card }),
    setCard: (customer_uid, card) => ask(`${url}/simulator/customers/${customer_uid}/card`, "PUT", { card }),
    console: (act) => ask(`${url}/simulator/console`, "POST", act),
    fault: (fault) => ask(`${url}/simulator/faults`, "POST", fault),
    noFaults: () => ask(`${url}/simulator/faults`, "DELETE"),
    list: (what) => ask(`${url}/simulator/${what}`),

    /** The webhooks that there are since the last time, the oldest first. */
    async newWebhooks() {
      const page = 200;
      const found = [];
      for (let skip = 0; ; skip += page) {
        const rows = await ask(`${url}/simulator/webhooks?newest=${page}&skip=${skip}`);
        const fresh = rows.filter((row) => row.id > seen);
        found.push(...fresh);
        if (fresh.length < page) break;
      }
      seen = Math.max(seen, ...found.map((row) => row.id));
      return found.reverse();
    },
  };
  return simulator;
}
