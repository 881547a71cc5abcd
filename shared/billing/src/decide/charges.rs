//! Charges: pursued while in doubt, stopped when unwanted, begun when due.

use super::booking::record;
use super::declines::declined;
use super::known::Known;
use super::step::{Change, Effect, Leased, Step};
use super::transition::{
    contradicted, dead, dead_and_direct, forgotten, lease, scheduled, taken_back,
};
use crate::evidence::{self, ChargeEvidence};
use crate::{
    Charge, ChargeState, ClosedState, Decline, MerchantUid, News, OpenCharge, OpenState, Order,
    Refused, ScheduleSighting, Usage, Why,
};
use jiff::Timestamp;

pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    let mut charges = known.subscription.charges.iter();
    orphan(known)
        .or_else(|| charges.find_map(|charge| pursue(known, charge)))
        .or_else(|| give_up_the_card(known))
        .or_else(|| plan(known))
}

/// A schedule seen standing for an order that is closed: it would charge for nothing.
fn orphan(known: &Known<'_>) -> Option<Step> {
    known.asked.iter().find_map(|order| {
        let Order::Charge { charge, .. } = order else { return None };
        let id = charge.merchant_uid;
        let carried = known.subscription.charges.iter().any(|open| open.merchant_uid == id);
        let standing = known.seen.schedules.get(&id) == Some(&ScheduleSighting::Standing);
        (standing && !carried).then(|| known.unschedule(charge.customer_uid, id)).flatten()
    })
}

/// Brings one open charge a step further.
fn pursue(known: &Known<'_>, charge: &OpenCharge) -> Option<Step> {
    let id = charge.merchant_uid;
    let settlement = known.seen.records.get(&id).map(|records| evidence::charge(charge, records));
    let may_run = may_still_run(known, charge);
    let wanted = known.subscription.wants(charge, known.now, known.policy);
    let (nothing_seen, wanted) = match settlement {
        Some(ChargeEvidence::Paid(receipt)) => return record(known, charge, &receipt),
        // What we asked for would still charge, for an order that is closed: it is stopped first.
        Some(ChargeEvidence::Contradiction(_))
            if may_run && !is_out_of_the_question(known, charge) =>
        {
            (true, false)
        }
        Some(ChargeEvidence::Contradiction(why)) => return contradicted(known, charge, why),
        // Not our charge was declined, but what someone tried under its order.
        Some(ChargeEvidence::Declined(_)) if may_run || is_unsent(charge) => (true, wanted),
        Some(ChargeEvidence::Declined(decline)) => {
            return declined(known, charge, refusal(known, charge).unwrap_or(decline));
        }
        Some(ChargeEvidence::Nothing) => (true, wanted),
        None => (false, wanted),
    };
    if let Some(call) = leased_call(known, charge) {
        return Some(call.into());
    }
    let sight = Sight { nothing_seen, wanted };
    // Nothing is begun for a member whose access is over.
    let is_over = known.subscription.is_over(known.now, known.policy);
    match charge.outcome {
        OpenState::Planned { .. } if !wanted => dead(known, charge),
        OpenState::Planned { at } if at > known.now => None,
        OpenState::Planned { .. } if is_over => dead(known, charge),
        // The row may be from the past: what was planned then may have been made and closed since.
        OpenState::Planned { .. } => match known.seen.stored.get(&charge.merchant_uid) {
            None => Some(Effect::ReadOrder(charge.merchant_uid).into()),
            Some(Some(stored)) if stored.is_closed() => forgotten(known, charge),
            Some(Some(_) | None) => {
                lease(known, charge, OpenState::Charging { until: known.lease_until() })
            }
        },
        OpenState::Charging { until } => pursue_charging(known, charge, until, sight),
        OpenState::Scheduling { at, until } => pursue_scheduling(known, charge, at, until, sight),
        OpenState::Scheduled { at } => pursue_scheduled(known, charge, at, sight),
    }
}

/// What this run knows of a charge that it pursues.
#[derive(Debug, Clone, Copy)]
struct Sight {
    /// Whether Iamport was asked for its records, and has none that count.
    nothing_seen: bool,
    /// Whether it is what should happen.
    wanted: bool,
}

/// The call that is this run's to make, for it holds the lease.
fn leased_call(known: &Known<'_>, charge: &OpenCharge) -> Option<Effect> {
    let call = match charge.outcome {
        OpenState::Charging { .. } => Effect::Charge(charge.clone()),
        OpenState::Scheduling { at, .. } => Effect::Schedule(charge.clone(), at),
        OpenState::Planned { .. } | OpenState::Scheduled { .. } => return None,
    };
    known.holds(Leased::Order(charge.merchant_uid)).then_some(call)
}

/// A charge that somebody may have sent: looked for, and sent again when nobody else can be sending it.
fn pursue_charging(
    known: &Known<'_>,
    charge: &OpenCharge,
    until: Timestamp,
    Sight { nothing_seen, wanted }: Sight,
) -> Option<Step> {
    let id = charge.merchant_uid;
    if !nothing_seen {
        return Some(Effect::LookUp(id).into());
    }
    match known.seen.refused.get(&id) {
        Some(Refused::Said(reason, at)) => declined(known, charge, Decline::new(reason, *at)),
        // Money moved, and Iamport does not show it yet.
        Some(Refused::PaidBefore) => None,
        // Whoever held the lease may still be calling.
        None if known.now < until => None,
        None if wanted && known.subscription.may_begin(charge, known.now, known.policy) => {
            lease(known, charge, OpenState::Charging { until: known.lease_until() })
        }
        None => dead(known, charge),
    }
}

/// A schedule that somebody may have placed: looked for, and placed again when nobody else can be placing it.
fn pursue_scheduling(
    known: &Known<'_>,
    charge: &OpenCharge,
    at: Timestamp,
    until: Timestamp,
    Sight { nothing_seen, wanted }: Sight,
) -> Option<Step> {
    let id = charge.merchant_uid;
    match (known.seen.schedules.get(&id), known.seen.refused.get(&id)) {
        (None, _) => Some(Effect::LookUpSchedule(id).into()),
        (Some(ScheduleSighting::Standing), _) => scheduled(known, charge, at),
        (Some(ScheduleSighting::TakenBack), _) => dead(known, charge),
        (Some(ScheduleSighting::Executed | ScheduleSighting::Failed(_)), _) => {
            ran(known, charge, nothing_seen)
        }
        (Some(ScheduleSighting::Missing), Some(Refused::Said(..))) => {
            dead_and_direct(known, charge)
        }
        // Money moved, though nobody scheduled it.
        (Some(ScheduleSighting::Missing), Some(Refused::PaidBefore)) => {
            (!nothing_seen).then_some(Effect::LookUp(id).into())
        }
        (Some(ScheduleSighting::Missing), None) if known.now < until => None,
        (Some(ScheduleSighting::Missing), None) if wanted && at > known.lease_until() => {
            lease(known, charge, OpenState::Scheduling { at, until: known.lease_until() })
        }
        (Some(ScheduleSighting::Missing), None) if !nothing_seen => Some(Effect::LookUp(id).into()),
        (Some(ScheduleSighting::Missing), None) => dead(known, charge),
    }
}

/// A charge that Iamport holds a schedule for: left alone until its time, then looked for.
fn pursue_scheduled(
    known: &Known<'_>,
    charge: &OpenCharge,
    at: Timestamp,
    Sight { nothing_seen, wanted }: Sight,
) -> Option<Step> {
    let id = charge.merchant_uid;
    let after = |wait| at.saturating_add(wait).unwrap_or(Timestamp::MAX) <= known.now;
    match known.seen.schedules.get(&id) {
        // Nobody of ours takes back what is wanted, unless this run just did, for it was stuck: someone did at
        // Iamport's console.
        Some(ScheduleSighting::TakenBack) if wanted && !known.seen.taken_back.contains(&id) => {
            match known.seen.stored.get(&id) {
                // Money that somebody sent under its order is for a person first.
                _ if !nothing_seen => Some(Effect::LookUp(id).into()),
                None => Some(Effect::ReadOrder(id).into()),
                Some(Some(stored)) if stored.is_closed() => forgotten(known, charge),
                Some(Some(_) | None) => taken_back(known, charge),
            }
        }
        Some(ScheduleSighting::TakenBack) => dead(known, charge),
        Some(ScheduleSighting::Executed | ScheduleSighting::Failed(_)) => {
            ran(known, charge, nothing_seen)
        }
        Some(ScheduleSighting::Missing) if !nothing_seen => Some(Effect::LookUp(id).into()),
        Some(ScheduleSighting::Missing) => dead(known, charge),
        // Asked before this run lost a write: what came of it is looked up.
        None if known.seen.taken_back.contains(&id) => Some(Effect::LookUpSchedule(id).into()),
        Some(ScheduleSighting::Standing) | None if !wanted => stop(known, charge),
        Some(ScheduleSighting::Standing) if after(known.policy.stuck_schedule) => {
            stop(known, charge)
        }
        Some(ScheduleSighting::Standing) => None,
        None if !after(known.policy.schedule_slack) => None,
        None if nothing_seen => Some(Effect::LookUpSchedule(id).into()),
        None => Some(Effect::LookUp(id).into()),
    }
}

/// Has Iamport take a schedule back, once it is stored that it is given up: whoever is asked to want it again while the
/// call is on its way wants another.
fn stop(known: &Known<'_>, charge: &OpenCharge) -> Option<Step> {
    match known.subscription.giving_up(charge.merchant_uid) {
        Some(next) => known.commit(Change::of(next)),
        None => known.unschedule(charge.customer_uid, charge.merchant_uid),
    }
}

/// A schedule that Iamport ran. The payment says how that went; where there is none, the schedule may.
fn ran(known: &Known<'_>, charge: &OpenCharge, nothing_seen: bool) -> Option<Step> {
    let id = charge.merchant_uid;
    if !nothing_seen {
        return Some(Effect::LookUp(id).into());
    }
    match known.seen.schedules.get(&id) {
        Some(ScheduleSighting::Failed(reason)) => {
            declined(known, charge, Decline::new(reason, known.now))
        }
        Some(
            ScheduleSighting::Executed
            | ScheduleSighting::Missing
            | ScheduleSighting::Standing
            | ScheduleSighting::TakenBack,
        )
        | None => None,
    }
}

/// Iamport's no to our call. Where there is one, it is what counts, and not what others tried under its order.
fn refusal(known: &Known<'_>, charge: &OpenCharge) -> Option<Decline> {
    if let OpenState::Charging { .. } = charge.outcome
        && let Some(Refused::Said(reason, at)) = known.seen.refused.get(&charge.merchant_uid)
    {
        return Some(Decline::new(reason, *at));
    }
    None
}

/// Whether nobody was asked for it yet: what was tried under its order, others tried.
const fn is_unsent(charge: &OpenCharge) -> bool {
    matches!(charge.outcome, OpenState::Planned { .. })
}

/// Whether what we asked Iamport for may still charge: a call that is under way, or a schedule. Iamport may
/// be late with a schedule, so that its time says nothing; a record made with the billing key does.
fn may_still_run(known: &Known<'_>, charge: &OpenCharge) -> bool {
    let id = charge.merchant_uid;
    let mut records = known.seen.records.get(&id).into_iter().flatten();
    if records.any(|record| matches!(record.usage, Usage::Payment | Usage::Scheduled)) {
        return false;
    }
    // That it was paid before is no answer that the call is over with.
    let is_refused = matches!(known.seen.refused.get(&id), Some(Refused::Said(..)));
    let is_leased = |until| known.now < until && !is_refused;
    match (&charge.outcome, known.seen.schedules.get(&id)) {
        (OpenState::Charging { until }, _)
        | (OpenState::Scheduling { until, .. }, Some(ScheduleSighting::Missing)) => {
            is_leased(*until)
        }
        (
            OpenState::Scheduling { .. } | OpenState::Scheduled { .. },
            None | Some(ScheduleSighting::Standing),
        ) => true,
        (OpenState::Scheduled { .. }, Some(ScheduleSighting::Missing))
        | (
            _,
            Some(
                ScheduleSighting::Executed
                | ScheduleSighting::Failed(_)
                | ScheduleSighting::TakenBack,
            ),
        )
        | (OpenState::Planned { .. }, _) => false,
    }
}

/// Whether Iamport has no schedule for this charge and takes none any more, for somebody has paid under its order.
fn is_out_of_the_question(known: &Known<'_>, charge: &OpenCharge) -> bool {
    let id = charge.merchant_uid;
    matches!(charge.outcome, OpenState::Scheduling { .. })
        && known.seen.schedules.get(&id) == Some(&ScheduleSighting::Missing)
        && known.seen.refused.get(&id) == Some(&Refused::PaidBefore)
}

/// A card whose first charge was withdrawn, or could not be made in time, is given up: nobody is charged for a
/// window that was closed hours ago.
fn give_up_the_card(known: &Known<'_>) -> Option<Step> {
    let mut next = known.subscription.clone();
    if !next.has_a_card_for_nothing(known.now, known.policy) {
        return None;
    }
    next.unwanted_keys.extend(next.card.take().map(|card| card.customer_uid));
    known.commit(Change::of(next))
}

/// So many schedules of one period may a run see, and place another: one that another price or card replaces, and one
/// that came to nothing.
const MOST_IN_A_RUN: usize = 2;

/// Begins the next charge when none is open and one is wanted.
fn plan(known: &Known<'_>) -> Option<Step> {
    let subscription = known.subscription;
    let card = subscription.card.as_ref()?;
    let amount = subscription.price_to_charge()?;
    if !subscription.lacks_a_charge(known.now, known.policy) || has_tried_enough(known) {
        return None;
    }
    let due = subscription.paid_through();
    let due = due.map(|due| known.policy.charge_at(due, &subscription.uid));
    // Days that were given move the period: what failed before it begins is not tried again before it does.
    let begins = due.filter(|_| subscription.days_given > 0);
    let retry_at = subscription.dunning.retry_at.map(|at| begins.map_or(at, |due| at.max(due)));
    let outcome = match (retry_at, due) {
        // What can be begun at once is stored as leased in the same write.
        (Some(at), _) if at > known.now => OpenState::Planned { at },
        // Iamport charges renewals by itself, unless the time is too close to place a schedule.
        (None, Some(at)) if at > known.lease_until() => {
            OpenState::Scheduling { at, until: known.lease_until() }
        }
        (None, Some(at)) if at > known.now => OpenState::Planned { at },
        (Some(_) | None, _) => OpenState::Charging { until: known.lease_until() },
    };
    let leased = !matches!(outcome, OpenState::Planned { .. });
    let merchant_uid = MerchantUid::Charge {
        subscription: subscription.id,
        period: subscription.periods_paid,
        attempt: subscription.next_attempt,
    };
    if let Some(Order::Charge { charge, .. }) = known.seen.taken.get(&merchant_uid) {
        return adopt(known, charge);
    }
    let charge = OpenCharge {
        merchant_uid,
        customer_uid: card.customer_uid,
        amount,
        plan: subscription.plan.clone(),
        period: subscription.periods_paid,
        opened_at: known.now,
        outcome,
    };
    let mut next = subscription.clone();
    next.next_attempt = next.next_attempt.saturating_add(1);
    next.charges.push(charge.clone());
    if let (&OpenState::Planned { at }, 1..) = (&charge.outcome, subscription.dunning.failures) {
        next.tell(
            known.now,
            News::RetryPlanned { merchant_uid: charge.merchant_uid, retry_at: at },
        );
    }
    let lease = leased.then(|| (Leased::Order(charge.merchant_uid), known.lease_until()));
    let order = known.charge_order(charge.into());
    known.commit(Change { opened: vec![order], lease, ..Change::of(next) })
}

/// Whether this run has seen schedules of the period to pay come to nothing, one after the other: a partner who takes
/// each and then says that it was taken back would be asked for ever. The next look tries again.
fn has_tried_enough(known: &Known<'_>) -> bool {
    let seen = known.seen.schedules.keys();
    let tried = seen.filter(|id| known.subscription.is_for_the_period_to_pay(**id));
    tried.count() > MOST_IN_A_RUN
}

/// Takes up an order that this subscription has forgotten, for it was put back to an earlier moment. What was
/// done under its id is done: a charge that was sent is looked for and not sent again, and only after a dead one
/// comes another.
fn adopt(known: &Known<'_>, charge: &Charge) -> Option<Step> {
    let mut next = known.subscription.clone();
    next.next_attempt = next.next_attempt.saturating_add(1);
    match &charge.outcome {
        // A schedule may have been taken back since, as one that nobody carries.
        ChargeState::Open(open) => next.charges.push(charge.with(open.doubted(known.now))),
        ChargeState::Closed(ClosedState::Paid { .. }) => {
            next.charges.push(charge.with(OpenState::Charging { until: known.now }));
        }
        ChargeState::Closed(ClosedState::Contradicted) => {
            let facts = known.facts(charge.merchant_uid);
            next.review(charge.merchant_uid, Why::ReviewForgotten, facts, known.now);
        }
        ChargeState::Closed(ClosedState::Declined { .. } | ClosedState::Abandoned) => {}
    }
    known.commit(Change::of(next))
}
