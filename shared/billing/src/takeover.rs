//! Taking over: a member of another system goes on here with the key, the date and the price of there. What the other
//! system had Iamport schedule is carried as what it is, an order that is not wanted: the loop takes it back before
//! anything of ours is placed, and money that moves under it comes before a person.

use crate::{
    Cancellation, Card, Charge, Consent, CustomerUid, Decline, DeclineClass, Dunning, ForeignKey,
    ForeignOrder, MerchantUid, News, OpenCharge, OpenState, Order, Origin, Policy, Subscription,
    SubscriptionId, Uid, Won, kst_date, period_start,
};
use jiff::{Timestamp, ToSpan, civil::Date};

/// What another system knew of a member, as Iamport bears it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takeover {
    /// When Iamport was asked.
    pub at: Timestamp,
    /// What was agreed to there: the plan, the price, the version of the terms, and when.
    pub consent: Consent,
    /// The key that is charged there.
    pub key: ForeignKey,
    /// The card behind it; `None` if Iamport has no such key any more, so that nothing is charged before the member has
    /// registered another.
    pub card: Option<Card>,
    /// The date up to and including which it is paid, which is the next payment's date.
    pub paid_through: Date,
    /// The day of the month (1–31) that payments fall on, where the month has it.
    pub day: i8,
    /// When the member had cancelled there.
    pub cancelled_at: Option<Timestamp>,
    /// How the payment failed that was due last, where it did.
    pub failed: Option<Decline>,
    /// What the other system has had Iamport schedule with the key, and stands.
    pub schedules: Vec<ForeignSchedule>,
}

/// A schedule of another system's at Iamport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignSchedule {
    /// Its `merchant_uid`.
    pub id: ForeignOrder,
    /// When it charges.
    pub at: Timestamp,
    /// How much.
    pub amount: Won,
}

/// Why a member is not taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTakenOver {
    /// A subscription goes on here already, and it was not taken over with this key.
    #[error("there is a subscription already")]
    AlreadySubscribed,
    /// What was paid there is over, and so is the grace of a card that failed.
    #[error("what was paid is over")]
    Over,
    /// The payment is due today or overdue, and nothing says that it failed.
    #[error("the payment is due today or was due before, and did not fail")]
    DueNow,
    /// Payments on that day of the month do not lead to the next payment's date.
    #[error("the day of the month does not lead to the next payment's date")]
    AnotherDay,
}

impl Subscription {
    /// Takes a member over who has no subscription here, or none that goes on. Nothing is charged before the old date.
    /// Gives back the subscription with the orders that stand for what the other system scheduled; `None` if that member
    /// was taken over with this key before.
    ///
    /// # Errors
    /// As [`NotTakenOver`] says; nothing is changed then.
    pub fn taken_over(
        existing: Option<Self>,
        uid: &Uid,
        id: SubscriptionId,
        takeover: &Takeover,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Option<(Self, Vec<Order>)>, NotTakenOver> {
        let key = takeover.key;
        let origin = existing.as_ref().and_then(|it| it.origin);
        if origin.is_some_and(|origin| origin.key == key) {
            return Ok(None);
        }
        if existing.as_ref().is_some_and(|it| it.ended_at.is_none()) {
            return Err(NotTakenOver::AlreadySubscribed);
        }
        let paid_through = takeover.paid_through;
        let (anchor, periods) =
            counted_from(paid_through, takeover.day).ok_or(NotTakenOver::AnotherDay)?;
        let mut it = Self::new(uid.clone(), id, takeover.consent.clone());
        if let Some(existing) = existing {
            it = existing.again(it);
        }
        it.origin = Some(Origin {
            at: takeover.at,
            subscription: it.id,
            key,
            periods,
            handed_back_at: None,
        });
        (it.anchor, it.periods_paid) = (Some(anchor), periods);
        it.card.clone_from(&takeover.card);
        it.cancellation = takeover.cancelled_at.map(Cancellation::at);
        if takeover.cancelled_at.is_none() && paid_through <= kst_date(now) {
            it.dunning = it.failed_there(takeover, now, policy)?;
        }
        if it.is_revocation_due(now, policy) {
            return Err(NotTakenOver::Over);
        }
        for schedule in &takeover.schedules {
            let outcome = OpenState::Scheduled { at: schedule.at };
            it.charges.push(it.foreign(schedule.id, key, schedule.amount, outcome, now));
        }
        let orders = it.charges.iter().map(|open| it.charge_order(open)).collect();
        let (plan, amount) = (it.plan.clone(), it.price);
        let cancelled = takeover.cancelled_at.is_some();
        it.tell(now, News::TakenOver { plan, amount, paid_through, cancelled });
        it.due_at = Some(now);
        Ok(Some((it, orders)))
    }

    /// The dunning of a payment that failed there: tried again when ours would be.
    fn failed_there(
        &self,
        takeover: &Takeover,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Dunning, NotTakenOver> {
        let decline = takeover.failed.clone().ok_or(NotTakenOver::DueNow)?;
        let hard = decline.class == DeclineClass::Hard;
        let on = |days: &u8| takeover.paid_through.saturating_add(i64::from(*days).days());
        let mut again = policy.retry_days.iter().map(|days| policy.charge_at(on(days), &self.uid));
        let retry_at = again.find(|at| *at > now).filter(|_| !hard);
        Ok(Dunning {
            failures: 1,
            last: Some(decline),
            stopped: retry_at.is_none(),
            retry_at,
            ..Dunning::default()
        })
    }

    /// Takes up what another system has done since with a key that it gave: it has a schedule that stands (`at`), or has
    /// charged. Gives back its order, if that is new.
    pub fn take_up_foreign(
        &mut self,
        (id, key): (ForeignOrder, ForeignKey),
        amount: Won,
        at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Order> {
        let order = MerchantUid::Foreign(id);
        if self.is_in_review(order) || self.charges.iter().any(|open| open.merchant_uid == order) {
            return None;
        }
        let outcome = match at {
            Some(at) => OpenState::Scheduled { at },
            None => OpenState::Charging { until: now },
        };
        let open = self.foreign(id, key, amount, outcome, now);
        let order = self.charge_order(&open);
        self.charges.push(open);
        Some(order)
    }

    /// What another system ordered. If it pays anything, it is the first period after the takeover.
    fn foreign(
        &self,
        id: ForeignOrder,
        key: ForeignKey,
        amount: Won,
        outcome: OpenState,
        opened_at: Timestamp,
    ) -> OpenCharge {
        Charge {
            merchant_uid: MerchantUid::Foreign(id),
            customer_uid: CustomerUid::Foreign(key),
            amount,
            plan: self.plan.clone(),
            period: self.taken_over_with().unwrap_or(self.periods_paid),
            opened_at,
            outcome,
        }
    }

    fn charge_order(&self, open: &OpenCharge) -> Order {
        Order::Charge { uid: self.uid.clone(), charge: open.clone().into() }
    }

    /// How many periods had been paid elsewhere, if this is the run that was taken over.
    pub(crate) fn taken_over_with(&self) -> Option<u16> {
        self.origin.filter(|origin| origin.subscription == self.id).map(|origin| origin.periods)
    }

    /// Whether this run has an order under that id; another system's are those of the run that was taken over.
    pub fn has_ordered(&self, id: MerchantUid) -> bool {
        match id.subscription() {
            Some(run) => run == self.id,
            None => self.taken_over_with().is_some(),
        }
    }

    /// Whether a charge under that id, while it is open, keeps another from being begun. What another system ordered
    /// does: it is gone before anything of ours is placed.
    pub(crate) fn keeps_from_charging(&self, id: MerchantUid) -> bool {
        id.subscription().is_none_or(|run| run == self.id)
    }

    /// Has the member given back to where the member came from: what we had Iamport schedule is taken back. Asked again it
    /// changes nothing. Says whether anything changed.
    pub fn hand_back(&mut self, now: Timestamp) -> bool {
        let may = self.may_be_handed_back();
        let Some(origin) = self.origin.as_mut().filter(|it| may && it.handed_back_at.is_none())
        else {
            return false;
        };
        origin.handed_back_at = Some(now);
        true
    }

    /// Takes that back, for something was charged. Says whether anything changed.
    pub fn keep(&mut self) -> bool {
        let origin = self.origin.as_mut();
        origin.is_some_and(|origin| origin.handed_back_at.take().is_some())
    }

    /// Whether the member is to be given back.
    pub(crate) fn is_being_handed_back(&self) -> bool {
        self.origin.is_some_and(|origin| origin.handed_back_at.is_some())
    }

    /// Whether the member can be given back now: nothing of ours, and nothing that we would take back, is open.
    pub fn is_handed_back(&self) -> bool {
        self.is_being_handed_back()
            && self.may_be_handed_back()
            && self.charges.is_empty()
            && self.registrations.is_empty()
    }

    /// Whether nothing has been charged here since it was taken over, so that it can be given back to where it came from.
    pub fn may_be_handed_back(&self) -> bool {
        self.taken_over_with() == Some(self.periods_paid)
            && self.reviews.is_empty()
            && self.verdicts.is_empty()
            && self.refunds.is_empty()
    }
}

/// How many months back a month is found that has a given day: February lacks three, and no two such months meet.
const MOST_MONTHS_BACK: u16 = 2;

/// The anchor, and how many periods from it end on that date, for payments on that day of the month. The anchor is a date
/// that has the day: 31 for the 30th of November is counted from the 31st of October, so that December has its 31st.
fn counted_from(paid_through: Date, day: i8) -> Option<(Date, u16)> {
    (1..=MOST_MONTHS_BACK).find_map(|months| {
        let month = paid_through.first_of_month().checked_sub(i64::from(months).months()).ok()?;
        let anchor = Date::new(month.year(), month.month(), day).ok()?;
        (period_start(anchor, months) == paid_through).then_some((anchor, months))
    })
}
