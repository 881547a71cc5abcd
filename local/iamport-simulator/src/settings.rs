//! What the one who starts a simulator chooses.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::BoxError;

/// Where public sources contradict each other, or the provider offers a choice, one answer is the
/// default and the other can be switched on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Switch {
    /// `GET` and `DELETE` of an unknown customer answer HTTP 200 with code 1 instead of HTTP 404.
    UnknownCustomerIs200,
    /// A declined `again` answers code -1 with no payment instead of a payment that `failed`.
    DeclineIsError,
    /// `DELETE` of a customer revokes its schedules. By default they stay, and fail when they run.
    DeleteRevokesSchedules,
    /// Lists of schedules are plain arrays (as the schema says) instead of pages (as clients read).
    SchedulesAsArrays,
    /// `again` with an unknown customer answers code -1 instead of code 1.
    UnknownBuyerIsMinusOne,
    /// `cancel` with neither id answers HTTP 400 instead of HTTP 200.
    CancelWithoutUidIs400,
    /// `GET /payments/{imp_uid}` hides payments of test MIDs unless `include_sandbox=true`.
    HideSandbox,
    /// The window's callback has `imp_uid`, `merchant_uid`, `error_code` and `error_msg` only, and
    /// the redirect of a phone the same instead of `imp_success`.
    ShortCallback,
    /// Webhooks are sent again up to five times, a minute apart, after a network error or HTTP 5xx.
    RetryWebhooks,
    /// A schedule whose key is gone runs as `again` would: `failed`, no payment, no webhook. By
    /// default it leaves a failed payment and a webhook. Nobody has published which is true; that
    /// the schema has a `fail_reason` on the schedule itself speaks for this one.
    GoneKeyLeavesNoRecord,
    /// Payments by `again` have neither `customer_uid` nor `customer_uid_usage`, in its answer and
    /// in look-ups, as in answers published in 2017 and 2018.
    AgainWithoutUsage,
    /// Payments have `currency: null`.
    CurrencyNull,
    /// Payments have `paid_at: null`, paid ones too.
    PaidAtNull,
    /// Payments have no `started_at`, as was observed of some paid ones.
    NoStartedAt,
    /// Card numbers are 16 plain digits, as one PG was observed to send them.
    PlainCardNumbers,
}

/// How the body of a webhook is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFormat {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// What the time is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How a webhook goes out: the request comes with its absolute URL, the answer's body is shown to
/// whoever looks at the simulator.
pub type Deliver = Arc<
    dyn Fn(Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, BoxError>> + Send + Sync,
>;

pub(crate) struct Settings {
    pub key: String,
    pub secret: String,
    pub console_webhook_url: Option<String>,
    pub webhook_format: WebhookFormat,
    pub switches: BTreeSet<Switch>,
}
