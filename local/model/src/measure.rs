//! How far a run is from its rest: a measure that each of its steps makes smaller, so that there is no way for it to go on
//! for ever. It is read like a number: what stands first counts for more than all that stands behind it.
//!
//! Where something only grows (periods that are paid, attempts that were opened, what was found out), what counts is how
//! much room is left for it.

use billing::evidence::{self, ChargeEvidence, RegistrationEvidence};
use billing::{
    Access, Charge, ChargeState, ClosedState, Known, Leased, OpenState, Order, Registration,
    RegistrationState, Step, Won, decide,
};
use std::cmp::Ordering;

/// How far a run is, but for what is left when all else is done.
type Far = [u64; 17];

/// Whether a run is nearer to its rest after a step than before.
pub fn is_nearer(before: &Known<'_>, after: &Known<'_>) -> bool {
    match far(after).cmp(&far(before)) {
        Ordering::Less => true,
        Ordering::Equal => last(after) < last(before),
        Ordering::Greater => false,
    }
}

fn far(known: &Known<'_>) -> Far {
    let (row, seen) = (known.subscription, known.seen);
    let room = |grows: u16| u64::from(u16::MAX.saturating_sub(grows));
    let is_shown = |order| row.reviews.iter().any(|review| review.merchant_uid == order);
    let answered = row.refunds.iter().filter(|due| due.refused_since.is_some()).count();
    [
        u64::from(!seen.is_stuck),
        number(windows(known)),
        room(row.periods_paid),
        room(row.next_attempt),
        number(row.verdicts.len().saturating_add(unbooked(known))),
        u64::from(row.card.is_some()),
        room(row.wanted_from),
        row.charges.iter().map(|open| rank(open.outcome, known)).sum(),
        number(row.charges.iter().filter(|open| !is_shown(open.merchant_uid)).count()),
        u64::from(row.ended_at.is_none()).saturating_add(row.cancellation.is_none().into()),
        number(row.refunds.len().saturating_mul(2).saturating_sub(answered)),
        access(known),
        u64::from(matches!(seen.leased, Some(Leased::Order(_)))),
        room(u16::try_from(found_out(known)).unwrap_or(u16::MAX)),
        number(row.unwanted_keys.len()),
        u64::from(is_to_be_told(known)),
        number(row.outbox.len()),
    ]
}

fn number(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

/// Whether a person is to be told now that something is not done.
fn is_to_be_told(known: &Known<'_>) -> bool {
    known.subscription.undone.is_some_and(|undone| {
        let at = undone.since.saturating_add(known.policy.doubt_patience);
        !undone.told && at.is_ok_and(|at| at <= known.now)
    })
}

/// Windows of which something is to be made now.
fn windows(known: &Known<'_>) -> usize {
    let row = known.subscription;
    let says = |window: &Registration| {
        let records = known.seen.records.get(&window.merchant_uid);
        records.map_or(RegistrationEvidence::Nothing, |it| evidence::registration(window, it))
    };
    let open = row.registrations.iter().filter(|window| {
        window.look_at <= known.now || says(window) != RegistrationEvidence::Nothing
    });
    let given_up = known.asked.iter().filter(|order| match order {
        Order::Registration { registration, .. } => {
            let id = registration.merchant_uid;
            let carried = row.registrations.iter().any(|open| open.merchant_uid == id);
            let said = match says(registration) {
                RegistrationEvidence::Registered(_) => true,
                RegistrationEvidence::Contradiction(_) => {
                    registration.outcome != RegistrationState::Contradicted
                }
                RegistrationEvidence::Failed(_) | RegistrationEvidence::Nothing => false,
            };
            let is_taken = matches!(registration.outcome, RegistrationState::Registered { .. });
            said && !carried && !is_taken
        }
        Order::Charge { .. } => false,
    });
    open.count().saturating_add(given_up.count())
}

/// Orders with money under them that nobody waits for, and that is not booked as it is.
fn unbooked(known: &Known<'_>) -> usize {
    let carried = |charge: &Charge| {
        known.subscription.charges.iter().any(|open| open.merchant_uid == charge.merchant_uid)
    };
    let asked = known.asked.iter().filter(|order| match order {
        Order::Charge { charge, .. } => !carried(charge) && is_unbooked(known, charge),
        Order::Registration { .. } => false,
    });
    asked.count().saturating_add(known.seen.unbooked.len())
}

fn is_unbooked(known: &Known<'_>, charge: &Charge) -> bool {
    let (row, seen) = (known.subscription, known.seen);
    let Some(records) = seen.records.get(&charge.merchant_uid) else { return false };
    let reviews = row.reviews.iter().filter(|it| it.merchant_uid == charge.merchant_uid);
    let is_before_a_person = reviews.clone().any(|review| review.facts == *records);
    if let Some(paid) = charge.paid_with() {
        let noted = seen.refunded.get(paid).copied().unwrap_or(Won::ZERO);
        let another = |it: &billing::Record| it.imp_uid != *paid && it.is_money();
        return records.iter().any(|it| it.imp_uid == *paid && it.cancelled > noted)
            || records.iter().any(another) && reviews.count() == 0;
    }
    if charge.outcome == ChargeState::Closed(ClosedState::Contradicted) || is_before_a_person {
        return false;
    }
    match evidence::charge(charge, records) {
        ChargeEvidence::Paid(_) | ChargeEvidence::Contradiction(_) => true,
        ChargeEvidence::Declined(_) | ChargeEvidence::Nothing => false,
    }
}

/// How much is still to come of an open charge.
fn rank(state: OpenState, known: &Known<'_>) -> u64 {
    match state {
        OpenState::Planned { .. } => 4,
        OpenState::Charging { until } | OpenState::Scheduling { until, .. }
            if until <= known.now =>
        {
            3
        }
        OpenState::Charging { .. } | OpenState::Scheduling { .. } => 2,
        OpenState::Scheduled { .. } => 1,
    }
}

/// How much is still to be done until the sign-in service is known to have heard.
fn access(known: &Known<'_>) -> u64 {
    match known.subscription.access {
        _ if known.subscription.is_access_told() => 0,
        Access::Telling { until, .. } if known.now < until => 1,
        Access::None | Access::Granted { .. } | Access::Revoked { .. } | Access::Telling { .. } => {
            2
        }
    }
}

/// How much was found out or tried in this run.
fn found_out(known: &Known<'_>) -> usize {
    let seen = known.seen;
    [
        seen.records.len(),
        seen.schedules.len(),
        seen.stored.len(),
        seen.counted.len(),
        seen.refunded.len(),
        seen.refund_refused.len(),
        seen.deleted_keys.len(),
        seen.announced.len(),
        seen.failed.len(),
        seen.taken_back.len(),
        seen.refused.len(),
        usize::from(seen.told.is_some()),
        usize::from(seen.is_erased),
    ]
    .into_iter()
    .sum()
}

/// What is left when nothing but the books of the run itself is: to note what is not done, and when to look again.
fn last(known: &Known<'_>) -> u64 {
    match decide(known) {
        Step::Rest(_) => 0,
        Step::Do(_) => 3,
        Step::Commit(change) => {
            let same =
                billing::Subscription { due_at: known.subscription.due_at, ..change.subscription };
            if same == *known.subscription { 1 } else { 2 }
        }
    }
}
