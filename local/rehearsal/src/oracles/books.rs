//! What is known of a history from outside the program: what it stored, announced and was told.

use crate::history::actions::TableName;
use crate::history::conditions::MONTHLY;
use crate::history::configuration::Configuration;
use crate::history::time::{plus, plus_days};
use crate::oracles::days::Days;
use crate::oracles::failures::{Failure, Finding};
use crate::oracles::leaving::Leaving;
use crate::oracles::points::{Matrix, Points};
use crate::oracles::rows::Rows;
use crate::oracles::stored::{items, plain_row};
use crate::oracles::sums::Sums;
use crate::oracles::waiting::Waiting;
use crate::oracles::witness;
use crate::oracles::writes::Writes;
use billing::{
    CustomerUid, Entry, MerchantUid, News, OpenState, Subscription, SubscriptionId, Telling,
};
use iamport_simulator::Charge;
use jiff::Timestamp;
use ledger::BookedPayment;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Announcements that are told at once and were ever stored, and what Slack took.
    pub(crate) outbox: BTreeMap<String, (&'static str, Timestamp)>,
    pub(crate) told: BTreeSet<String>,
    /// What is told in sums.
    pub(crate) sums: Sums,
    /// All billing keys ever seen.
    pub(crate) keys: BTreeSet<CustomerUid>,
    /// The amount that the window showed when each key was created.
    pub(crate) shown: BTreeMap<String, i64>,
    pub(crate) cancelled: Vec<Cancelled>,
    pub(crate) resumed: Vec<Resumed>,
    /// What the functions are configured with.
    pub(crate) configuration: Configuration,
    /// Who may have agreed to which future price.
    pub(crate) agreed: BTreeSet<(String, i64)>,
    /// Payments that paid a period, by member, as `(merchant_uid, imp_uid)`; oldest first.
    pub(super) counted: BTreeMap<String, Vec<(String, String)>>,
    /// `imp_uid`s that an admin may have refunded; their period stays paid.
    pub(super) given_back: BTreeSet<String>,
    /// Whether people do things that are not on offer, so that there may be reviews.
    pub(crate) tampered: bool,
    /// Whose claims another program replaced, whether with a role of its own, and when.
    pub(crate) replaced_claims: BTreeMap<String, (bool, Timestamp)>,
    /// While the operator is careful after a restore: whether `REVOCATION` was `review` before.
    pub(crate) careful: Option<bool>,
    /// Which table was restored last, and when.
    pub(crate) restored: Option<(TableName, Timestamp)>,
    /// The state of each charge as last stored, by order.
    pub(super) charges: BTreeMap<String, &'static str>,
    /// How many charges had moved under orders stored as dead.
    pub(super) unasked: usize,
    pub(crate) points: Points,
    pub(crate) leaving: Leaving,
    pub(crate) rows: Rows,
    pub(crate) waiting: Waiting,
    pub(crate) writes: Writes,
    pub(crate) days: Days,
}

/// The key of a row of the journal.
fn key_of(row: &Value) -> (String, String) {
    let text = |name| row.pointer(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("/uid/S"), text("/at/S"))
}

/// Whether someone paid in the window, rather than us charging a billing key.
pub(crate) const fn is_ordinary(charge: &Charge) -> bool {
    charge.customer_uid.is_none()
}

impl Books {
    /// Empty books.
    pub(crate) fn new(configuration: Configuration) -> Self {
        Self {
            failures: Vec::new(),
            subscriptions: BTreeMap::new(),
            owners: BTreeMap::new(),
            outbox: BTreeMap::new(),
            told: BTreeSet::new(),
            sums: Sums::default(),
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
            unasked: 0,
            points: Points::new(),
            leaving: Leaving::default(),
            rows: Rows::default(),
            waiting: Waiting::default(),
            writes: Writes::default(),
            days: Days::default(),
        }
    }

    /// Somebody refunds this payment, or a part of it; its period stays paid.
    pub(crate) fn given_back(&mut self, imp_uid: &str) {
        self.given_back.insert(imp_uid.to_owned());
    }

    /// The members' rows were restored to what they were at `to`.
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

    /// Picks a payment for an admin to refund. Returns its order.
    pub(crate) fn give_back(&mut self, uid: &str, newest: bool) -> Option<String> {
        let counted = self.counted.get(uid)?;
        let (order, imp_uid) = if newest { counted.last()? } else { counted.first()? };
        self.given_back.insert(imp_uid.clone());
        Some(order.clone())
    }

    /// Records that an oracle did not hold.
    pub(crate) fn fail(&mut self, oracle: &'static str, at: Timestamp, what: String) {
        let seen = |failure: &Failure| failure.oracle == oracle && failure.what == what;
        if !self.failures.iter().any(seen) {
            self.failures.push(Failure { oracle, what, at });
        }
    }

    /// A write to the tables went through.
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
                "journal" => self.noted(&item, now),
                _ => {}
            }
        }
    }

    /// An entry of the journal was stored.
    fn noted(&mut self, item: &Value, now: Timestamp) {
        match serde_json::from_value::<Entry>(plain_row(item, "at")) {
            Ok(entry) => self.sums.entry(key_of(item), &entry),
            Err(error) => self.fail("rows", now, error.to_string()),
        }
    }

    /// A row was deleted.
    pub(crate) fn deleted(&mut self, request: &Value, now: Timestamp) {
        let (table, uid) = (request.get("TableName"), request.pointer("/Key/uid/S"));
        let Some(uid) = uid.and_then(Value::as_str) else { return };
        if !self.leaving.erased.contains(uid) {
            self.fail("forgotten", now, format!("a row of {uid}'s is deleted, and nobody asked"));
        }
        if let Some(key) = request.get("Key") {
            self.sums.forget(&key_of(key));
        }
        if table.and_then(Value::as_str) == Some("subscriptions") {
            self.subscriptions.remove(uid);
            self.waiting.forget(uid);
        }
    }

    /// An order's row was stored.
    fn moved_on(&mut self, order: &Value) {
        let id = order.pointer("/merchant_uid/S").and_then(Value::as_str).unwrap_or_default();
        if id == "digest" {
            let until = order.pointer("/until/S").and_then(Value::as_str);
            return self.sums.told_until(until.and_then(|until| until.parse().ok()));
        }
        let charge = order.pointer("/purpose/S").and_then(Value::as_str) == Some("charge");
        let Some(to) = witness::charge_of(order).filter(|_| charge) else { return };
        let from = self.charges.insert(id.to_owned(), to).unwrap_or("none");
        if matches!(from, "declined" | "abandoned") && to == "paid" {
            self.leaving.recovered.insert(id.to_owned());
        }
        witness::note(&mut self.points, Matrix::Charges, from, to);
    }

    /// The uid of the member whose order this is; empty if unknown.
    pub(crate) fn owner(&self, merchant_uid: &str) -> String {
        let id = merchant_uid.parse::<MerchantUid>().ok().and_then(|id| id.subscription());
        id.and_then(|id| self.owners.get(&id).cloned()).unwrap_or_default()
    }

    /// The billing key of the member's current card.
    pub(crate) fn key_of(&self, uid: &str) -> Option<CustomerUid> {
        let card = self.subscriptions.get(uid).and_then(|row| row.card.as_ref());
        card.map(|card| card.customer_uid)
    }

    /// The uids of all members with a subscription.
    pub(crate) fn members(&self) -> Vec<String> {
        self.subscriptions.keys().cloned().collect()
    }

    /// Something happens under a member's order.
    pub(crate) fn happens_under(&mut self, merchant_uid: &str, event: &'static str) {
        let owner = self.owner(merchant_uid);
        self.happens(&owner, event);
    }

    /// Something happens to all members.
    pub(crate) fn happens_to_all(&mut self, event: &'static str) {
        for uid in self.members() {
            self.happens(&uid, event);
        }
    }

    /// The member's current run.
    pub(crate) fn run_of(&self, uid: &str) -> Option<SubscriptionId> {
        self.subscriptions.get(uid).map(|subscription| subscription.id)
    }

    /// A cancellation was answered. It counts only if no other run began in the meantime.
    pub(crate) fn note_cancellation(
        &mut self,
        uid: String,
        run: Option<SubscriptionId>,
        began: Timestamp,
        charges: &[Charge],
    ) {
        if let Some(subscription) = run.filter(|run| self.run_of(&uid) == Some(*run)) {
            let moved = charges.iter().map(|charge| charge.imp_uid.clone()).collect();
            self.cancelled.push(Cancelled { uid, subscription, began, moved });
        }
    }

    /// A member agrees to the coming price: the one they were asked about, or else the planned one. Returns the
    /// request's body.
    pub(crate) fn agree(&mut self, uid: &str, planned: Option<u64>) -> Value {
        let asked = self.subscriptions.get(uid);
        let asked = asked.and_then(|subscription| subscription.price_change.as_ref());
        let price = asked.map_or(planned.unwrap_or(MONTHLY), |change| change.version.price.get());
        self.agreed.insert((uid.to_owned(), i64::try_from(price).unwrap_or_default()));
        json!({"price": price, "version": self.configuration.terms})
    }

    /// Whether the member's row says that this order is scheduled.
    pub(crate) fn is_scheduled(&self, uid: &str, order: &str) -> bool {
        let charges = self.subscriptions.get(uid).into_iter().flat_map(|row| &row.charges);
        charges.into_iter().any(|charge| {
            charge.merchant_uid.to_string() == order
                && matches!(charge.outcome, OpenState::Scheduled { .. })
        })
    }

    /// Whether rows may still be from before a restore and name cards that were deleted since.
    pub(crate) fn is_from_the_past(&self, now: Timestamp) -> bool {
        self.restored.is_some_and(|(_, at)| now < plus_days(at, 3))
    }

    /// Finds a call that moves money for this order although its claim has expired.
    pub(crate) fn is_sent_late(&self, order: &str, now: Timestamp) -> Option<Finding> {
        if self.restored.is_some() {
            return None;
        }
        let subscription = self.subscriptions.get(&self.owner(order));
        let mut charges = subscription.into_iter().flat_map(|subscription| &subscription.charges);
        let charge = charges.find(|charge| charge.merchant_uid.to_string() == order);
        let until = charge.and_then(|charge| match charge.outcome {
            OpenState::Charging { until } | OpenState::Scheduling { until, .. } => Some(until),
            OpenState::Planned { .. } | OpenState::Scheduled { .. } => None,
        });
        // The functions' clock may have jumped since.
        let in_time = until.is_some_and(|until| now <= plus(until, 12));
        let what = || format!("{order} is sent at {now}, claimed until {until:?}");
        (!in_time).then(|| ("claim", what()))
    }

    /// Checks that nobody has waited for too long.
    pub(crate) fn waits_for_ever(&mut self, now: Timestamp) {
        let waiting: Vec<String> = self
            .waiting
            .too_long(now)
            .filter(|(uid, ..)| !self.rows.is_unreadable(uid))
            .map(|(uid, what, since)| format!("{uid} waits for {what} since {since}"))
            .collect();
        for what in waiting {
            self.fail("waiting", now, what);
        }
    }

    /// Something happens to a member.
    pub(crate) fn happens(&mut self, uid: &str, event: &'static str) {
        let charge = witness::charge(self.subscriptions.get(uid));
        witness::note(&mut self.points, Matrix::Events, event, charge);
    }

    /// Somebody acts on a member's subscription.
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
        let row = plain_row(item, "due_at");
        let subscription: Subscription = match serde_json::from_value(row) {
            Ok(subscription) => subscription,
            Err(error) => return self.fail("rows", now, error.to_string()),
        };
        let uid = subscription.uid.to_string();
        self.owners.insert(subscription.id, uid.clone());
        if subscription.erasure.is_some() {
            self.leaving.erases(&uid, now);
        }
        self.keys.extend(subscription.card.as_ref().map(|card| card.customer_uid));
        self.keys.extend(&subscription.unwanted_keys);
        self.announces(&uid, &subscription, now);
        let before = self.subscriptions.get(&uid);
        if let Some(what) = self.writes.stored(before, &subscription, alone, now) {
            self.fail("writes", now, what);
        }
        if subscription.consent.is_none() && !subscription.charges.is_empty() {
            self.fail("complimentary", now, format!("{uid} is charged and agreed to nothing"));
        }
        self.days.stored(&subscription);
        self.waiting.stored(&subscription, now);
        self.subscriptions.insert(uid, subscription);
    }

    /// News was stored with a subscription.
    fn announces(&mut self, uid: &str, subscription: &Subscription, now: Timestamp) {
        for news in &subscription.outbox {
            if news.news.telling() == Telling::AtOnce {
                self.outbox.entry(news.id.clone()).or_insert((news.news.name(), now));
            }
            self.leaving.told(uid, &news.news, now);
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
    }

    fn paid(&mut self, item: &Value, now: Timestamp, charges: &[Charge]) {
        let row = plain_row(item, "paid_at");
        let payment: BookedPayment = match serde_json::from_value(row) {
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
}
