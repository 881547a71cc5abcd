//! Prices: the next period is charged at one that the member agreed to, or not at all.

use super::known::Known;
use super::step::{Change, Effect, Step};
use crate::{
    MerchantUid, News, OpenCharge, OpenState, PriceChange, ScheduleSighting, start_of_day,
};

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
    // Who agreed to more has agreed to this.
    let agreed = pending.and_then(|change| change.agreed.clone());
    let agreed = agreed.filter(|consent| consent.price >= listed.price);
    let is_lower = listed.price <= subscription.price;
    // A schedule that another price replaces is seen standing first: one that somebody took back at Iamport's
    // console is not to be replaced, but for a person, and that is seen to before the price is.
    if (is_lower || agreed.is_some())
        && let Some(id) = unseen_schedule(known)
    {
        return (!known.seen.schedules.contains_key(&id))
            .then_some(Effect::LookUpSchedule(id).into());
    }
    let mut next = subscription.clone();
    if is_lower {
        next.price_change = None;
        next.price = listed.price;
        return known.commit(Change::of(next));
    }
    if agreed.is_none() {
        next.tell(known.now, News::ConsentAsked { price: listed.price, from });
    }
    next.price_change = Some(PriceChange { version: listed, asked_at: known.now, agreed });
    known.commit(Change::of(next))
}

/// A schedule that is relied on, and that this run has not seen standing.
fn unseen_schedule(known: &Known<'_>) -> Option<MerchantUid> {
    let relied_on = |charge: &&OpenCharge| {
        matches!(charge.outcome, OpenState::Scheduled { .. })
            && known.subscription.wants(charge, known.now, known.policy)
    };
    let mut ids = known.subscription.charges.iter().filter(relied_on).map(|open| open.merchant_uid);
    ids.find(|id| known.seen.schedules.get(id) != Some(&ScheduleSighting::Standing))
}
