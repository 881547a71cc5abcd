//! Checkout: a card is registered, and only then is anything charged.

use crate::advance::{Advanced, Found, MOST_RACES, Run};
use crate::notice::Asks;
use crate::{Books, Denied, Error, Gudok, Overview, Purpose, Trouble};
use billing::{
    Brake, Chosen, Decline, MerchantUid, Order, Refusal, Registration, RegistrationState,
    Subscription, SubscriptionId, Uid,
};
use futures::try_join;
use ledger::{BookedPayment, CommitError, Stored};

/// A checkout that was opened: what the browser needs to show Inicis' window.
#[derive(Debug, Clone)]
pub struct OpenedCheckout {
    /// The card registration.
    pub registration: Registration,
    /// What the window says is being done, in Korean; at most 40 characters.
    pub name: String,
    /// The PG and its MID.
    pub pg: String,
    /// Where Iamport tells of the registration.
    pub notice_url: String,
    /// Where a phone returns to.
    pub redirect_url: String,
    /// Who is said to buy where the member says nothing.
    pub buyer: iamport::Buyer,
}

/// What came of a checkout or a change of card.
#[derive(Debug)]
pub enum Completion {
    /// The subscription is paid, or goes on with the new card.
    Done(Box<Overview>),
    /// Not known yet: ask again.
    Pending(Box<Overview>),
    /// No card was registered. Why, in the provider's words, is in its order.
    NotRegistered,
    /// The first charge was declined.
    Declined(Decline),
    /// Something only a person can settle.
    UnderReview,
}

/// What came of storing a registration.
enum Opening {
    /// It is stored.
    Stored,
    /// Someone else was first.
    Lost,
    /// A card of this number was registered before, and the subscription was put back to an earlier moment: a
    /// number that is used again would overwrite the key.
    Taken {
        /// The next number to try.
        free: u16,
    },
}

impl Gudok {
    /// Opens a checkout. Nothing is charged before the card is seen registered.
    ///
    /// # Errors
    /// Denied as [`Subscription::open_checkout`] says, behind the brake, and while a payment stands of which the row knows
    /// nothing, for the table was put back to an earlier moment; trouble when the tables do not answer.
    pub async fn open_checkout(
        &self,
        uid: &Uid,
        chosen: Chosen<'_>,
    ) -> Result<OpenedCheckout, Error> {
        let mut free = 0;
        for _ in 0..MOST_RACES {
            let now = self.books.now();
            let ledger = &self.books.ledger;
            let (read, latest, brake) = Box::pin(async {
                try_join!(ledger.stored(uid), ledger.latest_payment(uid), ledger.brake())
            })
            .await?;
            brake.as_ref().map_or(Ok(()), Brake::pass)?;
            refuse_what_is_paid(read.as_deref(), latest.as_ref())?;
            let (subscription, registration) = Subscription::open_checkout(
                read.as_deref().map(|existing| numbered_from(existing, free)),
                uid,
                SubscriptionId::new((self.new_id)(now)),
                chosen,
                &self.books.settings.catalogue,
                now,
                &self.books.settings.policy,
            )?;
            match self.store_registration(read.as_ref(), subscription, &registration).await? {
                Opening::Stored => return Ok(self.opened(registration)),
                Opening::Lost => {}
                Opening::Taken { free: next } => free = next,
            }
        }
        Err(Trouble::Restless.into())
    }

    /// Opens the registration of another card.
    ///
    /// # Errors
    /// Denied when there is no subscription that goes on.
    pub async fn open_card_change(&self, uid: &Uid) -> Result<OpenedCheckout, Error> {
        let mut free = 0;
        for _ in 0..MOST_RACES {
            let now = self.books.now();
            let read = self.books.ledger.stored(uid).await?.ok_or(Refusal::NoSubscription)?;
            let mut subscription = numbered_from(&read, free);
            let registration = subscription.open_card_change(now, &self.books.settings.policy)?;
            match self.store_registration(Some(&read), subscription, &registration).await? {
                Opening::Stored => return Ok(self.opened(registration)),
                Opening::Lost => {}
                Opening::Taken { free: next } => free = next,
            }
        }
        Err(Trouble::Restless.into())
    }

    /// Looks what came of a registration, and goes on from there. Nothing the browser says is asked for: what
    /// Iamport has under our `merchant_uid` is what counts. Safe to repeat.
    ///
    /// # Errors
    /// Denied when the order is not this member's; trouble when the tables do not answer.
    pub async fn complete(&self, uid: &Uid, id: MerchantUid) -> Result<Completion, Error> {
        let stored = self.books.ledger.stored(uid).await?.ok_or(Denied::NoSuchOrder)?;
        // While it is open, the row has all of it.
        let open = stored.registrations.iter().find(|open| open.merchant_uid == id);
        let registration = match open.cloned() {
            Some(open) => open,
            None => self.registration(uid, &id).await?,
        };
        let records = match registration.outcome {
            RegistrationState::Registered { .. } | RegistrationState::Contradicted => None,
            // Whoever asks again and again costs no call.
            RegistrationState::Open
            | RegistrationState::Failed { .. }
            | RegistrationState::Abandoned
                if self.lately.is_enough(Asks::Browser, id, self.books.now()) =>
            {
                let overview = self.books.overview_of(stored.into_subscription()).await?;
                return Ok(Completion::Pending(Box::new(overview)));
            }
            RegistrationState::Open
            | RegistrationState::Failed { .. }
            | RegistrationState::Abandoned => match self.look_up(id).await {
                Ok(records) => Some(records),
                Err(trouble) => {
                    tracing::warn!(merchant_uid = %id, error = %trouble, "a registration could not be looked up");
                    let overview = self.books.overview_of(stored.into_subscription()).await?;
                    return Ok(Completion::Pending(Box::new(overview)));
                }
            },
        };
        let order = Order::Registration { uid: uid.clone(), registration };
        let run = Run::new(Some(Found { order, records, schedule: None }), Purpose::Look);
        let advanced = self.advance_from(stored, run).await?;
        if let Some(trouble) = &advanced.trouble {
            trouble.log_for(uid, self);
        }
        let Advanced { subscription, asked, booked, .. } = advanced;
        let subscription = subscription.ok_or(Denied::NoSuchOrder)?;
        let registration = self.registration_after(uid, id, asked, &subscription).await?;
        self.completion(subscription, &registration, booked).await
    }

    /// This member's registration as it is stored.
    async fn registration(&self, uid: &Uid, id: &MerchantUid) -> Result<Registration, Error> {
        let order = self.books.ledger.order(id).await?.filter(|order| order.uid() == uid);
        Ok(order.and_then(Order::into_registration).ok_or(Denied::NoSuchOrder)?)
    }

    /// The registration as the run left it. If it was open and the subscription carries it no more, somebody else
    /// has closed it since it was read.
    async fn registration_after(
        &self,
        uid: &Uid,
        id: MerchantUid,
        asked: Vec<Order>,
        subscription: &Subscription,
    ) -> Result<Registration, Error> {
        let carried = subscription.registrations.iter().any(|open| open.merchant_uid == id);
        let mut asked = asked.into_iter().filter_map(Order::into_registration);
        let known = asked.find(|registration| registration.merchant_uid == id);
        if let Some(known) =
            known.filter(|known| carried || known.outcome != RegistrationState::Open)
        {
            return Ok(known);
        }
        self.registration(uid, &id).await
    }

    /// What came of it. `booked` is what was paid in this very run.
    async fn completion(
        &self,
        subscription: Subscription,
        registration: &Registration,
        booked: Option<BookedPayment>,
    ) -> Result<Completion, Error> {
        let of_this_run = subscription.has_ordered(registration.merchant_uid);
        let done = match &registration.outcome {
            RegistrationState::Failed { .. } => return Ok(Completion::NotRegistered),
            RegistrationState::Open | RegistrationState::Abandoned => false,
            RegistrationState::Registered { .. }
                if of_this_run && subscription.periods_paid > 0 =>
            {
                true
            }
            RegistrationState::Registered { .. } | RegistrationState::Contradicted => {
                self.refuse_a_card_too_many(&subscription, registration)?;
                if let Some(failed) = failed(&subscription, registration.merchant_uid) {
                    return Ok(failed);
                }
                false
            }
        };
        let overview = match booked.filter(|_| done && subscription.periods_paid == 1) {
            // Nothing was paid later than what has just begun.
            latest @ Some(_) => {
                Overview { subscription: Some(subscription), latest_payment: latest }
            }
            None => self.books.overview_of(subscription).await?,
        };
        let overview = Box::new(overview);
        Ok(if done { Completion::Done(overview) } else { Completion::Pending(overview) })
    }

    /// Refuses when this card was not taken, for too many of the member's were declined.
    fn refuse_a_card_too_many(
        &self,
        subscription: &Subscription,
        registration: &Registration,
    ) -> Result<(), Refusal> {
        let Books { settings, .. } = &self.books;
        let card = registration.customer_uid;
        let until = subscription.takes_no_card_until(self.books.now(), &settings.policy);
        match until.filter(|_| subscription.card.is_none() && !subscription.has_declined(card)) {
            Some(until) => Err(Refusal::TooManyDeclined { until }),
            None => Ok(()),
        }
    }

    /// Stores a registration before the browser hears of it.
    async fn store_registration(
        &self,
        read: Option<&Stored>,
        mut subscription: Subscription,
        registration: &Registration,
    ) -> Result<Opening, Error> {
        let order = Order::Registration {
            uid: subscription.uid.clone(),
            registration: registration.clone(),
        };
        let due = registration.look_at;
        subscription.due_at = Some(subscription.due_at.map_or(due, |at| at.min(due)));
        let change = billing::Change { opened: vec![order], ..billing::Change::of(subscription) };
        match self.books.ledger.commit(read, &change).await {
            Ok(_) => Ok(Opening::Stored),
            Err(CommitError::Taken(MerchantUid::Registration { generation, .. })) => {
                Ok(Opening::Taken { free: generation.saturating_add(1) })
            }
            Err(
                CommitError::Lost
                | CommitError::Taken(_)
                | CommitError::Booked(_)
                | CommitError::KeyTaken
                | CommitError::OverAllowance,
            ) => Ok(Opening::Lost),
            Err(CommitError::NoSuchPayment(imp_uid)) => Err(Trouble::NoSuchPayment(imp_uid).into()),
            Err(CommitError::Ledger(error)) => Err(error.into()),
        }
    }

    fn opened(&self, registration: Registration) -> OpenedCheckout {
        let plan = self.books.settings.catalogue.plan(&registration.plan);
        let plan = plan.map_or(registration.plan.as_str(), |plan| plan.name.as_str());
        let merchant = &self.books.settings.merchant;
        OpenedCheckout {
            name: format!("{plan} 카드 등록").chars().take(40).collect(),
            pg: merchant.pg.clone(),
            notice_url: self.notice_url("", registration.merchant_uid),
            registration,
            redirect_url: merchant.redirect_url.clone(),
            buyer: merchant.buyer.clone(),
        }
    }
}

/// Refuses while the member's latest payment stands and the row knows nothing of it: to begin anew would charge the
/// member once more. The night finds the row again.
fn refuse_what_is_paid(
    row: Option<&Subscription>,
    latest: Option<&BookedPayment>,
) -> Result<(), Refusal> {
    let forgotten = |latest: &&BookedPayment| {
        row.is_none_or(|row| {
            latest.merchant_uid.subscription() > Some(row.id)
                || row.has_forgotten_its_payments(&[latest.refundable()])
        })
    };
    let Some(latest) = latest.filter(forgotten) else { return Ok(()) };
    tracing::error!(imp_uid = %latest.imp_uid, "a payment stands, and the member's row knows nothing of it");
    Err(Refusal::PaymentInProgress)
}

/// The subscription, with its next card numbered no lower than this.
fn numbered_from(subscription: &Subscription, free: u16) -> Subscription {
    let next_generation = subscription.next_generation.max(free);
    Subscription { next_generation, ..subscription.clone() }
}

/// Why nothing comes of it for now, if that is known.
fn failed(subscription: &Subscription, registration: MerchantUid) -> Option<Completion> {
    let mut reviews = subscription.reviews.iter();
    if reviews.any(|review| review.merchant_uid == registration) || subscription.is_blocked() {
        return Some(Completion::UnderReview);
    }
    let declined = subscription.dunning.last.as_ref().filter(|_| subscription.card.is_none());
    declined.cloned().map(Completion::Declined)
}
