//! Which webhooks there are, where they go, and when.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    fault::WebhookFault,
    records::{Delivery, PaymentStatus, Webhook, WebhookState},
    rows::{OVERTAKEN, PaymentRow},
    settings::{Switch, WebhookFormat},
    state::State,
};

/// How many times a webhook is retried with [`Switch::RetryWebhooks`].
const RETRIES: usize = 5;
const RETRY_SECONDS: i64 = 60;

#[derive(Serialize)]
struct Body<'a> {
    imp_uid: &'a str,
    merchant_uid: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation_id: Option<&'a str>,
}

/// Queues the webhooks about the payment as it is now, due immediately, and returns their ids.
///
/// They go to the payment's `notice_url`s, or else to the console's URL.
pub(crate) fn queue(
    state: &mut State,
    now: i64,
    payment: &PaymentRow,
    cancellation_id: Option<&str>,
) -> Vec<u64> {
    let mut urls: Vec<Option<String>> = payment.notice_urls.iter().cloned().map(Some).collect();
    if urls.is_empty() {
        urls.push(state.settings.console_webhook_url.clone());
    }
    let mut ids = Vec::new();
    for url in urls {
        let fault = url.as_deref().and_then(|url| state.fault_of_webhook(url));
        let id = add(state, now, payment, cancellation_id, url.clone());
        ids.push(id);
        match fault {
            None => {}
            Some((WebhookFault::Lost, _)) => lose(state, id),
            Some((WebhookFault::Doubled, _)) => {
                ids.push(add(state, now, payment, cancellation_id, url));
            }
            Some((WebhookFault::Delayed, seconds)) => {
                change(state, id, |webhook| {
                    webhook.due_at = at(now.saturating_add(seconds.into()));
                });
            }
            Some((WebhookFault::Reordered, seconds)) => change(state, id, |webhook| {
                webhook.due_at = at(now.saturating_add(seconds.into()));
                webhook.state = WebhookState::Overtaken;
            }),
        }
    }
    ids
}

fn add(
    state: &mut State,
    now: i64,
    payment: &PaymentRow,
    cancellation_id: Option<&str>,
    url: Option<String>,
) -> u64 {
    let id = state.new_id();
    let order = id.saturating_mul(2);
    let body = Body {
        imp_uid: &payment.shown.imp_uid,
        merchant_uid: &payment.shown.merchant_uid,
        status: payment.shown.status.name(),
        cancellation_id,
    };
    let (content_type, body) = match state.settings.webhook_format {
        WebhookFormat::Json => {
            ("application/json", serde_json::to_string(&body).unwrap_or_default())
        }
        WebhookFormat::Form => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("imp_uid", body.imp_uid);
            form.append_pair("merchant_uid", body.merchant_uid);
            form.append_pair("status", body.status);
            if let Some(cancellation_id) = cancellation_id {
                form.append_pair("cancellation_id", cancellation_id);
            }
            ("application/x-www-form-urlencoded", form.finish())
        }
    };
    let due_at = at(now);
    let webhook = Webhook {
        id,
        imp_uid: payment.shown.imp_uid.clone(),
        merchant_uid: payment.shown.merchant_uid.clone(),
        status: payment.shown.status,
        cancellation_id: cancellation_id.map(str::to_owned),
        state: if url.is_some() { WebhookState::Queued } else { WebhookState::NoAddress },
        url,
        content_type: content_type.to_owned(),
        body,
        due_at,
        attempts: Vec::new(),
        order,
    };
    state.webhooks.put(webhook);
    let overtaken: Vec<u64> = state.webhooks.find(OVERTAKEN).map(|webhook| webhook.id).collect();
    for overtaken in overtaken {
        change(state, overtaken, |webhook| {
            webhook.due_at = due_at;
            webhook.order = order.saturating_add(1);
            webhook.state = WebhookState::Queued;
        });
    }
    id
}

/// Loses a webhook on its way.
pub(crate) fn lose(state: &mut State, id: u64) {
    change(state, id, |webhook| webhook.state = WebhookState::Lost);
}

/// Queues the same webhook again, due immediately, as the console's button does; returns its id.
pub(crate) fn send_again(state: &mut State, now: i64, id: u64) -> Option<u64> {
    let mut webhook = state.webhooks.get(id)?.clone();
    webhook.id = state.new_id();
    webhook.order = webhook.id.saturating_mul(2);
    webhook.due_at = at(now);
    webhook.attempts.clear();
    if webhook.url.is_some() {
        webhook.state = WebhookState::Queued;
    }
    let id = webhook.id;
    state.webhooks.put(webhook);
    Some(id)
}

/// Records the result of sending a webhook.
pub(crate) fn note(state: &mut State, id: u64, delivery: Delivery) {
    let retry = state.has(Switch::RetryWebhooks);
    change(state, id, |webhook| {
        let again_at = at(delivery.at.as_second().saturating_add(RETRY_SECONDS));
        let state = match delivery.status {
            Some(200..300) => WebhookState::Delivered,
            None | Some(500..) if retry && webhook.attempts.len() < RETRIES => {
                webhook.due_at = again_at;
                WebhookState::Queued
            }
            _ => WebhookState::Failed,
        };
        webhook.state = state;
        webhook.attempts.push(delivery);
    });
}

fn change(state: &mut State, id: u64, change: impl FnOnce(&mut Webhook)) {
    if let Some(mut webhook) = state.webhooks.get(id).cloned() {
        change(&mut webhook);
        state.webhooks.put(webhook);
    }
}

/// `now` as a timestamp. It is always in range, because it came from one.
pub(crate) fn at(now: i64) -> Timestamp {
    Timestamp::from_second(now).unwrap_or(Timestamp::MAX)
}

/// Whether a payment has this status, if one is given.
pub(crate) fn has_status(payment: &PaymentRow, status: Option<PaymentStatus>) -> bool {
    status.is_none_or(|status| payment.shown.status == status)
}
