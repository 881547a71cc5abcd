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
    let plan = known.catalogue.plan(&subscription.plan)?;
    let listed = plan.price_on(from);
    let expected = subscription.price_change.as_ref().map(|change| change.version.price);
    if listed == expected.unwrap_or(subscription.price) {
        return None;
    }
    let mut next = subscription.clone();
    next.price_change = None;
    match plan.version_on(from) {
        Some(version) if listed > subscription.price => {
            next.price_change = Some(PriceChange { version, asked_at: known.now, agreed: None });
            next.tell(known.now, News::ConsentAsked { price: listed, from });
        }
        Some(_) | None => {
            next.price = listed.min(subscription.price);
            next.doubt_schedules(known.now);
        }
    }
    known.commit(Change::of(next))
}

impl Subscription {
    /// When the member is asked about another price for the period to pay.
    pub(super) fn ask_at(&self, policy: &Policy) -> Option<Timestamp> {
        let from = self.paid_through().filter(|_| self.is_live())?;
        Some(start_of_day(from.saturating_sub(i64::from(policy.consent_days).days())))
    }
}
