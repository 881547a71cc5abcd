//! Facts about what Slack is told.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use announce::Slack;
use bytes::Bytes;
use edge::transport::Transport;
use http::{Request, Response};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tower::{BoxError, service_fn};

/// What Slack is sent of an event, if anything.
async fn told(event: Value) -> Option<Value> {
    let sent: Arc<Mutex<Vec<Value>>> = Arc::default();
    let written = sent.clone();
    let transport = Transport::new(service_fn(move |request: Request<Bytes>| {
        let body = serde_json::from_slice(request.body()).unwrap();
        written.lock().unwrap().push(body);
        async { Ok::<_, BoxError>(Response::new(Bytes::from_static(b"ok"))) }
    }));
    Slack::new(transport, "https://slack.test/hook".into()).handle(event).await.unwrap();
    sent.lock().unwrap().pop()
}

fn declined(reason: &str) -> Value {
    json!({"detail-type": "declined", "detail": {
        "id": "01KAQ3X0000000000000000000-3-0", "at": "2026-11-22T03:00:15Z",
        "uid": "m3mb3rOfG4d0kUid000000000001", "subscription": "01KAQ3X0000000000000000000",
        "type": "declined", "merchant_uid": "pay-01KAQ3X0000000000000000000-1-4", "retry_at": null,
        "decline": {"class": "hard", "reason": reason, "at": "2026-12-29T01:00:05Z"},
    }})
}

/// The texts of all fields of a message.
fn fields(message: &Value) -> Vec<&str> {
    let section = message["blocks"].as_array().unwrap().iter().find(|it| it["type"] == "section");
    section.unwrap()["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["text"].as_str().unwrap())
        .collect()
}

/// What is said as the reason.
async fn reason(text: &str) -> String {
    let message = told(declined(text)).await.unwrap();
    fields(&message)
        .into_iter()
        .find_map(|field| field.strip_prefix("*사유*\n"))
        .unwrap()
        .to_owned()
}

/// Undoes what Slack undoes.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[tokio::test]
async fn a_long_text_is_cut_after_it_was_escaped_and_breaks_nothing() {
    assert_eq!(reason("<분실> & 도난 카드").await, "&lt;분실&gt; &amp; 도난 카드");
    for unit in ["&", "<>", "&amp;", "😀", "a😀&", "한<글>&", "ㄱ"] {
        for shift in 0..7 {
            let text = "x".repeat(shift) + &unit.repeat(5_000);
            let said = reason(&text).await;
            assert!(said.encode_utf16().count() <= 1_901, "{unit} {shift}");
            assert!(
                said.encode_utf16().count() >= 1_890,
                "{unit} {shift}: no more than needs be is lost"
            );
            let whole = unescaped(said.strip_suffix('…').unwrap());
            assert!(text.starts_with(&whole), "{unit} {shift}: {}", &said[said.len() - 20..]);
        }
    }
    let exact = "가".repeat(1_900);
    assert_eq!(reason(&exact).await, exact, "what fits is not cut");
}

#[tokio::test]
async fn every_event_has_a_line_but_what_no_admin_needs_to_be_told() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/announce");
    let mut lines = Vec::new();
    for entry in fs::read_dir(samples).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if ["unknown-news", "no-detail"].contains(&stem.as_str()) {
            continue;
        }
        let event: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let silent = ["retry_planned", "consent_given", "checkout_withdrawn", "refund_due"];
        let silent = silent.map(Value::from).contains(&event["detail-type"]);
        let message = told(event).await;
        assert_eq!(message.is_none(), silent, "{stem}");
        let Some(message) = message else { continue };
        let title = message["text"].as_str().unwrap().to_owned();
        assert!(title.chars().count() <= 150, "Slack takes no longer header: {title}");
        assert!(fields(&message).len() <= 10, "Slack takes no more fields: {stem}");
        lines.push((stem, title));
    }
    let loud: Vec<_> = lines.iter().filter(|(_, title)| title.starts_with('🚨')).collect();
    let mut loud: Vec<_> = loud.iter().map(|(stem, _)| stem.as_str()).collect();
    loud.sort_unstable();
    let expected = [
        "guard-tripped",
        "provider-trouble",
        "provider-trouble-held",
        "reconciled-left",
        "review-opened",
    ];
    assert_eq!(loud, expected);
}
