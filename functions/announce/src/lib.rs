//! Announcements, from the bus to Slack: the only thing that talks to Slack.
//!
//! EventBridge tells at least once, so a message may come twice; it carries the announcement's id. What
//! Slack does not take is an error, and EventBridge and Lambda try again.

mod message;

use billing::Announcement;
use bytes::Bytes;
use edge::transport::Transport;
use http::{Request, StatusCode, Uri, header::CONTENT_TYPE};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tower::{BoxError, ServiceExt};

pub use message::{ReconcileNews, SweepNews};

/// How long Slack may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where messages go.
#[derive(Debug, Clone)]
pub struct Slack {
    transport: Transport,
    webhook_url: SecretString,
}

/// An event of ours as EventBridge hands it on.
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Value,
}

/// Why an announcement was not made. Lambda tries again, and then it goes to the dead letters.
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
    /// Slack refused; its answer says why, such as `invalid_payload` or `channel_is_archived`.
    #[error("Slack refused: {status} {reason}")]
    Refused {
        /// The status.
        status: StatusCode,
        /// The first words of the answer.
        reason: String,
    },
}

impl Slack {
    /// Sends to the incoming webhook at this URL, which is a secret.
    pub const fn new(transport: Transport, webhook_url: SecretString) -> Self {
        Self { transport, webhook_url }
    }

    /// Tells Slack of one event from the bus.
    ///
    /// # Errors
    /// When the event is malformed or Slack does not take the message.
    pub async fn handle(&self, event: Value) -> Result<(), AnnounceError> {
        let event: Event = serde_json::from_value(event)?;
        let message = match event.detail_type.as_str() {
            "sweep_done" | "guard_tripped" => {
                Some(message::of_sweep(&serde_json::from_value(event.detail)?))
            }
            "reconciled" => {
                Some(message::of_reconciliation(&serde_json::from_value(event.detail)?))
            }
            _ => message::of_announcement(&serde_json::from_value::<Announcement>(event.detail)?),
        };
        match message {
            Some(message) => self.send(&message).await,
            None => Ok(()),
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
        if answer.status() == StatusCode::OK {
            return Ok(());
        }
        let reason = String::from_utf8_lossy(answer.body()).chars().take(80).collect();
        Err(AnnounceError::Refused { status: answer.status(), reason })
    }
}
