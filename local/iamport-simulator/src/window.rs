//! The PG's window: what a member does in it, and what the page's callback receives.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    card::Card,
    charge::{fail, opened, pay, show_card},
    key::{Face, customer, register},
    order::{Channel, Order, Way},
    params::Params,
    records::{Payment, Usage},
    rows::{PaymentRow, PreparedRow, by_merchant_uid},
    settings::Switch,
    shape,
    state::State,
    webhook,
};

/// A member in front of the window that `IMP.request_pay` opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardWindow {
    /// What the page passed to `IMP.request_pay`.
    pub request_pay: Map<String, Value>,
    /// The card the member chooses.
    #[serde(default)]
    pub card: Card,
    /// What the member does.
    #[serde(default)]
    pub action: Action,
    /// What happens to the webhook.
    #[serde(default)]
    pub webhook: WebhookTiming,
    /// On a phone, the record says so and the result comes by redirect.
    #[serde(default)]
    pub mobile: bool,
    /// The browser's user agent, for the record.
    #[serde(default)]
    pub user_agent: Option<String>,
}

/// What a member does in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Approves.
    #[default]
    Approve,
    /// Closes the window.
    Close,
    /// Approves, and closes the tab before the page gets the result.
    CloseAfterApproval,
    /// Approves, but the PG refuses.
    Refused,
}

/// What happens to the window's webhook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookTiming {
    /// It is sent and answered before the page gets the result.
    #[default]
    Now,
    /// It is queued, and sent when the simulator next does what is due.
    Later,
    /// It is lost.
    Lost,
    /// It is sent twice before the page gets the result.
    Twice,
}

/// The result of the window, and the webhooks to send before the page gets it.
pub(crate) struct Closed {
    pub callback: Value,
    pub send: Vec<u64>,
}

/// Opens the window and does what `window` says.
pub(crate) fn act(state: &mut State, now: i64, window: &CardWindow) -> Closed {
    let params = Params::from(window.request_pay.clone());
    let mut closed = shown(state, now, window, &params);
    if let (true, Some(url)) = (window.mobile, redirect_url(&params)) {
        redirect(state, &mut closed.callback, &url);
    }
    closed
}

/// Where a phone is sent back to; only `http` and `https` URLs count.
fn redirect_url(params: &Params) -> Option<String> {
    params
        .text("m_redirect_url")
        .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

/// Adds `redirect_to`: on a phone the page is loaded again instead of called back.
fn redirect(state: &State, callback: &mut Value, url: &str) {
    let Some(fields) = callback.as_object_mut().filter(|fields| !fields.contains_key("tab_closed"))
    else {
        return;
    };
    let success = fields.get("success").and_then(Value::as_bool);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in ["imp_uid", "merchant_uid", "error_code", "error_msg"] {
        if let Some(value) = fields.get(name).and_then(Value::as_str) {
            query.append_pair(name, value);
        }
    }
    if let (Some(success), false) = (success, state.has(Switch::ShortCallback)) {
        query.append_pair("imp_success", if success { "true" } else { "false" });
    }
    let (url, fragment) = url.split_once('#').map_or((url, None), |(url, rest)| (url, Some(rest)));
    let separator = if url.contains('?') { '&' } else { '?' };
    let mut target = format!("{url}{separator}{}", query.finish());
    if let Some(fragment) = fragment {
        target = format!("{target}#{fragment}");
    }
    fields.insert("redirect_to".to_owned(), Value::String(target));
}

fn shown(state: &mut State, now: i64, window: &CardWindow, params: &Params) -> Closed {
    let (order, channel) = match admitted(state, window, params) {
        Ok(admitted) => admitted,
        Err(refusal) => return Closed { callback: refusal, send: Vec::new() },
    };
    let way = if window.mobile { Way::WindowMobile } else { Way::WindowPc };
    let usage = order.customer_uid.is_some().then_some(Usage::Issue);
    let mut row = opened(state, now, &order, &channel, way, usage);
    match window.action {
        Action::Approve | Action::CloseAfterApproval => {}
        Action::Close => return failed(state, now, row, "사용자가 결제를 취소하셨습니다"),
        Action::Refused => {
            let reason = format!(
                "F0004:PG사 결제요청에 실패하여 중단합니다.({}) [코드: V023] 카드 인증에 실패하였습니다.",
                row.shown.imp_uid
            );
            return failed(state, now, row, &reason);
        }
    }
    let face = Face::of_window(&state.memo.rng.digits(1));
    let customer_uid = order.customer_uid.clone().unwrap_or_default();
    let mut member = customer(now, &customer_uid, &channel, face, params);
    // The window's buyer becomes the customer.
    member.customer_name.clone_from(&order.buyer.name);
    member.customer_email.clone_from(&order.buyer.email);
    member.customer_tel.clone_from(&order.buyer.tel);
    member.customer_addr.clone_from(&order.buyer.addr);
    member.customer_postcode.clone_from(&order.buyer.postcode);
    show_card(&mut row.shown, &member);
    let tid_kind = match (usage, window.mobile) {
        // [GUESS] that this is also the form for a key issued on a phone.
        (_, true) => "INIMX_",
        (Some(_), false) => "StdpayBill",
        (None, false) => "StdpayCARD",
    };
    pay(state, now, &mut row, tid_kind);
    if usage.is_some() {
        register(state, now, member, window.card);
    }
    state.payments.put(row.clone());
    let mut ids = webhook::queue(state, now, &row, None);
    match window.webhook {
        WebhookTiming::Now => {}
        WebhookTiming::Later => ids.clear(),
        WebhookTiming::Lost => ids.drain(..).for_each(|id| webhook::lose(state, id)),
        WebhookTiming::Twice => {
            let again: Vec<u64> =
                ids.iter().filter_map(|id| webhook::send_again(state, now, *id)).collect();
            ids.extend(again);
        }
    }
    let callback = if window.action == Action::CloseAfterApproval {
        json!({ "tab_closed": true })
    } else {
        approved(state, &row.shown)
    };
    Closed { callback, send: ids }
}

/// Whether the window opens at all.
fn admitted(
    state: &State,
    window: &CardWindow,
    params: &Params,
) -> Result<(Order, Channel), Value> {
    let merchant_uid = params.text("merchant_uid");
    // [GUESS] codes and texts if the window does not open; that `imp_uid` is null is documented.
    let refused = |message: &str| {
        json!({
            "success": false, "imp_uid": null, "merchant_uid": merchant_uid,
            "error_code": "F400", "error_msg": message,
        })
    };
    let mut order = Order::read(params, None)
        .map_err(|_| refused("결제 요청 파라메터(merchant_uid, amount)가 올바르지 않습니다."))?;
    if window.mobile && redirect_url(params).is_none() {
        return Err(refused("m_redirect_url 파라메터가 올바르지 않습니다."));
    }
    // Without `pg` the console's default applies; here that is Inicis' test MID for billing.
    let channel = Channel::parse(params.text("pg").as_deref());
    if channel.pg_provider == "html5_inicis" && order.buyer.tel.is_none() {
        return Err(refused("구매자 전화번호(buyer_tel) 파라메터가 누락되었습니다."));
    }
    if params.text("pay_method").is_some_and(|method| method != "card") {
        return Err(refused("지원하지 않는 결제수단(pay_method)입니다."));
    }
    order.customer_uid = params.text("customer_uid");
    if order.customer_uid.as_ref().is_some_and(|uid| uid.chars().count() > 80) {
        return Err(refused("customer_uid의 길이는 80자를 넘을 수 없습니다."));
    }
    if order.customer_uid.is_none() && order.amount <= 0 || order.amount < 0 {
        return Err(refused("결제금액(amount)이 올바르지 않습니다."));
    }
    if state.is_used(&order.merchant_uid) {
        return Err(refused("이미 결제가 이루어진 거래건입니다."));
    }
    let prepared: Option<&PreparedRow> =
        state.prepared.newest(&by_merchant_uid(&order.merchant_uid));
    if prepared.is_some_and(|prepared| prepared.amount != order.amount) {
        return Err(refused("사전등록된 결제금액과 요청된 결제금액이 일치하지 않습니다."));
    }
    order.user_agent.clone_from(&window.user_agent);
    Ok((order, channel))
}

/// A window without success. Only the failure of a schedule has a webhook.
///
/// [GUESS] the record: closing the window leaves `failed`, abandoning it leaves `ready`.
fn failed(state: &mut State, now: i64, mut row: PaymentRow, reason: &str) -> Closed {
    fail(now, &mut row, reason);
    let Payment { imp_uid, merchant_uid, pay_method, pg_provider, .. } = &row.shown;
    let callback = if state.has(Switch::ShortCallback) {
        json!({
            "imp_uid": imp_uid, "merchant_uid": merchant_uid,
            "error_code": "F0000", "error_msg": reason,
        })
    } else {
        json!({
            "success": false, "imp_uid": imp_uid, "merchant_uid": merchant_uid,
            "pay_method": pay_method, "pg_provider": pg_provider, "pg_type": "payment",
            "error_msg": reason,
        })
    };
    state.payments.put(row);
    Closed { callback, send: Vec::new() }
}

fn approved(state: &State, payment: &Payment) -> Value {
    if state.has(Switch::ShortCallback) {
        return json!({ "imp_uid": payment.imp_uid, "merchant_uid": payment.merchant_uid });
    }
    json!({
        "success": true,
        "imp_uid": payment.imp_uid,
        "pay_method": payment.pay_method,
        "merchant_uid": payment.merchant_uid,
        "name": payment.name,
        "paid_amount": payment.amount,
        "currency": payment.currency,
        "pg_provider": payment.pg_provider,
        "pg_type": "payment",
        "pg_tid": payment.pg_tid,
        "apply_num": payment.apply_num,
        "buyer_name": payment.buyer_name.as_deref().unwrap_or_default(),
        "buyer_email": payment.buyer_email.as_deref().unwrap_or_default(),
        "buyer_tel": payment.buyer_tel.as_deref().unwrap_or_default(),
        "buyer_addr": payment.buyer_addr.as_deref().unwrap_or_default(),
        "buyer_postcode": payment.buyer_postcode.as_deref().unwrap_or_default(),
        "custom_data": payment.custom_data,
        "status": payment.status,
        "paid_at": payment.paid_at,
        "receipt_url": payment.receipt_url,
        "card_name": payment.card_name,
        "bank_name": null,
        "card_quota": payment.card_quota,
        "card_number": shape::card_number(state, payment.card_number.as_deref()),
        "customer_uid": payment.customer_uid,
    })
}
