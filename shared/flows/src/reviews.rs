//! The admin's decisions about money: a review settled, a payment given back.

use crate::{Denied, Gudok};
use billing::{
    Act, ChargeState, MerchantUid, Order, Resolution, Review, ReviewRefusal, Subscription,
    Uid,
};
use futures::{StreamExt, TryStreamExt, stream};
use ledger::BookedPayment;

/// How many payments are read at once when one is looked for.
const PAGE: u16 = 100;

impl Gudok {
    /// Members with open reviews, the longest waiting first, at most `limit`, and the cursor of the next.
    ///
    /// # Errors
    /// Denied when the cursor is none of ours.
    pub async fn reviewing(
        &self,
        limit: u16,
        cursor: Option<&str>,
    ) -> Result<(Vec<Subscription>, Option<String>), Denied> {
        let (waiting, next) = self.ledger.reviewing(limit, cursor).await?;
        let subscriptions: Vec<_> = stream::iter(waiting)
            .map(|open| async move { self.ledger.subscription(&open.uid).await })
            .buffered(8)
            .try_collect()
            .await?;
        Ok((subscriptions.into_iter().flatten().collect(), next))
    }

    /// Settles a review, and goes on from there.
    ///
    /// # Errors
    /// Denied when no such review is open, or when it is not to be settled like this.
    pub async fn resolve(
        &self,
        by: &Uid,
        id: &str,
        resolution: Resolution,
    ) -> Result<Subscription, Denied> {
        let order = Review::order_of(id).ok_or(ReviewRefusal::NotOpen)?;
        let order = self.ledger.order(&order).await?.ok_or(ReviewRefusal::NotOpen)?;
        let act = Act::ResolvedReview { review: id.to_owned(), resolution };
        self.record(order.uid(), Some((by, act)), |subscription, now| {
            subscription.resolve(id, resolution, &order, now)?;
            Ok(true)
        })
        .await
    }

    /// Gives a payment back in full, because an admin says so; `reason` is what Iamport's console shows.
    /// Access is left as it is. Says how the payment now stands: what Iamport does not answer for at once
    /// is given back by a later sweep.
    ///
    /// # Errors
    /// Denied when no payment was made under this order.
    pub async fn refund_payment(
        &self,
        by: &Uid,
        id: MerchantUid,
        reason: &str,
    ) -> Result<BookedPayment, Denied> {
        let payment = self.payment_of(id).await?.ok_or(Denied::NoSuchPayment)?;
        let uid = &payment.uid;
        let act = Act::Refunded { imp_uid: payment.imp_uid.clone(), reason: reason.to_owned() };
        self.record(uid, Some((by, act)), |subscription, _| {
            Ok(subscription.owe_back(&payment.refundable(), reason))
        })
        .await?;
        let now = self.ledger.payment(uid, payment.paid_at, &payment.imp_uid).await?;
        Ok(now.unwrap_or(payment))
    }

    /// The payment made under this order.
    async fn payment_of(&self, id: MerchantUid) -> Result<Option<BookedPayment>, Denied> {
        let Some(Order::Charge { uid, charge }) = self.ledger.order(&id).await? else {
            return Ok(None);
        };
        let ChargeState::Paid { imp_uid } = charge.outcome else { return Ok(None) };
        let mut cursor: Option<String> = None;
        loop {
            let (page, next) = self.ledger.payments(&uid, PAGE, cursor.as_deref()).await?;
            let found = page.into_iter().find(|payment| payment.imp_uid == imp_uid);
            if found.is_some() || next.is_none() {
                return Ok(found);
            }
            cursor = next;
        }
    }
}
