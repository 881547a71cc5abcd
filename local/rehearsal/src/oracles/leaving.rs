//! *Leaving*: nobody pays after leaving in whatever way: a deleted account, or a key or schedule that a person
//! removed at Iamport's console.

use crate::history::actions::AccountAction;
use crate::history::time::{HOUR, plus, plus_days};
use billing::{CustomerUid, MerchantUid, News, SubscriptionId};
use iamport_simulator::Charge;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Within how many days a missing account has to be noticed: one night, and two more in case something is down;
/// and one of those nights has to have gone through without trouble.
const NOTICED_AFTER: i64 = 3;

/// Who has left, and how.
#[derive(Debug, Default)]
pub(crate) struct Leaving {
    /// Accounts that were deleted or disabled, and when.
    pub(crate) accounts: BTreeMap<String, (AccountAction, Timestamp)>,
    /// Who is to be erased, or was.
    pub(crate) erased: BTreeSet<String>,
    /// Keys that a person deleted.
    pub(crate) deleted_keys: BTreeSet<CustomerUid>,
    /// Schedules that a person revoked, and when.
    pub(crate) revoked: Vec<(String, MerchantUid, Timestamp)>,
    /// Orders that were paid after they had failed, in addition to whatever was started instead.
    pub(crate) recovered: BTreeSet<String>,
    /// Schedules that a person moved.
    pub(crate) moved: BTreeSet<String>,
    /// When reconciliation went through without trouble.
    pub(crate) compared: BTreeSet<Timestamp>,
    /// When each member, or someone on their behalf, last asked for something, and when a person was told
    /// something about them.
    spoken: BTreeMap<String, BTreeSet<Timestamp>>,
    told: BTreeMap<String, BTreeSet<Timestamp>>,
}

impl Leaving {
    /// An account was deleted or disabled.
    pub(crate) fn left(&mut self, uid: &str, action: AccountAction, now: Timestamp) {
        self.accounts.entry(uid.to_owned()).or_insert((action, now));
    }

    /// Everything of the member is to be erased.
    pub(crate) fn erases(&mut self, uid: &str, now: Timestamp) {
        self.erased.insert(uid.to_owned());
        self.left(uid, AccountAction::Delete, now);
    }

    /// Whether this member can no longer sign in: an ID token outlives its account by an hour. Whoever is to be erased
    /// says no more.
    pub(crate) fn is_gone(&self, uid: &str, now: Timestamp) -> bool {
        self.erased.contains(uid)
            || self.accounts.get(uid).is_some_and(|(_, at)| plus(*at, HOUR) <= now)
    }

    /// A person revoked a schedule at the console.
    pub(crate) fn revoked_at_console(&mut self, uid: &str, order: &str, now: Timestamp) {
        if let Ok(order) = order.parse() {
            self.revoked.push((uid.to_owned(), order, now));
        }
    }

    /// The member asked for something.
    pub(crate) fn speaks(&mut self, uid: &str, now: Timestamp) {
        self.spoken.entry(uid.to_owned()).or_default().insert(now);
    }

    /// News for a person was stored.
    pub(crate) fn told(&mut self, uid: &str, news: &News, now: Timestamp) {
        // Routine monthly news does not count.
        if !matches!(
            news,
            News::Paid { .. }
                | News::Subscribed { .. }
                | News::ConsentAsked { .. }
                | News::CardExpiring { .. }
                | News::RefundDue { .. }
                | News::Refunded { .. }
                | News::RetryPlanned { .. }
        ) {
            self.told.entry(uid.to_owned()).or_default().insert(now);
        }
    }

    /// What was charged and kept after a member had left.
    pub(crate) fn paid_after(
        &self,
        owners: &BTreeMap<SubscriptionId, String>,
        charges: &[Charge],
    ) -> Vec<String> {
        let kept = |charge: &&Charge| {
            charge.cancelled_amount < charge.amount && charge.customer_uid.is_some()
        };
        let mut found = Vec::new();
        for charge in charges.iter().filter(kept) {
            let Ok(MerchantUid::Charge { subscription, period, .. }) = charge.merchant_uid.parse()
            else {
                continue;
            };
            let Some(uid) = owners.get(&subscription) else { continue };
            found.extend(self.without_an_account(uid, charge));
            found.extend(self.though_revoked(uid, (subscription, period), charge));
        }
        found
    }

    /// Finds a charge long after the account was gone, and after a night that could have noticed.
    fn without_an_account(&self, uid: &str, charge: &Charge) -> Option<String> {
        let (action, at) = self.accounts.get(uid)?;
        let long = charge.paid_at > plus_days(*at, NOTICED_AFTER);
        let nights = || self.compared.range(plus(*at, HOUR)..charge.paid_at);
        (long && nights().next().is_some()).then(|| {
            let (order, paid) = (&charge.merchant_uid, charge.paid_at);
            format!("{order} moved at {paid}; {uid}: {action:?} at {at}")
        })
    }

    /// Finds a charge for a period whose schedule was revoked at the console, if nobody has said a word since.
    fn though_revoked(
        &self,
        uid: &str,
        period: (SubscriptionId, u16),
        charge: &Charge,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for (_, order, at) in self.revoked.iter().filter(|(other, ..)| other == uid) {
            let same = matches!(order, MerchantUid::Charge { subscription, period: of, .. }
                if (*subscription, *of) == period);
            let between = |of: &BTreeMap<String, BTreeSet<Timestamp>>| {
                let mut said = of.get(uid).into_iter().flatten();
                said.any(|said| at <= said && *said <= charge.paid_at)
            };
            let silent = !between(&self.told) && !between(&self.spoken);
            if same && charge.paid_at > *at && silent {
                let (order, paid) = (&charge.merchant_uid, charge.paid_at);
                found.push(format!(
                    "{order} moved at {paid}; its schedule was revoked at {at} at the console, and nobody was told"
                ));
            }
        }
        found
    }
}
