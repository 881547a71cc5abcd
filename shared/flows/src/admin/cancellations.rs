//! Who asked to cancel, and the button that ends what is over.

use crate::each::{Troubles, Whose};
use crate::sweep::AT_ONCE;
use crate::{Error, Gudok, Trouble};
use billing::{Subscription, Uid};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp, civil::Date};
use ledger::BookedPayment;
use std::collections::BTreeSet;

/// How long the button goes on; who is left then shows when it is pressed again. API Gateway waits 30 s.
const PATIENCE: SignedDuration = SignedDuration::from_secs(15);

/// A cancellation that was asked for and not carried out yet.
#[derive(Debug, Clone)]
pub struct CancellationRequest {
    /// The subscription.
    pub subscription: Subscription,
    /// Its latest payment.
    pub latest_payment: Option<BookedPayment>,
    /// Whether the paid-through date has passed.
    pub is_due: bool,
}

/// Access that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Whose.
    pub uid: Uid,
    /// Until when it had been paid.
    pub paid_through: Date,
    /// Whether the member cancelled; if not, the card kept failing.
    pub cancelled: bool,
    /// When access was to end.
    pub due_since: Timestamp,
    /// When it was taken away; `None` in a dry run.
    pub revoked_at: Option<Timestamp>,
}

/// What the button did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processed {
    /// Whose access was, or would be, taken away.
    pub revocations: Vec<Revocation>,
    /// Those named whose access is not over (any more), so that nothing was done.
    pub not_over: Vec<Uid>,
    /// Those named whose access is over and was not ended: there was no time, or something did not answer.
    pub left: Vec<Uid>,
}

impl Gudok {
    /// A page of the cancellations not carried out yet, oldest first, and the cursor of the next.
    ///
    /// # Errors
    /// Denied when the cursor is none of ours.
    pub async fn cancellations(
        &self,
        limit: u16,
        cursor: Option<&str>,
    ) -> Result<(Vec<CancellationRequest>, Option<String>), Error> {
        let now = self.books.now();
        let (waiting, next) = self.books.ledger.cancelling(limit, cursor).await?;
        let looks = self.readable(waiting, &mut Troubles::default()).into_iter().map(|waiting| {
            let whose = Whose::Member(waiting.uid.clone());
            let look = async move {
                let (subscription, latest_payment) = futures::try_join!(
                    self.books.ledger.subscription(&waiting.uid),
                    self.books.ledger.latest_payment(&waiting.uid)
                )?;
                Ok(subscription.map(|subscription| CancellationRequest {
                    is_due: subscription.is_revocation_due(now, &self.books.settings.policy),
                    latest_payment,
                    subscription,
                }))
            };
            (whose, look.boxed())
        });
        let requests = self.each(AT_ONCE, looks).await.heard()?.done;
        Ok((requests.into_iter().flatten().collect(), next))
    }

    /// Whose access is over and would be taken away, those waiting longest first.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn would_process(&self) -> Result<Vec<Revocation>, Trouble> {
        let over = self.over(self.books.now()).await?;
        Ok(over.iter().filter_map(|subscription| self.revocation(subscription)).collect())
    }

    /// The button, pressed by this admin for the members that were shown: takes access away from those among
    /// them whose access is over, and from nobody else.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn process(&self, by: &Uid, shown: BTreeSet<Uid>) -> Result<Processed, Trouble> {
        let now = self.books.now();
        let over = self.over_among(shown.iter().cloned().collect(), now).await?;
        let due: Vec<Revocation> =
            over.iter().filter_map(|subscription| self.revocation(subscription)).collect();
        let until = now.saturating_add(PATIENCE).unwrap_or(now);
        let over = over.into_iter().map(|subscription| subscription.uid).collect();
        let ended = self.revoke_all(over, Some(by), until).await?.ended;
        let ended_at = |uid: &Uid| {
            ended.iter().find(|ended| ended.uid == *uid).and_then(|ended| ended.ended_at)
        };
        let mut processed =
            Processed { revocations: Vec::new(), not_over: Vec::new(), left: Vec::new() };
        for uid in shown {
            let Some(revocation) = due.iter().find(|revocation| revocation.uid == uid) else {
                processed.not_over.push(uid);
                continue;
            };
            let revoked_at = ended_at(&uid);
            if revoked_at.is_some() {
                processed.revocations.push(Revocation { revoked_at, ..revocation.clone() });
            } else {
                processed.left.push(uid);
            }
        }
        Ok(processed)
    }

    fn revocation(&self, subscription: &Subscription) -> Option<Revocation> {
        Some(Revocation {
            uid: subscription.uid.clone(),
            paid_through: subscription.paid_through()?,
            cancelled: subscription.cancellation.is_some(),
            due_since: subscription.revoke_at(&self.books.settings.policy)?,
            revoked_at: None,
        })
    }
}
