//! Taking members over from another system that charges with the same account at Iamport, and handing them back.

use crate::{Error, Gudok, Purpose, Trouble, translate};
use billing::{
    Card, Change, ChargeState, ClosedState, CustomerUid, ForeignKey, ForeignSchedule, NotTakenOver,
    Order, Record, Subscription, SubscriptionId, Takeover, Uid, Won,
};
use futures::{StreamExt, TryStreamExt, stream};
use iamport::{PaymentsByStatus, ScheduleStatus, SchedulesInRange, Sorting};
use jiff::{SignedDuration, Timestamp};
use ledger::CommitError;
use std::collections::{BTreeMap, BTreeSet};

/// The most keys that Iamport takes in one request.
const KEYS: usize = 100;

/// How many calls to Iamport are under way at once.
const AT_ONCE: usize = 4;

/// Rows on a page of Iamport's lists.
const PAGE: u32 = 1_000;

/// How far back payments are looked at: as far as Iamport lists at once.
const BACK: SignedDuration = SignedDuration::from_hours(89 * 24);

/// The longest window of schedules that Iamport lists.
const WINDOW: SignedDuration = SignedDuration::from_hours(89 * 24);

/// How many such windows ahead are looked at: a year.
const WINDOWS: u8 = 4;

/// What Iamport has of keys of another system's, at one moment.
#[derive(Debug, Default)]
pub struct Elsewhere {
    /// When it was asked.
    pub at: Timestamp,
    /// The cards behind the keys that exist.
    pub cards: BTreeMap<ForeignKey, Card>,
    /// The schedules that stand, by key.
    pub schedules: BTreeMap<ForeignKey, Vec<ForeignSchedule>>,
    /// The records of the last 89 days, by key, the oldest first.
    pub records: BTreeMap<ForeignKey, Vec<Record>>,
    /// What Iamport listed and cannot be read.
    pub unreadable: usize,
}

/// What came of taking a member over.
#[derive(Debug)]
pub enum TakenOver {
    /// The member goes on here.
    New(Box<Subscription>),
    /// That was so before, with the same key.
    Before(Box<Subscription>),
    /// Not taken over; nothing was changed.
    Not(NotTakenOver),
    /// Nor this one: another member has the key.
    KeyTaken,
}

/// What came of handing a member back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandedBack {
    /// Nothing of ours stands at Iamport for the member, and nothing is stored.
    Done,
    /// Something of ours may still stand: to be asked again.
    NotYet,
    /// The member was not taken over, or not by this system.
    Never,
    /// Something was charged here, or is before a person.
    TooLate,
}

impl Gudok {
    /// What Iamport has of these keys; nothing is changed. The lists of the whole shop are read, so that many keys cost
    /// few calls.
    ///
    /// # Errors
    /// When Iamport does not answer for one of them: then it is not known what there is.
    pub async fn elsewhere(&self, keys: &BTreeSet<ForeignKey>) -> Result<Elsewhere, Trouble> {
        let mut there = Elsewhere { at: self.books.now(), ..Elsewhere::default() };
        let names: Vec<String> = keys.iter().map(ForeignKey::to_string).collect();
        let cards = stream::iter(names.chunks(KEYS)).map(|names| self.cards(names));
        let cards: Vec<_> = cards.buffer_unordered(AT_ONCE).try_collect().await?;
        there.cards = cards.into_iter().flatten().collect();
        self.list_payments(keys, &mut there).await?;
        self.list_schedules(keys, &mut there).await?;
        Ok(there)
    }

    async fn cards(&self, names: &[String]) -> Result<Vec<(ForeignKey, Card)>, Trouble> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let rows = self.iamport.customers(&names).await?;
        let cards = rows.into_iter().flatten().filter_map(|it| {
            let key: ForeignKey = it.customer_uid.parse().ok()?;
            let card = Card {
                customer_uid: CustomerUid::Foreign(key),
                name: it.card.name,
                number: it.card.number.as_deref().map(translate::masked),
                registered_at: it.inserted.unwrap_or_else(|| self.books.now()),
                expires: None,
                expiry_told: false,
            };
            Some((key, card))
        });
        Ok(cards.collect())
    }

    async fn list_payments(
        &self,
        keys: &BTreeSet<ForeignKey>,
        there: &mut Elsewhere,
    ) -> Result<(), Trouble> {
        let mut request = PaymentsByStatus::new();
        request.from = there.at.checked_sub(BACK).ok();
        request.to = Some(there.at);
        request.limit = Some(PAGE);
        request.sorting = Some(Sorting::StartedOldestFirst);
        let mut rows = self.iamport.payments_by_status_stream(request);
        let mut seen = BTreeSet::new();
        while let Some(row) = rows.try_next().await? {
            let Ok(payment) = row else {
                there.unreadable = there.unreadable.saturating_add(1);
                continue;
            };
            let key = payment.customer_uid.as_deref().and_then(|key| key.parse().ok());
            let Some(key) = key.filter(|key| keys.contains(key)) else { continue };
            let Ok(record) = translate::record(payment) else {
                there.unreadable = there.unreadable.saturating_add(1);
                continue;
            };
            // A page may begin with the last row of the one before.
            if seen.insert(record.imp_uid.clone()) {
                there.records.entry(key).or_default().push(record);
            }
        }
        Ok(())
    }

    async fn list_schedules(
        &self,
        keys: &BTreeSet<ForeignKey>,
        there: &mut Elsewhere,
    ) -> Result<(), Trouble> {
        let mut from = there.at;
        for _ in 0..WINDOWS {
            let to = from.saturating_add(WINDOW).unwrap_or(Timestamp::MAX);
            let mut request = SchedulesInRange::new(from, to);
            request.status = Some(ScheduleStatus::Scheduled);
            request.limit = Some(PAGE);
            request.oldest_first = true;
            let mut rows = self.iamport.schedules_stream(request);
            while let Some(row) = rows.try_next().await? {
                let Ok(schedule) = row else {
                    there.unreadable = there.unreadable.saturating_add(1);
                    continue;
                };
                let key = schedule.customer_uid.as_deref().and_then(|key| key.parse().ok());
                let Some(key) = key.filter(|key| keys.contains(key)) else { continue };
                let id = schedule.merchant_uid.parse();
                let (Ok(id), Some(at)) = (id, schedule.schedule_at) else {
                    there.unreadable = there.unreadable.saturating_add(1);
                    continue;
                };
                let standing = ForeignSchedule { id, at, amount: Won::new(schedule.amount) };
                let list = there.schedules.entry(key).or_default();
                if !list.contains(&standing) {
                    list.push(standing);
                }
            }
            from = to;
        }
        Ok(())
    }

    /// Takes a member over, and goes on from there: what the other system scheduled is taken back, then ours is placed.
    /// Asked again it changes nothing.
    ///
    /// # Errors
    /// When the tables do not answer. What a partner does not answer for is done by a later sweep.
    pub async fn take_over(&self, uid: &Uid, takeover: &Takeover) -> Result<TakenOver, Error> {
        let (now, policy) = (self.books.now(), &self.books.settings.policy);
        let id = SubscriptionId::new((self.new_id)(now));
        let read = self.books.ledger.stored(uid).await?;
        let existing = read.as_deref().cloned();
        let (subscription, orders) =
            match Subscription::taken_over(existing, uid, id, takeover, now, policy) {
                Ok(Some(new)) => new,
                Ok(None) => {
                    let advanced = self.advance(uid, Purpose::Look).await?;
                    let subscription = advanced.subscription.ok_or(Trouble::Restless)?;
                    return Ok(TakenOver::Before(Box::new(subscription)));
                }
                Err(refused) => return Ok(TakenOver::Not(refused)),
            };
        let change = Change { orders, claim: Some(takeover.key), ..Change::of(subscription) };
        match self.books.ledger.commit(read.as_ref(), &change).await {
            Ok(_) => {}
            Err(CommitError::KeyTaken) => return Ok(TakenOver::KeyTaken),
            Err(CommitError::Ledger(error)) => return Err(error.into()),
            // Somebody else was first, who may have taken the member over as well.
            Err(_) => return Err(Trouble::Restless.into()),
        }
        let advanced = self.advance(uid, Purpose::Look).await?;
        if let Some(trouble) = advanced.trouble {
            trouble.log_for(uid, self);
        }
        let subscription = advanced.subscription.ok_or(Trouble::Restless)?;
        Ok(TakenOver::New(Box::new(subscription)))
    }

    /// Goes on with somebody who cannot be handed back any more.
    async fn keep(&self, uid: &Uid) -> Result<HandedBack, Error> {
        Box::pin(self.record(uid, None, |change, _| Ok(change.subscription.keep()))).await?;
        Ok(HandedBack::TooLate)
    }

    /// Whether an order of ours was paid or declined: Iamport has a record of it.
    async fn has_charged(&self, uid: &Uid) -> Result<bool, Trouble> {
        let orders = self.books.ledger.orders_of(uid).await?;
        Ok(orders.iter().any(|order| match order {
            Order::Charge { charge, .. } => match &charge.outcome {
                ChargeState::Closed(ClosedState::Abandoned) | ChargeState::Open(_) => false,
                ChargeState::Closed(
                    ClosedState::Paid { .. }
                    | ClosedState::Declined { .. }
                    | ClosedState::Contradicted,
                ) => true,
            },
            Order::Registration { .. } => true,
        }))
    }

    /// Gives a member back to the system that the member was taken over from: what we had Iamport schedule is taken back,
    /// and what is stored of the member goes. The other system's schedules, the key and the account are left as they are.
    /// Asked again it goes on.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn hand_back(&self, uid: &Uid) -> Result<HandedBack, Error> {
        let Some(read) = self.books.ledger.stored(uid).await? else { return Ok(HandedBack::Never) };
        if read.origin.is_none() {
            return Ok(HandedBack::Never);
        }
        if !read.may_be_handed_back() || self.has_charged(uid).await? {
            return self.keep(uid).await;
        }
        let asked = self.record(uid, None, |change, now| Ok(change.subscription.hand_back(now)));
        let Some(after) = Box::pin(asked).await? else { return Ok(HandedBack::Never) };
        if !after.is_handed_back() {
            return Ok(HandedBack::NotYet);
        }
        let Some(read) = self.books.ledger.stored(uid).await? else { return Ok(HandedBack::Done) };
        if !read.is_handed_back() {
            return Ok(HandedBack::NotYet);
        }
        // What was under way has come to an end since.
        if self.has_charged(uid).await? {
            return self.keep(uid).await;
        }
        let gone = self.books.ledger.forget(&read).await?;
        Ok(if gone { HandedBack::Done } else { HandedBack::NotYet })
    }
}
