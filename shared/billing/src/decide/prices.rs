//! Prices: the next period is charged at one that the member agreed to, or not at all.

use super::{Change, Known, Step};
use crate::{News, Policy, PriceChange, Subscription, start_of_day};
use jiff::{Timestamp, ToSpan};

/// Sees to it that the next period's price is one the member agreed to. A lower price needs no consent; a
/// higher one is asked for as long before as the law lets it be.
pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    let subscription = known.subscription;
    let from = subscription.paid_through().filter(|_| subscription.is_live())?;
    let asked_from = subscription.ask_at(known.policy)?;
    if known.now < asked_from || known.now >= start_of_day(from) {
        return None;
    }
    let listed = known.catalogue.plan(&subscription.plan)?.version_on(from);
    let pending = subscription.price_change.as_ref();
    if listed.price == pending.map_or(subscription.price, |change| change.version.price) {
        return None;
    }
    let mut next = subscription.clone();
    if listed.price <= subscription.price {
        next.price_change = None;
        next.price = listed.price;
        next.doubt_schedules(known.now);
        return known.commit(Change::of(next));
    }
    // Who agreed to more has agreed to this.
    let agreed = pending.and_then(|change| change.agreed.clone());
    let agreed = agreed.filter(|consent| consent.price >= listed.price);
    if agreed.is_some() {
        next.doubt_schedules(known.now);
    } else {
        next.tell(known.now, News::ConsentAsked { price: listed.price, from });
    }
    next.price_change = Some(PriceChange { version: listed, asked_at: known.now, agreed });
    known.commit(Change::of(next))
}

impl Subscription {
    /// When the member is asked about another price for the period to pay.
    pub(super) fn ask_at(&self, policy: &Policy) -> Option<Timestamp> {
        let from = self.paid_through().filter(|_| self.is_live())?;
        Some(start_of_day(from.saturating_sub(i64::from(policy.consent_days).days())))
    }
}
