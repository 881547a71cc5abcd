//! What the desk shows of one member, which is everything that is known, and what an admin asks for in a member's
//! place.

use crate::member::{cancel, erase};
use crate::{Denied, Error, Gudok, Settings};
use billing::{Act, Change, Entry, Expected, Order, Subscription, Uid, forecast};
use jiff::{Timestamp, civil::Date};
use ledger::BookedPayment;

/// Everything known of a member.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// The subscription.
    pub subscription: Subscription,
    /// Every intent, the newest first.
    pub orders: Vec<Order>,
    /// Money that moved, the newest first.
    pub payments: Vec<BookedPayment>,
    /// A page of what was announced and done, the newest first.
    pub journal: Vec<Entry>,
    /// Where the journal's next page begins.
    pub cursor: Option<String>,
}

impl Gudok {
    /// Everything known of a member, with a page of the journal.
    ///
    /// # Errors
    /// Denied when there is no such member, and when the cursor is none of ours.
    pub async fn timeline(
        &self,
        uid: &Uid,
        limit: u16,
        cursor: Option<&str>,
    ) -> Result<Timeline, Error> {
        let ledger = &self.books.ledger;
        let (subscription, orders, payments, (journal, cursor)) = futures::try_join!(
            ledger.subscription(uid),
            ledger.orders_of(uid),
            ledger.all_payments(uid),
            ledger.journal(uid, limit, cursor),
        )?;
        let subscription = subscription.ok_or(Denied::NoSuchMember)?;
        let mut orders = orders;
        orders.sort_by_key(|order| std::cmp::Reverse((order.opened_at(), order.merchant_uid())));
        Ok(Timeline { subscription, orders, payments, journal, cursor })
    }

    /// The member's next charges under today's rules, without making them.
    ///
    /// # Errors
    /// Denied when there is no such member.
    pub async fn forecast(&self, uid: &Uid, count: u16) -> Result<Vec<Expected>, Error> {
        let subscription =
            self.books.ledger.subscription(uid).await?.ok_or(Denied::NoSuchMember)?;
        let Settings { catalogue, policy, .. } = &*self.books.settings;
        Ok(forecast(&subscription, catalogue, policy, self.books.now(), count))
    }

    /// Cancels for a member, because an admin says so, and why.
    ///
    /// # Errors
    /// Denied as [`cancel`](Self::cancel) is, and when there is no such member.
    pub async fn cancel_for(
        &self,
        by: &Uid,
        uid: &Uid,
        reason: &str,
        shown: Option<Date>,
    ) -> Result<Subscription, Error> {
        let act = Act::Cancelled { reason: reason.to_owned() };
        self.ask_for(by, uid, act, |subscription, now| cancel(subscription, shown, now)).await
    }

    /// Takes a cancellation back for a member, because an admin says so, and why.
    ///
    /// # Errors
    /// Denied as [`resume`](Self::resume) is, and when there is no such member.
    pub async fn resume_for(
        &self,
        by: &Uid,
        uid: &Uid,
        reason: &str,
    ) -> Result<Subscription, Error> {
        let act = Act::Resumed { reason: reason.to_owned() };
        self.ask_for(by, uid, act, |subscription, now| Ok(subscription.resume(now)?)).await
    }

    /// Has everything of a member erased, because an admin says so, and why. What the admin did stays in the admin's own
    /// journal.
    ///
    /// # Errors
    /// Denied as [`erase`](Self::erase) is, and when there is no such member.
    pub async fn erase_for(
        &self,
        by: &Uid,
        uid: &Uid,
        reason: &str,
        shown: Option<Date>,
    ) -> Result<Subscription, Error> {
        self.no_admin(uid).await?;
        let act = Act::Erased { reason: reason.to_owned() };
        self.ask_for(by, uid, act, |subscription, now| erase(subscription, shown, now)).await
    }

    /// What an admin asks for in a member's place. The uid may be mistyped.
    async fn ask_for(
        &self,
        by: &Uid,
        uid: &Uid,
        act: Act,
        asks: impl Fn(&mut Subscription, Timestamp) -> Result<bool, Error>,
    ) -> Result<Subscription, Error> {
        let asks = |change: &mut Change, now| asks(&mut change.subscription, now);
        Ok(self.record(uid, Some((by, act)), asks).await?.ok_or(Denied::NoSuchMember)?)
    }
}
