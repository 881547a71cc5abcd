//! Troubles ordered in advance: for the next calls, the next webhooks, the next runs of schedules.

use serde::{Deserialize, Serialize};

use crate::table::Row;

/// A trouble for the next `count` calls, webhooks or runs of schedules that it fits.
///
/// As JSON: `{"calls": "answer_lost", "path": "/subscribe/payments/again", "count": 2}`,
/// `{"webhooks": "delayed", "seconds": 600}` or `{"schedules": "silent", "path": "order-1"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How often; once by default.
    #[serde(default = "once")]
    pub count: u32,
    /// Only calls whose path, webhooks whose URL, or schedules whose `merchant_uid` begins with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How late, where the kind says so; 60 s by default.
    #[serde(default = "a_minute")]
    pub seconds: u32,
}

const fn once() -> u32 {
    1
}

const fn a_minute() -> u32 {
    60
}

impl Fault {
    /// The next call or webhook, once, 60 s late where that matters.
    pub const fn once(kind: FaultKind) -> Self {
        Self { kind, count: once(), path: None, seconds: a_minute() }
    }
}

/// What a [`Fault`] hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Calls of the V1 API.
    Calls(CallFault),
    /// Webhooks.
    Webhooks(WebhookFault),
    /// Runs of schedules.
    Schedules(ScheduleFault),
}

/// What can go wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFault {
    /// It never arrives; the connection breaks.
    Lost,
    /// It arrives twice; the caller gets the second answer.
    Doubled,
    /// It takes effect at once, and its answer comes `seconds` late.
    Delayed,
    /// The connection breaks at once, and the call arrives `seconds` later all the same, overtaken
    /// by whatever was sent meanwhile.
    Reordered,
    /// It takes effect, and the answer breaks off in the middle of its body.
    CutOff,
    /// It takes effect, and the connection breaks before the answer.
    AnswerLost,
    /// HTTP 500 without effect.
    InternalError,
    /// HTTP 503 with an HTML page, without effect.
    Unavailable,
    /// HTTP 200 with an HTML page that tells of maintenance, without effect.
    Maintenance,
    /// HTTP 401 without effect: the token is gone before its time.
    Unauthorized,
    /// HTTP 429 without effect.
    TooManyRequests,
    /// It never takes effect and is never answered; the connection breaks after `seconds`, if the
    /// caller waits that long.
    Hanging,
    /// `again` is looked at at once, and approved and answered `seconds` later, whatever was
    /// approved under its `merchant_uid` meanwhile, and whether its caller waits or not. Whether
    /// the real server can be in two minds like that is not known. Other calls are `delayed`.
    ApprovedLate,
}

/// What can go wrong with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFault {
    /// It is never sent.
    Lost,
    /// It is sent twice.
    Doubled,
    /// It is sent `seconds` late.
    Delayed,
    /// It is sent right after the next webhook, or `seconds` late if none comes.
    Reordered,
}

/// What can go wrong when a schedule runs. Of both it is a [GUESS] that they happen; the schema
/// promises neither a payment nor a word on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleFault {
    /// It reads `executed` and says nothing else: no `payment_status`, no payment, no webhook, and
    /// no money moved.
    Silent,
    /// It is refused before a payment was made of it, as `again` can be: `executed` and `failed`
    /// with a reason, no payment, no webhook.
    Unrecorded,
}

/// A fault that is waiting.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FaultRow {
    pub id: u64,
    pub fault: Fault,
}

impl Row for FaultRow {
    const TABLE: &'static str = "fault";

    fn id(&self) -> u64 {
        self.id
    }
}
