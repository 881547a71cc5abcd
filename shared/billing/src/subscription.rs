//! A member's subscription: everything known of it in one value, so that it is read and written whole.

use crate::{
    Access, Announcement, Card, CardWindows, Consent, CustomerUid, Decline, DeclinedCard,
    ForeignKey, News, OpenCharge, PlanId, Policy, PriceVersion, Record, RefundDue, Registration,
    Review, SubscriptionId, Uid, Verdict, Won, kst_date, period_start, start_of_day,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// A member's subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Whose.
    pub uid: Uid,
    /// Grows by one with each write; a write is refused when it is not the one that was read.
    pub version: u64,
    /// When it must be looked at again; `None` when nothing is left to do.
    pub due_at: Option<Timestamp>,
    /// This run of it.
    pub id: SubscriptionId,
    /// The plan.
    pub plan: PlanId,
    /// The monthly price.
    pub price: Won,
    /// Another price that the next period has, which the member is asked to agree to.
    pub price_change: Option<PriceChange>,
    /// What was agreed to, to begin with or for the price of today; `None` for whom an admin let in, who agreed to
    /// nothing and is charged nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// The date of the first charge in Korea, from which all periods are counted.
    pub anchor: Option<Date>,
    /// How many periods have been paid; the next to pay is the one with this index.
    pub periods_paid: u16,
    /// Days that an admin gave: each period begins so many later than it is counted from the anchor.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub days_given: u16,
    /// Until and including which date, in Korea, an admin lets in a member who has paid nothing. What is left of it when
    /// the first period is paid becomes days given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complimentary: Option<Date>,
    /// The card that is charged.
    pub card: Option<Card>,
    /// The generation of the next card.
    pub next_generation: u16,
    /// The attempt number of the next charge for the period to pay.
    pub next_attempt: u16,
    /// The first attempt of the period to pay that may be wanted: those before it are given up. What Iamport was asked
    /// to stop is never wanted again, whoever asked and however late it hears of it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wanted_from: u16,
    /// Card registrations whose outcome is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registrations: Vec<Registration>,
    /// Charges that are not dead and not paid; at most one of them is wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<OpenCharge>,
    /// How the period to pay has failed so far.
    #[serde(default, skip_serializing_if = "Dunning::is_none")]
    pub dunning: Dunning,
    /// The member's wish to end it.
    pub cancellation: Option<Cancellation>,
    /// The last day in Korea on which an admin asked the member for another card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_asked_on: Option<Date>,
    /// The wish that everything of the member be erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure: Option<Erasure>,
    /// When it ended: access was taken away.
    pub ended_at: Option<Timestamp>,
    /// What the sign-in service was told.
    pub access: Access,
    /// Cards that were declined before they had paid anything, in the last days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declined_cards: Vec<DeclinedCard>,
    /// How many card windows were opened on the last day on which one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_windows: Option<CardWindows>,
    /// Money to give back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<RefundDue>,
    /// Billing keys that are to be deleted once nothing refers to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unwanted_keys: Vec<CustomerUid>,
    /// What only a person can settle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
    /// What a person has said, and has yet to be booked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<Verdict>,
    /// From where it was taken over; `None` for who began here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What others have not been told yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outbox: Vec<Announcement>,
    /// Since when there has been something to do that is not done.
    #[serde(default)]
    pub undone: Option<Undone>,
}

/// Something is to be done and is not: partners do not answer, or answer what does not settle it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Since when there has always been something.
    pub since: Timestamp,
    /// Whether a person was told.
    pub told: bool,
}

/// A higher price. It is charged only to those who agreed; for the others it ends at the paid-through date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceChange {
    /// The price, and from when it holds.
    pub version: PriceVersion,
    /// When the member was asked.
    pub asked_at: Timestamp,
    /// What the member answered: to this price, or to a higher one that was announced before.
    pub agreed: Option<Consent>,
}

/// How the period to pay has failed so far; empty again once it is paid.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dunning {
    /// Declines that counted.
    pub failures: u8,
    /// Transient declines in a row.
    pub transients: u8,
    /// The last decline that counted.
    pub last: Option<Decline>,
    /// No further attempt with this card.
    pub stopped: bool,
    /// When to try again.
    pub retry_at: Option<Timestamp>,
    /// How often somebody has asked for another try at once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub asked: u8,
}

fn is_zero<Number: Default + PartialEq>(number: &Number) -> bool {
    *number == Number::default()
}

impl Dunning {
    /// Whether nothing has failed.
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl Origin {
    /// Whether the other system moved money in this record after everything of before was counted.
    pub fn is_after(&self, record: &Record) -> bool {
        record.is_money() && record.at.is_none_or(|at| at >= self.at)
    }
}

/// The wish to end it: no refund, access until the paid-through date, or until an admin ends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it was carried out: access was taken away.
    pub processed_at: Option<Timestamp>,
    /// When access ends though it is paid for longer, because an admin says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

impl Cancellation {
    /// One of that moment: access stays until the paid-through date.
    pub(crate) const fn at(requested_at: Timestamp) -> Self {
        Self { requested_at, processed_at: None, ends_at: None }
    }
}

/// The wish that everything of the member be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// When it was asked for.
    pub requested_at: Timestamp,
}

/// From where a subscription was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// When Iamport was asked what there was: what the other system does later is not counted.
    pub at: Timestamp,
    /// The run that goes on with what was paid there.
    pub subscription: SubscriptionId,
    /// The key that was charged there.
    pub key: ForeignKey,
    /// How many of the periods, counted from the anchor, were paid there. They have no payments here.
    pub periods: u16,
    /// Since when it is to be given back to the other system: nothing is charged here any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_back_at: Option<Timestamp>,
}

/// What a member is told the subscription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was ever paid.
    None,
    /// Paid, and the next charge is due later.
    Active,
    /// The charge of the current period was declined; access stays through the grace.
    PastDue,
    /// Cancelled; access until the paid-through date.
    Cancelling,
    /// Over.
    Ended,
}

impl Subscription {
    /// A subscription that nothing has happened to.
    pub fn new(uid: Uid, id: SubscriptionId, consent: Consent) -> Self {
        let (plan, price) = (consent.plan.clone(), consent.price);
        Self { consent: Some(consent), ..Self::without_consent(uid, id, plan, price) }
    }

    /// The same for a member who has agreed to nothing yet, and so is charged nothing.
    pub(crate) fn without_consent(uid: Uid, id: SubscriptionId, plan: PlanId, price: Won) -> Self {
        Self {
            uid,
            version: 0,
            due_at: None,
            id,
            plan,
            price,
            price_change: None,
            consent: None,
            anchor: None,
            periods_paid: 0,
            days_given: 0,
            complimentary: None,
            card: None,
            next_generation: 0,
            next_attempt: 0,
            wanted_from: 0,
            registrations: Vec::new(),
            charges: Vec::new(),
            dunning: Dunning::default(),
            cancellation: None,
            card_asked_on: None,
            erasure: None,
            ended_at: None,
            access: Access::None,
            declined_cards: Vec::new(),
            card_windows: None,
            refunds: Vec::new(),
            unwanted_keys: Vec::new(),
            reviews: Vec::new(),
            verdicts: Vec::new(),
            origin: None,
            outbox: Vec::new(),
            undone: None,
        }
    }

    /// What a member is told it is.
    pub fn state(&self) -> State {
        if self.ended_at.is_some() {
            State::Ended
        } else if self.periods_paid == 0 {
            State::None
        } else if self.cancellation.is_some() {
            State::Cancelling
        } else if self.dunning.failures > 0 {
            State::PastDue
        } else {
            State::Active
        }
    }

    /// The date up to and including which it is paid, which is also the next payment's date.
    pub fn paid_through(&self) -> Option<Date> {
        self.begins(self.periods_paid).filter(|_| self.periods_paid > 0)
    }

    /// The date up to and including which the member may enter, paid or given by an admin, while nothing has ended; a
    /// card that fails has a grace besides.
    pub fn lasts_through(&self) -> Option<Date> {
        self.paid_through().or(self.complimentary).filter(|_| self.ended_at.is_none())
    }

    /// The first day of period `index` of this run; `None` before the first was paid.
    pub fn begins(&self, index: u16) -> Option<Date> {
        let counted = period_start(self.anchor?, index);
        Some(counted.saturating_add(i64::from(self.days_given).days()))
    }

    /// How many days of what an admin gave are left on that date, to whoever pays the first period then.
    pub(crate) fn days_left(&self, on: Date) -> u16 {
        let left = self
            .complimentary
            .and_then(|until| on.until(until).ok())
            .map_or(0, |left| left.get_days());
        u16::try_from(left).unwrap_or_default()
    }

    /// Counts a period as paid with this amount: the next one is to pay, nothing of it has failed yet, and what
    /// was agreed to for that price holds. The dates are counted from `anchor`.
    pub(crate) fn count(&mut self, period: u16, anchor: Date, amount: Won) {
        self.days_given = self.days_given.saturating_add(self.days_left(anchor));
        self.complimentary = None;
        self.anchor = Some(anchor);
        self.periods_paid = period.saturating_add(1);
        self.next_attempt = 0;
        self.wanted_from = 0;
        self.dunning = Dunning::default();
        let agreed = self
            .price_change
            .take_if(|change| change.agreed.is_some() && change.version.price == amount);
        if let Some(PriceChange { version, agreed: Some(consent), .. }) = agreed {
            self.price = version.price;
            self.consent = Some(consent);
        }
    }

    /// What the period to pay costs; `None` while the member has not agreed to it.
    pub fn price_to_charge(&self) -> Option<Won> {
        match &self.price_change {
            None => Some(self.price),
            Some(change) => change.agreed.as_ref().map(|_| change.version.price),
        }
    }

    /// Whether the member may enter: something was paid or an admin lets in, and it has not ended.
    pub(crate) fn is_entitled(&self) -> bool {
        (self.periods_paid > 0 || self.complimentary.is_some()) && self.ended_at.is_none()
    }

    /// When the next charge is due, if there is to be one.
    pub fn next_payment_date(&self) -> Option<Date> {
        match self.state() {
            _ if self.price_to_charge().is_none() => None,
            State::Active => self.paid_through(),
            State::PastDue => self.dunning.retry_at.map(kst_date),
            State::None | State::Cancelling | State::Ended => None,
        }
    }

    /// The last date of access: the paid-through date, and while a card fails the grace after it; for whoever has paid
    /// nothing, the last that an admin gave.
    pub fn last_day(&self, policy: &Policy) -> Option<Date> {
        let Some(paid_through) = self.paid_through() else { return self.complimentary };
        Some(match (&self.cancellation, self.price_to_charge()) {
            (Some(_), _) | (None, None) => paid_through,
            (None, Some(_)) => paid_through.saturating_add(i64::from(policy.grace_days).days()),
        })
    }

    /// When access is to be taken away: the moment in Korea at which the day after the last one begins.
    /// `None` when nothing was paid or given, or it is over already. Whoever is to be erased has no access any more, nor
    /// whom an admin has put out.
    pub fn revoke_at(&self, policy: &Policy) -> Option<Timestamp> {
        if self.ended_at.is_some() {
            return None;
        }
        let over = start_of_day(self.last_day(policy)?.saturating_add(1.days()));
        let ends_at = self.cancellation.as_ref().and_then(|wish| wish.ends_at);
        let sooner = self.erasure.map(|erasure| erasure.requested_at).into_iter().chain(ends_at);
        Some(sooner.fold(over, Timestamp::min))
    }

    /// Whether access is to be taken away now.
    pub fn is_revocation_due(&self, now: Timestamp, policy: &Policy) -> bool {
        self.revoke_at(policy).is_some_and(|at| at <= now)
    }

    /// Whether it goes on: something was paid, it is not over, and nobody asked to cancel.
    pub fn is_live(&self) -> bool {
        matches!(self.state(), State::Active | State::PastDue)
    }

    /// Adds something to tell others, and gives it back to be added to. Its id says which write it comes with.
    pub(crate) fn tell(&mut self, at: Timestamp, news: News) -> &mut Announcement {
        let id = format!("{}{}", self.news_prefix(), self.outbox.len());
        let (uid, subscription) = (self.uid.clone(), self.id);
        self.outbox.push_mut(Announcement { id, at, uid, subscription, by: None, news })
    }

    /// The announcements that were added since it was read, so that are stored with the next write.
    pub(crate) fn added_news(&self) -> impl Iterator<Item = &Announcement> {
        let prefix = self.news_prefix();
        self.outbox.iter().filter(move |news| news.id.starts_with(&prefix))
    }

    pub(crate) fn news_prefix(&self) -> String {
        format!("{}-{}-", self.id, self.version)
    }
}
