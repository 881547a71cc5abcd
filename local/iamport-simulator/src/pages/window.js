// The window: shows the request, does what the member chooses, and tells the page.
"use strict";

const CARDS = [
  ["approve", "정상 승인"],
  ["insufficient_funds", "잔액 부족"],
  ["limit_exceeded", "한도 초과"],
  ["expired", "유효기간 만료"],
  ["lost_or_stolen", "분실·도난 신고"],
  ["suspended", "거래 정지"],
  ["shop_suspended", "상점 거래 정지"],
  ["not_registered_yet", "빌링키 등록 지연 (2분)"],
  ["unknown_reason", "알 수 없는 거절"],
  ["timeout_before_charge", "무응답 (승인 안 됨)"],
  ["timeout_after_charge", "무응답 (승인됨)"],
  ["slow", "느린 승인 (20초)"],
];

const mobile = new URLSearchParams(location.search).has("mobile");
const byId = (id) => document.getElementById(id);

function read() {
  try {
    const request = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    return request && typeof request.params === "object" && request.params ? request : null;
  } catch {
    return null;
  }
}

function show(request) {
  const { params } = request;
  const text = (value) => (value === undefined || value === null ? "" : String(value));
  const amount = Number(params.amount);
  byId("merchant").textContent = text(params.company) || text(request.merchant);
  byId("name").textContent = text(params.name);
  byId("amount").textContent = Number.isFinite(amount)
    ? amount.toLocaleString("ko-KR") + "원"
    : text(params.amount);
  byId("buyer").textContent = [params.buyer_name, params.buyer_tel].map(text).filter(Boolean).join(" · ");
  byId("merchant-uid").textContent = text(params.merchant_uid);
  // Inicis does not show the amount of a registration on a phone.
  byId("amount-row").hidden = mobile && Boolean(params.customer_uid);
  byId("purpose").textContent = params.customer_uid
    ? "정기결제용 카드 등록입니다. 지금은 승인되는 금액이 없고, 이후 가맹점이 등록된 카드로 결제합니다."
    : "일반 결제입니다. 확인을 누르면 위 금액이 바로 승인됩니다.";
  const cards = byId("cards");
  for (const [value, name] of CARDS) {
    const label = document.createElement("label");
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = "card";
    radio.value = value;
    radio.checked = value === "approve";
    label.append(radio, name);
    cards.append(label);
  }
}

async function act(request, action) {
  const buttons = document.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  byId("error").textContent = "";
  try {
    const answer = await fetch("/simulator/card-window", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        request_pay: request.params,
        card: document.querySelector("input[name=card]:checked").value,
        action: action,
        webhook: byId("webhook").value,
        mobile: mobile,
        user_agent: navigator.userAgent,
      }),
    });
    const result = await answer.json();
    if (!answer.ok) throw new Error(result.detail);
    finish(request, result);
  } catch (error) {
    byId("error").textContent = "결제창 오류: " + error.message;
    buttons.forEach((button) => { button.disabled = false; });
  }
}

function finish(request, result) {
  if (result.tab_closed) {
    byId("form").hidden = true;
    byId("gone").hidden = false;
    window.close();
  } else if (mobile) {
    if (result.redirect_to) location.replace(result.redirect_to);
    else byId("error").textContent = result.error_msg;
  } else {
    parent.postMessage(result, request.origin);
  }
}

const request = read();
if (request === null) {
  byId("form").hidden = true;
  byId("gone").textContent = "이 화면은 IMP.request_pay()가 엽니다.";
  byId("gone").hidden = false;
} else {
  show(request);
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    act(request, "approve");
  });
  document.querySelectorAll("[data-action]").forEach((button) => {
    button.addEventListener("click", () => act(request, button.dataset.action));
  });
}
