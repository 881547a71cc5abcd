//! Opening a review and settling it. Each is a pure change of the subscription; carrying it out is the loop's work.

use crate::{
    ClosedState, MerchantUid, News, OpenState, Order, Record, RefundDue, Refundable, Registration,
    RegistrationState, Resolution, Review, Subscription, Uid, Verdict, Why, Won,
};
use jiff::Timestamp;

/// Why a review is not settled as asked. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefusal {
    /// No such review is open: there never was one, or it is settled.
    #[error("no such review is open")]
    NotOpen,
    /// Not a way to settle this one.
    #[error("this does not settle it")]
    NotAnAction,
    /// Who asked for it cannot agree to it.
    #[error("another admin has to agree")]
    NotByTheSame,
}

impl Subscription {
    /// Whether a person has something to settle about this order, or has just done so. An order read
    /// before that may still say otherwise.
    pub(crate) fn is_in_review(&self, order: MerchantUid) -> bool {
        self.in_review().any(|other| other == order)
    }

    /// The orders about which a person has something to settle, or has just settled something.
    pub(crate) fn in_review(&self) -> impl Iterator<Item = MerchantUid> {
        let reviews = self.reviews.iter().filter(|review| !review.waits);
        let verdicts = self.verdicts.iter().map(|verdict| verdict.order.merchant_uid());
        reviews.map(|review| review.merchant_uid).chain(verdicts)
    }

    /// Settles a review. `order` is the order it is about, as stored: what is booked under it is not booked
    /// again. What follows from it is the loop's work. Gives back the order if that was closed.
    ///
    /// # Errors
    /// Refused when it is not open, or not to be settled like this.
    pub fn resolve(
        &mut self,
        id: &str,
        resolution: Resolution,
        order: &Order,
        by: &Uid,
        now: Timestamp,
    ) -> Result<Option<Order>, ReviewRefusal> {
        let review =
            self.reviews.iter().find(|review| review.id == id).ok_or(ReviewRefusal::NotOpen)?;
        if !review.actions().contains(&resolution) || review.merchant_uid != order.merchant_uid() {
            return Err(ReviewRefusal::NotAnAction);
        }
        let asked = review.refund.as_ref().filter(|_| review.why == Why::AnotherAdmin);
        if resolution == Resolution::Refund && asked.is_some_and(|due| due.by.as_ref() == Some(by))
        {
            return Err(ReviewRefusal::NotByTheSame);
        }
        let review = review.clone();
        self.reviews.retain(|other| other.id != id);
        let mut closed = None;
        match (resolution, &review.refund) {
            (Resolution::Refund, Some(due)) => {
                let by = Some(by.clone());
                self.refunds.push(RefundDue { refused_since: None, by, ..due.clone() });
            }
            (Resolution::Accept | Resolution::Refund, _) => {
                let new = review.payments().filter(|record| !order.is_paid_by(&record.imp_uid));
                self.verdicts.extend(new.map(|record| Verdict {
                    order: order.clone(),
                    imp_uid: record.imp_uid.clone(),
                    counts: resolution == Resolution::Accept,
                    by: Some(by.clone()),
                }));
            }
            (Resolution::LookAgain, _) => self.reopen(order, now),
            (Resolution::Dismiss, _) if review.waits => {
                let mut charges = self.charges.iter();
                let given_up = charges.find(|open| open.merchant_uid == review.merchant_uid);
                closed = given_up.map(|open| Order::Charge {
                    uid: self.uid.clone(),
                    charge: open.with(ClosedState::Abandoned.into()),
                });
                self.let_go(review.merchant_uid);
            }
            (Resolution::Dismiss, _) => {}
        }
        self.tell(now, News::ReviewResolved { merchant_uid: review.merchant_uid, resolution });
        Ok(closed)
    }

    /// Opens a review and sees to it that a person hears of it.
    pub(crate) fn review(
        &mut self,
        merchant_uid: MerchantUid,
        why: Why,
        facts: &[Record],
        now: Timestamp,
    ) -> &mut Review {
        self.open_review(Review {
            id: format!("{merchant_uid}.{}", self.version),
            merchant_uid,
            why,
            said: None,
            at: now,
            facts: facts.to_vec(),
            refund: None,
            waits: false,
            booked: None,
        })
    }

    /// Has another admin agree to giving a payment back, until so much of it has gone back in all. Asked again it changes
    /// nothing. Says whether anything changed.
    pub fn propose_refund(
        &mut self,
        payment: &Refundable,
        in_all: Won,
        reason: &str,
        by: &Uid,
        now: Timestamp,
    ) -> bool {
        if self.is_to_give_back(&payment.imp_uid) || payment.refunded >= in_all {
            return false;
        }
        let due = payment.due(in_all.min(payment.amount), reason, Some(by));
        self.open_refund_review(&due, Why::AnotherAdmin, reason, now);
        true
    }

    /// Opens the review of a refund that Iamport would not make, with its words.
    pub(crate) fn review_refund(&mut self, due: &RefundDue, said: &str, now: Timestamp) {
        self.open_refund_review(due, Why::RefundRefused, said, now);
    }

    fn open_refund_review(&mut self, due: &RefundDue, why: Why, said: &str, now: Timestamp) {
        self.open_review(Review {
            id: format!("{}.{}", due.merchant_uid, self.version),
            merchant_uid: due.merchant_uid,
            why,
            said: Some(said.to_owned()),
            at: now,
            facts: Vec::new(),
            refund: Some(due.clone()),
            waits: false,
            booked: None,
        });
    }

    fn open_review(&mut self, review: Review) -> &mut Review {
        let (why, said) = (review.why.clone(), review.said.clone());
        self.tell(review.at, News::ReviewOpened { merchant_uid: review.merchant_uid, why, said });
        self.reviews.push_mut(review)
    }

    /// Carries an order again, its outcome unknown.
    fn reopen(&mut self, order: &Order, now: Timestamp) {
        match order {
            Order::Charge { charge, .. } => {
                self.charges.push(charge.with(OpenState::Charging { until: now }));
            }
            Order::Registration { registration, .. } => {
                let outcome = RegistrationState::Open;
                let registration = registration.clone();
                self.registrations.push(Registration { outcome, look_at: now, ..registration });
            }
        }
    }
}
