//! *One schedule*: one is pending for a live subscription, none for any other, never two.

use crate::oracles::books::Books;
use crate::oracles::facts::Facts;
use crate::oracles::failures::Finding;
use billing::{OpenState, State, Subscription};
use iamport_simulator::Schedule;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What has to be right about a schedule: when, how much, with which card.
type Stands = (i64, i64, String);

/// Exactly one schedule is pending for a live subscription, with the right time, price and card.
pub(super) fn of(books: &Books, facts: &Facts, subscription: &Subscription) -> Option<Finding> {
    let uid = subscription.uid.as_str();
    let standing: Vec<&Schedule> =
        facts.standing().filter(|schedule| books.owner(&schedule.merchant_uid) == uid).collect();
    let moved = |schedule: &&Schedule| books.leaving.moved.contains(&schedule.merchant_uid);
    // A schedule stands at the hour that held when it was placed, unless a person moved it.
    let by_hand = standing.iter().any(moved);
    let standing: Vec<Stands> = standing
        .into_iter()
        .map(|schedule| (schedule.schedule_at, schedule.amount, schedule.customer_uid.clone()))
        .collect();
    let stands_at = standing.first().map(|(at, ..)| *at);
    let due = due(books, subscription, stands_at.filter(|_| !by_hand));
    let distance = due.map(|due| due.duration_since(facts.now).abs());
    let near = distance.is_some_and(|distance| distance < SignedDuration::from_hours(1));
    let at = due.map(|due| stands_at.filter(|_| by_hand).unwrap_or(due.as_second()));
    let wanted: Vec<Stands> = at.and_then(|at| wanted(subscription, at)).into_iter().collect();
    let none_is_right = standing.is_empty() && may_have_none(books, subscription);
    (standing != wanted && !near && !none_is_right).then(|| {
        let state = subscription.state();
        ("one schedule", format!("{uid} is {state:?}: {standing:?} stand instead of {wanted:?}"))
    })
}

/// When the next charge is due. The hour may have changed; the one the pending schedule uses is fine.
fn due(books: &Books, subscription: &Subscription, stands_at: Option<i64>) -> Option<Timestamp> {
    let date = subscription.paid_through()?;
    let configuration = &books.configuration;
    let mut times =
        configuration.policies.iter().map(|then| then.charge_at(date, &subscription.uid));
    let fits = |due: &Timestamp| stands_at.is_none_or(|stands_at| stands_at == due.as_second());
    times.find(fits).or_else(|| Some(configuration.policy.charge_at(date, &subscription.uid)))
}

/// The schedule that should be pending, if any.
fn wanted(subscription: &Subscription, at: i64) -> Option<Stands> {
    let planned =
        |charge: &billing::OpenCharge| matches!(charge.outcome, OpenState::Planned { .. });
    if subscription.state() != State::Active || subscription.charges.iter().any(planned) {
        return None;
    }
    let price = subscription.price_to_charge()?.get();
    let key = subscription.card.as_ref()?.customer_uid.to_string();
    Some((at, i64::try_from(price).unwrap_or_default(), key))
}

/// Whether having no schedule is fine: the member has left, their key was deleted, or a person has to decide.
fn may_have_none(books: &Books, subscription: &Subscription) -> bool {
    let leaving = &books.leaving;
    let card = subscription.card.as_ref();
    let keyless = card.is_some_and(|card| leaving.deleted_keys.contains(&card.customer_uid));
    leaving.accounts.contains_key(subscription.uid.as_str()) || keyless || subscription.is_blocked()
}

/// Every pending schedule belongs to a member.
pub(super) fn orphans(books: &Books, facts: &Facts) -> Vec<Finding> {
    let orphans =
        facts.standing().filter(|schedule| books.owner(&schedule.merchant_uid).is_empty());
    orphans.map(|it| ("one schedule", format!("{} is nobody's", it.merchant_uid))).collect()
}

/// No member has two pending schedules.
pub(crate) fn two_stand<'a>(
    books: &Books,
    standing: impl Iterator<Item = &'a Schedule>,
) -> Vec<Finding> {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    for schedule in standing {
        let number = numbers.entry(books.owner(&schedule.merchant_uid)).or_default();
        *number = number.saturating_add(1);
    }
    let two = numbers.into_iter().filter(|(_, number)| *number > 1);
    two.map(|(uid, number)| ("one schedule", format!("{number} schedules stand for {uid}")))
        .collect()
}
