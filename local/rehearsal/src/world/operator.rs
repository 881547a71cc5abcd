//! The operator: restarts the functions with another configuration, rolls back a release, restores a table,
//! cancels on a member's behalf.

use crate::history::actions::{NEWER_FIELD, OperatorAction, TableName, uid};
use crate::history::configuration::Setting;
use crate::history::time::{MINUTE, plus, plus_days};
use crate::world::gateway::Running;
use crate::world::site::{Site, borrowed, environment};
use gudok_local::Stack;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Performs the action.
pub(crate) async fn act(site: &Site, id: &str, member: usize, action: OperatorAction) {
    match action {
        OperatorAction::Restart(setting) => restart(site, setting),
        OperatorAction::NewerRow => newer_row(site, &uid(member)),
        OperatorAction::Unreadable => unreadable(site, &uid(member)),
        OperatorAction::Mend => mend(site),
        OperatorAction::Restore { table, minutes } => {
            let ago = i64::from(minutes).saturating_mul(-MINUTE);
            restore(site, table, plus(site.now(), ago));
        }
        OperatorAction::CancelFor => {
            ask_for(site, id, &uid(member), ("cancel", "전화로 해지를 요청함")).await;
        }
        OperatorAction::EraseFor if site.has_tables() => {
            ask_for(site, id, &uid(member), ("erase", "전화로 탈퇴를 요청함")).await;
            // An old window may be used once more, and nobody is left to hear of it.
            site.compare_for_nights();
        }
        OperatorAction::EraseFor => {}
    }
}

/// Restarts all functions with a changed setting. If the configuration is refused, the old functions keep
/// running.
fn restart(site: &Site, setting: Setting) {
    let today = billing::kst_date(site.now());
    let configuration = site.books().configuration.with(setting, today);
    match site.stack.restarted(&site.hosts, &borrowed(&environment(&configuration))) {
        Ok(mut app) => {
            app.gudok.books.clock = site.network.clock.teller();
            site.network.race_with(app.gudok.clone());
            site.books().configuration = configuration;
            let router = Stack::gateway_of(app.clone());
            site.gateway.deploy(Running { app, router });
        }
        Err(error) => site.record().say(|| format!("  not deployed: {error}")),
    }
}

/// The runbook's step before members' rows are restored: no access is ended, and nobody presses the button, until
/// a nightly reconciliation has gone through.
fn be_careful(site: &Site) {
    let before = {
        let mut books = site.books();
        let review = books.configuration.review;
        let careful = books.careful.unwrap_or(review);
        books.careful.replace(careful)
    };
    if before.is_none() {
        restart(site, Setting::Review(true));
    }
}

/// A newer release changed the row: two fields unknown here, and a version one higher.
fn newer_row(site: &Site, uid: &str) {
    if site.books().rows.is_unreadable(uid) {
        return;
    }
    let Some(mut tables) = site.tables() else { return };
    let Some(mut row) = tables.row("subscriptions", uid).cloned() else { return };
    row.insert(NEWER_FIELD.to_owned(), json!({"S": "a friend"}));
    let consent = row.get_mut("consent").and_then(|consent| consent.get_mut("M"));
    if let Some(consent) = consent.and_then(Value::as_object_mut) {
        consent.insert(NEWER_FIELD.to_owned(), json!({"S": "a poster"}));
    }
    let version = row.get("version").and_then(|version| version.get("N")?.as_str()?.parse().ok());
    let version = version.unwrap_or(0_u64).saturating_add(1);
    row.insert("version".to_owned(), json!({"N": version.to_string()}));
    let stored = json!({"TableName": "subscriptions", "Item": row});
    tables.put_row("subscriptions", row.clone());
    drop(tables);
    let now = site.now();
    let mut books = site.books();
    books.wrote(&stored, now, &[]);
    books.rows.newer(uid, row);
}

/// The row holds a state unknown here. It stays due.
fn unreadable(site: &Site, uid: &str) {
    let Some(mut tables) = site.tables() else { return };
    let Some(mut row) = tables.row("subscriptions", uid).cloned() else { return };
    if !site.books().rows.spoil(uid, row.clone()) {
        return;
    }
    row.insert("access".to_owned(), json!({"M": {"state": {"S": "suspended"}}}));
    tables.replace_row("subscriptions", row);
}

/// Puts every unreadable row back as it was.
pub(crate) fn mend(site: &Site) {
    let Some(mut tables) = site.tables() else { return };
    let now = site.now();
    let good: Vec<Map<String, Value>> = site.books().rows.mend();
    for row in good {
        let uid = row.get("uid").and_then(|uid| uid.get("S")?.as_str()).unwrap_or_default();
        site.books().waiting.begin_anew(uid, now);
        tables.replace_row("subscriptions", row);
        site.compare_for_nights();
    }
}

/// Point-in-time recovery of one table, the others left as they are.
pub(crate) fn restore(site: &Site, table: TableName, to: Timestamp) {
    if !site.has_tables() {
        return;
    }
    let now = site.now();
    // What two tables have both forgotten nobody knows: the nights after the first have to come through.
    let before = site.books().restored;
    if before.is_some_and(|(other, at)| other != table && to < plus_days(at, 3)) {
        return;
    }
    // Whoever was erased comes back with a table, and is erased again by hand (the runbook).
    if !site.books().leaving.erased.is_empty() {
        return;
    }
    mend(site);
    if table == TableName::Subscriptions {
        be_careful(site);
    }
    let Some(mut tables) = site.tables() else { return };
    tables.restore(table.name(), to);
    let rows = tables.rows("subscriptions");
    let digested = tables.row("orders", "digest").and_then(|row| {
        let until = row.get("until")?.get("S")?.as_str()?;
        until.parse().ok()
    });
    drop(tables);
    site.books().sums.told_until(digested);
    if table == TableName::Journal {
        site.books().sums.put_back(to);
    }
    site.books().restored = Some((table, now));
    if table == TableName::Subscriptions {
        site.books().put_back(&rows, to, now);
    }
    site.compare_for_nights();
}

/// Cancels on a member's behalf, or has everything erased.
async fn ask_for(site: &Site, id: &str, member: &str, (act, reason): (&str, &str)) {
    let began = site.now();
    let (paid_through, run) = {
        let books = site.books();
        let subscription = books.subscriptions.get(member);
        (subscription.and_then(billing::Subscription::paid_through), books.run_of(member))
    };
    let (path, body) = match act {
        "erase" => ("erase", json!({"reason": reason, "paid_through": paid_through})),
        _ => ("acts", json!({"act": act, "reason": reason, "shown": paid_through})),
    };
    let path = format!("/admin/members/{member}/{path}");
    let answer = site.gateway.order(&format!("{act} for {id}"), &path, body).await;
    if answer.status == 200 {
        let moved = site.stack.iamport.charges();
        site.books().note_cancellation(member.to_owned(), run, began, &moved);
    }
}
