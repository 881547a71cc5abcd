//! Charges: recorded when money moved, pursued while in doubt, stopped when unwanted, begun when due.

use super::{Change, Known, Step};
use crate::settle::{self, ChargeSettlement, Receipt};
use crate::{
    Charge, ChargeState, Decline, DeclineClass, Dunning, MerchantUid, News, Order, Payment,
    RefundDue, Repayment, ScheduleSighting, Subscription, Won, kst_at_hour, kst_date, period_start,
};
use jiff::{Timestamp, ToSpan};

pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    late_money(known)
        .or_else(|| known.subscription.charges.iter().find_map(|charge| pursue(known, charge)))
        .or_else(|| plan(known))
}

/// Money under an order that was closed: a decline that was paid after all (Iamport's own recovery), or a
/// payment of ours that was given back at Iamport's console.
fn late_money(known: &Known<'_>) -> Option<Step> {
    let Some(Order::Charge { charge, .. }) = known.asked else { return None };
    if known.subscription.charges.iter().any(|open| open.merchant_uid == charge.merchant_uid) {
        return None;
    }
    let records = known.seen.records.get(&charge.merchant_uid)?;
    let ChargeSettlement::Paid(receipt) = settle::charge(charge, records) else { return None };
    match &charge.outcome {
        ChargeState::Paid { imp_uid } if imp_uid == receipt.imp_uid() => {
            given_back(known, &receipt)
        }
        ChargeState::Paid { .. } | ChargeState::Disputed => None,
        ChargeState::Planned { .. }
        | ChargeState::Charging { .. }
        | ChargeState::Scheduling { .. }
        | ChargeState::Scheduled { .. }
        | ChargeState::Declined { .. }
        | ChargeState::Revoked => Some(record(known, charge, &receipt)),
    }
}

/// Notes on the payment's row what was given back without us.
fn given_back(known: &Known<'_>, receipt: &Receipt) -> Option<Step> {
    let ours = known.subscription.refunds.iter().any(|due| due.imp_uid == *receipt.imp_uid());
    let noted = known
        .seen
        .refunded
        .get(receipt.imp_uid())
        .is_some_and(|noted| *noted >= receipt.cancelled());
    if receipt.cancelled() == Won::ZERO || ours || noted {
        return None;
    }
    let repayment = Repayment {
        imp_uid: receipt.imp_uid().clone(),
        paid_at: receipt.paid_at(),
        refunded: receipt.cancelled(),
    };
    let mut next = known.subscription.clone();
    next.tell(
        known.now,
        News::Refunded { imp_uid: receipt.imp_uid().clone(), amount: receipt.cancelled() },
    );
    Some(known.commit(Change { repayment: Some(repayment), ..Change::of(next) }))
}

/// Brings one open charge a step further.
fn pursue(known: &Known<'_>, charge: &Charge) -> Option<Step> {
    let id = charge.merchant_uid;
    let settlement = known.seen.records.get(&id).map(|records| settle::charge(charge, records));
    let nothing_seen = match settlement {
        Some(ChargeSettlement::Paid(receipt)) => return Some(record(known, charge, &receipt)),
        Some(ChargeSettlement::Declined(decline)) => return Some(declined(known, charge, decline)),
        Some(ChargeSettlement::Contradiction(why)) => return Some(disputed(known, charge, why)),
        Some(ChargeSettlement::Nothing) => true,
        None => false,
    };
    let schedule = known.seen.schedules.get(&id).copied();
    let wanted = known.subscription.wants(charge);
    match charge.outcome {
        ChargeState::Planned { .. } if !wanted => Some(dead(known, charge)),
        ChargeState::Planned { at } => (at <= known.now)
            .then(|| claim(known, charge, ChargeState::Charging { until: known.lease() })),
        ChargeState::Charging { .. } if known.seen.claimed == Some(id) => {
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
        ChargeState::Scheduling { at, .. } if known.seen.claimed == Some(id) => {
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
    let no_more = subscription.ended_at.is_some()
        || subscription.cancellation.is_some()
        || subscription.dunning.stopped
        || !subscription.charges.is_empty()
        || subscription.is_blocked()
        || subscription.next_attempt >= 9_999
        || subscription.is_revocation_due(known.now, known.policy);
    if no_more {
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
        amount: subscription.price,
        plan: subscription.plan.clone(),
        period: subscription.periods_paid,
        opened_at: known.now,
        outcome,
    };
    let mut next = subscription.clone();
    next.next_attempt = next.next_attempt.saturating_add(1);
    next.charges.push(charge.clone());
    let claim = claimed.then_some(charge.merchant_uid);
    Some(known.commit(Change {
        orders: vec![known.charge_order(&charge)],
        claim,
        ..Change::of(next)
    }))
}

/// Stores that money moved; pays the period if that is what it was for, else owes it back.
fn record(known: &Known<'_>, charge: &Charge, receipt: &Receipt) -> Step {
    let subscription = known.subscription;
    let this_run = charge.merchant_uid.subscription() == subscription.id;
    let paid_on = kst_date(receipt.paid_at());
    let anchor = subscription.anchor.unwrap_or(paid_on);
    let after_cancelling = subscription
        .cancellation
        .as_ref()
        .is_some_and(|wish| receipt.paid_at() >= whole_second(wish.requested_at));
    let counts = this_run
        && charge.period == subscription.periods_paid
        && subscription.ended_at.is_none()
        && !after_cancelling;
    let mut next = subscription.clone();
    let (start, end) = if this_run {
        (period_start(anchor, charge.period), period_start(anchor, charge.period.saturating_add(1)))
    } else {
        // Money for a run that is over pays for nothing; it is given back.
        (paid_on, paid_on)
    };
    let payment = Payment::of(receipt, &subscription.uid, &charge.plan, charge.period, start, end);
    if counts {
        next.anchor = Some(anchor);
        next.periods_paid = charge.period.saturating_add(1);
        next.next_attempt = 0;
        next.dunning = Dunning::default();
        if charge.period == 0 {
            next.tell(known.now, News::Subscribed { plan: charge.plan.clone(), paid_through: end });
        }
        let (imp_uid, amount) = (receipt.imp_uid().clone(), receipt.amount());
        next.tell(known.now, News::Paid { imp_uid, amount, paid_through: end });
    } else if receipt.cancelled() < receipt.amount() {
        next.refunds.push(RefundDue {
            imp_uid: receipt.imp_uid().clone(),
            merchant_uid: charge.merchant_uid,
            amount: receipt.amount(),
            paid_at: receipt.paid_at(),
        });
    }
    close(
        known,
        next,
        charge,
        ChargeState::Paid { imp_uid: receipt.imp_uid().clone() },
        Some(payment),
    )
}

/// Stores how a charge ended; it is no longer open.
fn close(
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
fn disputed(known: &Known<'_>, charge: &Charge, why: &str) -> Step {
    let mut next = known.subscription.clone();
    next.dispute(charge.merchant_uid, why, known.now);
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
    moved(known, charge, outcome, Some(charge.merchant_uid))
}

/// Stores that Iamport holds the schedule.
fn scheduled(known: &Known<'_>, charge: &Charge, at: Timestamp) -> Step {
    moved(known, charge, ChargeState::Scheduled { at }, None)
}

fn moved(
    known: &Known<'_>,
    charge: &Charge,
    outcome: ChargeState,
    claim: Option<MerchantUid>,
) -> Step {
    let moved = Charge { outcome, ..charge.clone() };
    let mut next = known.subscription.clone();
    for open in next.charges.iter_mut().filter(|open| open.merchant_uid == charge.merchant_uid) {
        *open = moved.clone();
    }
    known.commit(Change { orders: vec![known.charge_order(&moved)], claim, ..Change::of(next) })
}

impl Known<'_> {
    fn lease(&self) -> Timestamp {
        self.now.saturating_add(self.policy.lease).unwrap_or(Timestamp::MAX)
    }
}

impl Subscription {
    /// Whether this charge is what should happen: for the period to pay, with the card and at the price
    /// of today, and nobody asked to stop. What is not wanted is stopped, what is wanted is pursued.
    pub(super) fn wants(&self, charge: &Charge) -> bool {
        charge.merchant_uid.subscription() == self.id
            && charge.period == self.periods_paid
            && charge.amount == self.price
            && self.card.as_ref().is_some_and(|card| card.customer_uid == charge.customer_uid)
            && self.cancellation.is_none()
            && self.ended_at.is_none()
    }

    /// Whether a dispute about the period to pay keeps it from being charged.
    pub fn is_blocked(&self) -> bool {
        self.disputes.iter().any(|dispute| {
            matches!(dispute.merchant_uid, MerchantUid::Charge { subscription, period, .. }
                if subscription == self.id && period == self.periods_paid)
        })
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

/// The second in which something happened; Iamport's times know no smaller part.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
