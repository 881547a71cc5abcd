//! What is due, when, and since when it has not been done: so that nothing is waited for without an end.

use crate::{
    CustomerUid, MerchantUid, OpenCharge, OpenState, Overdue, Policy, Subscription, Undone,
    next_day, start_of_day,
};
use jiff::{SignedDuration, Timestamp, ToSpan};

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
            || self.waits_for_no_night() && self.may_end(now, policy)
            || self.may_be_erased()
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

    /// Notes since when there is something that is not done. It is the same since as long as there always is. A charge that
    /// is late no more is no longer before a person.
    pub(super) fn note_undone(&mut self, now: Timestamp, policy: &Policy) {
        let on_time = |charge: &&OpenCharge| !self.is_late(charge, now, policy);
        let on_time: Vec<MerchantUid> =
            self.charges.iter().filter(on_time).map(|charge| charge.merchant_uid).collect();
        let late = on_time.len() < self.charges.len();
        self.reviews.retain(|review| !(review.waits && on_time.contains(&review.merchant_uid)));
        self.undone = (late || self.is_at_hand(now, policy))
            .then(|| self.undone.unwrap_or(Undone { since: now, told: false }));
    }

    /// When a person is to be told that something is not done.
    pub fn overdue_at(&self, policy: &Policy) -> Option<Timestamp> {
        let undone = self.undone.filter(|undone| !undone.told)?;
        undone.since.saturating_add(policy.doubt_patience).ok()
    }

    /// When a charge that is late comes before a person; `None` once it has, and for one that is not late.
    pub(super) fn review_at(
        &self,
        charge: &OpenCharge,
        now: Timestamp,
        policy: &Policy,
    ) -> Option<Timestamp> {
        let id = charge.merchant_uid;
        let seen = self.is_in_review(id) || self.reviews.iter().any(|it| it.merchant_uid == id);
        if seen || !self.is_late(charge, now, policy) {
            return None;
        }
        let undone = self.undone.map_or(now, |undone| undone.since);
        let since = match charge.outcome {
            OpenState::Planned { at } | OpenState::Scheduled { at }
                if self.wants(charge, now, policy) =>
            {
                at
            }
            // One that is not wanted is late before its time.
            OpenState::Planned { .. }
            | OpenState::Scheduled { .. }
            | OpenState::Charging { .. }
            | OpenState::Scheduling { .. } => undone,
        };
        charge.opened_at.max(undone).max(since).saturating_add(policy.doubt_patience).ok()
    }

    /// Whether something was waited for so long that a person was told.
    pub(crate) fn is_overdue(&self) -> bool {
        self.undone.is_some_and(|undone| undone.told)
    }

    /// Whether the outcome of this charge should be known, or it should be gone.
    fn is_late(&self, charge: &OpenCharge, now: Timestamp, policy: &Policy) -> bool {
        let wanted = self.wants(charge, now, policy);
        match charge.outcome {
            OpenState::Planned { at } => !wanted || at <= now,
            OpenState::Charging { .. } | OpenState::Scheduling { .. } => true,
            OpenState::Scheduled { at } => {
                let run = at.saturating_add(policy.schedule_slack).unwrap_or(Timestamp::MAX);
                !wanted || run <= now
            }
        }
    }

    /// What has waited the longest for, by how much it weighs.
    pub(super) fn what_is_overdue(&self, now: Timestamp, policy: &Policy) -> Overdue {
        let charges = self.charges.iter().any(|charge| self.is_late(charge, now, policy));
        if charges || self.lacks_a_charge(now, policy) {
            Overdue::Charge
        } else if !self.refunds.is_empty() {
            Overdue::Refund
        } else if !self.access.is_told(self.is_entitled()) {
            Overdue::Access
        } else if self.deletable_keys().next().is_some() {
            Overdue::Key
        } else if self.may_be_erased() {
            Overdue::Erasure
        } else {
            Overdue::Record
        }
    }

    /// When the member is asked about another price for the period to pay.
    pub(super) fn ask_at(&self, policy: &Policy) -> Option<Timestamp> {
        let from = self.paid_through().filter(|_| self.is_live())?;
        Some(start_of_day(from.saturating_sub(i64::from(policy.consent_days).days())))
    }

    /// When it is to be announced that the card expires: a month before.
    pub(super) fn expiry_at(&self) -> Option<Timestamp> {
        let card = self.card.as_ref().filter(|card| self.is_live() && !card.expiry_told)?;
        Some(start_of_day(card.expires?.saturating_sub(1.month())))
    }

    /// Billing keys that nothing refers to any more.
    pub(super) fn deletable_keys(&self) -> impl Iterator<Item = CustomerUid> {
        let open = self.charges.iter().map(|charge| charge.customer_uid);
        let in_use: Vec<_> = open.chain(self.card.as_ref().map(|card| card.customer_uid)).collect();
        self.unwanted_keys.iter().copied().filter(move |key| !in_use.contains(key))
    }
}

/// The longest time between two looks at what is in doubt or not done.
const SELDOM: SignedDuration = SignedDuration::from_hours(6);

/// How long to wait between two looks at what has not been done since then: a part of that time.
fn seldom(now: Timestamp, since: Timestamp, shortest: SignedDuration) -> SignedDuration {
    let part = SignedDuration::from_secs(now.duration_since(since).as_secs() / 24);
    part.clamp(shortest.min(SELDOM), SELDOM)
}
