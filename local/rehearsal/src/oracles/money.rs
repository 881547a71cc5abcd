//! *Once a period* and *price*, checked whenever money moves; and the date through which it pays.

use crate::history::time::plus;
use crate::oracles::books::{Books, Resumed, is_ordinary};
use billing::{MerchantUid, Subscription, SubscriptionId, kst_date, period_start};
use iamport_simulator::Charge;
use jiff::{Timestamp, ToSpan, civil::Date};
use std::collections::{BTreeMap, BTreeSet};

impl Books {
    /// Whether charges have moved under dead orders since the last call.
    pub(crate) fn more_unasked(&mut self, charges: &[Charge]) -> bool {
        let dead = |charge: &&Charge| {
            let stored = self.charges.get(&charge.merchant_uid);
            stored.is_some_and(|state| matches!(*state, "declined" | "abandoned"))
        };
        let unasked = charges.iter().filter(dead).count();
        std::mem::replace(&mut self.unasked, unasked) < unasked
    }

    /// Whether it moved around the time of a cancellation or after it, so that it would be refunded.
    fn is_unwanted(&self, charge: &Charge) -> bool {
        let Ok(order) = charge.merchant_uid.parse::<MerchantUid>() else { return false };
        self.cancelled.iter().any(|cancelled| {
            let doubted = plus(cancelled.began, -12);
            let taken_back = |resumed: &Resumed| {
                resumed.uid == cancelled.uid && resumed.ended >= cancelled.began
            };
            Some(cancelled.subscription) == order.subscription()
                && charge.paid_at >= doubted
                && !self.resumed.iter().any(taken_back)
        }) && !self.is_stored_as_paid(order)
    }

    /// Whether the member's row counts the period; for what moved around a cancellation either is fine.
    fn is_stored_as_paid(&self, order: MerchantUid) -> bool {
        let MerchantUid::Charge { subscription, period, .. } = order else { return false };
        let counts = |row: &Subscription| row.id == subscription && row.periods_paid > period;
        self.subscriptions.values().any(counts)
    }

    /// Whether it was stored as paying for a period.
    fn counts(&self, charge: &Charge) -> bool {
        self.counted.values().flatten().any(|(_, imp_uid)| *imp_uid == charge.imp_uid)
    }

    /// Money moved: at most once for a period, net of refunds, and as much as was shown.
    pub(crate) fn moved(&mut self, now: Timestamp, charges: &[Charge]) {
        let mut kept: BTreeMap<(SubscriptionId, u16), u32> = BTreeMap::new();
        let counts: Vec<_> =
            charges.iter().filter(|charge| !is_ordinary(charge) || self.counts(charge)).collect();
        for charge in counts {
            let Ok(MerchantUid::Charge { subscription, period, .. }) = charge.merchant_uid.parse()
            else {
                self.fail("once a period", now, format!("{} moved money", charge.merchant_uid));
                continue;
            };
            let key = charge.customer_uid.clone().unwrap_or_default();
            let agreed = self.owners.get(&subscription).is_some_and(|uid| {
                let most = self.agreed.iter().filter(|(other, _)| other == uid);
                most.map(|(_, price)| *price).max().is_some_and(|price| charge.amount <= price)
            });
            if let Some(shown) = self.shown.get(&key).copied()
                && shown != charge.amount
                && !(self.configuration.prices.contains(&charge.amount)
                    && (charge.amount < shown || agreed))
            {
                let what = format!("{} won by {key}, whose window showed {shown}", charge.amount);
                self.fail("price", now, what);
            }
            // One that Iamport or a person charged unasked is given back when it is seen.
            let dead = self.charges.get(&charge.merchant_uid).copied();
            let unasked = self.leaving.recovered.contains(&charge.merchant_uid)
                || matches!(dead, Some("declined" | "abandoned"));
            if charge.cancelled_amount < charge.amount && !unasked {
                let times = kept.entry((subscription, period)).or_default();
                *times = times.saturating_add(1);
            }
        }
        for ((subscription, period), times) in kept {
            if times > 1 {
                let what = format!("period {period} of {subscription} was charged {times} times");
                self.fail("once a period", now, what);
            }
        }
    }

    /// The paid-through date, by what moved at Iamport and is not to be refunded.
    pub(crate) fn paid_through(
        &self,
        subscription: &Subscription,
        charges: &[Charge],
    ) -> Option<Date> {
        let mut periods = BTreeSet::new();
        let mut first: Option<Timestamp> = None;
        // What moved after the cancellation that stands, with ten seconds between two clocks, is owed back, whether or not anyone has seen it yet, and whether
        // or not the member heard of the cancellation. What an admin gave back before still pays for its days.
        let after_cancelling = |charge: &Charge| {
            subscription
                .cancellation
                .as_ref()
                .is_some_and(|wish| plus(wish.requested_at, 10) < charge.paid_at)
        };
        let paid_for = |charge: &Charge| {
            self.given_back.contains(&charge.imp_uid) && !self.is_unwanted(charge)
        };
        let held = |charge: &&Charge| {
            let kept = charge.cancelled_amount < charge.amount;
            (kept || paid_for(charge))
                && !after_cancelling(charge)
                && (!is_ordinary(charge) || self.counts(charge))
        };
        for charge in charges.iter().filter(held) {
            match charge.merchant_uid.parse() {
                Ok(MerchantUid::Charge { subscription: id, period, .. })
                    if id == subscription.id =>
                {
                    let owed = subscription
                        .refunds
                        .iter()
                        .any(|due| due.imp_uid.as_str() == charge.imp_uid);
                    if !owed || self.given_back.contains(&charge.imp_uid) {
                        periods.insert(period);
                        if period == 0 {
                            first = Some(charge.paid_at);
                        }
                    }
                }
                _ => {}
            }
        }
        let periods = u16::try_from(periods.len()).unwrap_or_default();
        let first = kst_date(first?);
        // What is left of days that were given to whoever had paid nothing comes after the first period.
        let left = subscription.complimentary.and_then(|until| first.until(until).ok());
        let left = left.map_or(0, |left| left.get_days().max(0));
        let given = i32::from(subscription.days_given).saturating_add(left);
        Some(period_start(first, periods).saturating_add(given.days()))
    }
}
