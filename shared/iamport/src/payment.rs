//! Payments: what Iamport tells of one.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{Buyer, PaymentStatus, Usage, lenient};

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
    /// The currency, `KRW` here; `None` from servers that do not say, which is no `KRW`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub currency: Option<String>,
    /// Where it stands. A partly cancelled payment also reads `cancelled`.
    #[serde(deserialize_with = "lenient::required_word")]
    pub status: PaymentStatus,
    /// The billing key it was made with.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_uid: Option<String>,
    /// How the billing key was used. [`Usage::Issue`] is a card registration: it reads `paid`, and no
    /// money moved. `None` for a normal payment, and from servers that do not say: answers of `again`
    /// published in 2017 and 2018 have neither this nor `customer_uid`. A word that is not known is
    /// [`Usage::Other`], never `None`.
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

    /// When it was begun. Some records do not say, paid ones too.
    #[serde(default, deserialize_with = "lenient::time")]
    pub started_at: Option<Timestamp>,
    /// When it was approved; 0 on records that are not paid, and absent on some that are.
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
    /// Every cancellation that can be read, the partial ones too. What they come to is in
    /// `cancel_amount`.
    #[serde(default, deserialize_with = "lenient::details")]
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
    #[serde(default, deserialize_with = "lenient::details")]
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
    #[serde(default, deserialize_with = "lenient::maybe_won")]
    pub discount: Option<u64>,
}
