//! Faults injected into the next calls, webhooks or runs of schedules.

use serde::{Deserialize, Serialize};

use crate::table::Row;

/// A fault in the next `count` calls, webhooks or runs of schedules that it matches.
///
/// As JSON: `{"calls": "answer_lost", "path": "/subscribe/payments/again", "count": 2}`,
/// `{"webhooks": "delayed", "seconds": 600}` or `{"schedules": "silent", "path": "order-1"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How many times; once by default.
    #[serde(default = "once")]
    pub count: u32,
    /// Matches only calls whose path, webhooks whose URL or schedules whose `merchant_uid` starts with
    /// this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The delay, for kinds that have one; 60 s by default.
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
    /// A fault of this kind in the next call, webhook or run; with a delay, if any, of 60 s.
    pub const fn once(kind: FaultKind) -> Self {
        Self { kind, count: once(), path: None, seconds: a_minute() }
    }
}

/// What a [`Fault`] strikes.
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
    /// It arrives twice, and the caller gets the second answer.
    Doubled,
    /// It takes effect immediately, but its answer comes `seconds` late.
    Delayed,
    /// The connection breaks immediately, but the call still arrives `seconds` later, overtaken by
    /// everything sent in the meantime.
    Reordered,
    /// It takes effect, but the answer breaks off in the middle of its body.
    CutOff,
    /// It takes effect, but the connection breaks before the answer.
    AnswerLost,
    /// HTTP 500 without effect.
    InternalError,
    /// HTTP 503 with an HTML page, without effect.
    Unavailable,
    /// HTTP 200 with an HTML page about maintenance, without effect.
    Maintenance,
    /// HTTP 401 without effect: the token ends early.
    Unauthorized,
    /// HTTP 429 without effect.
    TooManyRequests,
    /// It never takes effect and is never answered; the connection breaks after `seconds`, if the
    /// caller waits that long.
    Hanging,
    /// `again` is checked immediately, but approved and answered `seconds` later, no matter what was
    /// approved under its `merchant_uid` in the meantime, and whether or not its caller waits. Whether
    /// the real server can do this is not known. Other calls are `delayed`.
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

/// What can go wrong when a schedule runs. Both are a `[GUESS]`: the schema promises neither a payment
/// nor a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleFault {
    /// It reads `executed` and nothing else: no `payment_status`, no payment, no webhook, and no money
    /// moved.
    Silent,
    /// It is refused before there is a payment, as `again` can be: `executed` and `failed` with a
    /// reason, no payment, no webhook.
    Unrecorded,
}

/// A fault that has not struck yet.
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
