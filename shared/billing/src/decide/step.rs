//! What a decision says: what to store, what to have done, or when to look again.

use crate::{
    Act, Allowance, Announcement, CustomerUid, Decline, Entry, ForeignKey, ImpUid, MerchantUid,
    OpenCharge, Order, Payment, Refund, RefundDue, Subscription, Uid, What,
};
use jiff::Timestamp;

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
    /// To erase the member.
    Erasure,
    /// To count the decline of this order.
    Count(MerchantUid),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is looked at once")]
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
    /// Delete the member's account and all rows, this one last; what the law has us keep is stored before, under no
    /// name.
    Erase,
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
    /// What an admin gives back with it.
    pub allowance: Option<Allowance>,
    /// The key that becomes this member's, and no other's.
    pub claim: Option<ForeignKey>,
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
            allowance: None,
            claim: None,
            lease: None,
        }
    }

    /// Notes in the journal, with this change or not at all, what an admin did. What it announces names the
    /// admin.
    pub fn note_act(&mut self, at: Timestamp, by: &Uid, act: Act) {
        let prefix = self.subscription.news_prefix();
        for news in self.subscription.outbox.iter_mut().filter(|news| news.id.starts_with(&prefix))
        {
            news.by = Some(by.clone());
        }
        let Subscription { uid, id, version, .. } = &self.subscription;
        let mut entry = Entry {
            uid: uid.clone(),
            at,
            id: format!("{id}-{version}-act-{}", self.acts.len()),
            what: What::Did { by: by.clone(), act },
        };
        if matches!(entry.what, What::Did { act: Act::Erased { .. }, .. }) {
            // The admin's own, for the member's goes; and of no run, for it says nothing to one.
            (entry.uid, entry.id) = (by.clone(), format!("erased-{}", entry.id));
        }
        self.acts.push(entry);
    }

    /// What this change adds to the journal: one entry for each announcement that is new with it, and the
    /// acts.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.subscription.added_news().map(Entry::told).chain(self.acts.iter().cloned())
    }

    /// Whether nothing but the subscription is stored.
    pub(super) fn is_alone(&self) -> bool {
        self.orders.is_empty()
            && self.opened.is_empty()
            && self.payment.is_none()
            && self.refund.is_none()
            && self.acts.is_empty()
            && self.allowance.is_none()
            && self.claim.is_none()
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
            Self::Erase => Some(SideEffect::Erasure),
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
