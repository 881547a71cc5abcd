//! What must hold: in every state, on the way from one to the next, and once nothing is left to do.

use crate::property::Property;
use crate::rules::Rules;
use crate::run::share_a_lease;
use crate::state::State;
use crate::world::World;
use billing::{ImpUid, MerchantUid, OpenState, Record, Subscription, Usage};
use std::collections::{BTreeMap, BTreeSet};

/// What is broken in a state.
pub fn broken(state: &State) -> Option<Property> {
    let world = &state.world;
    if share_a_lease(&state.runs, world.now) {
        return Some(Property::OneCaller);
    }
    if !state.late {
        if kept_twice(world).is_some() {
            return Some(Property::OncePerPeriod);
        }
        if world.iamport.standing().count() > 1 {
            return Some(Property::OneSchedule);
        }
    }
    if world.iamport.kept().any(|(id, record)| is_lost(state, id, record)) {
        return Some(Property::Booked);
    }
    let left = |row: &Subscription| {
        row.cancellation.is_some() || row.ended_at.is_some() || row.periods_paid == 0
    };
    let stays = world.tables.row.as_ref().is_some_and(|row| !left(row));
    (world.leaving && stays).then_some(Property::Answered)
}

/// A period for which two payments of ours are kept.
fn kept_twice(world: &World) -> Option<MerchantUid> {
    let mut periods = BTreeSet::new();
    let ours = |record: &&Record| matches!(record.usage, Usage::Payment | Usage::Scheduled);
    let kept = world.iamport.kept().filter(|(_, record)| ours(record));
    let mut kept = kept.filter(|(id, _)| !is_in_review(world, *id));
    let twice = kept.find(|(id, _)| match id {
        MerchantUid::Charge { subscription, period, .. } => {
            !periods.insert((*subscription, *period))
        }
        MerchantUid::Registration { .. } | MerchantUid::Foreign(_) => true,
    });
    twice.map(|(id, _)| id)
}

/// Whether a person has something to settle about an order.
fn is_in_review(world: &World, id: MerchantUid) -> bool {
    world.tables.row.as_ref().is_some_and(|row| {
        row.reviews.iter().any(|review| review.merchant_uid == id)
            || row.verdicts.iter().any(|verdict| verdict.order.merchant_uid() == id)
    })
}

/// Whether nobody would come upon this payment but by its webhook, although it did not come late.
fn is_lost(state: &State, id: MerchantUid, record: &Record) -> bool {
    let tables = &state.world.tables;
    let Some(order) = tables.orders.get(&id) else { return tables.row.is_some() };
    let is_open = !order.is_closed();
    let is_others = !matches!(record.usage, Usage::Payment | Usage::Scheduled);
    let booked = tables.payments.contains_key(&record.imp_uid);
    let mut runs = state.runs.iter().filter_map(|run| run.seen.records.get(&id));
    let is_seen = runs.any(|records| records.iter().any(|seen| seen.imp_uid == record.imp_uid));
    !(is_open || is_others || booked || is_seen || state.late || is_in_review(&state.world, id))
}

/// What is broken in a world in which all that was on its way has arrived, everybody was heard, and nothing is left to
/// do but to wait for another day.
pub fn broken_at_rest(rules: &Rules, world: &World) -> Option<Property> {
    let Some(row) = &world.tables.row else { return None };
    if kept_twice(world).is_some() {
        return Some(Property::OncePerPeriod);
    }
    for (id, record) in world.iamport.kept() {
        if !(is_in_review(world, id) || is_in_the_books(world, &record.imp_uid, record)) {
            return Some(Property::Booked);
        }
        if is_kept_for_nothing(world, row, id, record) {
            return Some(Property::Leaving);
        }
    }
    schedules_at_rest(world, row).or_else(|| {
        let enters = row.periods_paid > 0 && row.ended_at.is_none();
        let over = row.is_revocation_due(world.now, &rules.policy);
        if world.lets_in != (enters && !world.gone) || !row.is_access_told() || enters && over {
            return Some(Property::Access);
        }
        let undone = !row.refunds.is_empty() || !row.verdicts.is_empty() || !row.outbox.is_empty();
        (undone || !row.unwanted_keys.is_empty()).then_some(Property::Done)
    })
}

fn is_in_the_books(world: &World, imp_uid: &ImpUid, record: &Record) -> bool {
    world.tables.payments.get(imp_uid).is_some_and(|row| row.refunded == record.cancelled)
}

/// Whether this payment pays for nothing, and is kept all the same.
fn is_kept_for_nothing(world: &World, row: &Subscription, id: MerchantUid, it: &Record) -> bool {
    if is_in_review(world, id) {
        return false;
    }
    match id {
        MerchantUid::Charge { subscription, period, .. } if subscription == row.id => {
            world.after.contains(&it.imp_uid) || period >= row.periods_paid
        }
        MerchantUid::Charge { .. } => world.after.contains(&it.imp_uid),
        MerchantUid::Registration { .. } | MerchantUid::Foreign(_) => true,
    }
}

/// Each schedule that stands is the member's next charge, and a member who goes on has one.
fn schedules_at_rest(world: &World, row: &Subscription) -> Option<Property> {
    let carried: BTreeMap<MerchantUid, OpenState> =
        row.charges.iter().map(|open| (open.merchant_uid, open.outcome)).collect();
    let mut standing = world.iamport.standing().map(|it| it.charge.merchant_uid);
    let (first, second) = (standing.next(), standing.next());
    if second.is_some() {
        return Some(Property::OneSchedule);
    }
    let goes_on = row.is_live();
    if let Some(id) = first {
        let is_wanted = goes_on && matches!(carried.get(&id), Some(OpenState::Scheduled { .. }));
        return (!is_wanted).then_some(Property::OneSchedule);
    }
    let waits = row.card.is_none() || row.is_blocked() || row.dunning.stopped;
    let planned = row.charges.iter().any(|it| matches!(it.outcome, OpenState::Planned { .. }));
    (goes_on && !waits && !planned).then_some(Property::Done)
}

/// Where the tables do not agree with each other: an order that the row carries is stored.
pub fn torn(world: &World) -> bool {
    let carried = world.tables.row.iter().flat_map(|row| &row.charges);
    carried.into_iter().any(|open| !world.tables.orders.contains_key(&open.merchant_uid))
}
