//! What Iamport's records mean for an order: the place where a registration is kept from being a payment.
//!
//! Two independent signs must agree before anything counts: the order's own purpose, which its
//! `merchant_uid` carries, and Iamport's `customer_uid_usage`. A [`Registration`] settles into a
//! [`Registered`] card, a [`Charge`] into a [`Receipt`], and no function leads from one to the other.

use crate::{
    Card, Charge, Decline, ImpUid, MerchantUid, Order, Record, RecordStatus, Registration, Usage,
    Why, Won,
};
use jiff::Timestamp;

/// What became of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistrationEvidence {
    /// Nothing yet.
    Nothing,
    /// There is a billing key.
    Registered(Registered),
    /// It came to nothing.
    Failed(String),
    /// The signs disagree.
    Contradiction(Why),
}

/// A billing key seen at Iamport. There is no amount in it: nothing was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Iamport's record of the registration.
    pub imp_uid: ImpUid,
    /// The card.
    pub card: Card,
}

/// What became of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeEvidence {
    /// Nothing yet.
    Nothing,
    /// Money moved.
    Paid(Receipt),
    /// It was definitely declined.
    Declined(Decline),
    /// The signs disagree.
    Contradiction(Why),
}

/// Proof that money moved for a charge. Only [`charge`] makes one, and a person's [`Verdict`](crate::Verdict).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    merchant_uid: MerchantUid,
    imp_uid: ImpUid,
    amount: Won,
    cancelled: Won,
    paid_at: Timestamp,
    is_dated: bool,
    card_name: Option<String>,
    card_number: Option<String>,
    url: Option<String>,
}

/// What these records, all that Iamport has under its `merchant_uid`, mean for a registration.
pub fn registration(order: &Registration, records: &[Record]) -> RegistrationEvidence {
    let mut failed = None;
    for record in
        records.iter().filter(|record| record.merchant_uid == order.merchant_uid.to_string())
    {
        match record.status {
            RecordStatus::Paid | RecordStatus::Cancelled => {
                if record.usage != Usage::Issue {
                    return RegistrationEvidence::Contradiction(Why::PaymentUnderRegistration);
                }
                if record.customer_uid != Some(order.customer_uid.to_string()) {
                    return RegistrationEvidence::Contradiction(Why::AnotherBillingKey);
                }
                return RegistrationEvidence::Registered(Registered {
                    imp_uid: record.imp_uid.clone(),
                    card: Card {
                        customer_uid: order.customer_uid,
                        name: record.card_name.clone(),
                        number: record.card_number.clone(),
                        registered_at: record.at.unwrap_or(order.opened_at),
                        expires: None,
                        expiry_told: false,
                    },
                });
            }
            RecordStatus::Failed => failed = Some(record.fail_reason.clone().unwrap_or_default()),
            RecordStatus::Ready | RecordStatus::Other => {}
        }
    }
    failed.map_or(RegistrationEvidence::Nothing, RegistrationEvidence::Failed)
}

/// What these records, all that Iamport has under its `merchant_uid`, mean for a charge.
pub fn charge<State>(order: &Charge<State>, records: &[Record]) -> ChargeEvidence {
    let mut declined: Option<&Record> = None;
    let mut receipt: Option<Receipt> = None;
    for record in
        records.iter().filter(|record| record.merchant_uid == order.merchant_uid.to_string())
    {
        match record.status {
            RecordStatus::Paid | RecordStatus::Cancelled => {
                if receipt.is_some() {
                    return ChargeEvidence::Contradiction(Why::TwoPayments);
                }
                if let MerchantUid::Foreign(_) = order.merchant_uid {
                    return match record.usage {
                        Usage::Issue => ChargeEvidence::Nothing,
                        // Whose books it is in, only a person can say.
                        Usage::Payment | Usage::Scheduled | Usage::Other => {
                            ChargeEvidence::Contradiction(Why::PaidElsewhere)
                        }
                    };
                }
                match (record.usage, record.amount == order.amount, record.currency.as_deref()) {
                    // We ask for won: where Iamport says no currency, that is what was charged.
                    (Usage::Payment | Usage::Scheduled, true, Some("KRW") | None) => {
                        receipt = Some(Receipt::of(order.merchant_uid, order.opened_at, record));
                    }
                    (Usage::Issue, _, _) => {
                        return ChargeEvidence::Contradiction(Why::RegistrationUnderCharge);
                    }
                    (Usage::Other, _, _) => {
                        return ChargeEvidence::Contradiction(Why::NotWithBillingKey);
                    }
                    (Usage::Payment | Usage::Scheduled, _, _) => {
                        return ChargeEvidence::Contradiction(Why::AnotherAmount);
                    }
                }
            }
            RecordStatus::Failed => declined = Some(record),
            RecordStatus::Ready | RecordStatus::Other => {}
        }
    }
    match (receipt, declined) {
        (Some(receipt), _) => ChargeEvidence::Paid(receipt),
        (None, Some(record)) => ChargeEvidence::Declined(Decline::new(
            record.fail_reason.as_deref().unwrap_or_default(),
            record.at.unwrap_or(order.opened_at),
        )),
        (None, None) => ChargeEvidence::Nothing,
    }
}

impl Receipt {
    fn of(merchant_uid: MerchantUid, opened_at: Timestamp, record: &Record) -> Self {
        Self {
            merchant_uid,
            imp_uid: record.imp_uid.clone(),
            amount: record.amount,
            cancelled: record.cancelled,
            paid_at: record.at.unwrap_or(opened_at),
            is_dated: record.at.is_some(),
            card_name: record.card_name.clone(),
            card_number: record.card_number.clone(),
            url: record.receipt_url.clone(),
        }
    }

    /// The receipt for a payment that a person said is to be booked under this order, though the signs
    /// disagree. A billing key's record is no payment, whoever says so.
    pub(crate) fn as_said(order: &Order, record: &Record) -> Option<Self> {
        let id = order.merchant_uid();
        let ours = record.merchant_uid == id.to_string();
        (ours && record.is_money()).then(|| Self::of(id, order.opened_at(), record))
    }

    /// The charge it is for.
    pub const fn merchant_uid(&self) -> MerchantUid {
        self.merchant_uid
    }

    /// Iamport's id of the payment.
    pub const fn imp_uid(&self) -> &ImpUid {
        &self.imp_uid
    }

    /// What was charged.
    pub const fn amount(&self) -> Won {
        self.amount
    }

    /// What has been given back of it.
    pub const fn cancelled(&self) -> Won {
        self.cancelled
    }

    /// When it was charged; where Iamport does not say, when its order was opened, which stays the same
    /// whenever it is asked.
    pub const fn paid_at(&self) -> Timestamp {
        self.paid_at
    }

    /// Whether Iamport says when it was charged.
    pub(crate) const fn is_dated(&self) -> bool {
        self.is_dated
    }

    /// The card's name.
    pub fn card_name(&self) -> Option<&str> {
        self.card_name.as_deref()
    }

    /// The masked card number.
    pub fn card_number(&self) -> Option<&str> {
        self.card_number.as_deref()
    }

    /// Where the receipt can be seen.
    pub fn receipt_url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}
