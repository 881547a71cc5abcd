//! *At rest* and *keys*: nothing is left undone, no key in use is missing, and no other key is left at Iamport.

use crate::oracles::books::Books;
use crate::oracles::facts::Facts;
use crate::oracles::failures::Finding;
use billing::{CustomerUid, OpenState, State, Subscription};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Whether something due at that moment is late by more than an hour.
fn is_late(at: Timestamp, now: Timestamp) -> bool {
    at.saturating_add(SignedDuration::from_hours(1)).unwrap_or(at) < now
}

/// What is left undone of a subscription.
pub(super) fn at_rest(books: &Books, facts: &Facts, subscription: &Subscription) -> Vec<Finding> {
    let now = facts.now;
    let policy = &books.configuration.policy;
    let over = subscription.is_revocation_due(now, policy);
    // A partner has not said what became of something; a person is told tomorrow.
    let doubted = subscription.undone.filter(|undone| !undone.told);
    let doubted = doubted.is_some_and(|undone| {
        let until = undone.since.saturating_add(policy.doubt_patience);
        until.is_ok_and(|until| !is_late(until, now))
    });
    let mut left = left_open(subscription);
    if !doubted {
        left.extend(late_charges(subscription, now));
    }
    let by_hand = over && books.configuration.review;
    if subscription.due_at.is_some_and(|at| is_late(at, now)) && !by_hand {
        left.push(format!("was due at {:?}", subscription.due_at));
    }
    left.extend(lacks(subscription, facts, over, doubted));
    let uid = &subscription.uid;
    left.into_iter().map(|what| ("at rest", format!("{uid}: {what}"))).collect()
}

/// Refunds, announcements, registrations and reviews that are still open.
fn left_open(subscription: &Subscription) -> Vec<String> {
    let mut left = Vec::new();
    if !subscription.refunds.is_empty() {
        left.push(format!("still owes {:?}", subscription.refunds));
    }
    if !subscription.outbox.is_empty() {
        left.push("something is still unsaid".to_owned());
    }
    if !subscription.registrations.is_empty() {
        left.push(format!("still waits for {:?}", subscription.registrations));
    }
    if !subscription.reviews.is_empty() || !subscription.verdicts.is_empty() {
        left.push(format!("still to be settled: {:?}", subscription.reviews));
    }
    left
}

/// Charges that should have been settled by now.
fn late_charges(subscription: &Subscription, now: Timestamp) -> Vec<String> {
    let charges = subscription.charges.iter();
    let late = charges.filter(|charge| match charge.outcome {
        OpenState::Planned { at } | OpenState::Scheduled { at } => is_late(at, now),
        OpenState::Charging { until } | OpenState::Scheduling { until, .. } => is_late(until, now),
    });
    late.map(|charge| format!("{} is {:?}", charge.merchant_uid, charge.outcome)).collect()
}

/// What a subscription in its state should have and lacks.
fn lacks(subscription: &Subscription, facts: &Facts, over: bool, doubted: bool) -> Option<String> {
    let today = billing::kst_date(facts.now);
    let wanted = |charge: &billing::OpenCharge| {
        charge.merchant_uid.subscription() == Some(subscription.id)
            && charge.period == subscription.periods_paid
    };
    match subscription.state() {
        State::Active => {
            let unpaid = subscription.paid_through().is_some_and(|date| date < today);
            (unpaid && !over && !doubted)
                .then(|| format!("is active, paid through {:?}", subscription.paid_through()))
        }
        State::PastDue => {
            let planned = subscription.charges.iter().any(wanted);
            (!subscription.dunning.stopped && !over && !planned)
                .then(|| "is past due, and nothing is planned".to_owned())
        }
        State::None => {
            let carded = subscription.card.is_some();
            carded.then(|| "has a card and was never charged".to_owned())
        }
        State::Cancelling | State::Ended => None,
    }
}

/// Checks that the key in use is at Iamport, and no other.
pub(super) fn keys(books: &Books, facts: &Facts, subscription: &Subscription) -> Vec<Finding> {
    let uid = subscription.uid.as_str();
    let at_iamport: BTreeSet<&str> =
        facts.customers.iter().map(|customer| customer.customer_uid.as_str()).collect();
    let is_there = |key: &CustomerUid| at_iamport.contains(key.to_string().as_str());
    let mut found = Vec::new();
    let card = subscription.card.as_ref().map(|card| card.customer_uid);
    let by_hand = |key: &CustomerUid| books.leaving.deleted_keys.contains(key);
    let gone = card.filter(|key| !is_there(key) && !by_hand(key));
    if let Some(key) = gone.filter(|_| !books.is_from_the_past(facts.now)) {
        found.push(("keys", format!("{uid}: {key} is charged and gone from Iamport")));
    }
    let of_member = |key: &&CustomerUid| {
        key.subscription().is_some_and(|run| books.owner(&format!("reg-{run}-0")) == uid)
    };
    for key in books.keys.iter().filter(of_member) {
        if Some(*key) != card && is_there(key) {
            found.push(("keys", format!("{uid}: {key} is not needed and still at Iamport")));
        }
    }
    found
}
