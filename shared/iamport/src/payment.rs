//! Payments: what Iamport tells of one, and the requests that look for, cancel and pre-register them.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Buyer, lenient,
    limits::{self, Checked},
};

/// One payment record (`PaymentAnnotation`). Amounts are won, moments come from UNIX seconds.
///
/// Fields that Iamport leaves out, or sends as `null`, `""` or (for moments) 0, are `None`. Keys
/// unknown to this crate are ignored. `Debug` shows ids, amounts and states, nothing personal.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Payment {
    /// Iamport's id: `imp_` and 12 digits from the window, `imps_` from the API and schedules.
    #[serde(deserialize_with = "lenient::required_text")]
    pub imp_uid: String,
    /// The merchant's own id of the order.
    #[serde(deserialize_with = "lenient::required_text")]
    pub merchant_uid: String,
    /// The amount in won. For a card registration the amount shown, which nobody was charged.
    #[serde(deserialize_with = "lenient::won")]
    pub amount: u64,
    /// The won given back so far, over all cancellations.
    #[serde(default, deserialize_with = "lenient::won_or_zero")]
    pub cancel_amount: u64,
    /// The currency, `KRW` here.
    #[serde(deserialize_with = "lenient::required_text")]
    pub currency: String,
    /// Where it stands. A partly cancelled payment also reads `cancelled`.
    #[serde(deserialize_with = "lenient::required_word")]
    pub status: PaymentStatus,
    /// The billing key it was made with.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_uid: Option<String>,
    /// How the billing key was used; `None` for a normal payment. [`Usage::Issue`] is a card
    /// registration: it reads `paid`, and no money moved.
    #[serde(default, deserialize_with = "lenient::word")]
    pub customer_uid_usage: Option<Usage>,
    /// Whether it was made on a test channel; `None` from servers that do not say.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub sandbox: Option<bool>,
    /// The name of the order.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Who buys (`buyer_…`).
    #[serde(flatten)]
    pub buyer: Buyer,

    /// When it was begun.
    #[serde(default, deserialize_with = "lenient::time")]
    pub started_at: Option<Timestamp>,
    /// When it was approved.
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
    /// Every cancellation, the partial ones too.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub cancel_history: Vec<Cancellation>,
    /// The receipts of the cancellations (deprecated by Iamport; see `cancel_history`).
    #[serde(default, deserialize_with = "lenient::texts")]
    pub cancel_receipt_urls: Vec<String>,
    /// Where the buyer finds the card slip.
    #[serde(default, deserialize_with = "lenient::text")]
    pub receipt_url: Option<String>,

    /// `card` and others.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pay_method: Option<String>,
    /// `pc`, `mobile` or `api`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub channel: Option<String>,
    /// The PG, `html5_inicis`.
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

    /// The card company's code, such as `361` for BC.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_code: Option<String>,
    /// The card company's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_name: Option<String>,
    /// The code of the company that issued the card.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_issuer_code: Option<String>,
    /// The name of the company that issued the card.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_issuer_name: Option<String>,
    /// The code of the company whose brand the card bears.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_publisher_code: Option<String>,
    /// The name of the company whose brand the card bears.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_publisher_name: Option<String>,
    /// The masked card number, such as `944603*********7`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_number: Option<String>,
    /// Months of instalment, 0 for a lump sum.
    #[serde(default, deserialize_with = "lenient::number")]
    pub card_quota: Option<u32>,
    /// 0 credit, 1 debit; `None` for Inicis billing.
    #[serde(default, deserialize_with = "lenient::number")]
    pub card_type: Option<u32>,

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
    /// Until when the virtual account takes the money.
    #[serde(default, deserialize_with = "lenient::time")]
    pub vbank_date: Option<Timestamp>,
    /// When the virtual account was issued.
    #[serde(default, deserialize_with = "lenient::time")]
    pub vbank_issued_at: Option<Timestamp>,
    /// What was paid into the virtual account.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub deposit_history: Vec<Deposit>,

    /// The promotion applied.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub promotion: Option<Promotion>,
    /// What the merchant put there, often JSON as text.
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

/// A closed set of words with room for those Iamport adds later.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word this crate does not know, kept as it came.
            Other(String),
        }

        impl $name {
            /// The word as Iamport writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Where a payment stands.
    PaymentStatus {
        /// Not paid yet, or the window was left open.
        Ready = "ready",
        /// Approved. With [`Usage::Issue`] a card was registered instead and no money moved.
        Paid = "paid",
        /// Declined.
        Failed = "failed",
        /// Given back, in full or in part: compare `cancel_amount` with `amount`.
        Cancelled = "cancelled",
    }
}

words! {
    /// How a payment used its billing key (`customer_uid_usage`).
    Usage {
        /// A billing key was issued. The record reads `paid`, yet no money moved.
        Issue = "issue",
        /// Charged with `again`.
        Payment = "payment",
        /// Charged by a schedule.
        PaymentScheduled = "payment.scheduled",
    }
}

/// One cancellation of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Cancellation {
    /// The won given back by this one.
    #[serde(deserialize_with = "lenient::won")]
    pub amount: u64,
    /// When.
    #[serde(default, deserialize_with = "lenient::time")]
    pub cancelled_at: Option<Timestamp>,
    /// Why, as the merchant told Iamport.
    #[serde(default, deserialize_with = "lenient::text")]
    pub reason: Option<String>,
    /// The PG's id of the cancelled transaction.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_tid: Option<String>,
    /// Where the buyer finds the slip.
    #[serde(default, deserialize_with = "lenient::text")]
    pub receipt_url: Option<String>,
    /// Iamport's id of the cancellation; absent on old records.
    #[serde(default, deserialize_with = "lenient::text")]
    pub cancellation_id: Option<String>,
}

/// One deposit into a virtual account. `Debug` leaves the depositor out.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Deposit {
    /// The won paid in.
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
    /// The won taken off.
    #[serde(default, deserialize_with = "lenient::won_or_zero")]
    pub discount: u64,
}

/// The order of a list of payments; Iamport's default is [`Sorting::StartedNewestFirst`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    /// By when they were begun, newest first.
    StartedNewestFirst,
    /// By when they were begun, oldest first.
    StartedOldestFirst,
    /// By when they were approved, newest first.
    PaidNewestFirst,
    /// By when they were approved, oldest first.
    PaidOldestFirst,
    /// By when they last changed, newest first.
    UpdatedNewestFirst,
    /// By when they last changed, oldest first.
    UpdatedOldestFirst,
}

impl Sorting {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::StartedNewestFirst => "-started",
            Self::StartedOldestFirst => "started",
            Self::PaidNewestFirst => "-paid",
            Self::PaidOldestFirst => "paid",
            Self::UpdatedNewestFirst => "-updated",
            Self::UpdatedOldestFirst => "updated",
        }
    }
}

/// All payments of one `merchant_uid` (`GET /payments/findAll/{merchant_uid}`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FindAll {
    /// The order's id, at most 40 visible ASCII characters.
    pub merchant_uid: String,
    /// Only those with this status.
    pub status: Option<PaymentStatus>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// Rows on a page, 1 to 1,000; Iamport's default is 20.
    pub limit: Option<u32>,
    /// The order of the rows.
    pub sorting: Option<Sorting>,
}

impl FindAll {
    /// The first page of every payment with that id, whatever its status.
    pub fn new(merchant_uid: impl Into<String>) -> Self {
        Self {
            merchant_uid: merchant_uid.into(),
            status: None,
            page: None,
            limit: None,
            sorting: None,
        }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::merchant_uid(&self.merchant_uid)?;
        limits::page(self.page)?;
        limits::limit(self.limit)
    }
}

/// The shop's payments in a window of at most 90 days (`GET /payments/status/{status}`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PaymentsByStatus {
    /// Only those with this status; all without it.
    pub status: Option<PaymentStatus>,
    /// From when on; Iamport's default is 90 days before `to`.
    pub from: Option<Timestamp>,
    /// Until when; Iamport's default is now.
    pub to: Option<Timestamp>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// Rows on a page, 1 to 1,000; Iamport's default is 20.
    pub limit: Option<u32>,
    /// The order of the rows.
    pub sorting: Option<Sorting>,
}

impl PaymentsByStatus {
    /// The first page of all payments of the last 90 days.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn check(&self, now: Timestamp) -> Checked {
        if let Some(from) = self.from {
            limits::ninety_days("from", from, self.to.unwrap_or(now))?;
        }
        limits::page(self.page)?;
        limits::limit(self.limit)
    }
}

/// Gives money back (`POST /payments/cancel`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cancel {
    /// Which payment.
    #[serde(flatten)]
    pub target: CancelTarget,
    /// The won to give back, at least 1; all that is left without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
    /// The tax-free part of the amount, in won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_free: Option<u64>,
    /// The VAT in the amount, in won; has to be given where the payment gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_amount: Option<u64>,
    /// The won you believe can still be given back. Iamport refuses when it knows otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<u64>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the money goes, for virtual accounts.
    #[serde(flatten)]
    pub refund: Option<RefundAccount>,
    /// Whether the promotion stays used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_promotion: Option<bool>,
    /// Whether Iamport sends a webhook for this cancellation; its default is not to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_webhook: Option<bool>,
}

impl Cancel {
    /// Cancels all that is left of the payment with this `imp_uid`.
    pub fn imp_uid(imp_uid: impl Into<String>) -> Self {
        Self::new(CancelTarget::ImpUid(imp_uid.into()))
    }

    /// Cancels all that is left of the payment with this `merchant_uid`.
    pub fn merchant_uid(merchant_uid: impl Into<String>) -> Self {
        Self::new(CancelTarget::MerchantUid(merchant_uid.into()))
    }

    fn new(target: CancelTarget) -> Self {
        Self {
            target,
            amount: None,
            tax_free: None,
            vat_amount: None,
            checksum: None,
            reason: None,
            refund: None,
            retain_promotion: None,
            enable_webhook: None,
        }
    }

    pub(crate) fn check(&self) -> Checked {
        match &self.target {
            CancelTarget::ImpUid(imp_uid) => limits::imp_uid(imp_uid)?,
            CancelTarget::MerchantUid(merchant_uid) => limits::merchant_uid(merchant_uid)?,
        }
        // Iamport reads 0 as "all of it", which nobody who writes 0 means.
        self.amount.map_or(Ok(()), limits::amount)
    }
}

/// Which payment to cancel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum CancelTarget {
    /// The one with this `imp_uid`.
    #[serde(rename = "imp_uid")]
    ImpUid(String),
    /// The one with this `merchant_uid`.
    #[serde(rename = "merchant_uid")]
    MerchantUid(String),
}

/// The account a virtual-account payment is given back to. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct RefundAccount {
    /// The holder.
    #[serde(rename = "refund_holder")]
    pub holder: String,
    /// The bank's code.
    #[serde(rename = "refund_bank")]
    pub bank: String,
    /// The account number.
    #[serde(rename = "refund_account")]
    pub account: String,
    /// The holder's telephone number.
    #[serde(rename = "refund_tel", skip_serializing_if = "Option::is_none")]
    pub tel: Option<String>,
}

impl fmt::Debug for RefundAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefundAccount").finish_non_exhaustive()
    }
}

/// Registers an amount beforehand (`POST /payments/prepare`): the browser's window then refuses to
/// open with another one for that `merchant_uid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Prepare {
    /// The order's id, at most 40 visible ASCII characters.
    pub merchant_uid: String,
    /// The amount in won.
    pub amount: u64,
    /// The currency; Iamport's default is `KRW`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

impl Prepare {
    /// `amount` won for `merchant_uid`.
    pub fn new(merchant_uid: impl Into<String>, amount: u64) -> Self {
        Self { merchant_uid: merchant_uid.into(), amount, currency: None }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::merchant_uid(&self.merchant_uid)
    }
}

/// An amount registered beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Prepared {
    /// The order's id.
    #[serde(deserialize_with = "lenient::required_text")]
    pub merchant_uid: String,
    /// The amount in won.
    #[serde(deserialize_with = "lenient::won")]
    pub amount: u64,
    /// The currency.
    #[serde(default, deserialize_with = "lenient::text")]
    pub currency: Option<String>,
}
