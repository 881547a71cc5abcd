//! Reviews: what only a person can settle, with the facts that made it and the ways to settle it.

use crate::{ImpUid, MerchantUid, Order, Record, RefundDue, Uid, Won};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something that only a person can settle. While it is open, the period it is about is not charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its name: the order's id, a dot, and a number.
    pub id: String,
    /// The order it is about.
    pub merchant_uid: MerchantUid,
    /// Why it was opened.
    pub why: Why,
    /// What Iamport said, where it refused; the admin's reason, where another has to agree.
    #[serde(default)]
    pub said: Option<String>,
    /// When it was opened.
    pub at: Timestamp,
    /// What Iamport had under the order's id then.
    pub facts: Vec<Record>,
    /// The refund that Iamport would not make, or that another admin has to agree to.
    pub refund: Option<RefundDue>,
    /// Whether it is about a charge that is still open and looked for: then it keeps nothing from being
    /// charged, and is withdrawn when the charge is closed.
    #[serde(default)]
    pub waits: bool,
    /// The payment that is booked under the order, where another one came to light.
    #[serde(default)]
    pub booked: Option<ImpUid>,
}

/// Why a person must look. The names are stored, announced and shown; whoever puts them into words has a match
/// that a new one stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A payment stands under a registration's `merchant_uid`.
    #[serde(alias = "a payment stands under a registration's merchant_uid")]
    PaymentUnderRegistration,
    /// The billing key has another `customer_uid` than the order.
    #[serde(alias = "the billing key has another customer_uid than the order")]
    AnotherBillingKey,
    /// Two payments stand under one `merchant_uid`.
    #[serde(alias = "two payments stand under one merchant_uid")]
    TwoPayments,
    /// A registration stands under a charge's `merchant_uid`.
    #[serde(alias = "a registration stands under a charge's merchant_uid")]
    RegistrationUnderCharge,
    /// The payment was not made with a billing key.
    #[serde(alias = "the payment was not made with a billing key")]
    NotWithBillingKey,
    /// The payment has another amount or currency than the order.
    #[serde(alias = "the payment has another amount or currency than the order")]
    AnotherAmount,
    /// The system from which the member was taken over has taken money since.
    PaidElsewhere,
    /// Another payment stands under an order that is paid.
    #[serde(alias = "another payment stands under an order that is paid")]
    PaidOnceMore,
    /// A table was put back to an earlier moment, and with it went a review.
    #[serde(alias = "an order that a person had to look at was forgotten")]
    ReviewForgotten,
    /// The schedule was taken back at Iamport's console.
    #[serde(alias = "the schedule was taken back at Iamport's console")]
    ScheduleTakenBack,
    /// Iamport says that it ran the schedule, and shows no payment.
    #[serde(alias = "Iamport ran the schedule and shows no payment")]
    ScheduleWithoutPayment,
    /// Iamport neither runs the schedule nor takes it back.
    #[serde(alias = "Iamport neither runs the schedule nor takes it back")]
    ScheduleStuck,
    /// Iamport does not say what became of a charge.
    #[serde(alias = "Iamport does not say what became of this charge")]
    ChargeUnknown,
    /// Iamport refuses to give a payment back.
    RefundRefused,
    /// A refund of so much that another admin has to agree.
    AnotherAdmin,
    /// Written before reasons had names, or by a release that has one more: as it was written.
    #[serde(untagged)]
    Written(String),
}

/// How a person settles a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The payment counts: it pays its period.
    Accept,
    /// All money under the order is given back, and the period is charged anew.
    Refund,
    /// There is no money in it; the period is charged anew. A charge that is still open is given up.
    Dismiss,
    /// Ask Iamport again, and judge by its answer.
    LookAgain,
}

/// A person's word on a payment that the records alone did not settle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The order.
    pub order: Order,
    /// The payment at Iamport.
    pub imp_uid: ImpUid,
    /// Whether it pays its period; if not it is given back.
    pub counts: bool,
    /// Whose word it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Uid>,
}

impl Why {
    /// What is to be said beside its name: the reason itself where it has no name here, else what Iamport `said`.
    pub fn beside(&self, said: Option<&str>) -> Option<String> {
        if let Self::Written(text) = self { Some(text.clone()) } else { said.map(str::to_owned) }
    }
}

impl Review {
    /// The order that a review's name is about; `None` for what cannot be one.
    pub fn order_of(id: &str) -> Option<MerchantUid> {
        id.rsplit_once('.').and_then(|(order, _)| MerchantUid::named(order).ok())
    }

    /// The ways to settle it.
    pub fn actions(&self) -> Vec<Resolution> {
        if self.waits {
            return vec![Resolution::Dismiss];
        }
        if self.booked.is_some() {
            return vec![Resolution::Refund];
        }
        let payments = self.payments().count();
        match (&self.refund, self.merchant_uid, payments) {
            (Some(_), _, _) => vec![Resolution::Refund, Resolution::Dismiss],
            (None, _, 0) => vec![Resolution::LookAgain, Resolution::Dismiss],
            (None, MerchantUid::Charge { .. } | MerchantUid::Foreign(_), 1) => {
                vec![Resolution::LookAgain, Resolution::Accept, Resolution::Refund]
            }
            (None, _, _) => vec![Resolution::LookAgain, Resolution::Refund],
        }
    }

    /// Whether it is about each of these records that says that money moved and is not all given back.
    pub(crate) fn knows_all_money(&self, records: &[Record]) -> bool {
        let about = |imp_uid: &ImpUid| {
            self.facts.iter().any(|fact| fact.imp_uid == *imp_uid)
                || self.refund.as_ref().is_some_and(|due| due.imp_uid == *imp_uid)
                || self.booked.as_ref() == Some(imp_uid)
        };
        records.iter().filter(|record| record.is_kept()).all(|record| about(&record.imp_uid))
    }

    /// The money that it is about: what `accept` lets pay and `refund` gives back.
    pub fn amount(&self) -> Won {
        let left = self.payments().filter_map(|record| record.amount.checked_sub(record.cancelled));
        match &self.refund {
            Some(due) => due.amount,
            None => left.fold(Won::ZERO, |sum, left| sum.checked_add(left).unwrap_or(sum)),
        }
    }

    /// The records in which money moved and was not all given back. A billing key's is none, whatever it
    /// says.
    pub(crate) fn payments(&self) -> impl Iterator<Item = &Record> {
        let new = |record: &&Record| self.booked.as_ref() != Some(&record.imp_uid);
        self.facts.iter().filter(|record| record.is_kept()).filter(new)
    }
}
