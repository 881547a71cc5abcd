//! What is not done comes before a person: whatever partners say or keep silent about, nothing is waited for
//! without an end.

use super::{Known, OpenCharge, Step};
use crate::{
    Change, MerchantUid, News, OpenState, Overdue, Policy, ScheduleSighting, Subscription, Undone,
    Why,
};
use jiff::Timestamp;

/// Notes since when there is something that is not done, and after long enough tells a person, once; each charge
/// that is late for as long comes before a person. It is tried on all the same; what a person sees of it goes when
/// it is done.
pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    let (now, policy) = (known.now, known.policy);
    let mut next = known.subscription.clone();
    next.note_undone(now, policy);
    let late = next.overdue_at(policy).is_some_and(|at| at <= now);
    if let Some(undone) = next.undone.as_mut().filter(|_| late) {
        undone.told = true;
        let since = undone.since;
        next.tell(now, News::Overdue { since, what: next.what_is_overdue(now, policy) });
    }
    let due =
        |charge: &&OpenCharge| next.review_at(charge, now, policy).is_some_and(|at| at <= now);
    let due: Vec<MerchantUid> =
        next.charges.iter().filter(due).map(|charge| charge.merchant_uid).collect();
    for id in due {
        next.review(id, why(known, id), known.facts(id), now).waits = true;
    }
    known.commit(Change::of(next))
}

/// What speaks of this charge.
fn why(known: &Known<'_>, id: MerchantUid) -> Why {
    match known.seen.schedules.get(&id) {
        Some(ScheduleSighting::Executed) => Why::ScheduleWithoutPayment,
        Some(ScheduleSighting::Standing) => Why::ScheduleStuck,
        Some(
            ScheduleSighting::Failed(_) | ScheduleSighting::Missing | ScheduleSighting::TakenBack,
        )
        | None => Why::ChargeUnknown,
    }
}

impl Subscription {
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
    pub(super) fn overdue_at(&self, policy: &Policy) -> Option<Timestamp> {
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

    fn what_is_overdue(&self, now: Timestamp, policy: &Policy) -> Overdue {
        let charges = self.charges.iter().any(|charge| self.is_late(charge, now, policy));
        if charges || self.lacks_a_charge(now, policy) {
            Overdue::Charge
        } else if !self.refunds.is_empty() {
            Overdue::Refund
        } else if !self.access.is_told(self.is_entitled()) {
            Overdue::Access
        } else if self.deletable_keys().next().is_some() {
            Overdue::Key
        } else {
            Overdue::Record
        }
    }
}
