//! Whoever operates the site: restarts the functions under another configuration, deploys a version and
//! goes back, restores a table, leaves in a member's name.

use super::Outside;
use crate::configuration::{Rule, Setting};
use crate::history::{CHEAPER, DAY, DEARER, Deed, HOUR, MONTHLY, Script, When};
use crate::world::{World, plus, uid};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// All functions begin anew with something else set.
    Restart(Setting),
    /// A newer version wrote this member's row, with fields that today's does not know, and was taken back.
    NewerRow,
    /// This member's row cannot be read: a newer version wrote a state that today's does not know.
    Unreadable,
    /// It can be read again.
    Mend,
    /// A table is restored to what it was so many minutes ago.
    Restore { table: TableName, minutes: u16 },
    /// The member rang up: `POST /admin/members/{uid}/cancel`.
    CancelFor,
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableName {
    Subscriptions,
    Payments,
    Orders,
    Journal,
}

impl TableName {
    /// All of them.
    pub(crate) const ALL: [Self; 4] =
        [Self::Subscriptions, Self::Payments, Self::Orders, Self::Journal];

    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Subscriptions => "subscriptions",
            Self::Payments => "payments",
            Self::Orders => "orders",
            Self::Journal => "journal",
        }
    }
}

/// The attribute that a newer version adds to a row, and to its `consent`.
pub(crate) const NEWER: &str = "referred_by";

pub(super) fn acts(script: &mut Script<'_>) {
    for _ in 0..script.chance.between(1, 2) {
        match script.chance.below(12) {
            0..5 => {
                let setting = setting(script);
                script.act(Outside::Operator(Operation::Restart(setting)));
                if script.chance.hits(400) {
                    let setting = self::setting(script);
                    script.act(Outside::Operator(Operation::Restart(setting)));
                }
            }
            5 | 6 => script.act(Outside::Operator(Operation::NewerRow)),
            7 | 8 => {
                script.act(Outside::Operator(Operation::Unreadable));
                let when = When::After(script.chance.between(HOUR, 3 * DAY));
                script.take(when, Deed::Outside(Outside::Operator(Operation::Mend)));
            }
            9 | 10 => {
                let table = script.chance.one(&TableName::ALL);
                let minutes = script.chance.one(&[5, 60, 600, 1_500]);
                script.act(Outside::Operator(Operation::Restore { table, minutes }));
            }
            _ => script.act(Outside::Operator(Operation::CancelFor)),
        }
    }
}

fn setting(script: &mut Script<'_>) -> Setting {
    let chance = &mut *script.chance;
    match chance.below(12) {
        0..3 => Setting::Price(chance.one(&[DEARER, CHEAPER, MONTHLY])),
        3 | 4 => Setting::Announce {
            price: chance.one(&[DEARER, CHEAPER, 11_000]),
            days: chance.one(&[1, 10, 40]),
        },
        5 => Setting::Withdraw,
        6 => Setting::Offered(chance.hits(400)),
        7 => Setting::Terms(chance.one(&["2026-01", "2027-02"])),
        8 => Setting::Review(chance.hits(500)),
        _ => Setting::Policy(chance.one(&Rule::ALL)),
    }
}

pub(super) async fn act(world: &Arc<World>, id: &str, member: usize, operation: Operation) {
    match operation {
        Operation::Restart(setting) => world.reconfigure(setting),
        Operation::NewerRow => newer_row(world, &uid(member)),
        Operation::Unreadable => unreadable(world, &uid(member)),
        Operation::Mend => mend(world),
        Operation::Restore { table, minutes } => {
            restore(world, table, plus(world.now(), -60 * i64::from(minutes)));
        }
        Operation::CancelFor => cancel_for(world, id, member).await,
    }
}

/// A newer version changed the row: two fields that are not known here, and a version one higher.
fn newer_row(world: &World, uid: &str) {
    let Some(tables) = world.tables() else { return };
    if world.sky.lock().books.rows.is_unreadable(uid) {
        return;
    }
    let mut tables = tables.lock().expect("whole");
    let Some(mut row) = tables.row("subscriptions", uid).cloned() else { return };
    row.insert(NEWER.to_owned(), json!({"S": "a friend"}));
    if let Some(consent) = row.get_mut("consent").and_then(|consent| consent.get_mut("M")) {
        consent[NEWER] = json!({"S": "a poster"});
    }
    let version = row["version"]["N"].as_str().and_then(|version| version.parse::<u64>().ok());
    row.insert("version".to_owned(), json!({"N": (version.unwrap_or(0) + 1).to_string()}));
    let stored = json!({"TableName": "subscriptions", "Item": row});
    tables.put_row("subscriptions", row.clone());
    drop(tables);
    let now = world.now();
    let mut inner = world.sky.lock();
    inner.books.wrote(&stored, now, &[]);
    inner.books.rows.newer(uid, row);
}

/// The row says something that is not known here. It stays due.
fn unreadable(world: &World, uid: &str) {
    let Some(tables) = world.tables() else { return };
    let mut tables = tables.lock().expect("whole");
    let Some(mut row) = tables.row("subscriptions", uid).cloned() else { return };
    if !world.sky.lock().books.rows.spoil(uid, row.clone()) {
        return;
    }
    row.insert("access".to_owned(), json!({"M": {"state": {"S": "suspended"}}}));
    tables.replace_row("subscriptions", row);
}

/// Every row that could not be read is as it was.
pub(crate) fn mend(world: &World) {
    let Some(tables) = world.tables() else { return };
    let mut tables = tables.lock().expect("whole");
    let good = world.sky.lock().books.rows.mend();
    for row in good {
        let uid = row["uid"]["S"].as_str().unwrap_or_default();
        world.sky.lock().books.waiting.begin_anew(uid, world.now());
        tables.replace_row("subscriptions", row);
        world.compare_for_nights();
    }
}

/// Point-in-time recovery of one table, the others left as they are.
pub(crate) fn restore(world: &World, table: TableName, to: Timestamp) {
    let Some(tables) = world.tables() else { return };
    let now = world.now();
    // What two tables have both forgotten nobody knows: the nights after the first have to come through.
    let before = world.sky.lock().books.restored;
    if before.is_some_and(|(other, at)| other != table && to < plus(at, 3 * DAY)) {
        return;
    }
    mend(world);
    if table == TableName::Subscriptions {
        world.be_careful();
    }
    tables.lock().expect("whole").restore(table.name(), to);
    world.sky.lock().books.restored = Some((table, now));
    if table == TableName::Subscriptions {
        let rows = tables.lock().expect("whole").rows("subscriptions");
        world.sky.lock().books.put_back(&rows, to, now);
    }
    world.compare_for_nights();
}

async fn cancel_for(world: &Arc<World>, id: &str, member: usize) {
    let began = world.now();
    let uid = uid(member);
    let path = format!("/admin/members/{uid}/cancel");
    let paid_through = {
        let inner = world.sky.lock();
        let subscription = inner.books.subscriptions.get(&uid);
        subscription.and_then(billing::Subscription::paid_through)
    };
    let body = json!({"reason": "전화로 해지를 요청함", "paid_through": paid_through});
    let run = world.sky.lock().books.run_of(&uid);
    let answer = world.order_to(&format!("cancel for {id}"), &path, body).await;
    if answer.status == 200 {
        world.cancelled(uid, run, began);
    }
}

/// Whether a row holds what a newer version put there: at the top, and in the consent as long as that is
/// the one it was put into.
pub(crate) fn keeps_the_newer(before: &Value, after: &Value) -> bool {
    let consent = |row: &Value| {
        let mut consent = row["consent"]["M"].clone();
        if let Some(fields) = consent.as_object_mut() {
            fields.remove(NEWER);
        }
        consent
    };
    let same_consent = consent(before) == consent(after);
    after.get(NEWER).is_some() && (!same_consent || after["consent"]["M"].get(NEWER).is_some())
}
