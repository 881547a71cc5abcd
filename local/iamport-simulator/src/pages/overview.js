// Shows the simulator's state, updated every second, and moves its clock.
"use strict";

const CARDS = [
  "approve", "insufficient_funds", "limit_exceeded", "expired", "lost_or_stolen", "suspended",
  "shop_suspended", "not_registered_yet", "unknown_reason", "timeout_before_charge", "timeout_after_charge", "slow",
];
const POLL_MS = 1000;
const byId = (id) => document.getElementById(id);
const shown = {};

const seoul = new Intl.DateTimeFormat("ko-KR", {
  timeZone: "Asia/Seoul", dateStyle: "short", timeStyle: "medium", hourCycle: "h23",
});
const time = (at) => (at ? seoul.format(new Date(typeof at === "number" ? at * 1000 : at)) : "");
const won = (amount) => Number(amount).toLocaleString("ko-KR");
const tone = (value) =>
  ["paid", "delivered", "executed"].includes(value) ? "good"
    : ["failed", "lost", "revoked"].includes(value) ? "bad" : "";

async function call(method, path, body) {
  const answer = await fetch(path, {
    method: method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(path + ": HTTP " + answer.status);
  return text ? JSON.parse(text) : null;
}

async function command(method, path, body) {
  try {
    await call(method, path, body);
    byId("trouble").textContent = "";
  } catch (error) {
    byId("trouble").textContent = error.message;
  }
  await look();
}

function cell(content, kind) {
  const td = document.createElement("td");
  if (kind) td.className = kind;
  td.append(content === null || content === undefined ? "" : content);
  return td;
}

function table(id, items, heads, cells) {
  const before = JSON.stringify(items);
  const place = byId(id);
  // A list that has the focus is not updated.
  if (shown[id] === before || place.contains(document.activeElement)) return;
  shown[id] = before;
  if (items.length === 0) {
    const empty = document.createElement("p");
    empty.className = "empty";
    empty.textContent = "없음";
    place.replaceChildren(empty);
    return;
  }
  const made = document.createElement("table");
  const head = made.createTHead().insertRow();
  for (const name of heads) {
    const th = document.createElement("th");
    th.scope = "col";
    th.textContent = name;
    head.append(th);
  }
  const body = made.createTBody();
  for (const item of items) body.insertRow().append(...cells(item));
  place.replaceChildren(made);
}

function cardSelect(customer) {
  const select = document.createElement("select");
  select.setAttribute("aria-label", customer.customer_uid + "의 카드");
  for (const card of CARDS) select.append(new Option(card, card, false, card === customer.card));
  select.addEventListener("change", () => {
    select.blur();
    const path = "/simulator/customers/" + encodeURIComponent(customer.customer_uid) + "/card";
    command("PUT", path, { card: select.value });
  });
  return select;
}

function resendButton(webhook) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "재전송";
  button.addEventListener("click", () => {
    button.blur();
    command("POST", "/simulator/webhooks/" + webhook.id + "/resend");
  });
  return button;
}

async function look() {
  const [customers, schedules, payments, webhooks, faults] = await Promise.all(
    ["customers", "schedules", "payments", "webhooks", "faults"].map((name) =>
      call("GET", "/simulator/" + name)),
  );
  table("customers", customers, ["customer_uid", "카드", "동작", "등록"], (c) => [
    cell(c.customer_uid), cell(c.card_name + " " + c.card_number), cell(cardSelect(c)), cell(time(c.updated)),
  ]);
  table("schedules", schedules.reverse(), ["예정", "merchant_uid", "customer_uid", "금액", "상태", "결과", "사유"], (s) => [
    cell(time(s.schedule_at)), cell(s.merchant_uid), cell(s.customer_uid), cell(won(s.amount), "number"),
    cell(s.schedule_status, tone(s.schedule_status)), cell(s.payment_status, tone(s.payment_status)), cell(s.fail_reason, "long"),
  ]);
  table("payments", payments.reverse(), ["시각", "imp_uid", "merchant_uid", "용도", "금액", "취소", "상태", "사유"], (p) => [
    cell(time(p.started_at)), cell(p.imp_uid), cell(p.merchant_uid), cell(p.customer_uid_usage || ""),
    cell(won(p.amount), "number"), cell(won(p.cancel_amount), "number"), cell(p.status, tone(p.status)), cell(p.fail_reason, "long"),
  ]);
  table("webhooks", webhooks.reverse(), ["예정", "보낸 곳", "본문", "상태", "응답", ""], (w) => {
    const last = w.attempts.at(-1);
    const answer = last ? (last.status || "") + " " + last.answer : "";
    return [
      cell(time(w.due_at)), cell(w.url), cell(w.body, "long"), cell(w.state, tone(w.state)),
      cell(answer, "long"), cell(w.url ? resendButton(w) : ""),
    ];
  });
  table("faults", faults, ["무엇에", "경로", "남은 횟수", "초"], (f) => [
    cell(f.calls ? "API 호출: " + f.calls : f.webhooks ? "웹훅: " + f.webhooks : "예약: " + f.schedules), cell(f.path), cell(String(f.count), "number"), cell(String(f.seconds), "number"),
  ]);
  await lookAtClock();
}

// An embedded simulator gets its clock from outside, and may not have this route.
async function lookAtClock() {
  const clock = await call("GET", "/simulator/clock").catch(() => null);
  byId("clock").hidden = clock === null;
  if (clock === null) return;
  byId("now").textContent = time(clock.now);
  byId("next").textContent = clock.next_event_at ? "다음 일정 " + time(clock.next_event_at) : "다음 일정 없음";
  byId("to-next").disabled = !clock.next_event_at;
  byId("to-next").dataset.at = clock.next_event_at || "";
}

document.querySelectorAll("[data-seconds]").forEach((button) => {
  button.addEventListener("click", () =>
    command("POST", "/simulator/clock", { advance_seconds: Number(button.dataset.seconds) }));
});
byId("to-next").addEventListener("click", (event) =>
  command("POST", "/simulator/clock", { advance_to: event.target.dataset.at }));
byId("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const [target, kind] = byId("fault-kind").value.split(":");
  command("POST", "/simulator/faults", {
    [target]: kind,
    path: byId("fault-path").value || null,
    count: Number(byId("fault-count").value),
    seconds: Number(byId("fault-seconds").value),
  });
});
byId("clear-faults").addEventListener("click", () => command("DELETE", "/simulator/faults"));

async function poll() {
  if (!document.hidden) {
    await look().catch((error) => { byId("trouble").textContent = error.message; });
  }
  setTimeout(poll, POLL_MS);
}
poll();
