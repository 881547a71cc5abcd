//! The end: access that is over, and a member whose account is gone.

use super::known::Known;
use super::step::{Change, Step};
use crate::{Cancellation, News, OpenCharge, OpenState, Policy, Subscription};
use jiff::Timestamp;

/// Ends a subscription once its last day of access is over, where this run may. The table decides; the
/// sign-in service is told right after, and again until it has heard.
pub(super) fn end(known: &Known<'_>) -> Option<Step> {
    let may = known.may_revoke || known.subscription.waits_for_no_night();
    let over = may && known.subscription.may_end(known.now, known.policy);
    let mut next = known.subscription.clone();
    (over && next.end(known.now)).then(|| known.commit(Change::of(next))).flatten()
}

/// Cancels for a member whose account was seen to be gone.
pub(super) fn left(known: &Known<'_>) -> Option<Step> {
    let mut next = known.subscription.clone();
    let cancelled = next.lose_account(known.seen.account?, known.now);
    cancelled.then(|| known.commit(Change::of(next))).flatten()
}

impl OpenCharge {
    /// Whether money may have moved, or may be about to move, without our knowing.
    fn is_in_doubt(&self) -> bool {
        match self.outcome {
            OpenState::Charging { .. }
            | OpenState::Scheduling { .. }
            | OpenState::Scheduled { .. } => true,
            OpenState::Planned { .. } => false,
        }
    }
}

impl Subscription {
    /// Whether its last day of access is over and nothing speaks against ending it.
    pub(crate) fn may_end(&self, now: Timestamp, policy: &Policy) -> bool {
        !self.may_have_paid() && self.is_revocation_due(now, policy)
    }

    /// Whether it ends as soon as anybody looks, for a person said when: everything is to be erased, an admin ends it,
    /// or an admin has let in so long and no longer.
    pub(super) fn waits_for_no_night(&self) -> bool {
        self.erasure.is_some() || self.ends_at_once() || self.periods_paid == 0
    }

    /// Whether a charge whose outcome is unknown may have paid for more: look first, keep out later. What was
    /// looked for in vain until a person was told keeps nobody in; money that moves all the same is given back.
    pub(crate) fn may_have_paid(&self) -> bool {
        self.charges.iter().any(OpenCharge::is_in_doubt) && !self.is_overdue()
    }

    /// Ends it. Says whether there was anything to end.
    pub(crate) fn end(&mut self, now: Timestamp) -> bool {
        let Some(paid_through) = self.paid_through() else {
            let Some(given) = self.complimentary.take() else { return false };
            // Nothing was ever paid: there is no subscription that ends.
            self.tell(now, News::Revoked { paid_through: given, lost_to: None });
            return true;
        };
        self.ended_at = Some(now);
        if let Some(Cancellation { processed_at, .. }) = &mut self.cancellation {
            *processed_at = Some(now);
        }
        self.dunning.retry_at = None;
        self.unwanted_keys.extend(self.card.take().map(|card| card.customer_uid));
        let went = self.cancellation.is_some();
        let failed = self.dunning.last.as_ref().filter(|_| !went && self.dunning.failures > 0);
        let lost_to = failed.map(|decline| decline.class);
        self.tell(now, News::Revoked { paid_through, lost_to });
        true
    }
}
