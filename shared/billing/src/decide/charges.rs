//! Charges: pursued while in doubt, stopped when unwanted, begun when due.

use super::booking::record;
use super::{Change, Claim, Known, Step};
use crate::settle::{self, ChargeSettlement};
use crate::{
    Charge, ChargeState, Decline, DeclineClass, Dunning, MerchantUid, News, Order, Payment, Policy,
    ScheduleSighting, Subscription, Usage, kst_at_hour,
};
use jiff::{Timestamp, ToSpan};

pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    let mut charges = known.subscription.charges.iter();
    orphan(known)
        .or_else(|| charges.find_map(|charge| pursue(known, charge)))
        .or_else(|| plan(known))
}

/// A schedule seen standing for an order that is closed: it would charge for nothing.
fn orphan(known: &Known<'_>) -> Option<Step> {
    let Some(Order::Charge { charge, .. }) = known.asked else { return None };
    let id = charge.merchant_uid;
    let carried = known.subscription.charges.iter().any(|open| open.merchant_uid == id);
    let standing = known.seen.schedules.get(&id) == Some(&ScheduleSighting::Standing);
    (standing && !carried).then_some(Step::Unschedule(charge.customer_uid, id))
}

/// Brings one open charge a step further.
fn pursue(known: &Known<'_>, charge: &Charge) -> Option<Step> {
    let id = charge.merchant_uid;
    let settlement = known.seen.records.get(&id).map(|records| settle::charge(charge, records));
    let schedule = known.seen.schedules.get(&id).copied();
    let may_run = may_still_run(known, charge);
    let wanted = known.subscription.wants(charge);
    let (nothing_seen, wanted) = match settlement {
        Some(ChargeSettlement::Paid(receipt)) => return Some(record(known, charge, &receipt)),
        // What we asked for would still charge, for an order that is closed: it is stopped first.
        Some(ChargeSettlement::Contradiction(_)) if may_run => (true, false),
        Some(ChargeSettlement::Contradiction(why)) => return Some(disputed(known, charge, why)),
        // Not our charge was declined, but what someone tried under its order.
        Some(ChargeSettlement::Declined(_)) if may_run => (true, wanted),
        Some(ChargeSettlement::Declined(decline)) => return Some(declined(known, charge, decline)),
        Some(ChargeSettlement::Nothing) => (true, wanted),
        None => (false, wanted),
    };
    match charge.outcome {
        ChargeState::Planned { .. } if !wanted => Some(dead(known, charge)),
        ChargeState::Planned { at } => (at <= known.now)
            .then(|| claim(known, charge, ChargeState::Charging { until: known.lease() })),
        ChargeState::Charging { .. } if known.seen.claimed == Some(Claim::Order(id)) => {
            Some(Step::Charge(charge.clone()))
        }
        ChargeState::Charging { until } => match (nothing_seen, known.seen.refused.get(&id)) {
            (false, _) => Some(Step::LookUp(id)),
            (true, Some((reason, at))) => Some(declined(known, charge, Decline::new(reason, *at))),
            // Whoever held the claim may still be calling.
            (true, None) if known.now < until => None,
            (true, None) if wanted => {
                Some(claim(known, charge, ChargeState::Charging { until: known.lease() }))
            }
            (true, None) => Some(dead(known, charge)),
        },
        ChargeState::Scheduling { at, .. } if known.seen.claimed == Some(Claim::Order(id)) => {
            Some(Step::Schedule(charge.clone(), at))
        }
        ChargeState::Scheduling { at, until } => match schedule {
            None => Some(Step::LookUpSchedule(id)),
            Some(ScheduleSighting::Standing) => Some(scheduled(known, charge, at)),
            // The payment says how that went.
            Some(ScheduleSighting::Executed) => (!nothing_seen).then_some(Step::LookUp(id)),
            Some(ScheduleSighting::Revoked) => Some(dead(known, charge)),
            Some(ScheduleSighting::Missing) if known.seen.refused.contains_key(&id) => {
                Some(dead_and_direct(known, charge))
            }
            Some(ScheduleSighting::Missing) if known.now < until => None,
            Some(ScheduleSighting::Missing) if wanted && at > known.lease() => {
                Some(claim(known, charge, ChargeState::Scheduling { at, until: known.lease() }))
            }
            Some(ScheduleSighting::Missing) if !nothing_seen => Some(Step::LookUp(id)),
            Some(ScheduleSighting::Missing) => Some(dead(known, charge)),
        },
        ChargeState::Scheduled { at } => pursue_scheduled(known, charge, at, wanted, nothing_seen),
        ChargeState::Disputed
        | ChargeState::Paid { .. }
        | ChargeState::Declined { .. }
        | ChargeState::Revoked => None,
    }
}

/// Whether what we asked Iamport for may still charge: a call that is under way, or a schedule. Iamport may
/// be late with a schedule, so that its time says nothing; a record made with the billing key does.
fn may_still_run(known: &Known<'_>, charge: &Charge) -> bool {
    let id = charge.merchant_uid;
    let mut records = known.seen.records.get(&id).into_iter().flatten();
    if records.any(|record| matches!(record.usage, Usage::Payment | Usage::Scheduled)) {
        return false;
    }
    let is_claimed = |until| known.now < until && !known.seen.refused.contains_key(&id);
    match (&charge.outcome, known.seen.schedules.get(&id)) {
        (ChargeState::Charging { until }, _)
        | (ChargeState::Scheduling { until, .. }, Some(ScheduleSighting::Missing)) => {
            is_claimed(*until)
        }
        (
            ChargeState::Scheduling { .. } | ChargeState::Scheduled { .. },
            None | Some(ScheduleSighting::Standing),
        ) => true,
        (ChargeState::Scheduled { .. }, Some(ScheduleSighting::Missing))
        | (_, Some(ScheduleSighting::Executed | ScheduleSighting::Revoked))
        | (
            ChargeState::Planned { .. }
            | ChargeState::Paid { .. }
            | ChargeState::Declined { .. }
            | ChargeState::Revoked
            | ChargeState::Disputed,
            _,
        ) => false,
    }
}

/// A charge that Iamport holds a schedule for: left alone until its time, then looked for.
fn pursue_scheduled(
    known: &Known<'_>,
    charge: &Charge,
    at: Timestamp,
    wanted: bool,
    nothing_seen: bool,
) -> Option<Step> {
    let id = charge.merchant_uid;
    let after = |wait| at.saturating_add(wait).unwrap_or(Timestamp::MAX) <= known.now;
    match known.seen.schedules.get(&id) {
        Some(ScheduleSighting::Revoked) => Some(dead(known, charge)),
        // The payment says how that went.
        Some(ScheduleSighting::Executed) => (!nothing_seen).then_some(Step::LookUp(id)),
        Some(ScheduleSighting::Missing) if !nothing_seen => Some(Step::LookUp(id)),
        Some(ScheduleSighting::Missing) => Some(dead(known, charge)),
        Some(ScheduleSighting::Standing) | None
            if !wanted || after(known.policy.stuck_schedule) =>
        {
            Some(Step::Unschedule(charge.customer_uid, id))
        }
        Some(ScheduleSighting::Standing) => None,
        None if !after(known.policy.schedule_slack) => None,
        None if nothing_seen => Some(Step::LookUpSchedule(id)),
        None => Some(Step::LookUp(id)),
    }
}

/// Begins the next charge when none is open and one is wanted.
fn plan(known: &Known<'_>) -> Option<Step> {
    let subscription = known.subscription;
    let card = subscription.card.as_ref()?;
    let amount = subscription.price_to_charge()?;
    if !subscription.lacks_a_charge(known.now, known.policy) {
        return None;
    }
    let due = subscription.paid_through().map(|due| kst_at_hour(due, known.policy.charge_hour));
    let outcome = match (subscription.dunning.retry_at, due) {
        // What can be begun at once is stored as claimed in the same write.
        (Some(at), _) if at > known.now => ChargeState::Planned { at },
        // Iamport charges renewals by itself, unless the time is too close to place a schedule.
        (None, Some(at)) if at > known.lease() => {
            ChargeState::Scheduling { at, until: known.lease() }
        }
        (None, Some(at)) if at > known.now => ChargeState::Planned { at },
        (Some(_) | None, _) => ChargeState::Charging { until: known.lease() },
    };
    let claimed = !matches!(outcome, ChargeState::Planned { .. });
    let charge = Charge {
        merchant_uid: MerchantUid::Charge {
            subscription: subscription.id,
            period: subscription.periods_paid,
            attempt: subscription.next_attempt,
        },
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
    if let (&ChargeState::Planned { at }, 1..) = (&charge.outcome, subscription.dunning.failures) {
        next.tell(
            known.now,
            News::RetryPlanned { merchant_uid: charge.merchant_uid, retry_at: at },
        );
    }
    let claim = claimed.then(|| (Claim::Order(charge.merchant_uid), known.lease()));
    Some(known.commit(Change {
        orders: vec![known.charge_order(&charge)],
        claim,
        ..Change::of(next)
    }))
}

/// Stores how a charge ended; it is no longer open.
pub(super) fn close(
    known: &Known<'_>,
    mut next: Subscription,
    charge: &Charge,
    outcome: ChargeState,
    payment: Option<Payment>,
) -> Step {
    next.charges.retain(|open| open.merchant_uid != charge.merchant_uid);
    let closed = Charge { outcome, ..charge.clone() };
    known.commit(Change { orders: vec![known.charge_order(&closed)], payment, ..Change::of(next) })
}

/// Stores a definite decline, and when to try again.
fn declined(known: &Known<'_>, charge: &Charge, decline: Decline) -> Step {
    let mut next = known.subscription.clone();
    if known.subscription.wants(charge) {
        next.count_decline(known, charge, &decline);
    }
    close(known, next, charge, ChargeState::Declined { decline }, None)
}

/// Stores a contradiction: nothing counts as paid, nothing is tried again, a person is told.
pub(super) fn disputed(known: &Known<'_>, charge: &Charge, why: &str) -> Step {
    let mut next = known.subscription.clone();
    let facts = known.facts(charge.merchant_uid);
    next.review(charge.merchant_uid, why, facts, None, known.now);
    close(known, next, charge, ChargeState::Disputed, None)
}

/// Stores that nothing will come of this charge any more.
fn dead(known: &Known<'_>, charge: &Charge) -> Step {
    close(known, known.subscription.clone(), charge, ChargeState::Revoked, None)
}

/// Iamport will not take this schedule: the next attempt is charged by us when it is due.
fn dead_and_direct(known: &Known<'_>, charge: &Charge) -> Step {
    let mut next = known.subscription.clone();
    if let (true, Some(due)) = (known.subscription.wants(charge), known.subscription.paid_through())
    {
        next.dunning.retry_at = Some(kst_at_hour(due, known.policy.charge_hour));
    }
    close(known, next, charge, ChargeState::Revoked, None)
}

/// Stores a claim; the run whose commit goes through makes the call.
fn claim(known: &Known<'_>, charge: &Charge, outcome: ChargeState) -> Step {
    let claim = (Claim::Order(charge.merchant_uid), known.lease());
    moved(known, charge, outcome, Some(claim))
}

/// Stores that Iamport holds the schedule.
fn scheduled(known: &Known<'_>, charge: &Charge, at: Timestamp) -> Step {
    moved(known, charge, ChargeState::Scheduled { at }, None)
}

fn moved(
    known: &Known<'_>,
    charge: &Charge,
    outcome: ChargeState,
    claim: Option<(Claim, Timestamp)>,
) -> Step {
    let moved = Charge { outcome, ..charge.clone() };
    let mut next = known.subscription.clone();
    for open in next.charges.iter_mut().filter(|open| open.merchant_uid == charge.merchant_uid) {
        *open = moved.clone();
    }
    known.commit(Change { orders: vec![known.charge_order(&moved)], claim, ..Change::of(next) })
}

impl Subscription {
    /// Whether a charge is to be begun: there is a card, the period is to be paid, and none is open.
    pub(super) fn lacks_a_charge(&self, now: Timestamp, policy: &Policy) -> bool {
        self.card.is_some()
            && self.price_to_charge().is_some()
            && self.ended_at.is_none()
            && self.cancellation.is_none()
            && !self.dunning.stopped
            && self.charges.is_empty()
            && !self.is_blocked()
            && !self.owes_the_period_back()
            && self.next_attempt < 9_999
            && !self.is_revocation_due(now, policy)
    }

    /// Whether this charge is what should happen: for the period to pay, with the card and at the price
    /// of today, nobody asked to stop, and no person has anything to settle about it. What is not wanted is
    /// stopped, what is wanted is pursued.
    pub(crate) fn wants(&self, charge: &Charge) -> bool {
        charge.merchant_uid.subscription() == self.id
            && charge.period == self.periods_paid
            && Some(charge.amount) == self.price_to_charge()
            && self.card.as_ref().is_some_and(|card| card.customer_uid == charge.customer_uid)
            && self.cancellation.is_none()
            && self.ended_at.is_none()
            && !self.is_blocked()
    }

    /// Whether a person has yet to settle something about the period to pay, which keeps it from being
    /// charged.
    pub fn is_blocked(&self) -> bool {
        let reviews = self.reviews.iter().map(|review| review.merchant_uid);
        let verdicts = self.verdicts.iter().map(|verdict| verdict.order.merchant_uid());
        reviews.chain(verdicts).any(|order| self.is_for_the_period_to_pay(order))
    }

    /// Whether money for the period to pay is yet to be given back, as when it moved after a cancellation
    /// that was then withdrawn: the period is not charged again before that.
    fn owes_the_period_back(&self) -> bool {
        self.refunds.iter().any(|due| self.is_for_the_period_to_pay(due.merchant_uid))
    }

    fn is_for_the_period_to_pay(&self, order: MerchantUid) -> bool {
        matches!(order, MerchantUid::Charge { subscription, period, .. }
            if subscription == self.id && period == self.periods_paid)
    }

    /// Counts a decline of the period to pay and decides when to try again.
    fn count_decline(&mut self, known: &Known<'_>, charge: &Charge, decline: &Decline) {
        let policy = known.policy;
        let transient = decline.class == DeclineClass::Transient
            && self.dunning.transients < policy.transient_tries;
        if transient {
            self.dunning.transients = self.dunning.transients.saturating_add(1);
            self.dunning.retry_at = known.now.saturating_add(policy.transient_wait).ok();
            return;
        }
        let hard = decline.class == DeclineClass::Hard;
        let retry_at = match self.paid_through() {
            // Nothing was ever paid: the checkout has failed, and this card is not tried again.
            None => {
                self.unwanted_keys.extend(self.card.take().map(|card| card.customer_uid));
                None
            }
            Some(_) if hard => None,
            Some(due) => policy
                .retry_days
                .iter()
                .map(|days| {
                    kst_at_hour(due.saturating_add(i64::from(*days).days()), policy.charge_hour)
                })
                .find(|at| *at > known.now),
        };
        self.dunning = Dunning {
            failures: self.dunning.failures.saturating_add(1),
            transients: 0,
            last: Some(decline.clone()),
            stopped: retry_at.is_none() && self.periods_paid > 0,
            retry_at,
        };
        let (merchant_uid, decline) = (charge.merchant_uid, decline.clone());
        self.tell(known.now, News::Declined { merchant_uid, decline, retry_at });
    }
}
