//! Declines: what is tried again, and when.

use super::guard::{self, Judged};
use super::known::Known;
use super::step::Step;
use super::transition::close;
use crate::{ClosedState, Decline, DeclineClass, Dunning, News, OpenCharge, Subscription};
use jiff::ToSpan;

/// Stores a definite decline, and when to try again.
pub(super) fn declined(
    known: &Known<'_>,
    charge: &OpenCharge,
    mut decline: Decline,
) -> Option<Step> {
    let mut next = known.subscription.clone();
    if known.subscription.wants(charge, known.now, known.policy) {
        // As the provider says it: when many cards are tried at once, their declines are held as its trouble.
        let of_the_card = decline.class != DeclineClass::Provider;
        let judged = match guard::judge(known, charge.merchant_uid, decline) {
            Ok(judged) => judged,
            Err(count) => return Some(Step::Do(*count)),
        };
        let news;
        Judged { decline, news } = judged;
        next.count_decline(known, charge, &decline, of_the_card);
        if let Some(news) = news {
            next.tell(known.now, news);
        }
    }
    close(known, next, charge, ClosedState::Declined { decline }, None)
}

impl Subscription {
    /// Counts a decline of the period to pay and decides when to try again.
    fn count_decline(
        &mut self,
        known: &Known<'_>,
        charge: &OpenCharge,
        decline: &Decline,
        of_the_card: bool,
    ) {
        let policy = known.policy;
        let transient = decline.class == DeclineClass::Transient
            && self.dunning.transients < policy.transient_tries;
        if transient {
            self.dunning.transients = self.dunning.transients.saturating_add(1);
            self.dunning.retry_at = known.now.saturating_add(policy.transient_wait).ok();
            return;
        }
        if of_the_card {
            self.note_declined(charge.customer_uid, known.now);
        }
        let hard = decline.class == DeclineClass::Hard;
        let retry_at = match self.paid_through() {
            // Nothing was ever paid: the checkout has failed, and this card is not tried again.
            None => {
                self.unwanted_keys.extend(self.card.take().map(|card| card.customer_uid));
                None
            }
            Some(_) if hard => None,
            Some(due) => policy
                .retry_days
                .iter()
                .map(|days| {
                    policy.charge_at(due.saturating_add(i64::from(*days).days()), &self.uid)
                })
                .find(|at| *at > known.now),
        };
        self.dunning = Dunning {
            failures: self.dunning.failures.saturating_add(1),
            transients: 0,
            last: Some(decline.clone()),
            stopped: retry_at.is_none() && self.periods_paid > 0,
            retry_at,
            asked: self.dunning.asked,
        };
        let (merchant_uid, decline) = (charge.merchant_uid, decline.clone());
        self.tell(known.now, News::Declined { merchant_uid, decline, retry_at });
    }
}
