//! Checkout: a card is registered, and only then is anything charged.

use crate::advance::Hint;
use crate::{Denied, Gudok, Purpose, Trouble};
use billing::{
    Decline, ImpUid, MerchantUid, Order, PlanId, Registration, RegistrationState, Subscription,
    SubscriptionId, Uid,
};
use ledger::{CommitError, Stored};

/// How often to look again when others keep changing the same member.
pub(crate) const MOST_RACES: usize = 8;

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
    Done(Box<Subscription>),
    /// Not known yet: ask again.
    Pending,
    /// No card was registered, for this reason (the provider's words).
    NotRegistered(String),
    /// The first charge was declined.
    Declined(Decline),
    /// Something only a person can settle.
    UnderReview,
}

impl Gudok {
    /// Opens a checkout. Nothing is charged before the card is seen registered.
    ///
    /// # Errors
    /// Denied as [`Subscription::open_checkout`] says; trouble when the tables do not answer.
    pub async fn open_checkout(
        &self,
        uid: &Uid,
        plan: &PlanId,
        terms: &str,
    ) -> Result<OpenedCheckout, Denied> {
        for _ in 0..MOST_RACES {
            let now = self.now();
            let read = self.ledger.stored(uid).await?;
            let (subscription, registration) = Subscription::open_checkout(
                read.as_deref().cloned(),
                uid,
                SubscriptionId::new((self.new_id)(now)),
                (plan, terms),
                &self.settings.catalogue,
                now,
                &self.settings.policy,
            )?;
            if self.store_registration(read.as_ref(), subscription, &registration).await? {
                return Ok(self.opened(registration));
            }
        }
        Err(Trouble::Restless.into())
    }

    /// Opens the registration of another card.
    ///
    /// # Errors
    /// Denied when there is no subscription that goes on.
    pub async fn open_card_change(&self, uid: &Uid) -> Result<OpenedCheckout, Denied> {
        for _ in 0..MOST_RACES {
            let now = self.now();
            let read = self.ledger.stored(uid).await?.ok_or(billing::Refusal::NoSubscription)?;
            let mut subscription = Subscription::clone(&read);
            let registration = subscription.open_card_change(now, &self.settings.policy)?;
            if self.store_registration(Some(&read), subscription, &registration).await? {
                return Ok(self.opened(registration));
            }
        }
        Err(Trouble::Restless.into())
    }

    /// Looks what came of a registration, and goes on from there. The browser's word is only a hint: what
    /// Iamport has under our `merchant_uid` is what counts. Safe to repeat.
    ///
    /// # Errors
    /// Denied when the order is not this member's; trouble when the tables do not answer.
    pub async fn complete(
        &self,
        uid: &Uid,
        id: MerchantUid,
        _said: &ImpUid,
    ) -> Result<Completion, Denied> {
        let order = self.ledger.order(&id).await?.filter(|order| order.uid() == uid);
        let Some(Order::Registration { registration, .. }) = &order else {
            return Err(Denied::NoSuchOrder);
        };
        let records = match registration.outcome {
            RegistrationState::Registered { .. } | RegistrationState::Disputed => None,
            RegistrationState::Open
            | RegistrationState::Failed { .. }
            | RegistrationState::Abandoned => match self.look_up(id).await {
                Ok(records) => Some(records),
                Err(trouble) => {
                    tracing::warn!(merchant_uid = %id, error = %trouble, "a registration could not be looked up");
                    return Ok(Completion::Pending);
                }
            },
        };
        let hint = order.map(|order| Hint { order, records, schedule: None });
        let advanced = self.advance_with(uid, hint, Purpose::Look).await?;
        if let Some(trouble) = &advanced.trouble {
            trouble.log_for(uid);
        }
        let Some(subscription) = advanced.subscription else { return Err(Denied::NoSuchOrder) };
        let order = self.ledger.order(&id).await?;
        let Some(Order::Registration { registration, .. }) = order else {
            return Err(Denied::NoSuchOrder);
        };
        Ok(completion(subscription, &registration))
    }

    /// Stores a registration before the browser hears of it; says whether it went through.
    async fn store_registration(
        &self,
        read: Option<&Stored>,
        mut subscription: Subscription,
        registration: &Registration,
    ) -> Result<bool, Denied> {
        let order = Order::Registration {
            uid: subscription.uid.clone(),
            registration: registration.clone(),
        };
        let due = registration.look_at;
        subscription.due_at = Some(subscription.due_at.map_or(due, |at| at.min(due)));
        let change = billing::Change { orders: vec![order], ..billing::Change::of(subscription) };
        match self.ledger.commit(read, &change).await {
            Ok(_) => Ok(true),
            Err(CommitError::Lost | CommitError::Taken(_) | CommitError::Booked(_)) => Ok(false),
            Err(CommitError::NoSuchPayment(imp_uid)) => Err(Trouble::NoSuchPayment(imp_uid).into()),
            Err(CommitError::Ledger(error)) => Err(error.into()),
        }
    }

    fn opened(&self, registration: Registration) -> OpenedCheckout {
        let plan = self.settings.catalogue.plan(&registration.plan);
        let plan = plan.map_or(registration.plan.as_str(), |plan| plan.name.as_str());
        let merchant = &self.settings.merchant;
        OpenedCheckout {
            name: format!("{plan} 카드 등록").chars().take(40).collect(),
            registration,
            pg: merchant.pg.clone(),
            notice_url: merchant.notice_url.clone(),
            redirect_url: merchant.redirect_url.clone(),
            buyer: merchant.buyer.clone(),
        }
    }
}

fn completion(subscription: Subscription, registration: &Registration) -> Completion {
    let of_this_run = registration.merchant_uid.subscription() == subscription.id;
    match &registration.outcome {
        RegistrationState::Open | RegistrationState::Abandoned => return Completion::Pending,
        RegistrationState::Failed { reason } => return Completion::NotRegistered(reason.clone()),
        RegistrationState::Disputed => {}
        RegistrationState::Registered { .. } if of_this_run && subscription.periods_paid > 0 => {
            return Completion::Done(Box::new(subscription));
        }
        RegistrationState::Registered { .. } => {}
    }
    let in_review =
        subscription.reviews.iter().any(|review| review.merchant_uid == registration.merchant_uid);
    if in_review || subscription.is_blocked() {
        return Completion::UnderReview;
    }
    match subscription.dunning.last {
        Some(decline) if subscription.card.is_none() => Completion::Declined(decline),
        Some(_) | None => Completion::Pending,
    }
}
