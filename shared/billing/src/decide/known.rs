//! What a decision rests on: the member as stored, and what this run has seen and done.

use super::step::{Effect, Leased, SideEffect, Step};
use crate::{
    Access, Catalogue, Charge, CustomerUid, DeclineClass, ImpUid, LostAccount, MerchantUid, Order,
    Policy, Record, Registration, ScheduleSighting, Subscription, Won,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything a decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The member's subscription as stored.
    pub subscription: &'a Subscription,
    /// Orders that someone pointed at, as stored; the subscription may no longer carry them.
    pub asked: &'a [Order],
    /// What this run has seen and done so far.
    pub seen: &'a Seen,
    /// The time.
    pub now: Timestamp,
    /// The rules with numbers.
    pub policy: &'a Policy,
    /// The plans and their prices.
    pub catalogue: &'a Catalogue,
    /// Whether this run may take access away (the sweep under its guard, the admin's button).
    pub may_revoke: bool,
    /// Whether this run may erase the member (the sweep).
    pub may_erase: bool,
}

/// What one run of the loop has seen and done. It is forgotten with the run; what matters is committed.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// All records Iamport has under a `merchant_uid`; an empty list when it has none.
    pub records: BTreeMap<MerchantUid, Vec<Record>>,
    /// What Iamport says of a schedule.
    pub schedules: BTreeMap<MerchantUid, ScheduleSighting>,
    /// Schedules that Iamport was asked to take back. One that stands all the same is asked for later again.
    pub taken_back: BTreeSet<MerchantUid>,
    /// Charges and schedules that Iamport refused outright.
    pub refused: BTreeMap<MerchantUid, Refused>,
    /// How many declines of their kind there were when these were counted, each as what.
    pub counted: BTreeMap<(MerchantUid, DeclineClass), Counted>,
    /// What this run holds the lease of and not yet done.
    pub leased: Option<Leased>,
    /// Payments after a refund was asked for: what has been given back of them.
    pub refunded: BTreeMap<ImpUid, Won>,
    /// Refunds that Iamport would not make, with its words.
    pub refund_refused: BTreeMap<ImpUid, String>,
    /// Billing keys that are gone.
    pub deleted_keys: BTreeSet<CustomerUid>,
    /// When the sign-in service heard what this run had the lease to tell it.
    pub told: Option<Timestamp>,
    /// What the sign-in service said has become of the member's account, when it was told something.
    pub account: Option<LostAccount>,
    /// Announcements handed over.
    pub announced: BTreeSet<String>,
    /// Whether everything of the member was erased.
    pub is_erased: bool,
    /// What this run tried in vain; a later run tries again.
    pub failed: BTreeSet<SideEffect>,
    /// Whether something failed without which nothing else can be done in this run.
    pub is_stuck: bool,
    /// Orders that stand under an id which a change wanted to open: the subscription was put back to an earlier
    /// moment.
    pub taken: BTreeMap<MerchantUid, Order>,
    /// Orders as they are stored, `None` where there is none.
    pub stored: BTreeMap<MerchantUid, Option<Order>>,
    /// Payments whose row stands, though the subscription or the order does not know of it: one of the tables
    /// was put back to an earlier moment.
    pub booked: BTreeSet<ImpUid>,
    /// Payments that an order says are booked, and whose row is gone.
    pub unbooked: BTreeSet<ImpUid>,
}

/// Why Iamport refused a charge or a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// With these words, at that moment. No money moved.
    Said(String, Timestamp),
    /// A payment stands or stood under this `merchant_uid`. Whatever else is seen, that is no decline.
    PaidBefore,
}

/// How many declines of one class and wording there were in an hour, over all members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many, this one included. One that was counted by a run that then died counts twice.
    pub count: u64,
    /// The order of the first of them. It is the same for all that count there.
    pub first: MerchantUid,
}

impl Known<'_> {
    /// Until when what is leased now is this run's alone.
    pub(super) fn lease_until(&self) -> Timestamp {
        self.now.saturating_add(self.policy.lease).unwrap_or(Timestamp::MAX)
    }

    /// Whether this run holds the lease of that, and has not done it yet.
    pub(super) fn holds(&self, leased: Leased) -> bool {
        self.seen.leased == Some(leased)
    }

    /// All that Iamport has under that id, as far as it was seen.
    pub(super) fn facts(&self, id: MerchantUid) -> &[Record] {
        self.seen.records.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Has Iamport take a schedule back, once in a run.
    pub(super) fn unschedule(&self, customer_uid: CustomerUid, id: MerchantUid) -> Option<Step> {
        (!self.seen.taken_back.contains(&id)).then_some(Effect::Unschedule(customer_uid, id).into())
    }

    pub(super) fn registration_order(&self, registration: &Registration) -> Order {
        Order::Registration {
            uid: self.subscription.uid.clone(),
            registration: registration.clone(),
        }
    }

    pub(super) fn charge_order(&self, charge: Charge) -> Order {
        Order::Charge { uid: self.subscription.uid.clone(), charge }
    }

    /// Whether the sign-in service has heard what this run leased to tell it, and that is still so.
    pub(super) fn heard(&self) -> bool {
        let Access::Telling { enter, .. } = self.subscription.access else { return false };
        self.holds(Leased::Access)
            && self.seen.told.is_some()
            && enter == self.subscription.is_entitled()
    }
}
