//! A day in sums: what happened on it, counted from the journal. It names nobody, so that it can be kept for ever.

use crate::{Act, DeclineClass, Entry, News, PlanId, What, Won, kst_date};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happened on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The day, in Korea.
    pub date: Date,
    /// First charges paid.
    pub subscribed: u64,
    /// Subscriptions that ended: access was taken away.
    pub ended: u64,
    /// Of those, how many an admin's button ended; the others the sweep did.
    pub ended_by_admin: u64,
    /// Of those, how many were begun on each day: on which the checkout was opened.
    pub ended_of: BTreeMap<Date, u64>,
    /// Of those, how many went because a charge failed, by what the last decline meant.
    pub lost: BTreeMap<DeclineClass, u64>,
    /// Periods paid.
    pub paid: u64,
    /// How much.
    pub paid_amount: Won,
    /// How much for each plan, as far as it was told for which.
    pub paid_for: BTreeMap<PlanId, Won>,
    /// Of the periods paid, how many after a decline.
    pub recovered: u64,
    /// Of those, how many by what the last decline meant, as far as it was told.
    pub recovered_from: BTreeMap<DeclineClass, u64>,
    /// Declines, by what they mean.
    pub declined: BTreeMap<DeclineClass, u64>,
    /// Refunds seen.
    pub refunded: u64,
    /// How much.
    pub refunded_amount: Won,
}

impl Day {
    /// One on which nothing happened.
    pub const fn new(date: Date) -> Self {
        Self {
            date,
            subscribed: 0,
            ended: 0,
            ended_by_admin: 0,
            ended_of: BTreeMap::new(),
            lost: BTreeMap::new(),
            paid: 0,
            paid_amount: Won::ZERO,
            paid_for: BTreeMap::new(),
            recovered: 0,
            recovered_from: BTreeMap::new(),
            declined: BTreeMap::new(),
            refunded: 0,
            refunded_amount: Won::ZERO,
        }
    }

    /// Counts what happened. Of a refund is told what was given back in all: `before` is what had been when it was.
    pub fn count(&mut self, entry: &Entry, before: Won) {
        match &entry.what {
            What::Told(News::Subscribed { .. }) => one_more(&mut self.subscribed),
            What::Told(News::Revoked { lost_to, .. }) => {
                one_more(&mut self.ended);
                if let Some(begun) = entry.begun() {
                    one_more(self.ended_of.entry(begun).or_default());
                }
                if let Some(class) = lost_to {
                    one_more(self.lost.entry(*class).or_default());
                }
            }
            What::Told(News::Paid { amount, recovered, plan, recovered_from, .. }) => {
                one_more(&mut self.paid);
                add(&mut self.paid_amount, *amount);
                if let Some(plan) = plan {
                    add(self.paid_for.entry(plan.clone()).or_insert(Won::ZERO), *amount);
                }
                self.recovered = self.recovered.saturating_add(u64::from(*recovered));
                if let Some(class) = recovered_from {
                    one_more(self.recovered_from.entry(*class).or_default());
                }
            }
            What::Told(News::Declined { decline, .. }) => {
                one_more(self.declined.entry(decline.class).or_default());
            }
            What::Told(News::Refunded { amount, .. }) => {
                one_more(&mut self.refunded);
                let more = Won::new(amount.get().saturating_sub(before.get()));
                add(&mut self.refunded_amount, more);
            }
            What::Did { act: Act::EndedAccess, .. } => one_more(&mut self.ended_by_admin),
            What::Told(_) | What::Did { .. } => {}
        }
    }

    /// Adds what happened on another.
    pub fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.subscribed, other.subscribed),
            (&mut self.ended, other.ended),
            (&mut self.ended_by_admin, other.ended_by_admin),
            (&mut self.paid, other.paid),
            (&mut self.recovered, other.recovered),
            (&mut self.refunded, other.refunded),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
        add(&mut self.paid_amount, other.paid_amount);
        add(&mut self.refunded_amount, other.refunded_amount);
        for (plan, amount) in &other.paid_for {
            add(self.paid_for.entry(plan.clone()).or_insert(Won::ZERO), *amount);
        }
        merge(&mut self.ended_of, &other.ended_of);
        merge(&mut self.lost, &other.lost);
        merge(&mut self.recovered_from, &other.recovered_from);
        merge(&mut self.declined, &other.declined);
    }
}

impl Entry {
    /// The date in Korea on which the checkout was opened with which the run began that it is of.
    fn begun(&self) -> Option<Date> {
        let (run, _) = self.replaced()?;
        let opened = i64::try_from(run.0.timestamp_ms()).ok()?;
        Timestamp::from_millisecond(opened).ok().map(kst_date)
    }
}

fn merge<K: Ord + Clone>(sums: &mut BTreeMap<K, u64>, more: &BTreeMap<K, u64>) {
    for (name, more) in more {
        let sum = sums.entry(name.clone()).or_default();
        *sum = sum.saturating_add(*more);
    }
}

const fn one_more(count: &mut u64) {
    *count = count.saturating_add(1);
}

/// A sum that stays at the largest amount there is rather than lose any.
const fn add(sum: &mut Won, more: Won) {
    *sum = Won::new(sum.get().saturating_add(more.get()));
}
