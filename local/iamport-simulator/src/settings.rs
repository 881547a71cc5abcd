//! What can be chosen when a simulator is started.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::BoxError;

/// If public sources contradict each other, or the provider offers a choice, one answer is the
/// default and the other can be switched on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Switch {
    /// `GET` and `DELETE` of an unknown customer answer HTTP 200 with code 1 instead of HTTP 404.
    UnknownCustomerIs200,
    /// A declined `again` answers code -1 without a payment, instead of a payment that `failed`.
    DeclineIsError,
    /// `DELETE` of a customer revokes its schedules. By default they remain, and fail when they run.
    DeleteRevokesSchedules,
    /// Lists of schedules are plain arrays (as in the schema) instead of pages (as clients expect).
    SchedulesAsArrays,
    /// `again` with an unknown customer answers code -1 instead of code 1.
    UnknownBuyerIsMinusOne,
    /// `cancel` with neither id answers HTTP 400 instead of HTTP 200.
    CancelWithoutUidIs400,
    /// `GET /payments/{imp_uid}` hides payments of test MIDs unless `include_sandbox=true`.
    HideSandbox,
    /// The window's callback has only `imp_uid`, `merchant_uid`, `error_code` and `error_msg`. So has
    /// the redirect on a phone, without `imp_success`.
    ShortCallback,
    /// Webhooks are sent again up to five times, a minute apart, after a network error or HTTP 5xx.
    RetryWebhooks,
    /// A schedule whose key is gone fails as `again` would: `failed`, no payment, no webhook. By
    /// default it leaves a failed payment and a webhook. Which is true has not been published. That
    /// the schema has a `fail_reason` on the schedule itself suggests this one.
    GoneKeyLeavesNoRecord,
    /// Payments by `again` have neither `customer_uid` nor `customer_uid_usage`, in its answer and in
    /// lookups, as in answers published in 2017 and 2018.
    AgainWithoutUsage,
    /// Payments have `currency: null`.
    CurrencyNull,
    /// Payments have `paid_at: null`, even paid ones.
    PaidAtNull,
    /// Payments have no `started_at`, as was observed on some paid ones.
    NoStartedAt,
    /// Card numbers are 16 plain digits, as observed from one PG.
    PlainCardNumbers,
}

/// The format of a webhook's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFormat {
    /// `application/json`.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// Returns the current time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Sends a webhook. The request has an absolute URL; the body of the answer is shown on the
/// simulator's page.
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
