//! *Days* and *parts*: what an admin gave a member is not lost, and no more of a payment goes back than somebody asked for.

use crate::oracles::failures::Finding;
use billing::{Subscription, SubscriptionId};
use iamport_simulator::Charge;
use std::collections::{BTreeMap, BTreeSet};

/// What admins gave.
#[derive(Debug, Default)]
pub(crate) struct Days {
    /// Days to runs of which something was paid, as answered.
    given: BTreeMap<SubscriptionId, u16>,
    /// Runs that an admin ended, of which paid days are given up.
    put_out: BTreeSet<SubscriptionId>,
    /// How much of a payment was asked back in all, at the desk and at the console.
    asked_back: BTreeMap<String, i64>,
}

impl Days {
    /// It was answered that a member was given days.
    pub(crate) fn answered(&mut self, run: Option<SubscriptionId>, days: u16) {
        let Some(run) = run else { return };
        let given = self.given.entry(run).or_default();
        *given = given.saturating_add(days);
    }

    /// A row was stored.
    pub(crate) fn stored(&mut self, subscription: &Subscription) {
        let wish = subscription.cancellation.as_ref();
        if wish.is_some_and(|wish| wish.ends_at.is_some()) {
            self.put_out.insert(subscription.id);
        }
    }

    /// Whether paid days of that run were given up.
    pub(crate) fn are_given_up(&self, run: SubscriptionId) -> bool {
        self.put_out.contains(&run)
    }

    /// Somebody asks so much of a payment back; it may be refused.
    pub(crate) fn asks_back(&mut self, imp_uid: &str, amount: i64) {
        let asked = self.asked_back.entry(imp_uid.to_owned()).or_default();
        *asked = asked.saturating_add(amount);
    }

    /// What an admin gave and the row does not hold.
    pub(super) fn lost(&self, subscription: &Subscription) -> Option<Finding> {
        let answered = self.given.get(&subscription.id).copied().unwrap_or_default();
        let (uid, has) = (&subscription.uid, subscription.days_given);
        (has < answered).then(|| ("days", format!("{uid} was given {answered} days and has {has}")))
    }

    /// Payments of which a part went back that nobody asked for. What is `owed`, or went back whole, may have paid for
    /// nothing.
    pub(super) fn parts(&self, charges: &[Charge], owed: impl Fn(&str) -> bool) -> Vec<Finding> {
        let more = charges.iter().filter(|charge| {
            let asked = self.asked_back.get(&charge.imp_uid);
            charge.cancelled_amount < charge.amount
                && asked.is_some_and(|asked| charge.cancelled_amount > *asked)
                && !owed(&charge.imp_uid)
        });
        let what = |charge: &Charge| {
            let Charge { cancelled_amount, amount, imp_uid, .. } = charge;
            format!("{cancelled_amount} of {amount} went back of {imp_uid}")
        };
        more.map(|charge| ("parts", what(charge))).collect()
    }
}
