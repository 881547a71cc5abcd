//! Payments: money that moved, one row each, never removed.

use crate::{ImpUid, MerchantUid, PlanId, Uid, Won, settle::Receipt};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// Money that moved. Only a [`Receipt`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
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

/// Money given back, noted on the payment's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repayment {
    /// Iamport's id of the payment.
    pub imp_uid: ImpUid,
    /// When it had been paid: with the `imp_uid` the row's key.
    pub paid_at: Timestamp,
    /// All that has been given back of it by now.
    pub refunded: Won,
}

impl Payment {
    /// The row for a receipt that pays the period from `start` to `end`.
    pub fn of(
        receipt: &Receipt,
        uid: &Uid,
        plan: &PlanId,
        period: u16,
        start: Date,
        end: Date,
    ) -> Self {
        Self {
            uid: uid.clone(),
            paid_at: receipt.paid_at(),
            imp_uid: receipt.imp_uid().clone(),
            merchant_uid: receipt.merchant_uid(),
            amount: receipt.amount(),
            refunded: receipt.cancelled(),
            plan: plan.clone(),
            period,
            period_start: start,
            period_end: end,
            card_name: receipt.card_name().map(ToOwned::to_owned),
            card_number: receipt.card_number().map(ToOwned::to_owned),
            receipt_url: receipt.receipt_url().map(ToOwned::to_owned),
        }
    }
}
