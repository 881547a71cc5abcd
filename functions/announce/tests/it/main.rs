//! Facts about what Slack is told.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests fail by panicking")]

use announce::{AnnounceError, ItemFailure, Left, Slack};
use billing::{Announcement, Telling};
use bytes::Bytes;
use edge::transport::Transport;
use http::{Request, Response};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use tower::{BoxError, service_fn};

/// What a stand-in for Slack was sent, and how many seconds after the beginning.
type Sent = Arc<Mutex<Vec<(u64, Value)>>>;

/// A Slack that answers the messages in turn so (a status, and how long to leave it alone), and then takes all.
fn slack<const MANY: usize>(answers: [(u16, Option<&'static str>); MANY]) -> (Slack, Sent) {
    let sent = Sent::default();
    let written = sent.clone();
    let answers = Arc::new(Mutex::new(answers.into_iter()));
    let begun = Instant::now();
    let transport = Transport::new(service_fn(move |request: Request<Bytes>| {
        let body = serde_json::from_slice(request.body()).unwrap();
        written.lock().unwrap().push((begun.elapsed().as_secs(), body));
        let (status, wait) = answers.lock().unwrap().next().unwrap_or((200, None));
        let mut answer = Response::builder().status(status);
        if let Some(wait) = wait {
            answer = answer.header("retry-after", wait);
        }
        async move { Ok::<_, BoxError>(answer.body(Bytes::from_static(b"ok")).unwrap()) }
    }));
    (Slack::new(transport, "https://slack.test/hook".into()), sent)
}

/// These events in a batch, as the queue hands them over; the first is `0`.
fn batch(events: &[Value]) -> Value {
    let record = |(number, event): (usize, &Value)| json!({"messageId": number.to_string(), "body": event.to_string(), "eventSource": "aws:sqs"});
    json!({"Records": events.iter().enumerate().map(record).collect::<Vec<_>>()})
}

/// What Slack is sent of an event, if anything.
async fn told(event: Value) -> Option<Value> {
    let (slack, sent) = slack([]);
    assert_eq!(slack.handle(batch(&[event])).await.unwrap(), Left::default());
    let mut sent = sent.lock().unwrap();
    sent.pop().map(|(_, message)| message)
}

/// These go back.
fn left(numbers: &[&str]) -> Left {
    let failed = |number: &&str| ItemFailure { item_identifier: (*number).to_owned() };
    Left { batch_item_failures: numbers.iter().map(failed).collect() }
}

fn sample(stem: &str) -> Value {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../events/announce/{stem}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The titles that Slack was sent, and when.
fn titles(sent: &Sent) -> Vec<(u64, String)> {
    let sent = sent.lock().unwrap();
    sent.iter().map(|(at, it)| (*at, it["text"].as_str().unwrap().to_owned())).collect()
}

fn trouble(reason: &str) -> Value {
    let mut event = sample("provider-trouble");
    event["detail"]["reason"] = json!(reason);
    event
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
    let message = told(trouble(text)).await.unwrap();
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

#[tokio::test(start_paused = true)]
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

#[tokio::test(start_paused = true)]
async fn what_is_told_at_once_has_a_message_of_its_own_and_what_is_counted_has_none() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/announce");
    let mut loud = Vec::new();
    for entry in fs::read_dir(samples).unwrap() {
        let stem = entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        if ["unknown-news", "no-detail", "batch"].contains(&stem.as_str()) {
            continue;
        }
        let event = sample(&stem);
        let news = serde_json::from_value::<Announcement>(event["detail"].clone());
        let at_once = news.map_or(true, |it| it.news.telling() == Telling::AtOnce);
        let message = told(event).await;
        assert_eq!(message.is_some(), at_once, "{stem}");
        let Some(message) = message else { continue };
        let title = message["text"].as_str().unwrap().to_owned();
        assert!(title.chars().count() <= 150, "Slack takes no longer header: {title}");
        assert!(fields(&message).len() <= 10, "Slack takes no more fields: {stem}");
        if title.starts_with('🚨') {
            loud.push(stem);
        }
    }
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

#[tokio::test(start_paused = true)]
async fn a_digest_says_how_much_of_each_and_who_cancelled() {
    let message = told(sample("digest")).await.unwrap();
    let expected = [
        "*기간*\n2026-11-22 12:00 ~ 2026-11-22 12:30",
        "*💳 결제*\n412건, 4,078,800원",
        "*⚠️ 결제 실패*\n31건 (재시도 예정 24, 카드 사용 불가 7)",
        "*🎉 새 구독*\n12건",
        "*🔔 해지*\n22건",
        "*🔒 이용 종료*\n3건",
    ];
    assert_eq!(fields(&message), expected);
    let blocks = message["blocks"].as_array().unwrap();
    let named = blocks[2]["text"]["text"].as_str().unwrap();
    let lines: Vec<_> = named.lines().collect();
    assert_eq!(
        lines[..2],
        ["*해지한 회원 (이용 기한)*", "m3mb3rOfG4d0kUid000000000001 (2026-12-22까지)"]
    );
    assert_eq!((lines.len(), lines[21]), (22, "외 2명"));
    let last = blocks[3]["elements"][0]["text"].as_str().unwrap();
    assert_eq!(last, "2026-11-22 12:30  ·  digest-2026-11-22T03:00:00Z");
}

#[tokio::test(start_paused = true)]
async fn a_digest_of_everything_and_of_the_longest_names_is_within_slacks_limits() {
    let mut event = sample("digest");
    for name in ["resumed", "card_changed", "card_expiring", "consent_asked"] {
        event["detail"]["counts"][name] = json!(u64::MAX);
    }
    for leaving in event["detail"]["cancelled"].as_array_mut().unwrap() {
        leaving["uid"] = json!("&".repeat(128));
    }
    let message = told(event).await.unwrap();
    assert_eq!(fields(&message).len(), 10);
    let named = message["blocks"][2]["text"]["text"].as_str().unwrap();
    assert!((2_000..=3_000).contains(&named.chars().count()), "{}", named.chars().count());
}

#[tokio::test(start_paused = true)]
async fn the_most_urgent_come_first_and_two_runs_send_one_message_a_second() {
    let (slack, sent) = slack([]);
    let events = ["digest", "refunded", "review-opened", "sweep-done", "guard-tripped"].map(sample);
    let begun = Instant::now();
    assert_eq!(slack.handle(batch(&events)).await.unwrap(), Left::default());
    let expected = [
        (0, "🚨 확인 필요"),
        (2, "🚨 이용 종료 중단: 대상이 너무 많습니다"),
        (4, "💸 자동 환불 완료"),
        (6, "🧹 야간 점검 완료"),
        (8, "📊 처리 현황"),
    ];
    assert_eq!(titles(&sent), expected.map(|(at, title)| (at, title.to_owned())));
    assert_eq!(begun.elapsed(), Duration::from_secs(10), "nor is the next run too early");
}

#[tokio::test(start_paused = true)]
async fn slack_is_left_alone_for_as_long_as_it_says() {
    let (slack, sent) = slack([(200, None), (429, Some("30"))]);
    let events = ["review-opened", "refunded"].map(sample);
    assert_eq!(slack.handle(batch(&events)).await.unwrap(), Left::default());
    let at: Vec<_> = titles(&sent).into_iter().map(|(at, _)| at).collect();
    assert_eq!(at, [0, 2, 32]);
}

#[tokio::test(start_paused = true)]
async fn what_there_is_no_time_for_goes_back() {
    for wait in ["60", "18446744073709551615"] {
        let (slack, sent) = slack([(200, None), (429, Some(wait))]);
        let events = ["digest", "refunded", "review-opened"].map(sample);
        assert_eq!(slack.handle(batch(&events)).await.unwrap(), left(&["1", "0"]));
        assert_eq!(titles(&sent).len(), 2, "Slack is asked no more");
    }
}

#[tokio::test(start_paused = true)]
async fn a_poisoned_record_fails_alone() {
    let (slack, sent) = slack([(400, None)]);
    let mut events = ["review-opened", "no-detail", "refunded"].map(sample).to_vec();
    events.push(json!("no event"));
    let answer = slack.handle(batch(&events)).await.unwrap();
    assert_eq!(answer, left(&["1", "3", "0"]));
    assert_eq!(titles(&sent).len(), 2, "what Slack refuses keeps nothing else back");
    assert_eq!(
        serde_json::to_value(answer).unwrap()["batchItemFailures"][0],
        json!({"itemIdentifier": "1"}),
        "as Lambda reads it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_that_told_nothing_fails() {
    for status in [400, 500] {
        let (slack, sent) = slack([(status, None)]);
        let error = slack.handle(batch(&[sample("refunded")])).await.unwrap_err();
        assert!(matches!(error, AnnounceError::Refused { .. }), "{error}");
        assert_eq!(titles(&sent).len(), 1);
    }
    let (slack, _) = slack([]);
    assert_eq!(slack.handle(batch(&[sample("paid")])).await.unwrap(), Left::default());
}
