//! What an admin does to a member's subscription. Each is a pure change of it; carrying it out is the loop's work.

use crate::{
    Cancellation, News, OpenCharge, OpenState, Plan, Policy, Refusal, State, Subscription,
    SubscriptionId, Uid, kst_date,
};
use jiff::{Timestamp, ToSpan, civil::Date};

/// The most days that are given at once.
const MOST_DAYS: u16 = 366;

impl Subscription {
    /// Ends it now: as a cancellation, but access ends at once and not with the last paid day. Nothing is given back by
    /// it. Asked again it changes nothing. Says whether anything changed.
    ///
    /// # Errors
    /// Refused when there is nothing to end.
    pub fn end_now(&mut self, now: Timestamp) -> Result<bool, Refusal> {
        match self.state() {
            State::None if self.complimentary.is_some() => return Ok(self.end(now)),
            State::Active | State::PastDue => {
                self.cancel(now)?;
            }
            State::Cancelling => {}
            State::None | State::Ended => return Err(Refusal::NoSubscription),
        }
        let Some(Cancellation { ends_at, .. }) = &mut self.cancellation else {
            return Err(Refusal::NoSubscription);
        };
        let open = ends_at.is_none();
        ends_at.get_or_insert(now);
        Ok(open)
    }

    /// Whether an admin has said that it ends, however long it is paid for.
    pub(crate) fn ends_at_once(&self) -> bool {
        self.cancellation.as_ref().is_some_and(|wish| wish.ends_at.is_some())
    }

    /// Gives days to a member who has paid: access lasts so many longer, and the next charge is made so many later. What
    /// has failed is forgotten, for the period to pay begins anew.
    ///
    /// # Errors
    /// Refused where nothing goes on, while a charge is under way, and for days after which the period to pay would have
    /// begun all the same.
    pub fn give_days(&mut self, days: u16, now: Timestamp) -> Result<(), Refusal> {
        let lasts = match self.state() {
            _ if self.erasure.is_some() => return Err(Refusal::BeingErased),
            State::Active | State::PastDue | State::Cancelling if !self.ends_at_once() => {
                self.paid_through().ok_or(Refusal::NoSubscription)?
            }
            State::Active | State::PastDue | State::Cancelling | State::None | State::Ended => {
                return Err(Refusal::NoSubscription);
            }
        };
        let total = self.days_given.checked_add(days).ok_or(Refusal::NotThatManyDays)?;
        let until = lasts.saturating_add(i64::from(days).days());
        if !(1..=MOST_DAYS).contains(&days) || until <= kst_date(now) {
            return Err(Refusal::NotThatManyDays);
        }
        if self.charges.iter().any(|charge| charge.is_at_work(now)) {
            return Err(Refusal::PaymentInProgress);
        }
        self.days_given = total;
        self.dunning = crate::Dunning::default();
        self.tell(now, News::DaysGiven { days, total, until });
        Ok(())
    }

    /// Lets a member in who pays nothing, for so many days from today: a run of its own if the last is over. No card is
    /// asked for and nothing is charged; whoever subscribes meanwhile keeps what is left of it.
    ///
    /// # Errors
    /// Refused while a subscription goes on or a first charge is under way, and for no days or too many.
    pub fn let_in(
        existing: Option<Self>,
        uid: &Uid,
        id: SubscriptionId,
        (plan, days): (&Plan, u16),
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Self, Refusal> {
        let today = kst_date(now);
        let fresh = |uid| Self::without_consent(uid, id, plan.id.clone(), plan.price_on(today));
        let mut it = existing.unwrap_or_else(|| fresh(uid.clone()));
        if it.erasure.is_some() {
            return Err(Refusal::BeingErased);
        }
        if it.may_end(now, policy) {
            it.end(now);
        }
        match it.state() {
            State::None if it.may_have_paid() => return Err(Refusal::PaymentInProgress),
            State::None => {}
            State::Ended => it = it.again(fresh(uid.clone())),
            State::Active | State::PastDue | State::Cancelling => {
                return Err(Refusal::AlreadySubscribed);
            }
        }
        let from = it.complimentary.unwrap_or_else(|| today.saturating_sub(1.day()));
        let until: Date = from.saturating_add(i64::from(days).days());
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(Refusal::NotThatManyDays);
        }
        it.complimentary = Some(until);
        it.tell(now, News::DaysGiven { days, total: 0, until });
        Ok(it)
    }

    /// Has whoever tells the member ask for another card. On the same day again it changes nothing. Says whether
    /// anything changed.
    ///
    /// # Errors
    /// Refused when no card is charged any more.
    pub fn ask_for_card(&mut self, now: Timestamp) -> Result<bool, Refusal> {
        let last_day = self.paid_through().filter(|_| self.is_live());
        let paid_through = last_day.ok_or(Refusal::NoSubscription)?;
        let today = Some(kst_date(now));
        if self.card_asked_on == today {
            return Ok(false);
        }
        self.card_asked_on = today;
        self.tell(now, News::CardAsked { paid_through });
        Ok(true)
    }
}

impl OpenCharge {
    /// Whether it is being made, or is due and its outcome is not known.
    pub(crate) fn is_at_work(&self, now: Timestamp) -> bool {
        match self.outcome {
            OpenState::Charging { .. } => true,
            OpenState::Scheduling { at, .. } | OpenState::Scheduled { at } => at <= now,
            OpenState::Planned { .. } => false,
        }
    }
}
