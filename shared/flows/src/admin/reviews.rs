//! An admin's decisions about money: a review settled, a payment given back.

use crate::advance::Found;
use crate::each::Troubles;
use crate::{Denied, Error, Gudok, NotAsShown, Trouble};
use billing::{
    Act, Allowance, ChargeState, MerchantUid, OpenState, Order, Refusal, Resolution, Review,
    ReviewRefusal, Subscription, Uid, Won, kst_date,
};
use jiff::Timestamp;
use ledger::BookedPayment;

/// How many members with open reviews are read at once when one is looked for.
const PAGE: u16 = 100;

/// What an admin gives back of a payment.
#[derive(Debug, Clone, Copy)]
pub struct Refunding<'a> {
    /// How much.
    pub amount: Won,
    /// How much was shown to be left of it.
    pub shown: Won,
    /// Why, as Iamport's console shows it.
    pub reason: &'a str,
    /// Whether the subscription ends with it, at once; else access is left as it is.
    pub end: bool,
}

impl Gudok {
    /// Members with open reviews, the longest waiting first, at most `limit`, and the cursor of the next.
    ///
    /// # Errors
    /// Denied when the cursor is none of ours.
    pub async fn reviewing(
        &self,
        limit: u16,
        cursor: Option<&str>,
    ) -> Result<(Vec<Subscription>, Option<String>), Error> {
        let (waiting, next) = self.books.ledger.reviewing(limit, cursor).await?;
        let waiting = self.readable(waiting, &mut Troubles::default());
        let open = waiting.into_iter().map(|open| open.uid).collect();
        let subscriptions = self.read(open).await.heard()?.done;
        Ok((subscriptions.into_iter().flatten().collect(), next))
    }

    /// Settles a review, and goes on from there. `shown` is the money that the admin was shown it is about, if
    /// any was.
    ///
    /// # Errors
    /// Denied when no such review is open, when it is not to be settled like this, when it is about another amount, for
    /// money of the admin's own, and for more than one admin may give back on a day.
    pub async fn resolve(
        &self,
        by: &Uid,
        id: &str,
        resolution: Resolution,
        shown: Option<Won>,
        reason: Option<&str>,
    ) -> Result<Subscription, Error> {
        let order = self.order_in_review(id).await?.ok_or(ReviewRefusal::NotOpen)?;
        if order.uid() == by && matches!(resolution, Resolution::Accept | Resolution::Refund) {
            return Err(Denied::OwnPayment.into());
        }
        let reason = reason.map(ToOwned::to_owned);
        let act = Act::ResolvedReview { review: id.to_owned(), resolution, reason };
        let found = self.found_standing(&order, resolution).await?;
        self.record_with(order.uid(), Some((by, act)), found, |change, now| {
            let review = change.subscription.reviews.iter().find(|review| review.id == id);
            let about = review.map_or(Won::ZERO, Review::amount);
            let closed = change.subscription.resolve(id, resolution, &order, by, now)?;
            if shown.is_some_and(|shown| shown != about) {
                return Err(NotAsShown::Review(about).into());
            }
            change.orders.extend(closed);
            change.allowance =
                (resolution == Resolution::Refund).then(|| self.allowance(by, about, now));
            Ok(true)
        })
        .await?
        .ok_or_else(|| Refusal::NoSubscription.into())
    }

    /// The order that an open review is about. Where the table was put back to an earlier moment and it is gone, it
    /// is stored again as the member's row tells it: the member is found among those who have a review open.
    async fn order_in_review(&self, id: &str) -> Result<Option<Order>, Error> {
        let Some(order) = Review::order_of(id) else { return Ok(None) };
        if let Some(stored) = self.books.ledger.order(&order).await? {
            return Ok(Some(stored));
        }
        let mut cursor: Option<String> = None;
        loop {
            let (members, next) = self.reviewing(PAGE, cursor.as_deref()).await?;
            let mut waiting = members.iter();
            let has_it = |row: &&Subscription| row.reviews.iter().any(|review| review.id == id);
            if let Some(member) = waiting.find(has_it) {
                return Ok(self.find_order(order, &member.uid, &[]).await?);
            }
            if next.is_none() {
                return Ok(None);
            }
            cursor = next;
        }
    }

    /// What Iamport says of the schedule of a charge that is given up: if it stands, it is taken back before the
    /// period is charged anew. If Iamport does not say, the charge is not given up.
    async fn found_standing(
        &self,
        order: &Order,
        resolution: Resolution,
    ) -> Result<Option<Found>, Trouble> {
        let Order::Charge { charge, .. } = order else { return Ok(None) };
        let placed = matches!(
            charge.outcome,
            ChargeState::Open(OpenState::Scheduling { .. } | OpenState::Scheduled { .. })
        );
        if resolution != Resolution::Dismiss || !placed {
            return Ok(None);
        }
        let sighting = self.look_up_schedule(charge.merchant_uid).await?;
        Ok(Some(Found { order: order.clone(), records: None, schedule: Some(sighting) }))
    }

    /// Gives a payment back, or a part of it, because an admin says so. Says how the payment now stands: what
    /// Iamport does not answer for at once is given back by a later sweep, and of much another admin is asked first.
    ///
    /// # Errors
    /// Denied when no payment was made under this order, when another amount is left of it, for a payment of the
    /// admin's own, and for more than one admin may give back on a day.
    pub async fn refund_payment(
        &self,
        by: &Uid,
        id: MerchantUid,
        Refunding { amount, shown, reason, end }: Refunding<'_>,
    ) -> Result<BookedPayment, Error> {
        let (order, payment) = self.payment_of(id).await?.ok_or(Denied::NoSuchPayment)?;
        if payment.uid == *by {
            return Err(Denied::OwnPayment.into());
        }
        let payment = self.as_iamport_says(order, payment).await?;
        let left = payment.amount.checked_sub(payment.refunded).unwrap_or(Won::ZERO);
        if left != shown || amount == Won::ZERO || amount > left {
            return Err(NotAsShown::Payment(left).into());
        }
        let (uid, refundable) = (&payment.uid, payment.refundable());
        let in_all = payment.refunded.checked_add(amount).unwrap_or(payment.amount);
        let limit = self.books.settings.policy.second_admin_above;
        let needs_another = limit.is_some_and(|limit| amount > limit);
        let (imp_uid, said) = (payment.imp_uid.clone(), reason.to_owned());
        let act = if needs_another {
            Act::ProposedRefund { imp_uid, amount, reason: said }
        } else {
            Act::Refunded { imp_uid, amount: Some(amount), reason: said }
        };
        self.record(uid, Some((by, act)), |change, now| {
            let it = &mut change.subscription;
            let new = if needs_another {
                it.propose_refund(&refundable, in_all, reason, by, now)
            } else {
                let owed = it.owe_back(&refundable, in_all, reason, Some(by), now);
                change.allowance = owed.then(|| self.allowance(by, amount, now));
                owed
            };
            // What another admin has yet to agree to ends nothing, nor does money of an earlier run.
            let of_this_run = it.has_ordered(refundable.merchant_uid);
            let may_end = end && !needs_another && of_this_run;
            let ended = may_end && it.end_now(now).unwrap_or(false);
            Ok(new || ended)
        })
        .await?
        .ok_or(Refusal::NoSubscription)?;
        let now = self.books.ledger.payment(uid, payment.paid_at, &payment.imp_uid).await?;
        Ok(now.unwrap_or(payment))
    }

    /// So much of what this admin may give back today.
    fn allowance(&self, by: &Uid, amount: Won, now: Timestamp) -> Allowance {
        let of = self.books.settings.policy.refunds_a_day;
        Allowance { by: by.clone(), on: kst_date(now), amount, of }
    }

    /// The payment, with what was given back at Iamport's console unheard. If Iamport does not answer our books
    /// have to do; a refund waits for its answer then.
    async fn as_iamport_says(
        &self,
        order: Order,
        payment: BookedPayment,
    ) -> Result<BookedPayment, Error> {
        let (uid, imp_uid) = (&payment.uid, &payment.imp_uid);
        if let Err(trouble) = Box::pin(self.take_up_payment(imp_uid, order)).await {
            trouble.log_for(uid, self);
        }
        let now = self.books.ledger.payment(uid, payment.paid_at, imp_uid).await?;
        Ok(now.unwrap_or(payment))
    }

    /// The order of that id, and the payment made under it.
    async fn payment_of(&self, id: MerchantUid) -> Result<Option<(Order, BookedPayment)>, Error> {
        let Some(order) = self.books.ledger.order(&id).await? else { return Ok(None) };
        let Order::Charge { uid, charge } = &order else { return Ok(None) };
        let Some(imp_uid) = charge.paid_with() else { return Ok(None) };
        let payment = self.books.payment_with(uid, imp_uid).await?;
        Ok(payment.map(|payment| (order, payment)))
    }
}
