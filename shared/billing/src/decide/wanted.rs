//! Which charge should happen: what is not wanted is stopped, what is wanted is pursued.

use crate::{Card, MerchantUid, OpenCharge, OpenState, Policy, Subscription, kst_date};
use jiff::Timestamp;

impl Subscription {
    /// Whether a charge is to be begun: there is a card, the period is to be paid, and none is open.
    pub(super) fn lacks_a_charge(&self, now: Timestamp, policy: &Policy) -> bool {
        self.card.is_some()
            && self.price_to_charge().is_some()
            && self.ended_at.is_none()
            && self.cancellation.is_none()
            && !self.is_being_handed_back()
            && !self.dunning.stopped
            && !self.charges.iter().any(|open| self.keeps_from_charging(open.merchant_uid))
            && !self.is_blocked()
            && !self.owes_the_period_back()
            && self.next_attempt < 9_999
            && !self.is_over(now, policy)
            && !self.is_too_late_for_a_first_charge(now, policy)
    }

    /// Whether a card was registered so long ago that its first charge is not begun any more.
    fn is_too_late_for_a_first_charge(&self, now: Timestamp, policy: &Policy) -> bool {
        let until = |card: &Card| card.registered_at.saturating_add(policy.window_life);
        self.periods_paid == 0
            && self.card.as_ref().is_some_and(|card| until(card).is_ok_and(|until| until <= now))
    }

    /// Whether nothing comes of the card any more: its first charge was withdrawn or is too late, and none is
    /// open.
    pub(super) fn has_a_card_for_nothing(&self, now: Timestamp, policy: &Policy) -> bool {
        let withdrawn =
            self.periods_paid == 0 && self.card.is_some() && self.cancellation.is_some();
        (withdrawn || self.is_too_late_for_a_first_charge(now, policy))
            && self.charges.is_empty()
            && !self.is_blocked()
    }

    /// Whether the period that this charge is for may be charged now: it has begun, and access is not over.
    pub(super) fn may_begin(&self, charge: &OpenCharge, now: Timestamp, policy: &Policy) -> bool {
        self.begins(charge.period).is_none_or(|begins| policy.charge_at(begins, &self.uid) <= now)
            && !self.is_over(now, policy)
    }

    /// Whether what was paid is over. What was only given keeps nobody from paying.
    pub(super) fn is_over(&self, now: Timestamp, policy: &Policy) -> bool {
        self.periods_paid > 0 && self.is_revocation_due(now, policy)
    }

    /// Whether this charge is what should happen: for the period to pay, with the card and at the price
    /// of today, nobody asked to stop, and no person has anything to settle about it. What is not wanted is
    /// stopped, what is wanted is pursued.
    pub(crate) fn wants(&self, charge: &OpenCharge, now: Timestamp, policy: &Policy) -> bool {
        charge.merchant_uid.subscription() == Some(self.id)
            && charge.period == self.periods_paid
            && Some(charge.amount) == self.price_to_charge()
            && self.card.as_ref().is_some_and(|card| card.customer_uid == charge.customer_uid)
            && self.cancellation.is_none()
            && self.ended_at.is_none()
            && !self.is_being_handed_back()
            && !self.is_blocked()
            && !self.has_given_up(charge.merchant_uid)
            && !self.is_too_early(charge)
            && !self.is_too_late_for_a_first_charge(now, policy)
    }

    /// Whether it would be made before its period begins: an admin has given days since it was begun.
    fn is_too_early(&self, charge: &OpenCharge) -> bool {
        let (OpenState::Planned { at }
        | OpenState::Scheduling { at, .. }
        | OpenState::Scheduled { at }) = charge.outcome
        else {
            return false;
        };
        self.days_given > 0 && self.paid_through().is_some_and(|begins| kst_date(at) < begins)
    }

    /// Whether this attempt at the period to pay was given up: it is stopped, and never wanted again.
    fn has_given_up(&self, order: MerchantUid) -> bool {
        matches!(order, MerchantUid::Charge { attempt, .. } if attempt < self.wanted_from)
    }

    /// The same with this attempt given up; `None` where it never can be wanted anyway.
    pub(super) fn giving_up(&self, order: MerchantUid) -> Option<Self> {
        let MerchantUid::Charge { attempt, .. } = order else { return None };
        let may_be_wanted = self.is_for_the_period_to_pay(order) && !self.has_given_up(order);
        let wanted_from = attempt.saturating_add(1);
        may_be_wanted.then(|| Self { wanted_from, ..self.clone() })
    }

    /// Whether a person has yet to settle something about the period to pay, which keeps it from being
    /// charged.
    pub fn is_blocked(&self) -> bool {
        self.in_review().any(|order| self.is_for_the_period_to_pay(order))
    }

    /// Whether money for the period to pay is yet to be given back, as when it moved after a cancellation
    /// that was then withdrawn: the period is not charged again before that.
    fn owes_the_period_back(&self) -> bool {
        self.refunds.iter().any(|due| self.is_for_the_period_to_pay(due.merchant_uid))
    }

    /// Whether the order is a charge of this run for the period to pay.
    pub(super) fn is_for_the_period_to_pay(&self, order: MerchantUid) -> bool {
        match order {
            MerchantUid::Charge { subscription, period, .. } => {
                subscription == self.id && period == self.periods_paid
            }
            MerchantUid::Foreign(_) => self.taken_over_with() == Some(self.periods_paid),
            MerchantUid::Registration { .. } => false,
        }
    }
}
