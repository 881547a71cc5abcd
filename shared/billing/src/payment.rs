//! Payments: money that moved, one row each, never removed.

use crate::{PlanId, Uid, evidence::Receipt};
use jiff::civil::Date;

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
