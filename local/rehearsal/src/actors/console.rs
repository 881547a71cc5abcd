//! A person at Iamport's console, who does there by hand what the program does over the API, tells nobody,
//! and whose webhook may be lost.

use super::Outside;
use crate::history::Script;
use crate::world::{World, plus, uid};
use bytes::Bytes;
use http::{Method, Request};
use iamport_simulator::{Charge, PaymentStatus, Schedule, ScheduleStatus};
use serde_json::{Value, json};

/// What is done there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtConsole {
    /// The member's billing key is deleted.
    DeleteKey,
    /// The schedule that stands is revoked.
    Revoke,
    /// The schedule that stands is moved by so many days.
    Move { days: i8 },
    /// A payment is given back, all of it or a part: the newest, or the oldest.
    GiveBack { newest: bool, part: bool, webhook: bool },
    /// A schedule that failed is tried again under the same order, as Iamport's recovery does by itself.
    Recover,
}

pub(super) fn acts(script: &mut Script<'_>) {
    for _ in 0..script.chance.between(1, 2) {
        let deed = match script.chance.below(10) {
            0 | 1 => AtConsole::DeleteKey,
            2 | 3 => AtConsole::Revoke,
            4 => AtConsole::Move { days: script.chance.one(&[-3, 2, 10, 45]) },
            5..8 => AtConsole::GiveBack {
                newest: script.chance.hits(500),
                part: script.chance.hits(500),
                webhook: script.chance.hits(500),
            },
            _ => AtConsole::Recover,
        };
        script.act(Outside::Console(deed));
    }
}

pub(super) async fn act(world: &World, id: &str, member: usize, deed: AtConsole) {
    let uid = uid(member);
    match deed {
        AtConsole::DeleteKey => delete_key(world, &uid).await,
        AtConsole::Revoke => revoke(world, &uid).await,
        AtConsole::Move { days } => reschedule(world, &uid, days).await,
        AtConsole::GiveBack { newest, part, webhook } => {
            give_back(world, id, &uid, (newest, part, webhook)).await;
        }
        AtConsole::Recover => recover(world, &uid).await,
    }
    // What a person did there is seen in one of the nights that follow, at the latest.
    world.compare_for_nights();
}

async fn delete_key(world: &World, uid: &str) {
    let key = {
        let inner = world.sky.lock();
        let card = inner.books.subscriptions.get(uid).and_then(|s| s.card.as_ref());
        card.map(|card| card.customer_uid)
    };
    let Some(key) = key else { return };
    if click(world, Method::DELETE, &format!("/subscribe/customers/{key}"), Value::Null).await {
        world.sky.lock().books.leaving.deleted_keys.insert(key);
    }
}

/// The schedule that stands for a member.
fn standing(world: &World, uid: &str) -> Option<Schedule> {
    let standing = |schedule: &Schedule| schedule.schedule_status == ScheduleStatus::Scheduled;
    let mut schedules = world.stack.iamport.schedules().into_iter().rev().filter(standing);
    schedules.find(|schedule| world.sky.owner(&schedule.merchant_uid) == uid)
}

async fn revoke(world: &World, uid: &str) {
    let Some(schedule) = standing(world, uid) else { return };
    let body = json!({
        "customer_uid": schedule.customer_uid, "merchant_uid": schedule.merchant_uid,
    });
    let now = world.now();
    if click(world, Method::POST, "/subscribe/payments/unschedule", body).await {
        world.sky.lock().books.leaving.revoked_at_console(uid, &schedule.merchant_uid, now);
    }
}

async fn reschedule(world: &World, uid: &str, days: i8) {
    let Some(schedule) = standing(world, uid) else { return };
    let to = plus(world.now(), 60).as_second().max(schedule.schedule_at + 86_400 * i64::from(days));
    let path = format!("/subscribe/payments/schedule/{}", schedule.merchant_uid);
    if click(world, Method::PUT, &path, json!({ "schedule_at": to })).await {
        world.sky.lock().books.leaving.moved.insert(schedule.merchant_uid);
    }
}

async fn give_back(
    world: &World,
    id: &str,
    uid: &str,
    (newest, part, webhook): (bool, bool, bool),
) {
    let left = |charge: &Charge| charge.cancelled_amount < charge.amount;
    let charges = world.stack.iamport.charges().into_iter().filter(left);
    let mut mine: Vec<Charge> =
        charges.filter(|charge| world.sky.owner(&charge.merchant_uid) == uid).collect();
    let Some(charge) = (if newest { mine.pop() } else { mine.into_iter().next() }) else { return };
    let left = charge.amount - charge.cancelled_amount;
    let amount = if part { world.sky.chance(id).between(1, left) } else { left };
    // Whoever gives money back leaves the period paid.
    world.sky.lock().books.given_back(&charge.imp_uid);
    let body = json!({
        "imp_uid": charge.imp_uid, "amount": amount, "checksum": left, "reason": "고객 요청",
        "enable_webhook": webhook,
    });
    click(world, Method::POST, "/payments/cancel", body).await;
}

async fn recover(world: &World, uid: &str) {
    let failed = |schedule: &Schedule| {
        schedule.schedule_status == ScheduleStatus::Executed
            && schedule.payment_status == Some(PaymentStatus::Failed)
    };
    let schedules = world.stack.iamport.schedules().into_iter().rev().filter(failed);
    let mut mine = schedules.filter(|schedule| world.sky.owner(&schedule.merchant_uid) == uid);
    let Some(schedule) = mine.next() else { return };
    world.sky.lock().books.leaving.recovered.insert(schedule.merchant_uid.clone());
    let path = format!("/subscribe/payments/schedule/{}/retry", schedule.merchant_uid);
    click(world, Method::POST, &path, json!({})).await;
    world.charged_at_iamport();
}

/// Does something at the console; whether it was done. Nothing is on the way between a person's browser and
/// Iamport that would harm us.
async fn click(world: &World, method: Method, path: &str, body: Value) -> bool {
    let login = json!({"imp_key": "local_key", "imp_secret": "local_secret"});
    let told = send(world, Method::POST, "/users/getToken", None, &login).await;
    let token = told["response"]["access_token"].as_str().unwrap_or_default().to_owned();
    world.sky.lock().secrets.insert(token.clone());
    let told = send(world, method.clone(), path, Some(&token), &body).await;
    world.sky.say(|| format!("  console: {method} {path} → {} {}", told["code"], told["message"]));
    told["code"] == 0
}

async fn send(
    world: &World,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> Value {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://simulator.test{path}"))
        .header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = request.body(body).expect("a request");
    match tower::ServiceExt::oneshot(world.wire(), request).await {
        Ok(answer) => serde_json::from_slice(answer.body()).unwrap_or_default(),
        Err(_) => Value::Null,
    }
}
