//! Looking ahead: what is to be stored one after the other is stored in one write.

use crate::{Announcement, Change, Effect, Known, Order, Seen, Step, decide};

/// More than this is not stored together: a write has room for 100 rows.
const MOST: usize = 8;

/// What to do next, as [`decide`] says it; and where it is to store something, all with it that would be stored right
/// after without anybody being asked. What is done in one write cannot be left half done, and costs one.
///
/// Where nothing would be left to do then but to hand over news, those go first: that they were is stored with the
/// rest. Only what was found out or tidied up waits so, and can be found out again: never money, never what an
/// admin did, never the lease of a call.
pub fn decide_ahead(known: &Known<'_>) -> Step {
    let change = match decide(known) {
        Step::Commit(change) => change,
        step @ (Step::Do(_) | Step::Rest(_)) => return step,
    };
    match joined(known, *change) {
        (change, Some(Step::Do(Effect::Announce(news))))
            if change.can_wait() && known.all_stored(&news) =>
        {
            Step::Do(Effect::Announce(news))
        }
        (change, _) => Step::Commit(Box::new(change)),
    }
}

impl Known<'_> {
    /// This change, which somebody asked for, with what is decided right after it.
    pub fn with_what_follows(&self, change: Change) -> Change {
        joined(self, change).0
    }

    /// Whether all of this is in the outbox as it is stored.
    fn all_stored(&self, news: &[Announcement]) -> bool {
        news.iter().all(|news| self.subscription.outbox.contains(news))
    }
}

/// The change, with those that are decided on once it is stored, and what is to be done then, as far as that was looked
/// at. A lease is held only by whoever stored it, so what comes after one is decided on by a run that holds none.
fn joined(known: &Known<'_>, mut change: Change) -> (Change, Option<Step>) {
    let (mut seen, mut asked) = (known.seen.clone(), known.asked.to_vec());
    for _ in 1..MOST {
        seen.note(&change);
        change.note_in(&mut asked);
        let after =
            Known { subscription: &change.subscription, asked: &asked, seen: &seen, ..*known };
        match decide(&after) {
            Step::Commit(next) if change.takes(&next) => change.take(*next),
            step @ (Step::Commit(_) | Step::Do(_) | Step::Rest(_)) => return (change, Some(step)),
        }
    }
    (change, None)
}

impl Seen {
    /// Remembers what a change made true that was stored.
    pub fn note(&mut self, change: &Change) {
        if change.lease.is_some() {
            self.leased = None;
            self.told = None;
        }
        if let Some(payment) = &change.payment {
            let receipt = payment.receipt();
            self.unbooked.remove(receipt.imp_uid());
            self.refunded.insert(receipt.imp_uid().clone(), receipt.cancelled());
        }
        if let Some(refund) = &change.refund {
            self.refunded.insert(refund.imp_uid.clone(), refund.refunded);
        }
    }
}

impl Change {
    /// Puts the orders among these as they are with it.
    pub fn note_in(&self, asked: &mut [Order]) {
        for order in self.orders.iter().chain(&self.opened) {
            let id = order.merchant_uid();
            if let Some(asked) = asked.iter_mut().find(|asked| asked.merchant_uid() == id) {
                *asked = order.clone();
            }
        }
    }

    /// Whether the next can be stored with it: there is one payment in a write, one refund, and one lease, and what
    /// is noted on a payment's row is noted when that is stored.
    fn takes(&self, next: &Self) -> bool {
        let money = |change: &Self| change.payment.is_some() || change.refund.is_some();
        !(money(self) && money(next) || self.lease.is_some() && next.lease.is_some())
    }

    /// Whether nothing is lost if this is never stored: who looks again finds it out again.
    const fn can_wait(&self) -> bool {
        self.payment.is_none()
            && self.refund.is_none()
            && self.lease.is_none()
            && self.opened.is_empty()
            && self.acts.is_empty()
            && self.claim.is_none()
    }

    fn take(&mut self, next: Self) {
        let Self { subscription, opened, orders, payment, refund, acts, allowance, claim, lease } =
            next;
        self.subscription = subscription;
        for order in orders {
            let id = order.merchant_uid();
            let mut mine = self.opened.iter_mut().chain(&mut self.orders);
            match mine.find(|mine| mine.merchant_uid() == id) {
                Some(mine) => *mine = order,
                None => self.orders.push(order),
            }
        }
        self.opened.extend(opened);
        self.payment = self.payment.take().or(payment);
        self.refund = self.refund.take().or(refund);
        self.acts.extend(acts);
        self.allowance = self.allowance.take().or(allowance);
        self.claim = self.claim.or(claim);
        self.lease = self.lease.or(lease);
    }
}
