//! *Nobody pays after leaving in any way*: an account that is gone, a key or a schedule that a person took
//! away at Iamport's console.

use crate::actors::AtSignIn;
use crate::books::{Books, is_ordinary};
use crate::history::DAY;
use crate::world::plus;
use billing::{CustomerUid, MerchantUid, News};
use iamport_simulator::Charge;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Within how long it is noticed that an account is gone: a night, and two more for what may be down then; and
/// one of the nights has to have come through without trouble.
const NOTICED_AFTER: i64 = 3 * DAY;

/// Who has left, and how.
#[derive(Debug, Default)]
pub(crate) struct Leaving {
    /// Accounts that are gone or disabled, and since when.
    pub(crate) accounts: BTreeMap<String, (AtSignIn, Timestamp)>,
    /// Keys that a person deleted.
    pub(crate) deleted_keys: BTreeSet<CustomerUid>,
    /// Schedules that a person revoked, and when.
    pub(crate) revoked: Vec<(String, MerchantUid, Timestamp)>,
    /// Orders that were paid after they had failed, beside whatever was begun instead.
    pub(crate) recovered: BTreeSet<String>,
    /// Schedules that a person moved.
    pub(crate) moved: BTreeSet<String>,
    /// When the books were compared and nothing was in the way.
    pub(crate) compared: BTreeSet<Timestamp>,
    /// When each member, or whoever acts for them, last said what is to be, and when a person was told of
    /// something.
    spoken: BTreeMap<String, BTreeSet<Timestamp>>,
    told: BTreeMap<String, BTreeSet<Timestamp>>,
}

impl Leaving {
    pub(crate) fn left(&mut self, uid: &str, deed: AtSignIn, now: Timestamp) {
        self.accounts.entry(uid.to_owned()).or_insert((deed, now));
    }

    /// Whether nobody can sign in as this member any more: an ID token outlives its account by an hour.
    pub(crate) fn is_gone(&self, uid: &str, now: Timestamp) -> bool {
        self.accounts.get(uid).is_some_and(|(_, at)| plus(*at, 3_600) <= now)
    }

    pub(crate) fn revoked_at_console(&mut self, uid: &str, order: &str, now: Timestamp) {
        if let Ok(order) = order.parse() {
            self.revoked.push((uid.to_owned(), order, now));
        }
    }

    /// The member said what is to be.
    pub(crate) fn speaks(&mut self, uid: &str, now: Timestamp) {
        self.spoken.entry(uid.to_owned()).or_default().insert(now);
    }

    /// Something was stored that a person is told.
    pub(crate) fn told(&mut self, uid: &str, news: &News, now: Timestamp) {
        // What is told of every month tells nobody of this.
        if !matches!(
            news,
            News::Paid { .. }
                | News::Subscribed { .. }
                | News::ConsentAsked { .. }
                | News::CardExpiring { .. }
                | News::Refunded { .. }
                | News::RetryPlanned { .. }
        ) {
            self.told.entry(uid.to_owned()).or_default().insert(now);
        }
    }
}

impl Books {
    /// What was charged and kept after a member had left.
    pub(crate) fn paid_after_leaving(&self, charges: &[Charge]) -> Vec<String> {
        let leaving = &self.leaving;
        let kept =
            |charge: &&Charge| charge.cancelled_amount < charge.amount && !is_ordinary(charge);
        let mut found = Vec::new();
        for charge in charges.iter().filter(kept) {
            let Ok(MerchantUid::Charge { subscription, period, .. }) = charge.merchant_uid.parse()
            else {
                continue;
            };
            let Some(uid) = self.owners.get(&subscription) else { continue };
            if let Some((deed, at)) = leaving.accounts.get(uid)
                && charge.paid_at > plus(*at, NOTICED_AFTER)
                && leaving.compared.range(plus(*at, 3_600)..charge.paid_at).next().is_some()
            {
                let (order, paid) = (&charge.merchant_uid, charge.paid_at);
                found.push(format!("{order} moved at {paid}; {uid}: {deed:?} at {at}"));
            }
            for (_, order, at) in leaving.revoked.iter().filter(|(other, ..)| other == uid) {
                let same = matches!(order, MerchantUid::Charge { subscription: other, period: of, .. }
                    if *other == subscription && *of == period);
                let between = |of: &BTreeMap<String, BTreeSet<Timestamp>>| {
                    let mut said = of.get(uid).into_iter().flatten();
                    said.any(|said| at <= said && *said <= charge.paid_at)
                };
                let silent = !between(&leaving.told) && !between(&leaving.spoken);
                if same && charge.paid_at > *at && silent {
                    let (order, paid) = (&charge.merchant_uid, charge.paid_at);
                    found.push(format!(
                        "{order} moved at {paid}; its schedule was revoked at {at} at the console, and nobody was told"
                    ));
                }
            }
        }
        found
    }
}
