//! How a charge goes on to its next state, and what is stored with that.

use super::known::Known;
use super::step::{Change, Leased, Step};
use crate::{Charge, ClosedState, MerchantUid, OpenCharge, OpenState, Payment, Subscription, Why};
use jiff::Timestamp;

/// Stores how a charge ended; it is no longer open.
pub(super) fn close<State>(
    known: &Known<'_>,
    mut next: Subscription,
    charge: &Charge<State>,
    outcome: ClosedState,
    payment: Option<Payment>,
) -> Option<Step> {
    next.let_go(charge.merchant_uid);
    let closed = known.charge_order(charge.with(outcome.into()));
    known.commit(Change { orders: vec![closed], payment, ..Change::of(next) })
}

/// Stores a contradiction: nothing counts as paid, nothing is tried again, a person is told.
pub(super) fn contradicted<State>(
    known: &Known<'_>,
    charge: &Charge<State>,
    why: Why,
) -> Option<Step> {
    let mut next = known.subscription.clone();
    let facts = known.facts(charge.merchant_uid);
    next.review(charge.merchant_uid, why, facts, known.now);
    close(known, next, charge, ClosedState::Contradicted, None)
}

/// Stores that someone took a schedule back at Iamport's console. That is not fought over: a person says
/// whether the period is to be charged after all.
pub(super) fn taken_back(known: &Known<'_>, charge: &OpenCharge) -> Option<Step> {
    let mut next = known.subscription.clone();
    next.review(charge.merchant_uid, Why::ScheduleTakenBack, &[], known.now);
    close(known, next, charge, ClosedState::Abandoned, None)
}

/// Takes off a charge that is closed already: the subscription was put back to an earlier moment.
pub(super) fn forgotten(known: &Known<'_>, charge: &OpenCharge) -> Option<Step> {
    let mut next = known.subscription.clone();
    next.let_go(charge.merchant_uid);
    known.commit(Change::of(next))
}

/// Stores that nothing will come of this charge any more.
pub(super) fn dead(known: &Known<'_>, charge: &OpenCharge) -> Option<Step> {
    close(known, known.subscription.clone(), charge, ClosedState::Abandoned, None)
}

/// Iamport will not take this schedule: the next attempt is charged by us when it is due.
pub(super) fn dead_and_direct(known: &Known<'_>, charge: &OpenCharge) -> Option<Step> {
    let mut next = known.subscription.clone();
    let wanted = known.subscription.wants(charge, known.now, known.policy);
    if let Some(due) = known.subscription.paid_through().filter(|_| wanted) {
        next.dunning.retry_at = Some(known.policy.charge_at(due, &next.uid));
    }
    close(known, next, charge, ClosedState::Abandoned, None)
}

/// Stores a lease; the run whose commit goes through makes the call.
pub(super) fn lease(known: &Known<'_>, charge: &OpenCharge, outcome: OpenState) -> Option<Step> {
    let lease = (Leased::Order(charge.merchant_uid), known.lease_until());
    moved(known, charge, outcome, Some(lease))
}

/// Stores that Iamport holds the schedule.
pub(super) fn scheduled(known: &Known<'_>, charge: &OpenCharge, at: Timestamp) -> Option<Step> {
    moved(known, charge, OpenState::Scheduled { at }, None)
}

fn moved(
    known: &Known<'_>,
    charge: &OpenCharge,
    outcome: OpenState,
    lease: Option<(Leased, Timestamp)>,
) -> Option<Step> {
    let moved = charge.with(outcome);
    let mut next = known.subscription.clone();
    for open in next.charges.iter_mut().filter(|open| open.merchant_uid == charge.merchant_uid) {
        *open = moved.clone();
    }
    let order = known.charge_order(moved.into());
    known.commit(Change { orders: vec![order], lease, ..Change::of(next) })
}

impl Subscription {
    /// Carries a charge no more, nor what waits for it.
    pub(crate) fn let_go(&mut self, order: MerchantUid) {
        self.charges.retain(|open| open.merchant_uid != order);
        self.reviews.retain(|review| !(review.waits && review.merchant_uid == order));
    }
}
