//! Records, with the fields and in the order that Iamport answers with.

use serde::{Deserialize, Serialize};

/// A payment as `GET /payments/{imp_uid}` shows it. Fields are in alphabetical order, as in the
/// answers that were observed. Amounts are in won, times in UNIX seconds (0: not in that state).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Iamport's own names, described in its API documents")]
pub struct Payment {
    pub amount: i64,
    pub apply_num: Option<String>,
    pub bank_code: Option<String>,
    pub bank_name: Option<String>,
    pub buyer_addr: Option<String>,
    pub buyer_email: Option<String>,
    pub buyer_name: Option<String>,
    pub buyer_postcode: Option<String>,
    pub buyer_tel: Option<String>,
    pub cancel_amount: i64,
    pub cancel_history: Vec<Cancellation>,
    pub cancel_reason: Option<String>,
    pub cancel_receipt_urls: Vec<String>,
    pub cancelled_at: i64,
    pub card_code: Option<String>,
    pub card_issuer_code: Option<String>,
    pub card_issuer_name: Option<String>,
    pub card_name: Option<String>,
    pub card_number: Option<String>,
    pub card_publisher_code: Option<String>,
    pub card_publisher_name: Option<String>,
    pub card_quota: i64,
    pub card_type: Option<i64>,
    pub cash_receipt_issued: bool,
    pub channel: String,
    pub currency: String,
    pub custom_data: Option<String>,
    pub customer_uid: Option<String>,
    pub customer_uid_usage: Option<Usage>,
    pub emb_pg_provider: Option<String>,
    pub escrow: bool,
    pub fail_reason: Option<String>,
    pub failed_at: i64,
    pub imp_uid: String,
    pub merchant_uid: String,
    pub name: Option<String>,
    pub paid_at: i64,
    pub pay_method: String,
    pub pg_id: String,
    pub pg_provider: String,
    pub pg_tid: Option<String>,
    pub receipt_url: Option<String>,
    pub sandbox: bool,
    pub started_at: i64,
    pub status: PaymentStatus,
    pub user_agent: Option<String>,
    pub vbank_code: Option<String>,
    pub vbank_date: i64,
    pub vbank_holder: Option<String>,
    pub vbank_issued_at: i64,
    pub vbank_name: Option<String>,
    pub vbank_num: Option<String>,
}

/// One entry of a payment's `cancel_history`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Iamport's own names, described in its API documents")]
pub struct Cancellation {
    pub amount: i64,
    pub cancellation_id: String,
    pub cancelled_at: i64,
    pub pg_tid: String,
    pub reason: String,
    pub receipt_url: Option<String>,
}

/// `status` of a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "Iamport's own names, described in its API documents")]
pub enum PaymentStatus {
    #[default]
    Ready,
    Paid,
    Failed,
    Cancelled,
}

impl PaymentStatus {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// `customer_uid_usage` of a payment: what the billing key was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Usage {
    /// The key was issued. No money moved, whatever the record's amount says.
    #[serde(rename = "issue")]
    Issue,
    /// Charged by `POST /subscribe/payments/again` (or `onetime` with a `customer_uid`).
    #[serde(rename = "payment")]
    Payment,
    /// Charged by a schedule.
    #[serde(rename = "payment.scheduled")]
    Scheduled,
}

/// A customer (a billing key) as `GET /subscribe/customers/{customer_uid}` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Iamport's own names, described in its API documents")]
pub struct Customer {
    pub card_code: Option<String>,
    pub card_issuer_code: Option<String>,
    pub card_issuer_name: Option<String>,
    pub card_name: String,
    pub card_number: Option<String>,
    pub card_publisher_code: Option<String>,
    pub card_publisher_name: Option<String>,
    pub card_type: Option<i64>,
    pub customer_addr: Option<String>,
    pub customer_email: Option<String>,
    pub customer_id: Option<String>,
    pub customer_name: Option<String>,
    pub customer_postcode: Option<String>,
    pub customer_tel: Option<String>,
    pub customer_uid: String,
    pub inserted: i64,
    pub pg_id: String,
    pub pg_provider: String,
    pub sandbox: bool,
    pub updated: i64,
}

/// A schedule as `GET /subscribe/payments/schedule/{merchant_uid}` shows it, with the fields in the
/// order that was observed. `pg_provider`, `pg_id` and `promotion_id` are newer and come last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "Iamport's own names, described in its API documents")]
pub struct Schedule {
    pub customer_uid: String,
    pub merchant_uid: String,
    pub imp_uid: Option<String>,
    pub customer_id: Option<String>,
    pub schedule_at: i64,
    pub executed_at: i64,
    pub revoked_at: i64,
    pub amount: i64,
    pub name: Option<String>,
    pub buyer_name: Option<String>,
    pub buyer_tel: Option<String>,
    pub buyer_email: Option<String>,
    pub buyer_addr: Option<String>,
    pub buyer_postcode: Option<String>,
    pub schedule_status: ScheduleStatus,
    pub payment_status: Option<PaymentStatus>,
    pub fail_reason: Option<String>,
    pub custom_data: Option<String>,
    pub currency: String,
    pub pg_provider: String,
    pub pg_id: String,
    pub promotion_id: Option<String>,
}

/// `schedule_status` of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "Iamport's own names, described in its API documents")]
pub enum ScheduleStatus {
    Scheduled,
    Executed,
    Revoked,
}

/// Money that really moved. Card registrations are not included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Charge {
    /// Iamport's id of the payment.
    pub imp_uid: String,
    /// The merchant's id of it.
    pub merchant_uid: String,
    /// The billing key that was charged; `None` for a payment made in the window.
    pub customer_uid: Option<String>,
    /// The amount charged, in won.
    pub amount: i64,
    /// The amount refunded since, in won.
    pub cancelled_amount: i64,
    /// When it was charged.
    pub paid_at: jiff::Timestamp,
}

/// A webhook and its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Webhook {
    /// Its number, for `POST /simulator/webhooks/{id}/resend`.
    pub id: u64,
    /// Iamport's id of the payment it is about.
    pub imp_uid: String,
    /// The merchant's id of it.
    pub merchant_uid: String,
    /// The payment's status when the webhook was created.
    pub status: PaymentStatus,
    /// The cancellation it is about.
    pub cancellation_id: Option<String>,
    /// Where it goes; `None` if there is neither a `notice_url` nor a console URL.
    pub url: Option<String>,
    /// `application/json` or `application/x-www-form-urlencoded`.
    pub content_type: String,
    /// The body.
    pub body: String,
    /// When it is, or was, due to be sent.
    pub due_at: jiff::Timestamp,
    /// Its state.
    pub state: WebhookState,
    /// Each attempt to send it, with the answer.
    pub attempts: Vec<Delivery>,
    /// Its place among those due in the same second.
    pub(crate) order: u64,
}

/// The state of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WebhookState {
    /// To be sent when it is due.
    Queued,
    /// To be sent right after the next webhook, because of a fault.
    Overtaken,
    /// Answered with 2xx.
    Delivered,
    /// Not answered with 2xx, and not to be sent again.
    Failed,
    /// Lost on the way, because of a fault.
    Lost,
    /// Without a URL to send it to.
    NoAddress,
}

/// One attempt to send a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delivery {
    /// When it was sent.
    pub at: jiff::Timestamp,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// The beginning of the answer's body, or the error.
    pub answer: String,
}
