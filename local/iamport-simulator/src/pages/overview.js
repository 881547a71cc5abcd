// Shows the simulator's state, a page of each list at a time, and moves its clock. Each second it asks what has changed,
// and nothing else is sent.
"use strict";

const CARDS = {
  approve: "정상 승인",
  insufficient_funds: "잔액 부족",
  limit_exceeded: "한도 초과",
  expired: "유효기간 만료",
  lost_or_stolen: "분실·도난 신고",
  suspended: "거래 정지",
  shop_suspended: "상점 거래 정지",
  not_registered_yet: "빌링키 등록 지연 (2분)",
  unknown_reason: "알 수 없는 거절",
  timeout_before_charge: "무응답 (승인 안 됨)",
  timeout_after_charge: "무응답 (승인됨)",
  slow: "느린 승인 (20초)",
};
const POLL_MS = 1000;
const PAGE = 20;
const byId = (id) => document.getElementById(id);

const seoul = new Intl.DateTimeFormat("ko-KR", {
  timeZone: "Asia/Seoul", dateStyle: "short", timeStyle: "medium", hourCycle: "h23",
});
const time = (at) => (at ? seoul.format(new Date(typeof at === "number" ? at * 1000 : at)) : "");
const won = (amount) => Number(amount).toLocaleString("ko-KR");
const tone = (value) =>
  ["paid", "delivered", "executed"].includes(value) ? "good"
    : ["failed", "lost", "revoked"].includes(value) ? "bad" : "";

async function send(method, path, body, headers = {}) {
  const answer = await fetch(path, {
    method: method,
    headers: body ? { ...headers, "Content-Type": "application/json" } : headers,
    body: body ? JSON.stringify(body) : undefined,
  });
  if (!answer.ok && answer.status !== 304) throw new Error(path + ": HTTP " + answer.status);
  return answer;
}

async function call(method, path, body) {
  const text = await (await send(method, path, body)).text();
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

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function table(place, items, heads, cells) {
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
  for (const [card, name] of Object.entries(CARDS)) {
    select.append(new Option(name, card, false, card === customer.card));
  }
  select.addEventListener("change", () => {
    select.blur();
    const path = "/simulator/customers/" + encodeURIComponent(customer.customer_uid) + "/card";
    command("PUT", path, { card: select.value });
  });
  return select;
}

function resendButton(webhook) {
  return button("재전송", (event) => {
    event.target.blur();
    command("POST", "/simulator/webhooks/" + webhook.id + "/resend");
  });
}

// What each list shows of a row.
const LISTS = {
  customers: [["customer_uid", "카드", "동작", "등록"], (c) => [
    cell(c.customer_uid), cell(c.card_name + " " + c.card_number), cell(cardSelect(c)), cell(time(c.updated)),
  ]],
  schedules: [["예정", "merchant_uid", "customer_uid", "금액", "상태", "결과", "사유"], (s) => [
    cell(time(s.schedule_at)), cell(s.merchant_uid), cell(s.customer_uid), cell(won(s.amount), "number"),
    cell(s.schedule_status, tone(s.schedule_status)), cell(s.payment_status, tone(s.payment_status)), cell(s.fail_reason, "long"),
  ]],
  payments: [["시각", "imp_uid", "merchant_uid", "용도", "금액", "취소", "상태", "사유"], (p) => [
    cell(time(p.started_at)), cell(p.imp_uid), cell(p.merchant_uid), cell(p.customer_uid_usage || ""),
    cell(won(p.amount), "number"), cell(won(p.cancel_amount), "number"), cell(p.status, tone(p.status)), cell(p.fail_reason, "long"),
  ]],
  webhooks: [["예정", "보낸 곳", "본문", "상태", "응답", ""], (w) => {
    const last = w.attempts.at(-1);
    const answer = last ? (last.status || "") + " " + last.answer : "";
    return [
      cell(time(w.due_at)), cell(w.url), cell(w.body, "long"), cell(w.state, tone(w.state)),
      cell(answer, "long"), cell(w.url ? resendButton(w) : ""),
    ];
  }],
};

// One list: where it stands, which page of it, and the tag of what is shown.
function listOf(section) {
  const name = section.dataset.list;
  const pager = document.createElement("nav");
  const place = document.createElement("div");
  pager.setAttribute("aria-label", section.querySelector("h2").textContent);
  section.append(pager, place);
  const list = { name, section, pager, place, skip: 0, tag: null, shown: null };
  list.turn = (by) => {
    list.skip = Math.max(0, list.skip + by);
    list.shown = null;
    lookAt(list).catch(tell);
  };
  return list;
}

const lists = [...document.querySelectorAll("[data-list]")].map(listOf);

async function lookAt(list) {
  // A list that has the focus is not updated.
  if (list.place.contains(document.activeElement)) return;
  const query = new URLSearchParams({ newest: PAGE, skip: list.skip, q: byId("q").value });
  const path = "/simulator/" + list.name + "?" + query;
  const known = list.shown === path && list.tag ? { "If-None-Match": list.tag } : {};
  const answer = await send("GET", path, undefined, known);
  if (answer.status === 304) return;
  const rows = await answer.json();
  list.tag = answer.headers.get("ETag");
  list.shown = path;
  turnable(list, rows.length, Number(answer.headers.get("X-Total-Count")));
  table(list.place, rows, ...LISTS[list.name]);
}

function turnable(list, shown, total) {
  const from = total === 0 ? 0 : list.skip + 1;
  const said = document.createElement("span");
  said.textContent = won(total) + "건 중 " + won(from) + "–" + won(list.skip + shown);
  const newer = button("이전", () => list.turn(-PAGE));
  const older = button("다음", () => list.turn(PAGE));
  newer.disabled = list.skip === 0;
  older.disabled = list.skip + shown >= total;
  list.pager.replaceChildren(said, newer, older);
}

async function lookAtFaults() {
  const faults = await call("GET", "/simulator/faults");
  table(byId("faults"), faults, ["무엇에", "경로", "남은 횟수", "초"], (f) => [
    cell(f.calls ? "API 호출: " + f.calls : f.webhooks ? "웹훅: " + f.webhooks : "예약: " + f.schedules),
    cell(f.path), cell(String(f.count), "number"), cell(String(f.seconds), "number"),
  ]);
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

const look = () => Promise.all([...lists.map(lookAt), lookAtFaults(), lookAtClock()]);
const tell = (error) => { byId("trouble").textContent = error.message; };

document.querySelectorAll("[data-seconds]").forEach((each) => {
  each.addEventListener("click", () =>
    command("POST", "/simulator/clock", { advance_seconds: Number(each.dataset.seconds) }));
});
byId("to-next").addEventListener("click", (event) =>
  command("POST", "/simulator/clock", { advance_to: event.target.dataset.at }));
byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  for (const list of lists) list.skip = 0;
  look().catch(tell);
});
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
  if (!document.hidden) await look().catch(tell);
  setTimeout(poll, POLL_MS);
}
poll();
