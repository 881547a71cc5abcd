//! Admins, at the admin desk.

use crate::history::actions::{AdminAction, uid};
use crate::world::site::Site;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// How often Lambda hands an event to a function that fails.
const TRIES: u32 = 3;

/// Performs the action.
pub(crate) async fn act(site: &Site, id: &str, member: usize, action: AdminAction) {
    match action {
        AdminAction::Button { dry_run } => press_the_button(site, id, dry_run).await,
        AdminAction::List => {
            site.gateway.look(&format!("list {id}"), "/admin/cancellations").await;
        }
        AdminAction::GiveBack { newest, part, end } => {
            give_back(site, id, &uid(member), (newest, part, end)).await;
        }
        AdminAction::Reconcile { dry_run } => {
            let to = billing::kst_date(site.network.clock.now());
            let from = to.saturating_sub(30.days());
            let body = json!({"from": from, "to": to, "dry_run": dry_run});
            reconcile(site, id, body).await;
        }
        AdminAction::LookAtAll => look_at_all(site, id, &uid(member)).await,
        AdminAction::Settle => settle(site, id, &uid(member)).await,
    }
}

/// Reconciles everything since `start`: trouble lasted longer than the nightly run looks back.
pub(crate) async fn compare_since(site: &Site, start: Timestamp) {
    let (mut from, today) = (billing::kst_date(start), billing::kst_date(site.now()));
    while from <= today {
        let to = from.saturating_add(30.days()).min(today);
        let body = json!({"from": from, "to": to, "dry_run": false});
        reconcile(site, &from.to_string(), body).await;
        from = to.saturating_add(1.days());
    }
}

/// Has it compared, and waits for that: the event that wakes the sweep comes at once, and again with the others.
async fn reconcile(site: &Site, about: &str, body: Value) {
    let begun = site.gateway.order(&format!("compare {about}"), "/admin/reconcile", body).await;
    let about = format!("reconcile {about}");
    let Some(id) = begun.body.get("id").and_then(Value::as_str) else { return };
    let work = json!({"sweep": "reconcile", "id": id});
    for _ in 0..TRIES {
        if site.gateway.sweep(&site.gateway.name(&about), work.clone()).await.is_some() {
            break;
        }
    }
    site.gateway.look(&about, &format!("/admin/reconcile/{id}")).await;
}

/// Lists whose access is over, and ends it for everyone listed.
async fn press_the_button(site: &Site, id: &str, dry_run: bool) {
    if site.books().careful.is_some() {
        return;
    }
    let path = "/admin/cancellations/process";
    let shown = site.gateway.order(&format!("button {id}"), path, json!({"dry_run": true})).await;
    let rows = shown.list("revocations");
    if !dry_run && !rows.is_empty() {
        let uids: Vec<&Value> =
            rows.iter().map(|row| row.get("uid").unwrap_or(&Value::Null)).collect();
        let body = json!({"dry_run": false, "uids": uids});
        site.gateway.order(&format!("button {id} go"), path, body).await;
    }
}

async fn give_back(site: &Site, id: &str, member: &str, (newest, part, end): (bool, bool, bool)) {
    let order = site.books().give_back(member, newest);
    let Some(order) = order else { return };
    let charges = site.stack.iamport.charges().into_iter();
    let left = charges
        .filter(|charge| charge.merchant_uid == order)
        .map(|charge| (charge.amount.saturating_sub(charge.cancelled_amount), charge.imp_uid));
    let (left, imp_uid) = left.max().unwrap_or_default();
    let amount = if part { site.network.troubles.chance(id).between(1, left.max(1)) } else { left };
    site.books().days.asks_back(&imp_uid, amount);
    let (began, run) = (site.now(), site.books().run_of(member));
    let body = json!({"amount": amount, "left": left, "reason": "고객 요청", "end": end});
    let path = format!("/admin/payments/{order}/refund");
    let answer = site.gateway.order(&format!("refund {id}"), &path, body).await;
    if end && answer.status < 300 && run.is_some_and(|run| order.contains(&run.to_string())) {
        let moved = site.stack.iamport.charges();
        site.books().note_cancellation(member.to_owned(), run, began, &moved);
    }
}

async fn look_at_all(site: &Site, id: &str, member: &str) {
    let to = billing::kst_date(site.network.clock.now());
    let from = to.saturating_sub(30.days());
    for path in [
        "/admin/reviews".to_owned(),
        format!("/admin/members/{member}"),
        format!("/admin/members/{member}/forecast"),
        format!("/admin/figures?from={from}&to={to}"),
    ] {
        site.gateway.look(&format!("list {id}"), &path).await;
    }
}

/// Reads a member's open reviews and resolves each in one of the ways on offer.
async fn settle(site: &Site, id: &str, member: &str) {
    let list = site.gateway.look(&format!("reviews {id}"), "/admin/reviews").await;
    let healed = site.network.troubles.is_healed();
    for review in
        list.list("reviews").iter().filter(|review| review.get("uid") == Some(&member.into()))
    {
        let name = review.get("id").and_then(Value::as_str).unwrap_or_default();
        let actions = review.get("actions").and_then(Value::as_array).into_iter().flatten();
        let mut actions: Vec<&str> = actions.filter_map(Value::as_str).collect();
        // In the end it is settled for good.
        actions.retain(|action| !healed || *action != "look_again");
        if actions.is_empty() {
            continue;
        }
        let action = site.network.troubles.chance(&format!("settle {id} {name}")).one(&actions);
        site.record().say(|| format!("  {name}: {action}"));
        let body = json!({
            "action": action, "amount": review.get("amount"), "reason": "기록 확인",
        });
        let path = format!("/admin/reviews/{name}/resolve");
        site.gateway.order(&format!("settle {id}"), &path, body).await;
    }
}
