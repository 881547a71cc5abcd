//! Looking ahead: what is to be stored one after the other is stored in one write.

use crate::{Change, Known, Order, Seen, Step, decide};

/// More than this is not stored together: a write has room for 100 rows.
const MOST: usize = 8;

/// What to do next, as [`decide`] says it; and where it is to store something, all with it that would be stored right
/// after without anybody being asked. What is done in one write cannot be left half done, and costs one.
pub fn decide_ahead(known: &Known<'_>) -> Step {
    match decide(known) {
        Step::Commit(change) => Step::Commit(Box::new(joined(known, *change))),
        step @ (Step::Do(_) | Step::Rest(_)) => step,
    }
}

/// The change, with those that are decided on once it is stored. A lease is held only by whoever stored it, so what
/// comes after one is decided on by a run that holds none.
fn joined(known: &Known<'_>, mut change: Change) -> Change {
    let (mut seen, mut asked) = (known.seen.clone(), known.asked.to_vec());
    for _ in 1..MOST {
        seen.note(&change);
        change.note_in(&mut asked);
        let after =
            Known { subscription: &change.subscription, asked: &asked, seen: &seen, ..*known };
        let Step::Commit(next) = decide(&after) else { break };
        if !change.takes(&next) {
            break;
        }
        change.take(*next);
    }
    change
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

    fn take(&mut self, next: Self) {
        let Self { subscription, opened, orders, payment, refund, acts, lease } = next;
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
        self.lease = self.lease.or(lease);
    }
}
