//! The oracles that are asked at the end, when all had time to come right.

use crate::actors::ROLE;
use crate::books::is_ordinary;
use crate::world::{World, plus};
use billing::{CustomerUid, OpenState, State};
use iamport_simulator::ScheduleStatus;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Checks everything that must be so at the end.
pub(crate) async fn audit(world: &World, logged: &str) {
    ledger(world, "books").await;
    after_cancelling(world);
    after_leaving(world);
    for subscription in subscriptions(world) {
        at_rest(world, &subscription);
        schedules(world, &subscription);
        access(world, &subscription);
    }
    orphans(world);
    announced(world);
    private(world, logged);
    for what in world.denied() {
        world.sky.fail("permissions", what);
    }
}

fn subscriptions(world: &World) -> Vec<billing::Subscription> {
    world.sky.lock().books.subscriptions.values().cloned().collect()
}

/// One night has passed since a table was restored: the books are right.
pub(crate) async fn one_night(world: &World, table: &str) {
    world.sky.say(|| format!("one night after {table} was restored"));
    ledger(world, "one night").await;
}

/// A day of peace has passed: whoever paid may enter, whatever another program did to the claims.
pub(crate) fn doors(world: &World) {
    let now = world.now();
    let charges = world.stack.iamport.charges();
    for subscription in subscriptions(world) {
        let uid = subscription.uid.as_str();
        let inner = world.sky.lock();
        let ends = inner.books.access_ends(&subscription, &charges);
        let replaced = inner.books.replaced_claims.contains_key(uid);
        let gone = inner.books.leaving.accounts.contains_key(uid);
        drop(inner);
        // What is stored of the end may be a moment old.
        let long = ends.is_some_and(|ends| now < plus(ends, -3_600));
        let kept_out = replaced && !gone && subscription.ended_at.is_none();
        if kept_out && long && !world.sky.may_enter(uid) {
            let what = format!("{uid} is kept out for a day; its claims were replaced");
            world.sky.fail("access heals", what);
        }
    }
}

/// Nothing that moved after a member had left is kept.
fn after_leaving(world: &World) {
    let charges = world.stack.iamport.charges();
    let found = world.sky.lock().books.paid_after_leaving(&charges);
    for what in found {
        world.sky.fail("leaving", what);
    }
}

/// The table holds what moved, row by row, and nothing else.
async fn ledger(world: &World, oracle: &'static str) {
    let charges = world.stack.iamport.charges();
    let now = world.now();
    world.sky.lock().books.moved(now, &charges);
    let mut moved: BTreeSet<String> = BTreeSet::new();
    for charge in &charges {
        moved.insert(format!(
            "{} {} {} {} of {} back, {}",
            world.sky.owner(&charge.merchant_uid),
            charge.imp_uid,
            charge.merchant_uid,
            charge.cancelled_amount,
            charge.amount,
            charge.paid_at
        ));
    }
    let mut held = BTreeSet::new();
    let mut kept: BTreeMap<String, Vec<(jiff::civil::Date, jiff::civil::Date)>> = BTreeMap::new();
    for subscription in subscriptions(world) {
        let mut cursor: Option<String> = None;
        loop {
            let page = world.app().gudok.payments(&subscription.uid, 100, cursor.as_deref()).await;
            let Ok((page, next)) = page else {
                return world.sky.fail(oracle, "the payments cannot be read".to_owned());
            };
            for payment in page {
                let charge = matches!(payment.merchant_uid, billing::MerchantUid::Charge { .. });
                if payment.refunded < payment.amount && !charge {
                    let what = format!("{} was kept", payment.merchant_uid);
                    world.sky.fail("registration", what);
                } else if payment.refunded < payment.amount {
                    let days = (payment.period_start, payment.period_end);
                    kept.entry(payment.uid.to_string()).or_default().push(days);
                }
                held.insert(format!(
                    "{} {} {} {} of {} back, {}",
                    payment.uid,
                    payment.imp_uid,
                    payment.merchant_uid,
                    payment.refunded.get(),
                    payment.amount.get(),
                    payment.paid_at
                ));
            }
            match next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
    }
    for missing in moved.difference(&held) {
        world.sky.fail(oracle, format!("moved and not stored so: {missing}"));
    }
    for extra in held.difference(&moved) {
        world.sky.fail(oracle, format!("stored and not moved so: {extra}"));
    }
    for (uid, mut periods) in kept {
        periods.sort();
        for pair in periods.windows(2) {
            if pair[1].0 < pair[0].1 {
                let what = format!("{uid} paid twice for days from {} on", pair[1].0);
                world.sky.fail("once a period", what);
            }
        }
    }
}

/// What moved after a cancellation was answered is given back, unless the member resumed.
fn after_cancelling(world: &World) {
    let charges = world.stack.iamport.charges();
    let inner = world.sky.lock();
    let (cancelled, resumed) = (inner.books.cancelled.clone(), inner.books.resumed.clone());
    drop(inner);
    for cancel in cancelled {
        let taken_back =
            resumed.iter().any(|resume| resume.uid == cancel.uid && resume.ended >= cancel.began);
        if taken_back {
            continue;
        }
        // What a person decided to keep is not the loop's.
        for charge in charges.iter().filter(|charge| !is_ordinary(charge)) {
            let id =
                charge.merchant_uid.parse::<billing::MerchantUid>().map(|id| id.subscription());
            let kept = charge.cancelled_amount < charge.amount;
            // Iamport runs a schedule in its second, which the rehearsal may reach only later.
            let after = !cancel.moved.contains(&charge.imp_uid)
                && charge.paid_at.as_second() >= cancel.began.as_second();
            if id == Ok(cancel.subscription) && after && kept {
                let what = format!(
                    "{} moved at {} and was kept; cancelled at {}",
                    charge.merchant_uid, charge.paid_at, cancel.began
                );
                world.sky.fail("after cancelling", what);
            }
        }
    }
}

/// Nothing is left undone.
fn at_rest(world: &World, subscription: &billing::Subscription) {
    let now = world.now();
    let uid = &subscription.uid;
    let late = |at: Timestamp| at.saturating_add(SignedDuration::from_hours(1)).unwrap_or(at) < now;
    let configuration = world.sky.lock().books.configuration.clone();
    let over = subscription.is_revocation_due(now, &configuration.policy);
    let review = configuration.review;
    let fail = |what: String| world.sky.fail("at rest", format!("{uid}: {what}"));
    // A partner keeps silent about what should have happened today; tomorrow a person is told.
    let patience = configuration.policy.doubt_patience;
    let doubted = subscription.undone.filter(|undone| !undone.told);
    let doubted = doubted.is_some_and(|undone| {
        undone.since.saturating_add(patience).is_ok_and(|until| !late(until))
    });
    if !subscription.refunds.is_empty() {
        fail(format!("still owes {:?}", subscription.refunds));
    }
    if !subscription.outbox.is_empty() {
        fail("something is still unsaid".to_owned());
    }
    if !subscription.registrations.is_empty() {
        fail(format!("still waits for {:?}", subscription.registrations));
    }
    if !subscription.reviews.is_empty() || !subscription.verdicts.is_empty() {
        fail(format!("still to be settled: {:?}", subscription.reviews));
    }
    for charge in &subscription.charges {
        let in_order = match charge.outcome {
            OpenState::Planned { at } | OpenState::Scheduled { at } => !late(at),
            OpenState::Charging { until } | OpenState::Scheduling { until, .. } => !late(until),
        };
        if !in_order && !doubted {
            fail(format!("{} is {:?}", charge.merchant_uid, charge.outcome));
        }
    }
    if subscription.due_at.is_some_and(late) && !(over && review) {
        fail(format!("was due at {:?}", subscription.due_at));
    }
    let today = billing::kst_date(now);
    match subscription.state() {
        State::Active
            if subscription.paid_through().is_some_and(|date| date < today)
                && !over
                && !doubted =>
        {
            fail(format!("is active, paid through {:?}", subscription.paid_through()));
        }
        State::PastDue
            if !subscription.dunning.stopped
                && !over
                && !subscription
                    .charges
                    .iter()
                    .any(|charge| subscription_wants(subscription, charge)) =>
        {
            fail("is past due, and nothing is planned".to_owned());
        }
        State::None if subscription.card.is_some() => {
            fail("has a card and was never charged".to_owned());
        }
        State::None | State::Active | State::PastDue | State::Cancelling | State::Ended => {}
    }
    let iamport: BTreeSet<String> = world
        .stack
        .iamport
        .customers()
        .into_iter()
        .map(|(customer, _)| customer.customer_uid)
        .collect();
    let card = subscription.card.as_ref().map(|card| card.customer_uid);
    let by_hand = |card: &CustomerUid| world.sky.lock().books.leaving.deleted_keys.contains(card);
    let past = world.sky.lock().books.is_from_the_past(now);
    let gone = |card: &CustomerUid| !iamport.contains(&card.to_string()) && !by_hand(card);
    if let Some(card) = card.filter(gone).filter(|_| !past) {
        world.sky.fail("keys", format!("{uid}: {card} is charged and gone from Iamport"));
    }
    let known = world.sky.lock().books.keys.clone();
    for key in known
        .into_iter()
        .filter(|key| world.sky.owner(&format!("reg-{}-0", key.subscription)) == uid.as_str())
    {
        if Some(key) != card && iamport.contains(&key.to_string()) {
            world.sky.fail("keys", format!("{uid}: {key} is not needed and still at Iamport"));
        }
    }
}

fn subscription_wants(subscription: &billing::Subscription, charge: &billing::OpenCharge) -> bool {
    charge.merchant_uid.subscription() == subscription.id
        && charge.period == subscription.periods_paid
}

/// Exactly one schedule stands for a live subscription, with the right time, price and card.
fn schedules(world: &World, subscription: &billing::Subscription) {
    let now = world.now();
    let uid = subscription.uid.as_str();
    let standing: Vec<_> = world
        .stack
        .iamport
        .schedules()
        .into_iter()
        .filter(|schedule| schedule.schedule_status == ScheduleStatus::Scheduled)
        .filter(|schedule| world.sky.owner(&schedule.merchant_uid) == uid)
        .collect();
    let inner = world.sky.lock();
    let hours = inner.books.configuration.hours.clone();
    let moved = |order: &String| inner.books.leaving.moved.contains(order);
    // A schedule stands at the hour that held when it was placed, unless a person moved it.
    let by_hand = standing.iter().any(|schedule| moved(&schedule.merchant_uid));
    drop(inner);
    let standing: Vec<_> = standing
        .into_iter()
        .map(|schedule| (schedule.schedule_at, schedule.amount, schedule.customer_uid))
        .collect();
    let at = |hour| subscription.paid_through().map(|date| billing::kst_at_hour(date, hour));
    let stands_at = standing.first().map(|(at, ..)| *at);
    let due = hours
        .iter()
        .filter_map(|hour| at(*hour))
        .find(|due| by_hand || stands_at.is_none_or(|stands_at| stands_at == due.as_second()));
    let due = due.or_else(|| at(10));
    let near = due.is_some_and(|due| due.duration_since(now).abs() < SignedDuration::from_hours(1));
    let planned = subscription
        .charges
        .iter()
        .any(|charge| matches!(charge.outcome, OpenState::Planned { .. }));
    let price = subscription.price_to_charge();
    let wanted: Vec<_> = match (subscription.state(), due, &subscription.card, price) {
        (State::Active, Some(due), Some(card), Some(price)) if !planned => vec![(
            stands_at.filter(|_| by_hand).unwrap_or(due.as_second()),
            i64::try_from(price.get()).unwrap_or_default(),
            card.customer_uid.to_string(),
        )],
        _ => Vec::new(),
    };
    // Nobody is charged who has left, or whose key a person deleted.
    let inner = world.sky.lock();
    let gone = inner.books.leaving.accounts.contains_key(uid);
    let keyless = subscription
        .card
        .as_ref()
        .is_some_and(|card| inner.books.leaving.deleted_keys.contains(&card.customer_uid));
    drop(inner);
    let none_is_right = (gone || keyless || subscription.is_blocked()) && standing.is_empty();
    if standing != wanted && !near && !none_is_right {
        let what = format!(
            "{uid} is {:?}: {standing:?} stand instead of {wanted:?}",
            subscription.state()
        );
        world.sky.fail("one schedule", what);
    }
}

fn orphans(world: &World) {
    for schedule in world.stack.iamport.schedules() {
        let known = !world.sky.owner(&schedule.merchant_uid).is_empty();
        if schedule.schedule_status == ScheduleStatus::Scheduled && !known {
            world.sky.fail("one schedule", format!("{} is nobody's", schedule.merchant_uid));
        }
    }
}

/// The member may enter exactly as long as it is paid, by what moved at Iamport.
fn access(world: &World, subscription: &billing::Subscription) {
    let now = world.now();
    let uid = subscription.uid.as_str();
    let charges = world.stack.iamport.charges();
    let inner = world.sky.lock();
    let ends = inner.books.access_ends(subscription, &charges);
    let review = inner.books.configuration.review;
    let (fewest, most) = inner.books.configuration.grace;
    let replaced = inner.books.replaced_claims.contains_key(uid);
    let left = inner.books.leaving.accounts.get(uid).copied();
    drop(inner);
    let may_enter = world.sky.may_enter(uid);
    // The nightly sweep comes ten minutes after, and once more if that one failed.
    let longer = i64::from(most - fewest) * 86_400 + 25 * 3_600;
    let late = ends.is_some_and(|ends| plus(ends, longer) <= now);
    // Whoever has left has no account to enter with, or one that may be ended at once.
    let early = ends.is_some_and(|ends| now < ends) && left.is_none();
    if may_enter && ends.is_none() {
        world.sky.fail("access early", format!("{uid} enters and never paid"));
    }
    if may_enter && late && !review {
        world.sky.fail("access late", format!("{uid} still enters, {ends:?} is over"));
    }
    if !may_enter && early {
        world.sky.fail("access early", format!("{uid} is kept out before {ends:?}"));
    }
    let claims = world.sky.google.claims(uid).unwrap_or_default();
    let role = world.sky.lock().books.replaced_claims.get(uid).is_some_and(|(role, _)| *role);
    if role && claims.get(ROLE).is_none() && left.is_none() {
        world.sky.fail("access early", format!("{uid} lost another program's claim"));
    }
    let had_admin = uid == crate::world::uid(0) && !replaced && left.is_none();
    if had_admin && claims.get("admin") != Some(&json!(true)) {
        world.sky.fail("access early", format!("{uid} lost another claim"));
    }
}

/// Everything that was to be said was said.
fn announced(world: &World) {
    let inner = world.sky.lock();
    let unsaid: Vec<String> = inner
        .books
        .outbox
        .iter()
        // What was stored a moment ago is on its way.
        .filter(|(_, (_, at))| at.duration_since(world.now()).abs() > SignedDuration::from_mins(30))
        .filter(|(id, _)| !inner.books.told.contains(*id))
        .map(|(id, (name, _))| format!("{name} {id}"))
        .collect();
    drop(inner);
    for news in unsaid {
        world.sky.fail("announced", format!("Slack never heard of {news}"));
    }
}

/// Nothing personal is logged, and the loop came to rest every time.
fn private(world: &World, logged: &str) {
    let mut secrets = world.sky.lock().secrets.clone();
    secrets.extend(
        world
            .stack
            .iamport
            .customers()
            .into_iter()
            .filter_map(|(customer, _)| customer.card_number),
    );
    secrets.insert("eyJ".to_owned());
    for secret in
        secrets.iter().filter(|secret| !secret.is_empty() && logged.contains(secret.as_str()))
    {
        let line = logged.lines().find(|line| line.contains(secret.as_str())).unwrap_or_default();
        world.sky.fail("private", format!("logged: {line}"));
    }
    if let Some(line) = logged.lines().find(|line| line.contains(crate::logs::RESTLESS)) {
        world.sky.fail("restless", line.to_owned());
    }
}
