//! What is known of a history from outside the program: what it stored, what it said, what it was told;
//! and the oracles that can be asked while it runs.

use crate::actors::TableName;
use crate::configuration::Configuration;
use crate::history::DAY;
use crate::oracles::leaving::Leaving;
use crate::oracles::rows::Rows;
use crate::oracles::waiting::Waiting;
use crate::oracles::writes::Writes;
use crate::points::{Matrix, Points};
use crate::witness;
use crate::world::plus;
use billing::{
    CustomerUid, MerchantUid, News, OpenState, Subscription, SubscriptionId, kst_date,
    period_start, start_of_day,
};
use iamport_simulator::Charge;
use jiff::{Timestamp, ToSpan, civil::Date};
use ledger::BookedPayment;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// An oracle that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub oracle: &'static str,
    /// What was seen.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

/// A cancellation that was answered 200.
#[derive(Debug, Clone)]
pub(crate) struct Cancelled {
    pub(crate) uid: String,
    pub(crate) subscription: SubscriptionId,
    pub(crate) began: Timestamp,
    /// What had moved when the answer came.
    pub(crate) moved: BTreeSet<String>,
}

/// A resumption that was, or may have been, accepted.
#[derive(Debug, Clone)]
pub(crate) struct Resumed {
    pub(crate) uid: String,
    pub(crate) ended: Timestamp,
}

#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) failures: Vec<Failure>,
    /// As last stored, by uid.
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    pub(crate) owners: BTreeMap<SubscriptionId, String>,
    /// Announcements that were ever stored, and those that Slack took.
    pub(crate) outbox: BTreeMap<String, (&'static str, Timestamp)>,
    pub(crate) told: BTreeSet<String>,
    /// Billing keys that were ever known.
    pub(crate) keys: BTreeSet<CustomerUid>,
    /// What the window showed when the key was made.
    pub(crate) shown: BTreeMap<String, i64>,
    pub(crate) cancelled: Vec<Cancelled>,
    pub(crate) resumed: Vec<Resumed>,
    /// What the functions are configured with.
    pub(crate) configuration: Configuration,
    /// Who may have agreed to which price that was coming.
    pub(crate) agreed: BTreeSet<(String, i64)>,
    /// Payments that paid a period, by member, as `(merchant_uid, imp_uid)`; oldest first.
    counted: BTreeMap<String, Vec<(String, String)>>,
    /// `imp_uid`s that an admin may have given back, whose period stays paid.
    given_back: BTreeSet<String>,
    /// Whether people do what is not offered, so that there is something to settle.
    pub(crate) tampered: bool,
    /// Whose claims another program replaced last, whether by a role of its own, and when.
    pub(crate) replaced_claims: BTreeMap<String, (bool, Timestamp)>,
    /// Whether only a person was to end access before a table was restored; until it was compared, it is so.
    pub(crate) careful: Option<bool>,
    /// Which table was restored last, and when: what is stored need not be what was.
    pub(crate) restored: Option<(TableName, Timestamp)>,
    /// How far each charge is, by its order, as last stored.
    charges: BTreeMap<String, &'static str>,
    pub(crate) points: Points,
    pub(crate) leaving: Leaving,
    pub(crate) rows: Rows,
    pub(crate) waiting: Waiting,
    pub(crate) writes: Writes,
}

/// Whether someone typed a card into the window for it, instead of our charging a billing key.
pub(crate) fn is_ordinary(charge: &Charge) -> bool {
    charge.customer_uid.is_none()
}

impl Books {
    pub(crate) fn new(configuration: Configuration) -> Self {
        Self {
            failures: Vec::new(),
            subscriptions: BTreeMap::new(),
            owners: BTreeMap::new(),
            outbox: BTreeMap::new(),
            told: BTreeSet::new(),
            keys: BTreeSet::new(),
            shown: BTreeMap::new(),
            cancelled: Vec::new(),
            resumed: Vec::new(),
            configuration,
            agreed: BTreeSet::new(),
            counted: BTreeMap::new(),
            given_back: BTreeSet::new(),
            tampered: false,
            replaced_claims: BTreeMap::new(),
            careful: None,
            restored: None,
            charges: BTreeMap::new(),
            points: Points::new(),
            leaving: Leaving::default(),
            rows: Rows::default(),
            waiting: Waiting::default(),
            writes: Writes::default(),
        }
    }

    /// Somebody gives back this payment, or a part of it, whose period stays paid.
    pub(crate) fn given_back(&mut self, imp_uid: &str) {
        self.given_back.insert(imp_uid.to_owned());
    }

    /// The members' rows were put back to what they were at `to`: what came after is not known any more.
    pub(crate) fn put_back(&mut self, rows: &[Map<String, Value>], to: Timestamp, now: Timestamp) {
        self.rows.forget();
        self.subscriptions.clear();
        self.waiting = Waiting::default();
        let told = &self.told;
        self.outbox.retain(|id, (_, at)| *at < to || told.contains(id));
        for row in rows {
            self.stored(&Value::Object(row.clone()), true, now);
        }
    }

    /// The order of a payment that an admin is about to give back.
    pub(crate) fn give_back(&mut self, uid: &str, newest: bool) -> Option<String> {
        let counted = self.counted.get(uid)?;
        let (order, imp_uid) = if newest { counted.last()? } else { counted.first()? };
        self.given_back.insert(imp_uid.clone());
        Some(order.clone())
    }

    pub(crate) fn fail(&mut self, oracle: &'static str, at: Timestamp, what: String) {
        let seen = |failure: &Failure| failure.oracle == oracle && failure.what == what;
        if !self.failures.iter().any(seen) {
            self.failures.push(Failure { oracle, what, at });
        }
    }

    /// A write of the tables went through: what is in it.
    pub(crate) fn wrote(&mut self, request: &Value, now: Timestamp, charges: &[Charge]) {
        let items = items(request);
        let alone = items.len() == 1;
        for (table, item) in items {
            match table {
                // The answer to the first sending was lost, and this is the second.
                "subscriptions" if self.is_old(&item) => return,
                "subscriptions" => self.stored(&item, alone, now),
                "payments" => self.paid(&item, now, charges),
                "orders" => self.moved_on(&item),
                _ => {}
            }
        }
    }

    /// How far a charge has come.
    fn moved_on(&mut self, order: &Value) {
        let id = order.pointer("/merchant_uid/S").and_then(Value::as_str).unwrap_or_default();
        let charge = order.pointer("/purpose/S").and_then(Value::as_str) == Some("charge");
        let Some(to) = witness::charge_of(order).filter(|_| charge) else { return };
        let from = self.charges.insert(id.to_owned(), to).unwrap_or("none");
        if matches!(from, "declined" | "revoked") && to == "paid" {
            self.leaving.recovered.insert(id.to_owned());
        }
        witness::note(&mut self.points, Matrix::Charges, from, to);
    }

    /// The member's run, as it is stored.
    pub(crate) fn run_of(&self, uid: &str) -> Option<SubscriptionId> {
        self.subscriptions.get(uid).map(|subscription| subscription.id)
    }

    /// Whether it moved about when it was cancelled or later: ours would have given it back.
    fn is_unwanted(&self, charge: &Charge) -> bool {
        let Ok(order) = charge.merchant_uid.parse::<MerchantUid>() else { return false };
        self.cancelled.iter().any(|cancelled| {
            let doubted = plus(cancelled.began, -12);
            let taken_back = |resumed: &Resumed| {
                resumed.uid == cancelled.uid && resumed.ended >= cancelled.began
            };
            cancelled.subscription == order.subscription()
                && charge.paid_at >= doubted
                && !self.resumed.iter().any(taken_back)
        }) && !self.is_stored_as_paid(order)
    }

    /// Whether the member's row says that this order's schedule stands.
    pub(crate) fn is_scheduled(&self, uid: &str, order: &str) -> bool {
        let charges = self.subscriptions.get(uid).into_iter().flat_map(|row| &row.charges);
        charges.into_iter().any(|charge| {
            charge.merchant_uid.to_string() == order
                && matches!(charge.outcome, OpenState::Scheduled { .. })
        })
    }

    /// Whether the member's row counts the period: of what moved about when it was cancelled either may be so.
    fn is_stored_as_paid(&self, order: MerchantUid) -> bool {
        let MerchantUid::Charge { subscription, period, .. } = order else { return false };
        let counts = |row: &Subscription| row.id == subscription && row.periods_paid > period;
        self.subscriptions.values().any(counts)
    }

    /// Whether a row may be from the past and name a card that was deleted since: a night has to come through.
    pub(crate) fn is_from_the_past(&self, now: Timestamp) -> bool {
        self.restored.is_some_and(|(_, at)| now < plus(at, 3 * DAY))
    }

    /// How many charges moved under orders that are stored as dead.
    pub(crate) fn unasked(&self, charges: &[Charge]) -> usize {
        let dead = |charge: &&Charge| {
            let stored = self.charges.get(&charge.merchant_uid);
            stored.is_some_and(|state| matches!(*state, "declined" | "revoked"))
        };
        charges.iter().filter(dead).count()
    }

    /// Something happens to a member.
    pub(crate) fn happens(&mut self, uid: &str, event: &'static str) {
        let charge = witness::charge(self.subscriptions.get(uid));
        witness::note(&mut self.points, Matrix::Events, event, charge);
    }

    /// Somebody does something to a member's subscription.
    pub(crate) fn acts(&mut self, uid: &str, act: &'static str, now: Timestamp) {
        let policy = &self.configuration.policy;
        let state = witness::state(self.subscriptions.get(uid), now, policy);
        witness::note(&mut self.points, Matrix::Acts, act, state);
    }

    fn is_old(&self, item: &Value) -> bool {
        let text = |pointer| item.pointer(pointer).and_then(Value::as_str);
        let version = text("/version/N").and_then(|version| version.parse().ok());
        let known = text("/uid/S").and_then(|uid| self.subscriptions.get(uid));
        known.zip(version).is_some_and(|(known, version): (_, u64)| known.version >= version)
    }

    fn stored(&mut self, item: &Value, alone: bool, now: Timestamp) {
        let mut row = plain_map(item);
        row.remove("due_at");
        if let Some(due_at) = row.remove("due_at_exact") {
            row.insert("due_at".to_owned(), due_at);
        }
        let subscription: Subscription = match serde_json::from_value(Value::Object(row)) {
            Ok(subscription) => subscription,
            Err(error) => return self.fail("rows", now, error.to_string()),
        };
        let uid = subscription.uid.to_string();
        self.owners.insert(subscription.id, uid.clone());
        self.keys.extend(subscription.card.as_ref().map(|card| card.customer_uid));
        self.keys.extend(&subscription.unwanted_keys);
        for news in &subscription.outbox {
            // Slack has no message for these: they are in the journal.
            if !matches!(news.news, News::RetryPlanned { .. } | News::ConsentGiven { .. }) {
                self.outbox.entry(news.id.clone()).or_insert((news.news.name(), now));
            }
            self.leaving.told(&uid, &news.news, now);
            // A partner that is silent for more than a day comes before a person, honest or not.
            let blocks =
                |id| subscription.reviews.iter().any(|it| it.merchant_uid == id && !it.waits);
            if let News::ReviewOpened { merchant_uid, why, .. } = &news.news
                && !self.tampered
                && blocks(*merchant_uid)
            {
                self.fail("review", now, format!("{uid}: Iamport is honest, and yet {why:?}"));
            }
        }
        let before = self.subscriptions.get(&uid);
        if let Some(what) = self.writes.stored(before, &subscription, alone, now) {
            self.fail("writes", now, what);
        }
        self.waiting.stored(&subscription, now);
        self.subscriptions.insert(uid, subscription);
    }

    fn paid(&mut self, item: &Value, now: Timestamp, charges: &[Charge]) {
        let mut row = plain_map(item);
        row.remove("paid_at");
        if let Some(paid_at) = row.remove("paid_at_exact") {
            row.insert("paid_at".to_owned(), paid_at);
        }
        let payment: BookedPayment = match serde_json::from_value(Value::Object(row)) {
            Ok(payment) => payment,
            Err(error) => return self.fail("rows", now, error.to_string()),
        };
        let ordinary =
            |charge: &Charge| charge.imp_uid == payment.imp_uid.as_str() && is_ordinary(charge);
        let registration = matches!(payment.merchant_uid, MerchantUid::Registration { .. });
        if registration && !charges.iter().any(ordinary) {
            let what = format!("{} is stored as a payment", payment.merchant_uid);
            return self.fail("registration", now, what);
        }
        let moved = charges.iter().any(|charge| {
            charge.imp_uid == payment.imp_uid.as_str()
                && charge.merchant_uid == payment.merchant_uid.to_string()
                && charge.amount.unsigned_abs() == payment.amount.get()
        });
        if !moved {
            self.fail("books", now, format!("{} is stored and never moved", payment.imp_uid));
        }
        let owed = |subscription: &Subscription| {
            subscription.refunds.iter().any(|due| due.imp_uid == payment.imp_uid)
        };
        let uid = payment.uid.to_string();
        if payment.refunded.get() == 0 && !self.subscriptions.get(&uid).is_some_and(owed) {
            let counted = self.counted.entry(uid).or_default();
            let known = (payment.merchant_uid.to_string(), payment.imp_uid.to_string());
            if !counted.contains(&known) {
                counted.push(known);
            }
        }
    }

    /// Whether it was stored as having paid a period.
    fn counts(&self, charge: &Charge) -> bool {
        self.counted.values().flatten().any(|(_, imp_uid)| *imp_uid == charge.imp_uid)
    }

    /// Money moved: at most once for a period, net of what was given back, and as much as was shown.
    pub(crate) fn moved(&mut self, now: Timestamp, charges: &[Charge]) {
        let mut kept: BTreeMap<(SubscriptionId, u16), u32> = BTreeMap::new();
        let counts: Vec<_> =
            charges.iter().filter(|charge| !is_ordinary(charge) || self.counts(charge)).collect();
        for charge in counts {
            let Ok(MerchantUid::Charge { subscription, period, .. }) = charge.merchant_uid.parse()
            else {
                self.fail("once a period", now, format!("{} moved money", charge.merchant_uid));
                continue;
            };
            let key = charge.customer_uid.clone().unwrap_or_default();
            let agreed = self.owners.get(&subscription).is_some_and(|uid| {
                let most = self.agreed.iter().filter(|(other, _)| other == uid);
                most.map(|(_, price)| *price).max().is_some_and(|price| charge.amount <= price)
            });
            if let Some(shown) = self.shown.get(&key).copied()
                && shown != charge.amount
                && !(self.configuration.prices.contains(&charge.amount)
                    && (charge.amount < shown || agreed))
            {
                let what = format!("{} won by {key}, whose window showed {shown}", charge.amount);
                self.fail("price", now, what);
            }
            // One that Iamport or a person charged unasked is given back when it is seen.
            let dead = self.charges.get(&charge.merchant_uid).copied();
            let unasked = self.leaving.recovered.contains(&charge.merchant_uid)
                || matches!(dead, Some("declined" | "revoked"));
            if charge.cancelled_amount < charge.amount && !unasked {
                *kept.entry((subscription, period)).or_default() += 1;
            }
        }
        for ((subscription, period), times) in kept {
            if times > 1 {
                let what = format!("period {period} of {subscription} was charged {times} times");
                self.fail("once a period", now, what);
            }
        }
    }

    /// Until when a subscription is paid, by what moved at Iamport and is not to be given back.
    pub(crate) fn paid_through(
        &self,
        subscription: &Subscription,
        charges: &[Charge],
    ) -> Option<Date> {
        let mut periods = BTreeSet::new();
        let mut first: Option<Timestamp> = None;
        // What moved after the cancellation that stands is owed back, whether or not anyone has seen it yet, and whether or
        // not the member heard of the cancellation. What an admin gave back before still pays for its days.
        let after_cancelling = |charge: &Charge| {
            subscription
                .cancellation
                .as_ref()
                .is_some_and(|wish| wish.requested_at < charge.paid_at)
        };
        let held = |charge: &&Charge| {
            let kept = charge.cancelled_amount < charge.amount;
            (kept || self.given_back.contains(&charge.imp_uid) && !self.is_unwanted(charge))
                && !after_cancelling(charge)
                && (!is_ordinary(charge) || self.counts(charge))
        };
        for charge in charges.iter().filter(held) {
            match charge.merchant_uid.parse() {
                Ok(MerchantUid::Charge { subscription: id, period, .. })
                    if id == subscription.id =>
                {
                    let owed = subscription
                        .refunds
                        .iter()
                        .any(|due| due.imp_uid.as_str() == charge.imp_uid);
                    if !owed || self.given_back.contains(&charge.imp_uid) {
                        periods.insert(period);
                        if period == 0 {
                            first = Some(charge.paid_at);
                        }
                    }
                }
                _ => {}
            }
        }
        let periods = u16::try_from(periods.len()).unwrap_or_default();
        Some(period_start(kst_date(first?), periods))
    }

    /// When access is to end, by what moved at Iamport.
    pub(crate) fn access_ends(
        &self,
        subscription: &Subscription,
        charges: &[Charge],
    ) -> Option<Timestamp> {
        let paid_through = self.paid_through(subscription, charges)?;
        let wanted =
            subscription.cancellation.is_none() && subscription.price_to_charge().is_some();
        let (fewest, _) = self.configuration.grace;
        let grace = if wanted { i32::from(fewest) } else { 0 };
        Some(start_of_day(paid_through.saturating_add((grace + 1).days())))
    }

    /// The sign-in service was told something about access.
    pub(crate) fn access(
        &mut self,
        uid: &str,
        may_enter: bool,
        now: Timestamp,
        charges: &[Charge],
    ) {
        let Some(subscription) = self.subscriptions.get(uid).cloned() else {
            return self.fail("access early", now, format!("{uid} has no subscription"));
        };
        let ends = self.access_ends(&subscription, charges);
        match (may_enter, ends) {
            (false, Some(ends)) if now < ends => {
                let what = format!("{uid} is kept out before {ends}");
                self.fail("access early", now, what);
            }
            (true, None) => self.fail("access early", now, format!("{uid} may enter unpaid")),
            (true | false, _) => {}
        }
    }

    /// A nightly sweep came through without trouble: nobody whose time is over has access still.
    pub(crate) fn swept(
        &mut self,
        at: Timestamp,
        charges: &[Charge],
        may_enter: impl Fn(&str) -> bool,
    ) {
        let late: Vec<String> = self
            .subscriptions
            .iter()
            .filter(|(uid, subscription)| {
                let (fewest, most) = self.configuration.grace;
                let longer = i64::from(most - fewest) * 86_400;
                let ends = self.access_ends(subscription, charges);
                let over = ends.is_some_and(|ends| plus(ends, longer) <= at);
                // Whoever cancels while it looks was not over when it began.
                let cancelled = subscription.cancellation.as_ref();
                let cancels = cancelled.is_some_and(|wish| plus(wish.requested_at, 10) >= at);
                // Another run may have ended it this moment, and be on its way to the door.
                let ending = subscription
                    .ended_at
                    .is_some_and(|ended| ended.duration_since(at).abs().as_mins() < 60);
                let unreadable = self.rows.is_unreadable(uid);
                let known = !in_doubt(subscription) && !unreadable;
                over && !cancels && !ending && known && may_enter(uid)
            })
            .map(|(uid, _)| uid.clone())
            .collect();
        for uid in late {
            self.fail("access late", at, format!("{uid} still enters after the nightly sweep"));
        }
    }
}

/// Whether the outcome of a charge was not known when this was stored.
pub(crate) fn in_doubt(subscription: &Subscription) -> bool {
    subscription.charges.iter().any(|charge| {
        matches!(
            charge.outcome,
            OpenState::Charging { .. } | OpenState::Scheduling { .. } | OpenState::Scheduled { .. }
        )
    })
}

/// The rows that a write brings, with their tables: those it puts, and the orders it sets.
pub(crate) fn items(request: &Value) -> Vec<(&str, Cow<'_, Value>)> {
    match request.get("TransactItems").and_then(Value::as_array) {
        Some(writes) => writes.iter().filter_map(item).collect(),
        None => put_of(request).into_iter().collect(),
    }
}

/// What one write of several brings.
pub(crate) fn item(write: &Value) -> Option<(&str, Cow<'_, Value>)> {
    match write.get("Update") {
        Some(update) => set_of(update).filter(|(table, _)| *table == "orders"),
        None => put_of(write.get("Put")?),
    }
}

fn put_of(put: &Value) -> Option<(&str, Cow<'_, Value>)> {
    Some((put.get("TableName")?.as_str()?, Cow::Borrowed(put.get("Item")?)))
}

/// The key and what is set beside it.
fn set_of(update: &Value) -> Option<(&str, Cow<'_, Value>)> {
    let mut item = update.get("Key")?.as_object()?.clone();
    let (names, values) = ("ExpressionAttributeNames", "ExpressionAttributeValues");
    let set = update.get("UpdateExpression")?.as_str()?.strip_prefix("SET ")?;
    for assignment in set.split(", ") {
        let (name, value) = assignment.split_once(" = ")?;
        let name = update.get(names)?.get(name)?.as_str()?;
        item.insert(name.to_owned(), update.get(values)?.get(value)?.clone());
    }
    Some((update.get("TableName")?.as_str()?, Cow::Owned(Value::Object(item))))
}

/// `DynamoDB`'s JSON as ordinary JSON.
fn plain(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|object| object.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "N" => value
            .as_str()
            .and_then(|number| serde_json::from_str(number).ok())
            .unwrap_or(Value::Null),
        "M" => Value::Object(plain_map(value)),
        "L" => value.as_array().into_iter().flatten().map(plain).collect(),
        "NULL" => Value::Null,
        _ => value.clone(),
    }
}

fn plain_map(value: &Value) -> Map<String, Value> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), plain(value))).collect()
}
