//! What a history came to, as one line of JSON for a program that knows nothing of this one: the tables as DynamoDB's
//! API shows them, Iamport's books, the accounts at the sign-in service, the configuration. `auditor` reads it.

use crate::history::actions::{ROLE, uid};
use crate::world::site::{ADMIN, Site};
use iamport_simulator::{Payment, Schedule};
use serde_json::{Map, Value, json};

/// The line; `None` unless the tables are in memory.
pub(crate) fn line(site: &Site, seed: u64) -> Option<String> {
    let tables = tables(site)?;
    let iamport = &site.stack.iamport;
    let payments: Vec<Value> = iamport.payments().iter().map(payment).collect();
    let schedules: Vec<Value> = iamport.schedules().iter().map(schedule).collect();
    let keys: Vec<String> =
        iamport.customers().into_iter().map(|(customer, _)| customer.customer_uid).collect();
    let books = site.books();
    let (moved, deleted) = (&books.leaving.moved, &books.leaving.deleted_keys);
    let mut line = json!({
        "seed": seed, "now": site.now(), "configuration": books.configuration.deployed,
        "tables": tables.0, "restored": tables.1, "accounts": accounts(site, &books.replaced_claims),
        "iamport": {"payments": payments, "schedules": schedules, "keys": keys},
        "console": {"moved": moved, "deleted_keys": deleted},
    });
    // The SDK has rows without an order.
    line.sort_all_objects();
    Some(line.to_string())
}

/// All rows, and which tables were put back to an earlier moment.
fn tables(site: &Site) -> Option<(Value, Value)> {
    let tables = site.tables()?;
    let rows = tables.all().map(|(name, rows)| (name.to_owned(), json!(rows)));
    let restored = tables.restored().iter();
    let restored = restored.map(|(table, to, at)| json!({"table": table, "to": to, "at": at}));
    Some((Value::Object(rows.collect()), restored.collect()))
}

/// What matters of a payment's record.
fn payment(it: &Payment) -> Value {
    json!({
        "imp_uid": it.imp_uid, "merchant_uid": it.merchant_uid, "status": it.status,
        "customer_uid": it.customer_uid, "customer_uid_usage": it.customer_uid_usage,
        "amount": it.amount, "cancel_amount": it.cancel_amount, "currency": it.currency,
        "paid_at": it.paid_at, "cancel_history": it.cancel_history.iter().map(|back| json!({
            "amount": back.amount, "cancelled_at": back.cancelled_at, "reason": back.reason,
        })).collect::<Vec<_>>(),
    })
}

/// What matters of a schedule.
fn schedule(it: &Schedule) -> Value {
    json!({
        "merchant_uid": it.merchant_uid, "customer_uid": it.customer_uid, "amount": it.amount,
        "schedule_at": it.schedule_at, "schedule_status": it.schedule_status,
    })
}

/// The accounts with what they may do, and with what others than we wrote there.
fn accounts(site: &Site, replaced: &Replaced) -> Map<String, Value> {
    let accounts = site.stack.google.accounts().into_iter();
    let with_others = accounts.map(|(of, disabled, claims)| {
        let others = match replaced.get(&of) {
            Some((true, _)) => json!({ROLE: "editor"}),
            None if of == uid(0) || of == ADMIN => json!({"admin": true}),
            Some((false, _)) | None => json!({}),
        };
        (of, json!({"disabled": disabled, "claims": claims, "others": others}))
    });
    with_others.collect()
}

/// Whose claims another program replaced, and whether by a role.
type Replaced = std::collections::BTreeMap<String, (bool, jiff::Timestamp)>;
