//! The event bus's stand-in: takes `PutEvents`, keeps what it took, and hands over what somebody gets by the rules
//! until that succeeds, at least once, as EventBridge and SQS do; and Slack's stand-in, which keeps what it is told.

use crate::clock::Clock;
use crate::journal::{Journal, JournalError};
use crate::rules::listener;
use axum::{Json, Router, body::Bytes, extract::State, response::IntoResponse, routing::post};
use billing::{Announcement, Telling};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// How long to wait before an event that was not taken is handed over again.
const WAIT: SignedDuration = SignedDuration::from_mins(1);

/// The bus and Slack. Clones are one and the same.
#[derive(Clone, Debug)]
pub struct Bus {
    inner: Arc<Mutex<Inner>>,
    clock: Clock,
}

#[derive(Debug, Default)]
struct Inner {
    events: Vec<Value>,
    messages: Vec<Value>,
    /// By the event's number: when to hand it over.
    waiting: BTreeMap<usize, Timestamp>,
    /// When things happened that are told in sums, and were not yet.
    uncounted: BTreeSet<Timestamp>,
    journal: Option<Journal<Line>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Event(Value),
    Delivered(usize),
    Message(Value),
}

impl Bus {
    /// A bus that forgets.
    pub fn in_memory(clock: Clock) -> Self {
        Self { inner: Arc::default(), clock }
    }

    /// A bus that keeps what it took in a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn kept_in(file: &Path, clock: Clock) -> Result<Self, JournalError> {
        let (journal, lines) = Journal::open(file)?;
        let mut inner = Inner { journal: Some(journal), ..Inner::default() };
        let now = clock.now();
        for line in lines {
            match line {
                Line::Event(event) => {
                    inner.take(event, now);
                }
                Line::Delivered(number) => {
                    inner.waiting.remove(&number);
                }
                Line::Message(message) => inner.messages.push(message),
            }
        }
        Ok(Self { inner: Arc::new(Mutex::new(inner)), clock })
    }

    /// All events so far, in EventBridge's envelope.
    pub fn events(&self) -> Vec<Value> {
        self.lock().events.clone()
    }

    /// All messages Slack took.
    pub fn messages(&self) -> Vec<Value> {
        self.lock().messages.clone()
    }

    /// When the next event is to be handed over.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.lock().waiting.values().min().copied()
    }

    /// When the first thing happened that is told in sums and was not yet.
    pub fn first_uncounted(&self) -> Option<Timestamp> {
        self.lock().uncounted.first().copied()
    }

    /// All that happened until then was told in sums.
    pub fn counted(&self, until: Timestamp) {
        self.lock().uncounted.retain(|at| *at >= until);
    }

    /// The next event that is to be handed over by now, and its number.
    pub fn next_due(&self) -> Option<(usize, Value)> {
        let now = self.clock.now();
        let inner = self.lock();
        let (number, _) = inner.waiting.iter().find(|(_, at)| **at <= now)?;
        Some((*number, inner.events.get(*number)?.clone()))
    }

    /// Notes that it was handed over; what was not taken waits a minute.
    ///
    /// # Errors
    /// When it cannot be kept that an event was handed over.
    pub fn handed_over(&self, number: usize, taken: bool) -> Result<(), JournalError> {
        let again = self.clock.now().saturating_add(WAIT).unwrap_or(Timestamp::MAX);
        let mut inner = self.lock();
        if taken {
            inner.waiting.remove(&number);
            return inner.keep(&Line::Delivered(number));
        }
        inner.waiting.insert(number, again);
        Ok(())
    }

    /// EventBridge's endpoint: `PutEvents` only.
    pub fn event_bridge(&self) -> Router {
        Router::new()
            .route("/event-bridge", post(put_events))
            .route("/event-bridge/", post(put_events))
            .with_state(self.clone())
    }

    /// Slack's endpoint.
    pub fn slack(&self) -> Router {
        Router::new().route("/slack/webhook", post(take_message)).with_state(self.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn keep(&self, line: &Line) -> Result<(), JournalError> {
        self.journal.as_ref().map_or(Ok(()), |journal| journal.add(line))
    }

    /// Takes an event, and has it handed over if anybody gets it.
    fn take(&mut self, event: Value, now: Timestamp) {
        if listener(&event).is_some() {
            self.waiting.insert(self.events.len(), now);
        }
        let news = event.get("detail").cloned().map(serde_json::from_value::<Announcement>);
        let news = news.and_then(Result::ok);
        let in_sums = news.filter(|it| it.news.telling() == Telling::InSums);
        self.uncounted.extend(in_sums.map(|it| it.at));
        self.events.push(event);
    }
}

#[derive(Deserialize)]
struct PutEvents {
    #[serde(rename = "Entries")]
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: String,
    detail_type: String,
    detail: String,
}

async fn put_events(State(bus): State<Bus>, body: Bytes) -> axum::response::Response {
    let Ok(PutEvents { entries }) = serde_json::from_slice(&body) else {
        return (StatusCode::BAD_REQUEST, Json(json!({"__type": "ValidationException"})))
            .into_response();
    };
    let now = bus.clock.now();
    let mut inner = bus.lock();
    let mut answers = Vec::new();
    for entry in entries {
        let number = inner.events.len();
        let id = format!("event-{number}");
        let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        let event = json!({
            "version": "0", "id": id, "detail-type": entry.detail_type, "source": entry.source,
            "account": "000000000000", "time": now.to_string(), "region": "ap-northeast-2", "resources": [],
            "detail": detail,
        });
        if inner.keep(&Line::Event(event.clone())).is_err() {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        inner.take(event, now);
        answers.push(json!({"EventId": id}));
    }
    Json(json!({"FailedEntryCount": 0, "Entries": answers})).into_response()
}

/// Slack's own answers: 200 `ok`, or 400 `invalid_payload`.
async fn take_message(State(bus): State<Bus>, body: Bytes) -> (StatusCode, &'static str) {
    let Ok(message) = serde_json::from_slice::<Value>(&body) else {
        return (StatusCode::BAD_REQUEST, "invalid_payload");
    };
    let mut inner = bus.lock();
    if inner.keep(&Line::Message(message.clone())).is_err() {
        return (StatusCode::INTERNAL_SERVER_ERROR, "error");
    }
    inner.messages.push(message);
    (StatusCode::OK, "ok")
}
