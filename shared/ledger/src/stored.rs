//! What is read from the tables and from nowhere else.

use crate::schema::Row;
use billing::{
    ImpUid, MerchantUid, Payment, PlanId, Refundable, Subscription, SubscriptionId, Uid, Won,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// A member's subscription as it is stored: as it was read, or as it was just written. Only the ledger makes
/// one and nobody changes it, so that a change is always one of what is there. The row is kept with it, so
/// that what this release does not know of it is still there when it is written.
#[derive(Debug, PartialEq)]
pub struct Stored {
    subscription: Subscription,
    row: Row,
}

impl Stored {
    /// What was read from this row, or written as it.
    pub(crate) const fn of(subscription: Subscription, row: Row) -> Self {
        Self { subscription, row }
    }

    pub(crate) const fn row(&self) -> &Row {
        &self.row
    }

    /// The subscription alone.
    pub fn into_subscription(self) -> Subscription {
        self.subscription
    }
}

impl Deref for Stored {
    type Target = Subscription;

    fn deref(&self) -> &Subscription {
        &self.subscription
    }
}

/// A payment as it is booked: a row of `payments`. It is made when the row is read, and nothing leads from
/// it back to a [`Payment`], so that it can be shown and given back, but never booked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedPayment {
    /// Who paid.
    pub uid: Uid,
    /// When, by Iamport's clock.
    pub paid_at: Timestamp,
    /// Iamport's id.
    pub imp_uid: ImpUid,
    /// The order it was for.
    pub merchant_uid: MerchantUid,
    /// What was charged.
    pub amount: Won,
    /// What was given back since.
    pub refunded: Won,
    /// The plan it paid for.
    pub plan: PlanId,
    /// The period it paid for, from 0.
    pub period: u16,
    /// The period's first day, in Korea.
    pub period_start: Date,
    /// The first day of the next period, in Korea: until when it pays, and the next payment's date.
    pub period_end: Date,
    /// The card's name.
    pub card_name: Option<String>,
    /// The masked card number.
    pub card_number: Option<String>,
    /// Where the receipt can be seen.
    pub receipt_url: Option<String>,
}

/// A payment as the books have it; of a member who was erased neither who it was nor the card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PaymentLine {
    /// Who paid.
    pub uid: Option<Uid>,
    /// When, by Iamport's clock.
    pub paid_at: Timestamp,
    /// Iamport's id.
    pub imp_uid: ImpUid,
    /// The order it was for.
    pub merchant_uid: MerchantUid,
    /// What was charged.
    pub amount: Won,
    /// What was given back since.
    pub refunded: Won,
    /// The plan it paid for.
    pub plan: PlanId,
    /// The period it paid for, from 0.
    pub period: u16,
    /// The period's first day, in Korea.
    pub period_start: Date,
    /// The first day of the next period, in Korea.
    pub period_end: Date,
    /// The card's name.
    pub card_name: Option<String>,
    /// The masked card number.
    pub card_number: Option<String>,
    /// Where the receipt can be seen.
    pub receipt_url: Option<String>,
}

/// Money that was given back, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundEntry {
    /// Whose it was.
    pub whose: Whose,
    /// When it was noted.
    pub at: Timestamp,
    /// Its id in the journal.
    pub id: String,
    /// Iamport's id of the payment.
    pub imp_uid: ImpUid,
    /// How much of it had been given back by then in all.
    pub in_all: Won,
}

/// Whose something in the books is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// A member's.
    Member(Uid),
    /// Somebody's who was erased, of whom this run is kept.
    Erased(SubscriptionId),
}

impl BookedPayment {
    /// What giving it back takes.
    pub fn refundable(&self) -> Refundable {
        Refundable {
            imp_uid: self.imp_uid.clone(),
            merchant_uid: self.merchant_uid,
            amount: self.amount,
            refunded: self.refunded,
            paid_at: self.paid_at,
        }
    }
}

impl From<&Payment> for BookedPayment {
    fn from(payment: &Payment) -> Self {
        let receipt = payment.receipt();
        Self {
            uid: payment.uid().clone(),
            paid_at: receipt.paid_at(),
            imp_uid: receipt.imp_uid().clone(),
            merchant_uid: receipt.merchant_uid(),
            amount: receipt.amount(),
            refunded: receipt.cancelled(),
            plan: payment.plan().clone(),
            period: payment.period(),
            period_start: payment.period_start(),
            period_end: payment.period_end(),
            card_name: receipt.card_name().map(ToOwned::to_owned),
            card_number: receipt.card_number().map(ToOwned::to_owned),
            receipt_url: receipt.receipt_url().map(ToOwned::to_owned),
        }
    }
}
