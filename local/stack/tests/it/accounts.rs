//! Members who leave by their account, and claims that somebody else changes: looked at each night.

use crate::reconcile::reconcile;
use crate::sweeping::logged;
use crate::world::World;
use gudok_local::faults::Fault;
use gudok_local::wire::Host;
use http::{Method, Request};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The last announcement of a cancellation.
fn cancellation(world: &World) -> Value {
    let events = world.stack.bus.events();
    let told = events.iter().rfind(|event| event["detail-type"] == "cancel_requested").unwrap();
    told["detail"].clone()
}

/// The member's state and when the cancellation was asked for, from the table: nobody can sign in.
async fn state(world: &World, uid: &str) -> (billing::State, bool) {
    let uid = uid.parse().unwrap();
    let row = world.stack.app.gudok.books.ledger.subscription(&uid).await.unwrap().unwrap();
    (row.state(), row.cancellation.is_some())
}

#[tokio::test(start_paused = true)]
async fn who_deletes_the_account_is_not_charged_again() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.subscribe("jisu").await;
    world.stack.google.delete("minji").unwrap();
    world.until("2026-02-27T12:00").await;
    assert_eq!(state(&world, "minji").await, (billing::State::Cancelling, true));
    let told = cancellation(&world);
    assert_eq!((&told["uid"], &told["account"]), (&json!("minji"), &json!("deleted")));
    assert_eq!(world.standing().len(), 1, "the other's");
    world.until("2026-06-01T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    assert_eq!(world.charged_on("jisu").await.len(), 5);
    assert_eq!(state(&world, "minji").await.0, billing::State::Ended);
    assert_eq!(world.payments("minji").await[0].refunded.get(), 0, "nothing is given back");
    let cancelled = world.news().iter().filter(|news| *news == "cancel_requested").count();
    assert_eq!(cancelled, 1, "it is told once");
    world.check_books(&["minji", "jisu"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_disabled_account_is_cancelled_too_and_can_resume_once_it_is_enabled() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.stack.google.disable("minji").unwrap();
    let seen = reconcile(&world, "2026-01-31", "2026-01-31", true).await;
    assert_eq!(seen, (vec!["lost_account".to_owned()], vec![false]));
    assert_eq!(state(&world, "minji").await, (billing::State::Active, false), "only seen");
    let done = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    assert_eq!(done, (vec!["lost_account".to_owned()], vec![true]));
    world.settle().await;
    assert_eq!(cancellation(&world)["account"], "disabled");
    assert_eq!(world.standing(), []);
    assert_eq!(reconcile(&world, "2026-01-31", "2026-01-31", false).await, (vec![], vec![]));
    // Here a new account has the old one's uid, as after an import.
    world.stack.google.delete("minji").unwrap();
    world.post("/subscription/resume", "minji", json!({})).await;
    assert_eq!(state(&world, "minji").await, (billing::State::Active, false));
    world.until("2026-03-01T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
}

#[tokio::test(start_paused = true)]
async fn who_deletes_the_account_before_being_let_in_is_cancelled_at_once() {
    let world = World::at("2026-01-31T15:30").await;
    let google = world.stack.google.clone();
    let opened = world.checkout("minji").await;
    // Between the charge and access.
    world.hosts.inject(Arc::new(move |request| {
        if request.uri().path().ends_with("accounts:lookup") {
            google.delete("minji").unwrap();
        }
        None
    }));
    world.window(&opened, json!({})).await;
    assert_eq!(state(&world, "minji").await, (billing::State::Cancelling, true));
    world.settle().await;
    assert_eq!(cancellation(&world)["account"], "deleted");
    assert_eq!(world.standing(), []);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_there_when_it_is_looked_at_by_itself_is_not_lost() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    // The list of all leaves it out once.
    let first = AtomicBool::new(true);
    world.hosts.intercept(Arc::new(move |request: Request<bytes::Bytes>, host: Host| {
        let looks = request.uri().path().ends_with("accounts:lookup");
        let hers = looks && String::from_utf8_lossy(request.body()).contains("minji");
        let left_out = hers && first.swap(false, Ordering::Relaxed);
        Box::pin(async move {
            Ok(if left_out { http::Response::new("{}".into()) } else { host(request).await })
        })
    }));
    assert_eq!(reconcile(&world, "2026-01-31", "2026-01-31", false).await, (vec![], vec![]));
    assert_eq!(state(&world, "minji").await, (billing::State::Active, false));
}

#[tokio::test(start_paused = true)]
async fn a_lost_account_whose_row_cannot_be_written_is_left_for_the_next_night_and_logged() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.stack.google.delete("minji").unwrap();
    world.hosts.inject(Arc::new(|request| {
        let target = request.headers().get("x-amz-target");
        let target = target.map_or("", |target| target.to_str().unwrap());
        let writes = target.ends_with(".PutItem") || target.ends_with(".TransactWriteItems");
        // What was found of her is stored.
        let hers = || {
            let body = String::from_utf8_lossy(request.body());
            body.contains("minji") && !body.contains("run-")
        };
        if writes && hers() { Some(Fault::status(500)) } else { None }
    }));
    let (written, _listening) = logged();
    let found = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    assert_eq!(found, (vec!["lost_account".to_owned()], vec![false]));
    let digest = world.stack.app.gudok.key.pseudonym(&"minji".parse().unwrap());
    let lines = written.take();
    let of_hers = json!({"name": "member", "digest": digest});
    assert_eq!(lines.iter().filter(|line| line["span"] == of_hers).count(), 1, "{lines:?}");
    world.hosts.clear();
    world.until("2026-02-02T12:00").await;
    assert_eq!(state(&world, "minji").await, (billing::State::Cancelling, true));
}

#[tokio::test(start_paused = true)]
async fn so_many_lost_accounts_at_once_are_our_mistake_and_nobody_is_cancelled() {
    let world = World::at("2026-01-31T15:30").await;
    let uids: Vec<String> = (0..21).map(|number| format!("member-{number}")).collect();
    for uid in &uids {
        world.subscribe(uid).await;
        world.stack.google.delete(uid).unwrap();
    }
    let (kinds, mended) = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    assert_eq!(kinds, vec!["lost_account".to_owned(); 21]);
    assert_eq!(mended, vec![false; 21]);
    world.settle().await;
    assert!(!world.news().contains(&"cancel_requested".to_owned()));
    assert!(world.slack().contains(&"🚨 대사 결과: 확인 필요".to_owned()));
    assert_eq!(world.standing().len(), 21);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_somebody_else_wiped_is_there_again_the_next_day() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    assert!(world.may_enter("minji"));
    let theirs: Map<String, Value> = json!({"role": "editor"}).as_object().unwrap().clone();
    world.stack.google.replace_claims("minji", theirs).unwrap();
    assert!(!world.may_enter("minji"));
    world.until("2026-02-01T01:00").await;
    assert!(world.may_enter("minji"));
    assert_eq!(world.stack.google.claims("minji").unwrap()["role"], "editor");
    assert!(world.news().contains(&"reconciled".to_owned()), "a person is told");
    assert_eq!(reconcile(&world, "2026-01-31", "2026-02-01", false).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_came_back_after_the_end_is_taken_away_again() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    let before = world.stack.google.claims("minji").unwrap();
    world.until("2026-03-01T00:20").await;
    assert!(!world.may_enter("minji"));
    // Somebody wrote back what had been read before.
    world.stack.google.replace_claims("minji", before).unwrap();
    assert!(world.may_enter("minji"));
    world.until("2026-03-01T01:00").await;
    assert!(!world.may_enter("minji"));
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_service_that_does_not_answer_keeps_nothing_else_from_being_compared() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let schedule = serde_json::to_value(world.stack.iamport.schedules()).unwrap()[0].clone();
    let body = json!({
        "customer_uid": schedule["customer_uid"], "merchant_uid": [schedule["merchant_uid"]],
    });
    let path = "/subscribe/payments/unschedule";
    crate::reconcile::behind_our_back(&world, Method::POST, path, body).await;
    world.stack.google.delete("minji").unwrap();
    world.hosts.inject(Arc::new(|request| {
        let asked = String::from_utf8_lossy(request.body());
        let of_a_member =
            request.uri().path().ends_with("accounts:lookup") && !asked.contains("admin");
        of_a_member.then(|| Fault::status(503))
    }));
    let found = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    assert_eq!(found, (vec!["missing_schedule".to_owned()], vec![true]));
    assert_eq!(state(&world, "minji").await, (billing::State::Active, false), "nothing is known");
}
