//! Payments: what Iamport tells about one.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{Buyer, Card, PaymentStatus, Usage, lenient};

/// One payment record (`PaymentAnnotation`). Amounts are in won, times come from UNIX seconds.
///
/// Fields that Iamport leaves out, or sends as `null`, `""` or (for times) 0, are `None`. Unknown
/// keys are ignored. `Debug` shows ids, amounts and states, nothing personal.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Payment {
    /// Iamport's id: `imp_` and 12 digits from the window, `imps_` from the API and schedules.
    #[serde(deserialize_with = "lenient::required_text")]
    pub imp_uid: String,
    /// The merchant's own id of the order.
    #[serde(deserialize_with = "lenient::required_text")]
    pub merchant_uid: String,
    /// The amount in won. For a card registration it is the amount shown; nobody was charged.
    #[serde(deserialize_with = "lenient::won")]
    pub amount: u64,
    /// The total refunded so far, in won.
    #[serde(default, deserialize_with = "lenient::won_or_zero")]
    pub cancel_amount: u64,
    /// The currency, such as `KRW`. `None` if the server does not say, which does not mean `KRW`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub currency: Option<String>,
    /// Its status. A partly refunded payment also reads `cancelled`.
    #[serde(deserialize_with = "lenient::required_word")]
    pub status: PaymentStatus,
    /// The billing key it was made with.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_uid: Option<String>,
    /// How the billing key was used. [`Usage::Issue`] is a card registration: it reads `paid`
    /// although no money moved. `None` for a normal payment, or if the server does not say: answers
    /// to `again` published in 2017 and 2018 have neither this nor `customer_uid`. An unknown word
    /// is [`Usage::Other`], never `None`.
    #[serde(default, deserialize_with = "lenient::word")]
    pub customer_uid_usage: Option<Usage>,
    /// Whether it was made on a test channel; `None` if the server does not say.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub sandbox: Option<bool>,
    /// The name of the order.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The buyer (`buyer_…`).
    #[serde(flatten)]
    pub buyer: Buyer,

    /// When it was begun. Some records do not say, even paid ones.
    #[serde(default, deserialize_with = "lenient::time")]
    pub started_at: Option<Timestamp>,
    /// When it was approved. Some paid records do not say.
    #[serde(default, deserialize_with = "lenient::time")]
    pub paid_at: Option<Timestamp>,
    /// When it failed.
    #[serde(default, deserialize_with = "lenient::time")]
    pub failed_at: Option<Timestamp>,
    /// When it was last cancelled.
    #[serde(default, deserialize_with = "lenient::time")]
    pub cancelled_at: Option<Timestamp>,
    /// Why it failed, in the words of the PG or the card company.
    #[serde(default, deserialize_with = "lenient::text")]
    pub fail_reason: Option<String>,
    /// Why it was cancelled.
    #[serde(default, deserialize_with = "lenient::text")]
    pub cancel_reason: Option<String>,
    /// Every refund that can be read, full or partial. Their total is in `cancel_amount`.
    #[serde(default, deserialize_with = "lenient::details")]
    pub cancel_history: Vec<Cancellation>,
    /// The receipts of the refunds (deprecated by Iamport; see `cancel_history`).
    #[serde(default, deserialize_with = "lenient::texts")]
    pub cancel_receipt_urls: Vec<String>,
    /// The card slip for the buyer.
    #[serde(default, deserialize_with = "lenient::text")]
    pub receipt_url: Option<String>,

    /// The payment method, such as `card`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pay_method: Option<String>,
    /// `pc`, `mobile` or `api`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub channel: Option<String>,
    /// The PG, such as `html5_inicis`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_provider: Option<String>,
    /// The simple-pay provider inside the PG's window.
    #[serde(default, deserialize_with = "lenient::text")]
    pub emb_pg_provider: Option<String>,
    /// The PG's id of the transaction.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_tid: Option<String>,
    /// The shop's id at the PG (MID).
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_id: Option<String>,
    /// The card company's approval number; `None` for a card registration.
    #[serde(default, deserialize_with = "lenient::text")]
    pub apply_num: Option<String>,
    /// Whether it is an escrow payment.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub escrow: Option<bool>,
    /// Whether a cash receipt was issued.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub cash_receipt_issued: Option<bool>,

    /// The card.
    #[serde(flatten)]
    pub card: Card,
    /// The number of monthly instalments, 0 for a lump sum.
    #[serde(default, deserialize_with = "lenient::number")]
    pub card_quota: Option<u32>,

    /// The bank's code, for transfers.
    #[serde(default, deserialize_with = "lenient::text")]
    pub bank_code: Option<String>,
    /// The bank's name, for transfers.
    #[serde(default, deserialize_with = "lenient::text")]
    pub bank_name: Option<String>,
    /// The bank of the virtual account.
    #[serde(default, deserialize_with = "lenient::text")]
    pub vbank_code: Option<String>,
    /// The name of the virtual account's bank.
    #[serde(default, deserialize_with = "lenient::text")]
    pub vbank_name: Option<String>,
    /// The number of the virtual account.
    #[serde(default, deserialize_with = "lenient::text")]
    pub vbank_num: Option<String>,
    /// The holder of the virtual account.
    #[serde(default, deserialize_with = "lenient::text")]
    pub vbank_holder: Option<String>,
    /// Until when the virtual account accepts the money.
    #[serde(default, deserialize_with = "lenient::time")]
    pub vbank_date: Option<Timestamp>,
    /// When the virtual account was issued.
    #[serde(default, deserialize_with = "lenient::time")]
    pub vbank_issued_at: Option<Timestamp>,
    /// What was paid into the virtual account.
    #[serde(default, deserialize_with = "lenient::details")]
    pub deposit_history: Vec<Deposit>,

    /// The promotion applied.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub promotion: Option<Promotion>,
    /// What the merchant stored with it, often JSON as text.
    #[serde(default, deserialize_with = "lenient::text")]
    pub custom_data: Option<String>,
    /// The browser it was paid with.
    #[serde(default, deserialize_with = "lenient::text")]
    pub user_agent: Option<String>,
}

impl fmt::Debug for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payment")
            .field("imp_uid", &self.imp_uid)
            .field("merchant_uid", &self.merchant_uid)
            .field("amount", &self.amount)
            .field("cancel_amount", &self.cancel_amount)
            .field("currency", &self.currency)
            .field("status", &self.status)
            .field("customer_uid_usage", &self.customer_uid_usage)
            .field("paid_at", &self.paid_at)
            .field("failed_at", &self.failed_at)
            .field("cancelled_at", &self.cancelled_at)
            .field("fail_reason", &self.fail_reason)
            .finish_non_exhaustive()
    }
}

/// One refund of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Cancellation {
    /// The amount of this refund, in won.
    #[serde(deserialize_with = "lenient::won")]
    pub amount: u64,
    /// When.
    #[serde(default, deserialize_with = "lenient::time")]
    pub cancelled_at: Option<Timestamp>,
    /// Why, in the merchant's words.
    #[serde(default, deserialize_with = "lenient::text")]
    pub reason: Option<String>,
    /// The PG's id of the cancelled transaction.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_tid: Option<String>,
    /// The slip for the buyer.
    #[serde(default, deserialize_with = "lenient::text")]
    pub receipt_url: Option<String>,
    /// Iamport's id of the refund; absent on old records.
    #[serde(default, deserialize_with = "lenient::text")]
    pub cancellation_id: Option<String>,
}

/// One deposit into a virtual account. `Debug` leaves out the depositor.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Deposit {
    /// The amount paid in, in won.
    #[serde(deserialize_with = "lenient::won")]
    pub amount: u64,
    /// When.
    #[serde(default, deserialize_with = "lenient::time")]
    pub deposited_at: Option<Timestamp>,
    /// Who paid it in.
    #[serde(default, deserialize_with = "lenient::text")]
    pub depositor_name: Option<String>,
    /// The PG's id of the transaction.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_tid: Option<String>,
}

impl fmt::Debug for Deposit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deposit")
            .field("amount", &self.amount)
            .field("deposited_at", &self.deposited_at)
            .finish_non_exhaustive()
    }
}

/// A promotion applied to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Promotion {
    /// Its id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The discount in won.
    #[serde(default, deserialize_with = "lenient::maybe_won")]
    pub discount: Option<u64>,
}
