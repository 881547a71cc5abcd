//! The one decision: from what is known of a member and the time, what is to be done next.
//!
//! [`decide`] is called again and again, each time with a little more known, until it says
//! [`Step::Rest`]. Money comes first: what moved is recorded before anything else is tried, what must not
//! move is stopped before what should move is started, and only then are access, the keys and the
//! announcements seen to.
//!
//! A foreign call that moves money is made in two steps. First [`Step::Commit`] stores the order as
//! leased; only the run whose commit went through finds its lease in [`Seen::leased`] and is
//! told to call. Everyone else, a later run of the same member included, can only look up.

mod access;
mod booking;
mod charges;
mod declines;
mod due;
mod ending;
mod guard;
mod overdue;
mod prices;
mod refunds;
mod registrations;
mod transition;
mod wanted;

use crate::{
    Access, Announcement, Catalogue, Charge, CustomerUid, Decline, DeclineClass, Entry, ImpUid,
    LostAccount, MerchantUid, News, OpenCharge, Order, Payment, Policy, Record, Refund, RefundDue,
    Registration, ScheduleSighting, Subscription, Won, start_of_day,
};
use jiff::{Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use booking::{AFTER_CANCELLING, certainly_before};
pub use guard::Counted;

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

/// An effect that others need not wait for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SideEffect {
    /// To give this payment back.
    Refund(ImpUid),
    /// To tell the sign-in service whether the member may enter.
    Access,
    /// To delete this billing key.
    Key(CustomerUid),
    /// To hand announcements over.
    Bus,
    /// To count the decline of this order.
    Count(MerchantUid),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Store this, all of it or nothing, if the subscription is still the one that was read.
    Commit(Box<Change>),
    /// Have this done, or find this out.
    Do(Effect),
    /// Nothing to do before then; never, if `None`.
    Rest(Option<Timestamp>),
}

/// What is done, or found out, outside of the subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Read the order that is stored under this id.
    ReadOrder(MerchantUid),
    /// Ask Iamport for all records under this `merchant_uid`.
    LookUp(MerchantUid),
    /// Ask Iamport for the schedule under this `merchant_uid`.
    LookUpSchedule(MerchantUid),
    /// Charge now (`again`); the order is leased.
    Charge(OpenCharge),
    /// Have Iamport charge at that time (`schedule`); the order is leased.
    Schedule(OpenCharge, Timestamp),
    /// Take this schedule back.
    Unschedule(CustomerUid, MerchantUid),
    /// Count the decline of this order among those of its class and wording in its hour, over all members.
    Count(MerchantUid, Decline),
    /// Give all of this payment back, with a checksum.
    Refund(RefundDue),
    /// Delete this billing key.
    DeleteKey(CustomerUid),
    /// Let the member in; access is leased.
    Grant,
    /// Keep the member out; access is leased.
    Revoke,
    /// Hand these over to the bus.
    Announce(Vec<Announcement>),
}

/// What is stored in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The subscription as it is to be; its `version` is still the one that was read.
    pub subscription: Subscription,
    /// Orders that are new with it. One of that id must not be stored yet.
    pub opened: Vec<Order>,
    /// Orders that have come further.
    pub orders: Vec<Order>,
    /// Money that moved.
    pub payment: Option<Payment>,
    /// Money given back of a payment stored before.
    pub refund: Option<Refund>,
    /// What an admin did with it, for the journal.
    pub acts: Vec<Entry>,
    /// What the run which stores this may then do, and no other, and until when.
    pub lease: Option<(Leased, Timestamp)>,
}

/// What only one run at a time does, and stores before it does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leased {
    /// To call Iamport for this order.
    Order(MerchantUid),
    /// To tell the sign-in service whether the member may enter.
    Access,
}

/// What to do next. Pure: the same [`Known`] always gives the same [`Step`].
///
/// It is to be called again after each step with what the step brought, until it rests. Money that
/// moved is recorded first, and a wish to charge is looked at only when nothing is in doubt.
pub fn decide(known: &Known<'_>) -> Step {
    if known.seen.is_stuck {
        return overdue::step(known).unwrap_or(Step::Rest(known.subscription.due_at));
    }
    registrations::step(known)
        .or_else(|| booking::step(known))
        .or_else(|| prices::step(known))
        .or_else(|| charges::step(known))
        .or_else(|| refunds::step(known))
        .or_else(|| ending::end(known))
        .or_else(|| ending::left(known))
        .or_else(|| expiry(known))
        .or_else(|| access::step(known))
        .or_else(|| see_to(known))
        .or_else(|| overdue::step(known))
        .unwrap_or_else(|| due::rest(known))
}

impl Change {
    /// A change of the subscription alone; say more with the fields.
    pub fn of(subscription: Subscription) -> Self {
        Self {
            subscription,
            opened: Vec::new(),
            orders: Vec::new(),
            payment: None,
            refund: None,
            acts: Vec::new(),
            lease: None,
        }
    }

    /// Whether nothing but the subscription is stored.
    fn is_alone(&self) -> bool {
        self.orders.is_empty()
            && self.opened.is_empty()
            && self.payment.is_none()
            && self.refund.is_none()
            && self.acts.is_empty()
            && self.lease.is_none()
    }
}

impl Effect {
    /// The side effect that this is; `None` for what nothing else can be done without.
    pub fn side_effect(&self) -> Option<SideEffect> {
        match self {
            Self::Refund(due) => Some(SideEffect::Refund(due.imp_uid.clone())),
            Self::Grant | Self::Revoke => Some(SideEffect::Access),
            Self::DeleteKey(key) => Some(SideEffect::Key(*key)),
            Self::Announce(_) => Some(SideEffect::Bus),
            Self::Count(order, _) => Some(SideEffect::Count(*order)),
            Self::ReadOrder(_)
            | Self::LookUp(_)
            | Self::LookUpSchedule(_)
            | Self::Charge(_)
            | Self::Schedule(..)
            | Self::Unschedule(..) => None,
        }
    }
}

impl From<Effect> for Step {
    fn from(effect: Effect) -> Self {
        Self::Do(effect)
    }
}

impl Known<'_> {
    /// Stores a change, with the time at which to look again should this run die right after. What would
    /// leave everything as it is but that time is no step: a run that took it would never come to rest.
    fn commit(&self, mut change: Change) -> Option<Step> {
        change.subscription.note_undone(self.now, self.policy);
        change.subscription.due_at = self.subscription.due_at;
        let nothing = change.subscription == *self.subscription && change.is_alone();
        (!nothing).then(|| self.store(change))
    }

    fn store(&self, mut change: Change) -> Step {
        change.subscription.due_at = change.subscription.due(self.now, self.policy);
        Step::Commit(Box::new(change))
    }

    /// Until when what is leased now is this run's alone.
    fn lease_until(&self) -> Timestamp {
        self.now.saturating_add(self.policy.lease).unwrap_or(Timestamp::MAX)
    }

    /// Whether this run holds the lease of that, and has not done it yet.
    fn holds(&self, leased: Leased) -> bool {
        self.seen.leased == Some(leased)
    }

    /// All that Iamport has under that id, as far as it was seen.
    fn facts(&self, id: MerchantUid) -> &[Record] {
        self.seen.records.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Has Iamport take a schedule back, once in a run.
    fn unschedule(&self, customer_uid: CustomerUid, id: MerchantUid) -> Option<Step> {
        (!self.seen.taken_back.contains(&id)).then_some(Effect::Unschedule(customer_uid, id).into())
    }

    fn registration_order(&self, registration: &Registration) -> Order {
        Order::Registration {
            uid: self.subscription.uid.clone(),
            registration: registration.clone(),
        }
    }

    fn charge_order(&self, charge: Charge) -> Order {
        Order::Charge { uid: self.subscription.uid.clone(), charge }
    }
}

/// Says once that the card expires.
fn expiry(known: &Known<'_>) -> Option<Step> {
    let at = known.subscription.expiry_at()?;
    let mut next = known.subscription.clone();
    let card = next.card.as_mut().filter(|_| at <= known.now)?;
    card.expiry_told = true;
    let expires = card.expires?;
    next.tell(known.now, News::CardExpiring { expires });
    known.commit(Change::of(next))
}

/// Sees to the keys and the announcements, then stores all of it and what access heard in one write. Each
/// of them can be done twice without harm, so a run that dies in between costs nothing; one that fails keeps
/// none of the others from being done.
fn see_to(known: &Known<'_>) -> Option<Step> {
    let (subscription, seen) = (known.subscription, known.seen);
    let can = |side_effect: SideEffect| !seen.failed.contains(&side_effect);
    let mut keys = subscription.deletable_keys();
    if let Some(key) =
        keys.find(|key| !seen.deleted_keys.contains(key) && can(SideEffect::Key(*key)))
    {
        return Some(Effect::DeleteKey(key).into());
    }
    let untold: Vec<_> = subscription
        .outbox
        .iter()
        .filter(|news| !seen.announced.contains(&news.id))
        .cloned()
        .collect();
    if !untold.is_empty() && can(SideEffect::Bus) {
        return Some(Effect::Announce(untold).into());
    }
    let mut next = subscription.clone();
    if let (Access::Telling { enter, .. }, true, Some(at)) =
        (subscription.access, known.heard(), seen.told)
    {
        next.access = if enter { Access::Granted { at } } else { Access::Revoked { at } };
    }
    next.unwanted_keys.retain(|key| !seen.deleted_keys.contains(key));
    next.outbox.retain(|news| !seen.announced.contains(&news.id));
    known.commit(Change::of(next))
}

impl Subscription {
    /// When it is to be announced that the card expires: a month before.
    fn expiry_at(&self) -> Option<Timestamp> {
        let card = self.card.as_ref().filter(|card| self.is_live() && !card.expiry_told)?;
        Some(start_of_day(card.expires?.saturating_sub(1.month())))
    }

    /// Billing keys that nothing refers to any more.
    fn deletable_keys(&self) -> impl Iterator<Item = CustomerUid> {
        let open = self.charges.iter().map(|charge| charge.customer_uid);
        let in_use: Vec<_> = open.chain(self.card.as_ref().map(|card| card.customer_uid)).collect();
        self.unwanted_keys.iter().copied().filter(move |key| !in_use.contains(key))
    }
}
