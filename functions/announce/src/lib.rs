//! What people must know of, from the queue to Slack: the only thing that talks to Slack.
//!
//! The queue tells at least once, so a message may come twice; it carries the announcement's id. Slack takes one message
//! a second; what there is no time for, and what Slack does not take, goes back to the queue.

mod message;

use billing::{Announcement, Digest};
use bytes::Bytes;
use edge::transport::Transport;
use http::{Request, StatusCode, Uri, header::CONTENT_TYPE, header::RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tower::{BoxError, ServiceExt};

pub use message::{ReconcileNews, SweepNews};

/// How long Slack may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a run takes for one message at least: there are two at once, and Slack takes one message a second.
const PACE: Duration = Duration::from_secs(2);

/// No message is begun later than this after a run began, which Lambda ends 15 seconds after it.
const LAST: Duration = Duration::from_secs(45);

/// Where messages go.
#[derive(Debug, Clone)]
pub struct Slack {
    transport: Transport,
    webhook_url: SecretString,
    pace: Duration,
}

/// What Lambda hands over from the queue.
#[derive(Debug, Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    body: String,
}

/// An event of ours as EventBridge hands it on.
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Value,
}

/// What goes back to the queue.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// Which records.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// A record that goes back.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// Its `messageId`.
    pub item_identifier: String,
}

/// Why an announcement was not made. The queue hands it over again, and after a day it goes to the dead letters.
#[derive(Debug, thiserror::Error)]
pub enum AnnounceError {
    /// The configuration.
    #[error("SLACK_WEBHOOK_URL is not a URL")]
    BadUrl,
    /// The event is none of ours.
    #[error("the event is not an announcement")]
    Malformed(#[from] serde_json::Error),
    /// Slack did not answer.
    #[error("Slack did not answer")]
    Unreachable(#[source] BoxError),
    /// Slack took long.
    #[error("Slack did not answer in time")]
    TimedOut,
    /// Slack wants no message for a while.
    #[error("Slack wants to be left alone for {} s", .0.as_secs())]
    TooMany(Duration),
    /// Slack refused; its answer says why, such as `invalid_payload` or `channel_is_archived`.
    #[error("Slack refused: {status} {reason}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// The first words of the answer.
        reason: String,
    },
    /// There is no time for it in this run.
    #[error("there was no time for it")]
    NoTime,
}

impl AnnounceError {
    /// Whether what comes after it in the batch has to wait as well.
    fn is_of_slack(&self) -> bool {
        match self {
            Self::Malformed(_) => false,
            Self::Refused { status, .. } => status.is_server_error(),
            Self::BadUrl
            | Self::Unreachable(_)
            | Self::TimedOut
            | Self::TooMany(_)
            | Self::NoTime => true,
        }
    }
}

impl Slack {
    /// Sends to the incoming webhook at this URL, which is a secret.
    pub const fn new(transport: Transport, webhook_url: SecretString) -> Self {
        Self { transport, webhook_url, pace: PACE }
    }

    /// One for a stand-in, which takes any number of messages.
    pub fn unpaced(self) -> Self {
        Self { pace: Duration::ZERO, ..self }
    }

    /// Tells Slack of the events of a batch, the most urgent first, and says which go back to the queue.
    ///
    /// # Errors
    /// When nothing of the batch was told, with the first reason: the whole of it goes back.
    pub async fn handle(&self, batch: Value) -> Result<Left, AnnounceError> {
        let begun = Instant::now();
        let Batch { records } = serde_json::from_value(batch)?;
        let number = records.len();
        let mut left: Vec<(String, AnnounceError)> = Vec::new();
        let mut waiting = Vec::new();
        for Record { message_id, body } in records {
            match read(&body) {
                Ok(message) => waiting.extend(message.map(|(rank, it)| (rank, message_id, it))),
                Err(error) => left.push((message_id, error.into())),
            }
        }
        waiting.sort_by_key(|(rank, ..)| *rank);
        let mut is_away = false;
        for (_, message_id, message) in waiting {
            let told =
                if is_away { Err(AnnounceError::NoTime) } else { self.tell(&message, begun).await };
            if let Err(error) = told {
                is_away |= error.is_of_slack();
                left.push((message_id, error));
            }
        }
        for (message_id, error) in &left {
            tracing::warn!(message_id, %error, "an event goes back to the queue");
        }
        if left.len() == number && !left.is_empty() {
            return Err(left.swap_remove(0).1);
        }
        let failed = |(item_identifier, _)| ItemFailure { item_identifier };
        Ok(Left { batch_item_failures: left.into_iter().map(failed).collect() })
    }

    /// Sends one message, and takes the time for it that Slack wants; again if Slack wants to be left alone first.
    async fn tell(&self, message: &Value, run: Instant) -> Result<(), AnnounceError> {
        loop {
            let begun = Instant::now();
            if run.elapsed() > LAST {
                return Err(AnnounceError::NoTime);
            }
            match self.send(message).await {
                Err(AnnounceError::TooMany(wait)) if wait <= LAST.saturating_sub(run.elapsed()) => {
                    sleep(wait.max(self.pace)).await;
                }
                sent => {
                    sleep(self.pace.saturating_sub(begun.elapsed())).await;
                    return sent;
                }
            }
        }
    }

    async fn send(&self, message: &Value) -> Result<(), AnnounceError> {
        let url: Uri =
            self.webhook_url.expose_secret().parse().map_err(|_| AnnounceError::BadUrl)?;
        let request = Request::post(url)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(Bytes::from(message.to_string()))
            .map_err(|_| AnnounceError::BadUrl)?;
        let answer = tokio::time::timeout(PATIENCE, self.transport.clone().oneshot(request))
            .await
            .map_err(|_| AnnounceError::TimedOut)?
            .map_err(AnnounceError::Unreachable)?;
        match answer.status() {
            StatusCode::OK => Ok(()),
            StatusCode::TOO_MANY_REQUESTS => {
                let wait = answer.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok());
                let wait = wait.and_then(|seconds| seconds.trim().parse().ok()).unwrap_or(1);
                Err(AnnounceError::TooMany(Duration::from_secs(wait)))
            }
            status => {
                let reason = String::from_utf8_lossy(answer.body()).chars().take(80).collect();
                Err(AnnounceError::Refused { status, reason })
            }
        }
    }
}

/// What Slack is told of an event, and its turn among others: what somebody has to look into comes first, sums come
/// last. `None` for what is told in sums, or to nobody.
fn read(body: &str) -> Result<Option<(u8, Value)>, serde_json::Error> {
    let Event { detail_type, detail } = serde_json::from_str(body)?;
    let message = match detail_type.as_str() {
        "sweep_done" | "guard_tripped" => Some(message::of_sweep(&serde_json::from_value(detail)?)),
        "reconciled" => Some(message::of_reconciliation(&serde_json::from_value(detail)?)),
        "digest" => Some(message::of_digest(&serde_json::from_value::<Digest>(detail)?)),
        _ => message::of_announcement(&serde_json::from_value::<Announcement>(detail)?),
    };
    let rank = match detail_type.as_str() {
        "guard_tripped" | "review_opened" | "provider_trouble" => 0,
        "digest" => 2,
        _ => 1,
    };
    Ok(message.map(|message| (rank, message)))
}
