//! The operator: restarts the functions with another configuration, rolls back a release, restores a table,
//! cancels on a member's behalf.

use crate::history::actions::{DeskAct, NEWER_FIELD, OperatorAction, TableName, uid};
use crate::history::configuration::Setting;
use crate::history::time::{MINUTE, plus, plus_days};
use crate::world::gateway::Running;
use crate::world::site::{Site, borrowed, environment};
use billing::SubscriptionId;
use gudok_local::Stack;
use jiff::{Timestamp, civil::Date};
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
        OperatorAction::Act(act) => act_for(site, id, &uid(member), act).await,
        OperatorAction::EraseFor if site.has_tables() => {
            erase_for(site, id, &uid(member)).await;
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

/// Has everything of a member erased.
async fn erase_for(site: &Site, id: &str, member: &str) {
    let (began, (run, shown)) = (site.now(), shown(site, member));
    let body = json!({"reason": "전화로 탈퇴를 요청함", "paid_through": shown});
    let path = format!("/admin/members/{member}/erase");
    let answer = site.gateway.order(&format!("erase for {id}"), &path, body).await;
    if answer.status == 200 {
        let moved = site.stack.iamport.charges();
        site.books().note_cancellation(member.to_owned(), run, began, &moved);
    }
}

/// Does something to a member's subscription at the desk.
async fn act_for(site: &Site, id: &str, member: &str, act: DeskAct) {
    let (began, (run, shown)) = (site.now(), shown(site, member));
    let (name, days) = match act {
        DeskAct::Cancel => ("cancel", None),
        DeskAct::EndNow => ("end_now", None),
        DeskAct::GiveDays { days } => ("give_days", Some(days)),
        DeskAct::TryAgain => ("try_again", None),
        DeskAct::AskForCard => ("ask_for_card", None),
    };
    let body = json!({"act": name, "days": days, "reason": "전화로 요청함", "shown": shown});
    let path = format!("/admin/members/{member}/acts");
    let answer = site.gateway.order(&format!("{name} for {id}"), &path, body).await;
    match act {
        // Who is only no longer let in has cancelled nothing.
        DeskAct::EndNow if answer.text("state") == "none" => {}
        DeskAct::Cancel | DeskAct::EndNow if answer.status == 200 => {
            let moved = site.stack.iamport.charges();
            site.books().note_cancellation(member.to_owned(), run, began, &moved);
        }
        DeskAct::GiveDays { days } if answer.status == 200 => {
            let paid = answer.body.get("periods_paid").and_then(Value::as_u64) > Some(0);
            site.books().days.answered(run.filter(|_| paid), days.into());
        }
        DeskAct::Cancel
        | DeskAct::EndNow
        | DeskAct::GiveDays { .. }
        | DeskAct::TryAgain
        | DeskAct::AskForCard => {}
    }
}

/// The run of a member's subscription, and the date of access that the desk shows.
fn shown(site: &Site, member: &str) -> (Option<SubscriptionId>, Option<Date>) {
    let books = site.books();
    let row = books.subscriptions.get(member);
    (books.run_of(member), row.and_then(billing::Subscription::lasts_through))
}
