//! What a member sees and asks for besides the checkout.

use crate::checkout::MOST_RACES;
use crate::{Denied, Gudok, Purpose, Trouble};
use billing::{Act, Change, Refusal, Subscription, Uid, Won};
use jiff::{Timestamp, civil::Date};
use ledger::{BookedPayment, CommitError};

/// What a member sees of the subscription.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The subscription, if there ever was one.
    pub subscription: Option<Subscription>,
    /// The latest payment.
    pub latest_payment: Option<BookedPayment>,
}

impl Gudok {
    /// The subscription with its latest payment: two reads at once.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn overview(&self, uid: &Uid) -> Result<Overview, Denied> {
        let (subscription, latest_payment) =
            futures::try_join!(self.ledger.subscription(uid), self.ledger.latest_payment(uid))?;
        Ok(Overview { subscription, latest_payment })
    }

    /// Payments, newest first, and the cursor of the next page.
    ///
    /// # Errors
    /// Denied when the cursor is none of ours.
    pub async fn payments(
        &self,
        uid: &Uid,
        limit: u16,
        cursor: Option<&str>,
    ) -> Result<(Vec<BookedPayment>, Option<String>), Denied> {
        Ok(self.ledger.payments(uid, limit, cursor).await?)
    }

    /// Cancels: recorded first, then the next charge is stopped. Once this has answered, money that still
    /// moves is given back.
    ///
    /// # Errors
    /// Denied when there is nothing to cancel.
    pub async fn cancel(&self, uid: &Uid) -> Result<Subscription, Denied> {
        self.record(uid, None, |subscription, now| Ok(subscription.cancel(now)?)).await
    }

    /// Takes the cancellation back.
    ///
    /// # Errors
    /// Denied when it is too late.
    pub async fn resume(&self, uid: &Uid) -> Result<Subscription, Denied> {
        self.record(uid, None, |subscription, now| Ok(subscription.resume(now)?)).await
    }

    /// Agrees to the price that the member was asked about.
    ///
    /// # Errors
    /// Denied as [`Subscription::agree`] says.
    pub async fn agree(&self, uid: &Uid, price: Won, terms: &str) -> Result<Subscription, Denied> {
        let catalogue = &self.settings.catalogue;
        self.record(uid, None, |subscription, now| {
            Ok(subscription.agree(price, terms, catalogue, now)?)
        })
        .await
    }

    /// Notes until when the member's card can be charged.
    ///
    /// # Errors
    /// Denied as [`Subscription::card_expires`] says.
    pub async fn card_expires(&self, uid: &Uid, expires: Date) -> Result<Subscription, Denied> {
        self.record(uid, None, |subscription, now| Ok(subscription.card_expires(expires, now)?))
            .await
    }

    /// Records what a member asks for or an admin decides, then sees to it. That something does not answer
    /// cannot undo it. Says how the subscription then stands; the act says whether it changed anything.
    pub(crate) async fn record(
        &self,
        uid: &Uid,
        admin: Option<(&Uid, Act)>,
        act: impl Fn(&mut Subscription, Timestamp) -> Result<bool, Denied>,
    ) -> Result<Subscription, Denied> {
        for _ in 0..MOST_RACES {
            let now = self.now();
            let read = self.ledger.stored(uid).await?.ok_or(Refusal::NoSubscription)?;
            let mut subscription = Subscription::clone(&read);
            if act(&mut subscription, now)? {
                // Should this run die after the write, the next sweep goes on from it.
                subscription.due_at = Some(now);
                let mut change = Change::of(subscription);
                if let Some((admin, act)) = &admin {
                    change.note_act(now, admin, act.clone());
                }
                match self.ledger.commit(Some(&read), &change).await {
                    Ok(_) => {}
                    Err(CommitError::Lost | CommitError::Taken(_) | CommitError::Booked(_)) => {
                        continue;
                    }
                    Err(CommitError::NoSuchPayment(imp_uid)) => {
                        return Err(Trouble::NoSuchPayment(imp_uid).into());
                    }
                    Err(CommitError::Ledger(error)) => return Err(error.into()),
                }
            }
            let advanced = self.advance(uid, Purpose::Look).await?;
            if let Some(trouble) = &advanced.trouble {
                trouble.log_for(uid);
            }
            return advanced.subscription.ok_or_else(|| Refusal::NoSubscription.into());
        }
        Err(Trouble::Restless.into())
    }
}
