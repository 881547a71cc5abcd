//! What a member sees and asks for besides the checkout.

use crate::advance::{Advanced, Found, MOST_RACES, Run};
use crate::{Books, Denied, Error, Gudok, NotAsShown, Purpose, Trouble};
use billing::{Act, Change, ImpUid, Refusal, Subscription, Uid, Won};
use identity::{ADMIN, ClaimsError};
use jiff::{Timestamp, civil::Date};
use ledger::{BookedPayment, CommitError, Committed};

/// How many payments are read at once when one is looked for.
const PAGE: u16 = 100;

/// What a member sees of the subscription.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The subscription, if there ever was one.
    pub subscription: Option<Subscription>,
    /// The latest payment.
    pub latest_payment: Option<BookedPayment>,
}

impl Books {
    /// The subscription with its latest payment: two reads at once.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn overview(&self, uid: &Uid) -> Result<Overview, Error> {
        let (subscription, latest_payment) =
            futures::try_join!(self.ledger.subscription(uid), self.ledger.latest_payment(uid))?;
        Ok(Overview { subscription, latest_payment })
    }

    /// The same, of a subscription that is at hand: one read.
    pub(crate) async fn overview_of(&self, subscription: Subscription) -> Result<Overview, Error> {
        let latest_payment = self.ledger.latest_payment(&subscription.uid).await?;
        Ok(Overview { subscription: Some(subscription), latest_payment })
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
    ) -> Result<(Vec<BookedPayment>, Option<String>), Error> {
        Ok(self.ledger.payments(uid, limit, cursor).await?)
    }

    /// The member's payment with this id of Iamport's.
    pub(crate) async fn payment_with(
        &self,
        uid: &Uid,
        imp_uid: &ImpUid,
    ) -> Result<Option<BookedPayment>, Trouble> {
        let mut cursor: Option<String> = None;
        loop {
            let (page, next) = self.ledger.payments(uid, PAGE, cursor.as_deref()).await?;
            let found = page.into_iter().find(|payment| payment.imp_uid == *imp_uid);
            if found.is_some() || next.is_none() {
                return Ok(found);
            }
            cursor = next;
        }
    }
}

impl Gudok {
    /// Cancels: recorded first, then the next charge is stopped. Once this has answered, money that still
    /// moves is given back. `shown` is the paid-through date that the member was shown, if one was.
    ///
    /// # Errors
    /// Denied when there is nothing to cancel, and when it is paid through another date by now.
    pub async fn cancel(&self, uid: &Uid, shown: Option<Date>) -> Result<Overview, Error> {
        self.ask(uid, |subscription, now| cancel(subscription, shown, now)).await
    }

    /// Takes the cancellation back.
    ///
    /// # Errors
    /// Denied when it is too late.
    pub async fn resume(&self, uid: &Uid) -> Result<Overview, Error> {
        self.ask(uid, |subscription, now| Ok(subscription.resume(now)?)).await
    }

    /// Has the charge that failed be tried again at once, and says how the subscription then stands.
    ///
    /// # Errors
    /// Denied as [`Subscription::try_again`] says.
    pub async fn try_again(&self, uid: &Uid) -> Result<Overview, Error> {
        let policy = &self.books.settings.policy;
        self.ask(uid, |subscription, now| Ok(subscription.try_again(now, policy)?)).await
    }

    /// Has everything of the member erased, because the member asks for it: what goes on is cancelled, access ends at
    /// once and nothing is given back for the days that are left. The sweep erases once nothing is open any more.
    /// `shown` is the paid-through date that the member was shown.
    ///
    /// # Errors
    /// Denied when nothing is stored of the member, when it is paid through another date by now, and for an admin,
    /// whose right has to go first.
    pub async fn erase(&self, uid: &Uid, shown: Option<Date>) -> Result<Overview, Error> {
        self.no_admin(uid).await?;
        self.ask(uid, |subscription, now| erase(subscription, shown, now)).await
    }

    /// Denied for an admin: an account with that right is not deleted from here.
    pub(crate) async fn no_admin(&self, uid: &Uid) -> Result<(), Error> {
        match self.claims.account(uid.as_str(), self.books.now()).await {
            Ok(account) if account.claims.contains_key(ADMIN) => Err(Denied::AnAdmin.into()),
            Ok(_) | Err(ClaimsError::NoSuchUser) => Ok(()),
            Err(error) => Err(Trouble::from(error).into()),
        }
    }

    /// Agrees to the price that the member was asked about.
    ///
    /// # Errors
    /// Denied as [`Subscription::agree`] says.
    pub async fn agree(&self, uid: &Uid, price: Won, terms: &str) -> Result<Overview, Error> {
        let catalogue = &self.books.settings.catalogue;
        self.ask(uid, |subscription, now| Ok(subscription.agree(price, terms, catalogue, now)?))
            .await
    }

    /// Notes until when the member's card can be charged.
    ///
    /// # Errors
    /// Denied as [`Subscription::card_expires`] says.
    pub async fn card_expires(&self, uid: &Uid, expires: Date) -> Result<Overview, Error> {
        self.ask(uid, |subscription, now| Ok(subscription.card_expires(expires, now)?)).await
    }

    /// What a member asks for, and what the member then sees.
    async fn ask(
        &self,
        uid: &Uid,
        asks: impl Fn(&mut Subscription, Timestamp) -> Result<bool, Error>,
    ) -> Result<Overview, Error> {
        let asked = self.record(uid, None, |change, now| asks(&mut change.subscription, now));
        self.books.overview_of(asked.await?.ok_or(Refusal::NoSubscription)?).await
    }

    /// Records what a member asks for or an admin decides, then sees to it. That something does not answer
    /// cannot undo it. Says how the subscription then stands, `None` where there is none; the act says whether
    /// it changed anything.
    pub(crate) async fn record(
        &self,
        uid: &Uid,
        admin: Option<(&Uid, Act)>,
        act: impl Fn(&mut Change, Timestamp) -> Result<bool, Error>,
    ) -> Result<Option<Subscription>, Error> {
        self.record_with(uid, admin, None, act).await
    }

    /// As [`Self::record`], where something was found that the loop is to know.
    pub(crate) async fn record_with(
        &self,
        uid: &Uid,
        admin: Option<(&Uid, Act)>,
        found: Option<Found>,
        act: impl Fn(&mut Change, Timestamp) -> Result<bool, Error>,
    ) -> Result<Option<Subscription>, Error> {
        let mut alone = false;
        for _ in 0..MOST_RACES {
            let now = self.books.now();
            let Some(read) = self.books.ledger.stored(uid).await? else { return Ok(None) };
            let mut run = Run::new(found.clone(), Purpose::Look);
            let mut change = Change::of(Subscription::clone(&read));
            let stored = if act(&mut change, now)? {
                if let Some((admin, act)) = &admin {
                    change.note_act(now, admin, act.clone());
                }
                // Should the run that stores it die then, the next sweep goes on from it.
                change.subscription.due_at = Some(now);
                if !alone {
                    change = self.known(&read, &run).with_what_follows(change);
                }
                match self.books.ledger.commit(Some(&read), &change).await {
                    Ok(Committed { subscription, lease }) => {
                        run.note(&change, &read, lease);
                        subscription
                    }
                    // What follows met what the row does not know of: the loop finds out, once the act is stored.
                    Err(
                        CommitError::Taken(_)
                        | CommitError::Booked(_)
                        | CommitError::NoSuchPayment(_),
                    ) if !alone => {
                        alone = true;
                        continue;
                    }
                    Err(
                        CommitError::Lost
                        | CommitError::Taken(_)
                        | CommitError::Booked(_)
                        | CommitError::KeyTaken,
                    ) => continue,
                    Err(CommitError::OverAllowance) => return Err(Denied::TooMuchRefunded.into()),
                    Err(CommitError::NoSuchPayment(imp_uid)) => {
                        return Err(Trouble::NoSuchPayment(imp_uid).into());
                    }
                    Err(CommitError::Ledger(error)) => return Err(error.into()),
                }
            } else {
                read
            };
            let Advanced { subscription, trouble, .. } = self.advance_from(stored, run).await?;
            if let Some(trouble) = trouble {
                trouble.log_for(uid, self);
            }
            return Ok(subscription);
        }
        Err(Trouble::Restless.into())
    }
}

/// Has everything erased, if what was shown is still so.
pub(crate) fn erase(
    subscription: &mut Subscription,
    shown: Option<Date>,
    now: Timestamp,
) -> Result<bool, Error> {
    let lasts = subscription.paid_through().filter(|_| subscription.ended_at.is_none());
    if shown.is_some() && shown != lasts && subscription.erasure.is_none() {
        return Err(NotAsShown::PaidThrough.into());
    }
    Ok(subscription.erase(now))
}

/// Cancels, if what was shown is still so.
pub(crate) fn cancel(
    subscription: &mut Subscription,
    shown: Option<Date>,
    now: Timestamp,
) -> Result<bool, Error> {
    let cancelled = subscription.cancel(now)?;
    // Refused only where there is something to cancel, so that the first word is the true one.
    if shown.is_some() && shown != subscription.paid_through() {
        return Err(NotAsShown::PaidThrough.into());
    }
    Ok(cancelled)
}
