//! What a member can ask for. Each is a pure change of the subscription; carrying it out is the loop's work.

use crate::{
    Cancellation, Catalogue, Consent, CustomerUid, DeclineClass, Intent, MerchantUid, News, PlanId,
    Policy, RefundDue, Refundable, Registration, RegistrationState, State, Subscription,
    SubscriptionId, Uid, Won, kst_date,
};
use jiff::{Timestamp, civil::Date};

/// Why something asked for is not done. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such plan.
    #[error("there is no such plan")]
    UnknownPlan,
    /// Not the version of the terms now in force.
    #[error("the consent is to another version of the terms")]
    UnknownTerms,
    /// There is a live subscription already.
    #[error("there is a subscription already")]
    AlreadySubscribed,
    /// A charge is under way, or its outcome is unknown.
    #[error("a payment is being confirmed")]
    PaymentInProgress,
    /// There is no subscription.
    #[error("there is no subscription")]
    NoSubscription,
    /// It is over, or the paid-through date has passed.
    #[error("it is too late to resume")]
    TooLate,
    /// The card's last month is over.
    #[error("the card has expired")]
    Expired,
    /// Nothing is asked of the member.
    #[error("there is no price to agree to")]
    NothingToAgreeTo,
    /// Not the price that the member is asked to agree to.
    #[error("the consent is to another price")]
    AnotherPrice,
    /// More card windows than a member may open on a day, or have open at once.
    #[error("too many card registrations")]
    TooManyRegistrations,
    /// An admin has stopped new checkouts.
    #[error("new checkouts are paused")]
    CheckoutsPaused,
    /// Everything of the member is being erased.
    #[error("the member is being erased")]
    BeingErased,
    /// No charge has failed that could be tried again.
    #[error("nothing has failed that could be tried again")]
    NothingToTry,
    /// The card will not work again: another is needed.
    #[error("the card will not work again")]
    CardIsDead,
    /// It was tried again as often as it may be.
    #[error("it was tried too often")]
    TriedTooOften,
    /// So few days that the period to pay would have begun all the same, or so many that nobody gives them.
    #[error("that many days cannot be given")]
    NotThatManyDays,
    /// So many of the member's cards were declined that no other is taken before this.
    #[error("too many cards were declined")]
    TooManyDeclined {
        /// From when another is.
        until: Timestamp,
    },
}

/// What a member chose, and under which terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen<'a> {
    /// The plan.
    pub plan: &'a PlanId,
    /// The version of the terms that was agreed to.
    pub terms_version: &'a str,
}

/// The most registrations that can wait for their outcome at once.
const MOST_OPEN_REGISTRATIONS: usize = 10;

impl Subscription {
    /// Opens a checkout: a new card registration, in the subscription at hand if nothing was paid in it
    /// yet, in a new one (`id`) if there is none, the last was withdrawn or is over. One that is over and was
    /// not ended yet is ended with it. Nothing is charged before the card is seen registered.
    ///
    /// # Errors
    /// Refused for a plan or terms not on offer, while a subscription goes on, and while a charge is
    /// about to begin or its outcome is unknown (until a person was told that it stays so).
    pub fn open_checkout(
        existing: Option<Self>,
        uid: &Uid,
        id: SubscriptionId,
        chosen: Chosen<'_>,
        catalogue: &Catalogue,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<(Self, Registration), Refusal> {
        let plan = catalogue.plan(chosen.plan).ok_or(Refusal::UnknownPlan)?;
        if chosen.terms_version != catalogue.terms_version {
            return Err(Refusal::UnknownTerms);
        }
        let consent = Consent {
            version: chosen.terms_version.to_owned(),
            plan: plan.id.clone(),
            price: plan.price_on(kst_date(now)),
            agreed_at: now,
        };
        let mut subscription = match existing {
            None => Self::new(uid.clone(), id, consent),
            Some(existing) => existing.taken_up(id, consent, now, policy)?,
        };
        let registration = subscription.register(Intent::Subscribe, now, policy)?;
        Ok((subscription, registration))
    }

    /// With this consent, where nothing goes on and nothing is in doubt: the same run if nothing was paid in it
    /// and nobody withdrew it, else the next.
    fn taken_up(
        mut self,
        id: SubscriptionId,
        consent: Consent,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Self, Refusal> {
        if self.erasure.is_some() {
            return Err(Refusal::BeingErased);
        }
        let over = self.is_revocation_due(now, policy);
        if self.may_end(now, policy) {
            self.end(now);
        }
        let in_progress = !self.charges.is_empty() && !self.is_overdue();
        match self.state() {
            State::Active | State::PastDue | State::Cancelling if !over => {
                Err(Refusal::AlreadySubscribed)
            }
            State::Active | State::PastDue | State::Cancelling => Err(Refusal::PaymentInProgress),
            State::None | State::Ended if in_progress => Err(Refusal::PaymentInProgress),
            State::None if self.cancellation.is_some() => Ok(self.again_with(id, consent)),
            // The card is about to be charged what its own window showed.
            State::None if self.card.is_some() => Err(Refusal::PaymentInProgress),
            State::None => Ok(Self {
                plan: consent.plan.clone(),
                price: consent.price,
                consent: Some(consent),
                ..self
            }),
            State::Ended => Ok(self.again_with(id, consent)),
        }
    }

    /// Opens a registration of another card for a subscription that goes on.
    ///
    /// # Errors
    /// Refused when there is none, and when it is over: no card is charged for it any more.
    pub fn open_card_change(
        &mut self,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Registration, Refusal> {
        match self.state() {
            State::Active | State::PastDue | State::Cancelling
                if self.is_revocation_due(now, policy) =>
            {
                Err(Refusal::TooLate)
            }
            State::Active | State::PastDue | State::Cancelling => {
                self.register(Intent::ChangeCard, now, policy)
            }
            State::None | State::Ended => Err(Refusal::NoSubscription),
        }
    }

    /// Cancels: the next charge is stopped, access stays until the paid-through date, nothing is given
    /// back. A checkout that was not paid yet is withdrawn: its card is not charged, and money that moves all
    /// the same is given back. Asked again it changes nothing. Says whether anything changed.
    ///
    /// # Errors
    /// Refused when there is nothing to cancel.
    pub fn cancel(&mut self, now: Timestamp) -> Result<bool, Refusal> {
        let begun =
            self.card.is_some() || !(self.registrations.is_empty() && self.charges.is_empty());
        match (self.state(), self.paid_through()) {
            (State::None, _) if self.cancellation.is_some() => Ok(false),
            (State::None, _) if begun => {
                self.cancellation = Some(Cancellation::at(now));
                self.tell(now, News::CheckoutWithdrawn);
                Ok(true)
            }
            (State::Active | State::PastDue, Some(paid_through)) => {
                self.cancellation = Some(Cancellation::at(now));
                self.tell(now, News::CancelRequested { paid_through, account: None });
                Ok(true)
            }
            (State::Cancelling, _) => Ok(false),
            (State::Active | State::PastDue | State::None | State::Ended, _) => {
                Err(Refusal::NoSubscription)
            }
        }
    }

    /// Takes the cancellation back, until the end of the paid-through date in Korea. Asked again it
    /// changes nothing. Says whether anything changed.
    ///
    /// # Errors
    /// Refused when it is too late, and when there is no subscription. A checkout that was withdrawn is opened
    /// anew instead.
    pub fn resume(&mut self, now: Timestamp) -> Result<bool, Refusal> {
        match (self.state(), self.paid_through()) {
            _ if self.erasure.is_some() => Err(Refusal::BeingErased),
            (State::Active | State::PastDue, _) => Ok(false),
            (State::Cancelling, Some(paid_through))
                if kst_date(now) <= paid_through && !self.ends_at_once() =>
            {
                self.cancellation = None;
                self.tell(now, News::Resumed { next_payment_date: paid_through });
                Ok(true)
            }
            (State::Cancelling | State::Ended, _) => Err(Refusal::TooLate),
            (State::None, _) => Err(Refusal::NoSubscription),
        }
    }

    /// Agrees to the price that the member was asked about, under the terms now in force; until the end of
    /// the paid-through date in Korea. Asked again it changes nothing. Says whether anything changed.
    ///
    /// # Errors
    /// Refused when nothing is asked, for another price or other terms, and when it is too late.
    pub fn agree(
        &mut self,
        price: Won,
        terms_version: &str,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let paid_through = match (self.state(), self.paid_through()) {
            (State::Active | State::PastDue, Some(paid_through)) => paid_through,
            (State::Active | State::PastDue | State::Cancelling, _) => {
                return Err(Refusal::NothingToAgreeTo);
            }
            (State::None | State::Ended, _) => return Err(Refusal::NoSubscription),
        };
        if terms_version != catalogue.terms_version {
            return Err(Refusal::UnknownTerms);
        }
        let change = self.price_change.as_mut().ok_or(Refusal::NothingToAgreeTo)?;
        if change.version.price != price {
            return Err(Refusal::AnotherPrice);
        }
        if change.agreed.is_some() {
            return Ok(false);
        }
        if kst_date(now) > paid_through {
            return Err(Refusal::TooLate);
        }
        change.agreed = Some(Consent {
            version: terms_version.to_owned(),
            plan: self.plan.clone(),
            price,
            agreed_at: now,
        });
        self.tell(now, News::ConsentGiven { price, terms_version: terms_version.to_owned() });
        Ok(true)
    }

    /// Has the charge that failed be tried again at once, as often as it would be by itself. Asked while it is being
    /// tried, it changes nothing. Says whether anything changed.
    ///
    /// # Errors
    /// Refused when nothing has failed, for a card that will not work again, while a person has to settle something about
    /// the period, and when it was asked for too often.
    pub fn try_again(&mut self, now: Timestamp, policy: &Policy) -> Result<bool, Refusal> {
        if self.state() != State::PastDue || self.card.is_none() {
            return Err(Refusal::NothingToTry);
        }
        if self.is_revocation_due(now, policy) {
            return Err(Refusal::TooLate);
        }
        if self.is_blocked() || self.price_to_charge().is_none() {
            return Err(Refusal::PaymentInProgress);
        }
        if self.charges.iter().any(|charge| charge.is_at_work(now)) || self.is_tried_now(now) {
            return Ok(false);
        }
        let failed = self.dunning.last.as_ref();
        if self.dunning.stopped && failed.is_some_and(|last| last.class == DeclineClass::Hard) {
            return Err(Refusal::CardIsDead);
        }
        if usize::from(self.dunning.asked) >= policy.retry_days.len() {
            return Err(Refusal::TriedTooOften);
        }
        self.dunning.asked = self.dunning.asked.saturating_add(1);
        self.dunning.stopped = false;
        self.dunning.retry_at = Some(now);
        // What was planned for later is given up for this.
        self.wanted_from = self.next_attempt;
        self.tell(now, News::TriedAgain);
        Ok(true)
    }

    /// Whether another try at once was asked for and not begun yet.
    fn is_tried_now(&self, now: Timestamp) -> bool {
        !self.dunning.stopped && self.dunning.retry_at.is_some_and(|at| at <= now)
    }

    /// Notes until when the card can be charged, as printed on it: the month's last day. Iamport does not
    /// tell, and it is announced a month before. Said again it changes nothing. Says whether anything
    /// changed.
    ///
    /// # Errors
    /// Refused when there is no card, and when the day is over.
    pub fn card_expires(&mut self, expires: Date, now: Timestamp) -> Result<bool, Refusal> {
        let live = self.is_live();
        let card = self.card.as_mut().filter(|_| live).ok_or(Refusal::NoSubscription)?;
        if expires < kst_date(now) {
            return Err(Refusal::Expired);
        }
        if card.expires == Some(expires) {
            return Ok(false);
        }
        card.expires = Some(expires);
        card.expiry_told = false;
        Ok(true)
    }

    /// Owes a payment back because an admin says so (`by`), or said so once: until so much of it has gone back in all.
    /// Access and the period it paid are left as they are. Asked again it changes nothing. Says whether anything changed.
    pub fn owe_back(
        &mut self,
        payment: &Refundable,
        in_all: Won,
        reason: &str,
        by: Option<&Uid>,
        now: Timestamp,
    ) -> bool {
        let in_all = in_all.min(payment.amount);
        if self.owes_back(&payment.imp_uid) || payment.refunded >= in_all {
            return false;
        }
        self.owe(payment.due(in_all, reason, by), now);
        true
    }

    /// Has money given back. The journal knows of it from then on, so that a row put back to an earlier moment
    /// can be told again.
    pub(crate) fn owe(&mut self, due: RefundDue, now: Timestamp) {
        self.tell(now, News::RefundDue { imp_uid: due.imp_uid.clone(), amount: due.amount });
        self.refunds.push(due);
    }

    /// The same member's next run: a new id and a new anchor; what is still owed or unsaid goes along.
    pub(crate) fn again_with(self, id: SubscriptionId, consent: Consent) -> Self {
        let next = Self::new(self.uid.clone(), id, consent);
        self.again(next)
    }

    /// The same, as the next run begins.
    pub(crate) fn again(self, next: Self) -> Self {
        let mut unwanted_keys = self.unwanted_keys;
        unwanted_keys.extend(self.card.map(|card| card.customer_uid));
        Self {
            charges: self.charges,
            undone: self.undone,
            version: self.version,
            due_at: self.due_at,
            access: self.access,
            erasure: self.erasure,
            complimentary: self.complimentary,
            declined_cards: self.declined_cards,
            card_windows: self.card_windows,
            refunds: self.refunds,
            unwanted_keys,
            reviews: self.reviews,
            verdicts: self.verdicts,
            origin: self.origin,
            outbox: self.outbox,
            ..next
        }
    }

    fn register(
        &mut self,
        intent: Intent,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Registration, Refusal> {
        if let Some(until) = self.takes_no_card_until(now, policy) {
            return Err(Refusal::TooManyDeclined { until });
        }
        let generation = self.next_generation;
        if generation >= 9_999 || self.registrations.len() >= MOST_OPEN_REGISTRATIONS {
            return Err(Refusal::TooManyRegistrations);
        }
        self.count_card_window(now, policy)?;
        self.next_generation = generation.saturating_add(1);
        let registration = Registration {
            merchant_uid: MerchantUid::Registration { subscription: self.id, generation },
            customer_uid: CustomerUid::Ours { subscription: self.id, generation },
            intent,
            plan: self.plan.clone(),
            amount: self.price,
            opened_at: now,
            look_at: now.saturating_add(policy.patience).unwrap_or(Timestamp::MAX),
            outcome: RegistrationState::Open,
        };
        self.registrations.push(registration.clone());
        Ok(registration)
    }
}
