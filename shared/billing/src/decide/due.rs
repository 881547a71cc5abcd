//! When to look again: nothing rests before somebody is sure to come back in time.

use super::{Change, Known, Step};
use crate::{OpenState, Policy, Subscription, next_day};
use jiff::{SignedDuration, Timestamp};

/// Nothing to do: sees to it that someone looks again in time.
pub(super) fn rest(known: &Known<'_>) -> Step {
    let due = known.subscription.due(known.now, known.policy);
    let stored = known.subscription.due_at;
    let early_enough = match (stored, due) {
        (Some(stored), Some(due)) => known.now < stored && stored <= due,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if early_enough {
        Step::Rest(stored)
    } else {
        known.store(Change::of(known.subscription.clone()))
    }
}

impl Subscription {
    /// Whether there is something to be done that waits for no moment.
    pub(super) fn is_at_hand(&self, now: Timestamp, policy: &Policy) -> bool {
        !self.refunds.is_empty()
            || !self.verdicts.is_empty()
            || !self.outbox.is_empty()
            || !self.access.is_told(self.is_entitled())
            || self.deletable_keys().next().is_some()
            || self.lacks_a_charge(now, policy)
            || self.has_a_card_for_nothing(now, policy)
    }

    /// The earliest moment at which there is something to look at, seen from `now`. Work that is at hand
    /// is due after a lease's end, so that another run does not step on this one's heels. A charge in doubt, and
    /// what a person was told of, is looked at the less often, the longer it lasts; whoever points at the
    /// member looks at once.
    pub(super) fn due(&self, now: Timestamp, policy: &Policy) -> Option<Timestamp> {
        let later = |wait| now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let told = self.undone.filter(|undone| undone.told);
        let soon =
            later(told.map_or(policy.lease, |undone| seldom(now, undone.since, policy.lease)));
        let waiting = |at: Timestamp| if at <= now { later(policy.patience) } else { at };
        let in_doubt = |at| if at <= now { later(seldom(now, at, policy.patience)) } else { at };
        // Only some runs may take access away; for the others there is nothing to see before the next day.
        let revocation =
            self.revoke_at(policy).map(|at| if at <= now { next_day(now) } else { at });
        let registrations =
            self.registrations.iter().map(|registration| waiting(registration.look_at));
        let charges = self.charges.iter().map(|charge| match charge.outcome {
            OpenState::Planned { at } if self.wants(charge, now, policy) && at > now => at,
            OpenState::Planned { .. } => soon,
            OpenState::Charging { until } | OpenState::Scheduling { until, .. } => in_doubt(until),
            OpenState::Scheduled { at } if self.wants(charge, now, policy) => {
                in_doubt(at.saturating_add(policy.schedule_slack).unwrap_or(Timestamp::MAX))
            }
            OpenState::Scheduled { .. } => soon,
        });
        let asking = self.ask_at(policy).filter(|at| *at > now);
        let reviews = self.charges.iter().filter_map(|it| self.review_at(it, now, policy));
        let overdue = self.overdue_at(policy).into_iter().chain(reviews).filter(|at| *at > now);
        registrations
            .chain(charges)
            .chain(self.is_at_hand(now, policy).then_some(soon))
            .chain(overdue)
            .chain(revocation)
            .chain(asking)
            .chain(self.expiry_at().map(|at| if at <= now { soon } else { at }))
            .min()
    }
}

/// The longest time between two looks at what is in doubt or not done.
const SELDOM: SignedDuration = SignedDuration::from_hours(6);

/// How long to wait between two looks at what has not been done since then: a part of that time.
fn seldom(now: Timestamp, since: Timestamp, shortest: SignedDuration) -> SignedDuration {
    let part = SignedDuration::from_secs(now.duration_since(since).as_secs() / 24);
    part.clamp(shortest.min(SELDOM), SELDOM)
}
