//! The tables: what is stored of one member, and the one write.

use crate::hashed::Hashed;
use billing::{Change, ImpUid, MerchantUid, Order, RefundDue, Refundable, Subscription, Won};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version of every row that is stored, and of whatever was read of it while nobody was there since. How high it is
/// makes no difference: only whether it is the same.
pub const FRESH: u64 = 2;

/// The version of what was read before somebody else wrote.
pub const STALE: u64 = 1;

/// What is stored of one member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Tables {
    /// The member's row.
    pub row: Option<Hashed<Subscription>>,
    /// The orders.
    pub orders: Arc<BTreeMap<MerchantUid, Hashed<Order>>>,
    /// The payments.
    pub payments: Arc<BTreeMap<ImpUid, Booked>>,
}

/// A payment's row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Booked {
    /// The order.
    pub merchant_uid: MerchantUid,
    /// What was paid.
    pub amount: Won,
    /// What was given back.
    pub refunded: Won,
    /// When it was paid.
    pub paid_at: Timestamp,
}

/// Why a change was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// Somebody was there before.
    Race,
    /// An order that it opens is stored already.
    Taken(MerchantUid),
    /// The payment is stored already.
    Booked(ImpUid),
    /// The row on which a refund is to be noted is not there.
    NoSuchPayment(ImpUid),
}

impl Tables {
    /// The one write, under the same conditions as the ledger's: all of it or nothing.
    pub fn store(&mut self, change: &Change) -> Result<Hashed<Subscription>, Lost> {
        let version = self.row.as_ref().map_or(0, |row| row.version);
        if change.subscription.version != version {
            return Err(Lost::Race);
        }
        let taken = change.opened.iter().map(Order::merchant_uid);
        if let Some(id) = taken.into_iter().find(|id| self.orders.contains_key(id)) {
            return Err(Lost::Taken(id));
        }
        if let Some(payment) = &change.payment {
            let imp_uid = payment.receipt().imp_uid();
            if self.payments.contains_key(imp_uid) {
                return Err(Lost::Booked(imp_uid.clone()));
            }
        }
        if let Some(refund) = &change.refund
            && !self.payments.contains_key(&refund.imp_uid)
        {
            return Err(Lost::NoSuchPayment(refund.imp_uid.clone()));
        }
        Ok(self.put(change))
    }

    fn put(&mut self, change: &Change) -> Hashed<Subscription> {
        if !(change.orders.is_empty() && change.opened.is_empty()) {
            let orders = Arc::make_mut(&mut self.orders);
            for order in change.orders.iter().chain(&change.opened) {
                orders.insert(order.merchant_uid(), Hashed::new(order.clone()));
            }
        }
        if let Some(payment) = &change.payment {
            let receipt = payment.receipt();
            let row = Booked {
                merchant_uid: receipt.merchant_uid(),
                amount: receipt.amount(),
                refunded: receipt.cancelled(),
                paid_at: receipt.paid_at(),
            };
            Arc::make_mut(&mut self.payments).insert(receipt.imp_uid().clone(), row);
        }
        if let Some(refund) = &change.refund
            && let Some(row) = Arc::make_mut(&mut self.payments).get_mut(&refund.imp_uid)
        {
            row.refunded = refund.refunded;
        }
        let mut row = change.subscription.clone();
        row.version = FRESH;
        forget_when(&mut row);
        let row = Hashed::new(row);
        self.row = Some(row.clone());
        row
    }

    /// Erases the member, if nobody was there since.
    pub fn erase(&mut self, read: &Subscription) -> bool {
        let is_same = self.row.as_ref().is_some_and(|row| row.version == read.version);
        if is_same {
            *self = Self::default();
        }
        is_same
    }

    /// A payment as far as giving it back goes.
    pub fn refundable(&self, imp_uid: &ImpUid) -> Option<Refundable> {
        self.payments.get(imp_uid).map(|row| Refundable {
            imp_uid: imp_uid.clone(),
            merchant_uid: row.merchant_uid,
            amount: row.amount,
            refunded: row.refunded,
            paid_at: row.paid_at,
        })
    }

    /// Whether it is owed back.
    pub fn owes(&self, imp_uid: &ImpUid) -> bool {
        let due = |due: &RefundDue| due.imp_uid == *imp_uid;
        self.row.as_ref().is_some_and(|row| row.refunds.iter().any(due))
    }
}

/// When something was announced makes no difference to what is decided, nor does the number in a review's name: states
/// that differ in nothing else are one.
fn forget_when(row: &mut Subscription) {
    for news in &mut row.outbox {
        news.at = Timestamp::UNIX_EPOCH;
    }
    for (number, review) in row.reviews.iter_mut().enumerate() {
        review.id = format!("{}.{number}", review.merchant_uid);
    }
}
