//! Rows of other releases (docs/decisions/0021): what each earlier one wrote is read, what this one writes the
//! last one reads, and what a newer one wrote beside it is still there after a write.
//!
//! `tests/rows/<release>.json` is what a release wrote, in ordinary JSON. With `FREEZE=<release>` the test of
//! what this one writes makes the file of this one.

use crate::{
    round_trips::{TIME, charges, full, registrations},
    samples::{
        SUBSCRIPTION, at, cancelling, charge, imp_uid, order, paying, payment, subscription, uid,
    },
    world::{World, write},
};
use billing::{
    Access, Act, Change, ClosedState, Dunning, MerchantUid, OpenState, Order, Resolution,
    Subscription, Uid, Won,
};
use jiff::civil::date;
use ledger::Ledger;
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What each release wrote, the last release last.
const RELEASES: [&str; 2] =
    [include_str!("../rows/2026-11-23.json"), include_str!("../rows/2026-11-30.json")];
const TABLES: [&str; 4] = ["journal", "orders", "payments", "subscriptions"];

/// Words that are read, and written as others. Nothing of before the first release ran with people's money.
const RENAMED: [(&str, &str); 3] = [
    ("disputed", "contradicted"),
    ("revoked", "abandoned"),
    ("two payments stand under one merchant_uid", "two_payments"),
];

type Rows = Map<String, Value>;

fn released() -> impl Iterator<Item = Rows> {
    RELEASES.into_iter().map(|text| serde_json::from_str(text).unwrap())
}

fn table<'a>(world: &'a World, name: &str) -> &'a str {
    let tables = &world.tables;
    match name {
        "journal" => &tables.journal,
        "orders" => &tables.orders,
        "payments" => &tables.payments,
        _ => &tables.subscriptions,
    }
}

async fn put(world: &World, name: &str, row: &Value) {
    let put = world.client.put_item().table_name(table(world, name));
    put.set_item(Some(to_item(row).unwrap())).send().await.unwrap();
}

async fn all(world: &World, name: &str) -> Vec<Value> {
    let page = world.client.scan().table_name(table(world, name)).send().await.unwrap();
    let rows = page.items.unwrap().into_iter();
    let mut rows: Vec<Value> = rows.map(|row| from_item(row).unwrap()).collect();
    rows.iter_mut().for_each(Value::sort_all_objects);
    rows.sort_by_key(ToString::to_string);
    rows
}

/// The one row of a table.
async fn only(world: &World, name: &str) -> Value {
    let [row] = <[Value; 1]>::try_from(all(world, name).await).unwrap();
    row
}

/// Writes what there is to write: every field filled, every list with every kind of thing in it.
async fn write_everything(ledger: &Ledger) {
    let [fresh, everything, granted, telling, asked, payer] =
        ["fresh", "everything", "granted", "telling", "asked", "payer"].map(uid);
    let silent = |uid: &Uid, access| Subscription { access, outbox: Vec::new(), ..full(uid) };
    let paid = payment(&payer, TIME, "imp_1");
    let mut change = paying(subscription(&payer), paid);
    let owner = &payer;
    let charges = charges().into_iter().map(|charge| Order::Charge { uid: owner.clone(), charge });
    let registrations = registrations();
    change.orders = registrations
        .into_iter()
        .map(|registration| Order::Registration { uid: owner.clone(), registration })
        .chain(charges)
        .collect();
    let reason = || "요청".to_owned();
    let resolved = |reason| Act::ResolvedReview {
        review: "review.7".to_owned(),
        resolution: Resolution::Accept,
        reason,
    };
    for act in [
        Act::Refunded { imp_uid: imp_uid("imp_1"), amount: None, reason: reason() },
        Act::Refunded { imp_uid: imp_uid("imp_1"), amount: Some(Won::new(900)), reason: reason() },
        Act::ProposedRefund {
            imp_uid: imp_uid("imp_1"),
            amount: Won::new(9_900),
            reason: reason(),
        },
        Act::Ended { reason: reason() },
        Act::GaveDays { days: 7, reason: reason() },
        Act::TriedAgain { reason: reason() },
        Act::AskedForCard { reason: reason() },
        Act::EndedAccess,
        Act::Reconciled { from: date(2026, 11, 1), to: date(2026, 11, 22), found: 2, mended: 1 },
        resolved(None),
        resolved(Some(reason())),
        Act::Cancelled { reason: reason() },
        Act::Resumed { reason: reason() },
        Act::SetBrake { pulled: true, reason: reason() },
    ] {
        change.note_act(at(TIME), owner, act);
    }
    for change in [
        Change::of(subscription(&fresh)),
        Change::of(full(&everything)),
        Change::of(silent(&granted, Access::Granted { at: at(TIME) })),
        Change::of(silent(&telling, Access::Telling { enter: true, until: at(TIME) })),
        Change::of(cancelling(&asked, TIME)),
        change,
    ] {
        write(ledger, &change).await.unwrap();
    }
}

/// The fields of a row by their paths, and the words in them: what looks like the name of a variant.
#[derive(Debug, Default, PartialEq)]
struct Vocabulary {
    fields: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Vocabulary {
    fn of(rows: &Rows) -> Self {
        let mut vocabulary = Self::default();
        for (table, rows) in rows {
            vocabulary.add(table, rows);
        }
        vocabulary
    }

    fn add(&mut self, path: &str, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.add(path, value)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let path = format!("{path}.{name}");
                    self.add(&path, value);
                    self.fields.insert(path);
                }
            }
            Value::String(text) => {
                if text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                    self.words.insert(format!("{path} = {text}"));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[tokio::test]
async fn what_this_release_writes_the_last_one_reads() {
    let world = World::new().await;
    Box::pin(write_everything(&world.ledger)).await;
    let mut written = Rows::new();
    for name in TABLES {
        written.insert(name.to_owned(), all(&world, name).await.into());
    }
    if let Ok(release) = std::env::var("FREEZE") {
        let path = format!("{}/tests/rows/{release}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, serde_json::to_string_pretty(&written).unwrap() + "\n").unwrap();
        return;
    }
    let (now, last) = (Vocabulary::of(&written), Vocabulary::of(&released().last().unwrap()));
    let new: Vec<_> = now.words.difference(&last.words).collect();
    assert!(new.is_empty(), "read a release before they are written: {new:#?}");
    let gone: Vec<_> = last.fields.difference(&now.fields).collect();
    assert!(gone.is_empty(), "the last release may need them: {gone:#?}");
}

#[tokio::test]
async fn what_each_release_wrote_is_read_and_nothing_of_it_is_lost_by_a_write() {
    for rows in released() {
        let world = World::new().await;
        for name in TABLES {
            for row in rows[name].as_array().unwrap() {
                put(&world, name, row).await;
            }
        }
        let ledger = &world.ledger;
        for row in rows["orders"].as_array().unwrap() {
            let order = row["merchant_uid"].as_str().unwrap().parse().unwrap();
            assert!(ledger.order(&order).await.unwrap().is_some(), "{row}");
        }
        let owner = |row: &Value| uid(row["uid"].as_str().unwrap());
        for row in rows["payments"].as_array().unwrap() {
            let (paid, _) = ledger.payments(&owner(row), 10, None).await.unwrap();
            assert!(paid.iter().any(|paid| row["imp_uid"] == json!(paid.imp_uid)), "{row}");
        }
        for row in rows["journal"].as_array().unwrap() {
            let (noted, _) = ledger.journal(&owner(row), 100, None).await.unwrap();
            assert!(noted.iter().any(|noted| row["id"] == json!(noted.id)), "{row}");
        }
        for before in rows["subscriptions"].as_array().unwrap() {
            let stored = ledger.stored(&owner(before)).await.unwrap().unwrap();
            ledger.commit(Some(&stored), &Change::of(stored.clone())).await.unwrap();
        }
        let after = all(&world, "subscriptions").await;
        for before in rows["subscriptions"].as_array().unwrap() {
            let mut after = after.iter().find(|row| row["uid"] == before["uid"]).unwrap().clone();
            after["version"] = before["version"].clone();
            assert_holds("", &after, before);
        }
    }
}

/// All that was there is there; there may be more.
fn assert_holds(path: &str, after: &Value, before: &Value) {
    match (after, before) {
        (Value::Object(after), Value::Object(before)) => {
            for (name, value) in before {
                let path = format!("{path}.{name}");
                assert_holds(&path, after.get(name).unwrap_or_else(|| panic!("{path}")), value);
            }
        }
        (Value::Array(after), Value::Array(before)) => {
            assert_eq!(after.len(), before.len(), "{path}");
            after.iter().zip(before).for_each(|(after, before)| assert_holds(path, after, before));
        }
        (Value::String(after), Value::String(before)) => {
            let renamed = RENAMED.iter().any(|(old, new)| after == new && before == old);
            assert!(renamed || after == before, "{path}: {after} instead of {before}");
        }
        _ => assert_eq!(after, before, "{path}"),
    }
}

const UNKNOWN: &str = "unknown_here";

/// Puts a field that this release does not know into every map of a row.
fn extend(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(extend);
            fields.insert(UNKNOWN.to_owned(), json!({"a": [1, null]}));
        }
        Value::Array(values) => values.iter_mut().for_each(extend),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn what_is_not_known_of_a_subscription_stays_at_every_depth_when_it_is_written() {
    let world = World::new().await;
    let member = uid("member");
    write(&world.ledger, &Change::of(full(&member))).await.unwrap();
    let mut newer = only(&world, "subscriptions").await;
    extend(&mut newer);
    put(&world, "subscriptions", &newer).await;

    // One charge comes further, one is closed, one is new before all others; the card is another's generation.
    let mut next = world.ledger.subscription(&member).await.unwrap().unwrap();
    let opened = MerchantUid::Charge { subscription: SUBSCRIPTION, period: 7, attempt: 0 };
    next.charges[1].outcome = OpenState::Scheduled { at: at(TIME) };
    next.charges.remove(2);
    let mut new = next.charges[0].clone();
    new.merchant_uid = opened;
    next.charges.insert(0, new);
    next.card.as_mut().unwrap().expiry_told = false;
    next.refunds.clear();
    next.cancellation = None;
    next.due_at = None;
    write(&world.ledger, &Change::of(next)).await.unwrap();

    let after = only(&world, "subscriptions").await;
    let known = |value: &Value| value.get(UNKNOWN).is_some();
    let lists = ["registrations", "declined_cards", "reviews", "verdicts", "outbox"];
    let all = |name: &str| after[name].as_array().unwrap().iter().all(known);
    assert!(known(&after) && known(&after["card"]) && known(&after["dunning"]["last"]));
    assert!(lists.into_iter().all(all), "{after:#}");
    assert!(known(&after["reviews"][0]["facts"][0]) && !known(&after["outbox"][1]["retry_at"]));
    let charges: Vec<_> = after["charges"].as_array().unwrap().iter().map(known).collect();
    assert_eq!(charges, [false, true, true, true], "the new one has nothing to keep");
    assert_eq!(after["charges"][2]["outcome"]["state"], "scheduled");
    let gone =
        ["refunds", "cancellation", "due_at", "due_at_exact", "due_shard", "cancel_requested_at"];
    assert!(gone.into_iter().all(|name| after.get(name).is_none()), "{after:#}");
}

#[tokio::test]
async fn what_is_not_there_is_left_out_at_every_depth() {
    let world = World::new().await;
    let member = uid("member");
    let dunning = Dunning { failures: 1, ..Dunning::default() };
    let refused = Subscription { dunning, ..full(&member) };
    write(&world.ledger, &Change::of(refused)).await.unwrap();
    let row = only(&world, "subscriptions").await;
    assert_eq!(row["dunning"]["failures"], 1);
    assert!(!row.to_string().contains("null"), "{row:#}");

    let world = World::new().await;
    write(&world.ledger, &Change::of(subscription(&member))).await.unwrap();
    let fresh = only(&world, "subscriptions").await;
    assert!(["dunning", "wanted_from"].iter().all(|name| fresh.get(name).is_none()), "{fresh:#}");
}

#[tokio::test]
async fn what_a_newer_release_made_of_an_index_is_made_anew_by_a_write() {
    let world = World::new().await;
    let member = uid("member");
    write(&world.ledger, &Change::of(subscription(&member))).await.unwrap();
    let mut row = only(&world, "subscriptions").await;
    for (name, value) in [
        ("cancelling", json!(0)),
        ("cancel_requested_at", json!("2026-11-22T03:00:15Z")),
        ("reviewing", json!(0)),
        ("review_opened_at", json!("2026-11-22T03:00:15Z")),
        ("due_shard", json!(0)),
        ("state", json!("paused")),
    ] {
        row[name] = value;
    }
    put(&world, "subscriptions", &row).await;
    let read = world.ledger.subscription(&member).await.unwrap().unwrap();
    write(&world.ledger, &Change::of(read)).await.unwrap();
    assert_eq!(world.ledger.cancelling(10, None).await.unwrap().0.rows, []);
    assert_eq!(world.ledger.reviewing(10, None).await.unwrap().0.rows, []);
    assert_eq!(world.ledger.count_members().await.unwrap(), 0);
    let after = only(&world, "subscriptions").await;
    assert_eq!(after["state"], "none");
}

#[tokio::test]
async fn another_run_of_a_subscription_begins_with_what_is_known_alone() {
    let world = World::new().await;
    let member = uid("member");
    write(&world.ledger, &Change::of(subscription(&member))).await.unwrap();
    let mut row = only(&world, "subscriptions").await;
    extend(&mut row);
    put(&world, "subscriptions", &row).await;
    let read = world.ledger.stored(&member).await.unwrap().unwrap();
    let anew = Subscription { id: billing::SubscriptionId::new(ulid::Ulid(8)), ..read.clone() };
    world.ledger.commit(Some(&read), &Change::of(anew)).await.unwrap();
    let after = only(&world, "subscriptions").await;
    assert!(!after.to_string().contains(UNKNOWN), "{after:#}");
}

#[tokio::test]
async fn what_is_not_known_of_an_order_or_a_payment_stays_when_more_is_noted_of_it() {
    let world = World::new().await;
    let member = uid("member");
    let planned = order(&member, 0, OpenState::Planned { at: at(TIME) });
    let paid = payment(&member, TIME, "imp_1");
    let first = Change { orders: vec![planned], ..paying(subscription(&member), paid) };
    let mut next = Change::of(write(&world.ledger, &first).await.unwrap());
    for name in ["orders", "payments"] {
        let mut row = only(&world, name).await;
        row[UNKNOWN] = json!(1);
        put(&world, name, &row).await;
    }
    next.orders = vec![order(&member, 0, ClosedState::Abandoned)];
    next.refund = Some(billing::Refund {
        imp_uid: imp_uid("imp_1"),
        paid_at: at(TIME),
        refunded: billing::Won::new(9_900),
    });
    write(&world.ledger, &next).await.unwrap();
    let order = only(&world, "orders").await;
    assert_eq!((&order["outcome"]["state"], &order[UNKNOWN]), (&json!("abandoned"), &json!(1)));
    let payment = only(&world, "payments").await;
    assert_eq!((&payment["refunded"], &payment[UNKNOWN]), (&json!(9_900), &json!(1)));
    let read = world.ledger.order(&charge(0, ClosedState::Abandoned).merchant_uid).await.unwrap();
    assert_eq!(read, next.orders.pop());
}
