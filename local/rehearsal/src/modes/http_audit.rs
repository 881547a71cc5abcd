//! The checks that are possible over HTTP: members are shown exactly what moved; nobody paid for a period twice;
//! each live subscription has one pending schedule, and there are no others.

use crate::modes::process::{LoopbackGateway, list, text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many charges moved money, and what is wrong.
pub(crate) async fn audit(gateway: &LoopbackGateway, uids: &[String]) -> (usize, Vec<String>) {
    let charges = all(gateway, "/simulator/charges").await;
    let mut failures = charged_twice(&charges);
    let row = |order: &Value, back: &str| {
        let amount = |name: &str| order.get(name).cloned().unwrap_or_default();
        format!("{} {} -{}", text(order, "merchant_uid"), amount("amount"), amount(back))
    };
    let mut moved: BTreeSet<String> =
        charges.iter().map(|charge| row(charge, "cancelled_amount")).collect();
    let number = moved.len();
    let mut live: usize = 0;
    for uid in uids {
        let Some(token) = gateway.sign_in(uid).await else {
            failures.push(format!("{uid} cannot sign in"));
            continue;
        };
        for payment in payments(gateway, &token).await {
            let row = row(&payment, "refunded");
            if !moved.remove(&row) {
                failures.push(format!("{uid} is shown {row}, which did not move so"));
            }
        }
        let shown = gateway.api("GET", "/subscription", &token, Value::Null).await;
        let active = shown.is_some_and(|(_, shown)| text(&shown, "state") == "active");
        live = live.saturating_add(usize::from(active));
    }
    failures.extend(moved.into_iter().map(|row| format!("{row} moved and nobody is shown it")));
    let schedules = all(gateway, "/simulator/schedules").await;
    let standing = |schedule: &&Value| text(schedule, "schedule_status") == "scheduled";
    let standing = schedules.iter().filter(standing).count();
    if standing != live {
        failures.push(format!("{standing} schedules stand for {live} live subscriptions"));
    }
    (number, failures)
}

/// Everything of a kind at Iamport.
async fn all(gateway: &LoopbackGateway, path: &str) -> Vec<Value> {
    let answer = gateway.simulator("GET", path, Value::Null).await.unwrap_or_default();
    answer.as_array().cloned().unwrap_or_default()
}

/// Periods that were paid for more than once, net of refunds.
fn charged_twice(charges: &[Value]) -> Vec<String> {
    let mut kept: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let amount = |charge: &Value, name: &str| charge.get(name).and_then(Value::as_i64);
    for charge in charges {
        if amount(charge, "cancelled_amount") < amount(charge, "amount") {
            let mut parts = text(charge, "merchant_uid").split('-').skip(1);
            let period = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let times = kept.entry(period).or_default();
            *times = times.saturating_add(1);
        }
    }
    let twice = kept.into_iter().filter(|(_, times)| *times > 1);
    twice.map(|(period, times)| format!("{period:?} was charged {times} times")).collect()
}

/// The payments a member is shown, page by page.
async fn payments(gateway: &LoopbackGateway, token: &str) -> Vec<Value> {
    let (mut payments, mut path) = (Vec::new(), "/payments".to_owned());
    while let Some((200, page)) = gateway.api("GET", &path, token, Value::Null).await {
        payments.extend(list(&page, "payments").iter().cloned());
        let Some(cursor) = page.get("cursor").and_then(Value::as_str) else { break };
        path = format!("/payments?cursor={cursor}");
    }
    payments
}
