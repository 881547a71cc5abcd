//! Payments: money that moved, one row each, never removed.

use crate::{ImpUid, MerchantUid, PlanId, Uid, Won, evidence::Receipt};
use jiff::{Timestamp, civil::Date};

/// Money that moved, to be stored. Only a [`Receipt`] makes one: it is read from no row and built from no
/// parts, so that nothing is ever booked that was not seen to move. What is stored is the ledger's to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    receipt: Receipt,
    uid: Uid,
    plan: PlanId,
    period: u16,
    start: Date,
    end: Date,
}

/// Money given back, noted on the payment's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Iamport's id of the payment.
    pub imp_uid: ImpUid,
    /// When it had been paid: with the `imp_uid` the row's key.
    pub paid_at: Timestamp,
    /// All that has been given back of it by now.
    pub refunded: Won,
}

/// A payment that was booked, as far as giving it back goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refundable {
    /// Iamport's id.
    pub imp_uid: ImpUid,
    /// The order it was for.
    pub merchant_uid: MerchantUid,
    /// What was charged.
    pub amount: Won,
    /// What was given back since.
    pub refunded: Won,
    /// When it was charged, by Iamport's clock.
    pub paid_at: Timestamp,
}

impl Payment {
    /// What a receipt pays: the period from `start` to `end`.
    pub fn of(
        receipt: &Receipt,
        uid: &Uid,
        plan: &PlanId,
        period: u16,
        start: Date,
        end: Date,
    ) -> Self {
        Self { receipt: receipt.clone(), uid: uid.clone(), plan: plan.clone(), period, start, end }
    }

    /// The proof that the money moved: which, how much, when and by what card.
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// Who paid.
    pub const fn uid(&self) -> &Uid {
        &self.uid
    }

    /// The plan it paid for.
    pub const fn plan(&self) -> &PlanId {
        &self.plan
    }

    /// The period it paid for, from 0.
    pub const fn period(&self) -> u16 {
        self.period
    }

    /// The period's first day, in Korea.
    pub const fn period_start(&self) -> Date {
        self.start
    }

    /// The first day of the next period, in Korea: until when it pays, and the next payment's date.
    pub const fn period_end(&self) -> Date {
        self.end
    }
}
