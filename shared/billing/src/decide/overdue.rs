//! What is not done comes before a person: whatever partners say or keep silent about, nothing is waited for
//! without an end.

use super::{Known, OpenCharge, Step};
use crate::{
    Change, MerchantUid, News, OpenState, Overdue, Policy, ScheduleSighting, Subscription, Undone,
    Why,
};
use jiff::Timestamp;

/// Notes since when there is something that is not done, and after long enough tells a person, once. It is
/// tried on all the same; what a person sees of it goes when it is done.
pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    let (now, policy) = (known.now, known.policy);
    let mut next = known.subscription.clone();
    next.note_undone(now, policy);
    let late = next.overdue_at(policy).is_some_and(|at| at <= now);
    if let Some(undone) = next.undone.as_mut().filter(|_| late) {
        undone.told = true;
        let since = undone.since;
        next.tell(now, News::Overdue { since, what: next.what_is_overdue(now, policy) });
        let charges = next.charges.iter().filter(|it| next.is_late(it, now, policy));
        let charges: Vec<MerchantUid> = charges.map(|charge| charge.merchant_uid).collect();
        for id in charges.into_iter().filter(|id| !known.subscription.is_in_review(*id)) {
            next.review(id, why(known, id), known.facts(id), now).waits = true;
        }
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
    /// Notes since when there is something that is not done. It is the same since as long as there always is.
    pub(super) fn note_undone(&mut self, now: Timestamp, policy: &Policy) {
        let late = self.charges.iter().any(|charge| self.is_late(charge, now, policy));
        self.undone = (late || self.is_at_hand(now, policy))
            .then(|| self.undone.unwrap_or(Undone { since: now, told: false }));
    }

    /// When a person is to be told that something is not done.
    pub(super) fn overdue_at(&self, policy: &Policy) -> Option<Timestamp> {
        let undone = self.undone.filter(|undone| !undone.told)?;
        undone.since.saturating_add(policy.doubt_patience).ok()
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
