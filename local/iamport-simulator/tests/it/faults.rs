//! Injected faults.

use std::time::Duration;

use iamport_simulator::{Card, WebhookState};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{Reply, START, World, owed, pair, registration};

async fn with_fault(fault: Value) -> World {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    assert_eq!(world.post("/simulator/faults", fault).await.status, 204);
    world
}

/// `None` if the connection broke.
async fn try_again(world: &World) -> Option<Reply> {
    let body = json!({ "customer_uid": "c1", "merchant_uid": "m1", "amount": 1, "name": "x" });
    let headers = [("authorization", world.token.as_str())];
    world.try_send("POST", "/subscribe/payments/again", &headers, &body.to_string()).await
}

#[tokio::test]
async fn calls_can_break_with_or_without_effect() {
    for (kind, charged) in
        [("lost", vec![]), ("answer_lost", vec![owed("m1", 1)]), ("cut_off", vec![owed("m1", 1)])]
    {
        let world = with_fault(json!({ "calls": kind })).await;
        assert!(try_again(&world).await.is_none(), "{kind}");
        assert_eq!(world.charged(), charged, "{kind}");
        assert_eq!(world.simulator.faults(), []);
        assert!(try_again(&world).await.is_some(), "{kind}");
        assert_eq!(world.charged(), [owed("m1", 1)], "{kind}");
    }
}

#[tokio::test]
async fn calls_can_be_answered_with_trouble_and_no_effect() {
    for (kind, status, html) in [
        ("internal_error", 500, false),
        ("unavailable", 503, true),
        ("maintenance", 200, true),
        ("too_many_requests", 429, false),
        ("unauthorized", 401, false),
    ] {
        let world = with_fault(json!({ "calls": kind })).await;
        let reply = try_again(&world).await.unwrap();
        assert_eq!((reply.status, reply.text.starts_with("<!DOCTYPE html>")), (status, html));
        assert_eq!(world.charged(), []);
    }
}

#[tokio::test]
async fn a_token_that_is_gone_early_stays_gone() {
    let mut world = with_fault(json!({ "calls": "unauthorized" })).await;
    try_again(&world).await.unwrap().refused(401, -1, "Unauthorized");
    try_again(&world).await.unwrap().refused(401, -1, "Unauthorized");
    world.renew_token().await;
    try_again(&world).await.unwrap().response();
}

#[tokio::test]
async fn a_doubled_call_charges_once_and_hears_the_second_answer() {
    let world = with_fault(json!({ "calls": "doubled" })).await;
    assert_eq!(try_again(&world).await.unwrap().json()["code"], 1);
    assert_eq!(world.charged(), [owed("m1", 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_call_takes_effect_at_once() {
    let world = with_fault(json!({ "calls": "delayed", "seconds": 40 })).await;
    let began = Instant::now();
    try_again(&world).await.unwrap().response();
    assert_eq!(began.elapsed(), Duration::from_secs(40));
    assert_eq!(world.simulator.charges()[0].paid_at.as_second(), START);
}

#[tokio::test(start_paused = true)]
async fn any_call_can_hang_the_token_s_too() {
    for (path, body) in [
        ("/users/getToken", json!({ "imp_key": "imp_key", "imp_secret": "imp_secret" })),
        (
            "/subscribe/payments/again",
            json!({ "customer_uid": "c1", "merchant_uid": "m1",
            "amount": 1, "name": "x" }),
        ),
        ("/payments/cancel", json!({ "merchant_uid": "issue-c1" })),
    ] {
        let fault = json!({ "calls": "hanging", "path": path, "count": 2, "seconds": 3_600 });
        let world = with_fault(fault).await;
        let headers = [("authorization", world.token.as_str())];
        for _ in 0..2 {
            let began = Instant::now();
            let reply = world.try_send("POST", path, &headers, &body.to_string()).await;
            assert!(reply.is_none(), "{path}: {reply:?}");
            assert_eq!(began.elapsed(), Duration::from_hours(1));
            // Nothing else waits for it.
            assert_eq!(world.get("/users/pg").await.status, 200);
        }
        assert_eq!(world.charged(), []);
        let reply = world.try_send("POST", path, &headers, &body.to_string()).await.unwrap();
        assert_eq!(reply.status, 200);
    }
}

#[tokio::test(start_paused = true)]
async fn two_charges_under_one_id_can_both_be_looked_at_before_either_is_approved() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let late = json!({ "calls": "approved_late", "path": "/subscribe/payments/again", "count": 2,
        "seconds": 5 });
    assert_eq!(world.post("/simulator/faults", late).await.status, 204);
    let (first, second) = tokio::join!(try_again(&world), try_again(&world));
    let ids = [first, second].map(|reply| reply.unwrap().response()["imp_uid"].clone());
    assert_ne!(ids[0], ids[1]);
    assert_eq!(world.charged(), [owed("m1", 1), owed("m1", 1)]);
    // What is looked at afterwards is refused as ever.
    assert_eq!(try_again(&world).await.unwrap().json()["code"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_is_approved_late_is_so_though_its_caller_gave_up() {
    let world = with_fault(json!({ "calls": "approved_late", "seconds": 40 })).await;
    let gave_up = tokio::time::timeout(Duration::from_secs(20), try_again(&world)).await;
    assert!(gave_up.is_err());
    assert_eq!(world.charged(), []);
    world.advance_to(START + 40).await;
    assert_eq!(world.charged(), [owed("m1", 1)]);
    assert_eq!(world.told(), [pair("paid", "m1")]);
    assert_eq!(world.simulator.charges()[0].paid_at.as_second(), START + 40);
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_is_refused_is_refused_at_once_however_late_others_are_approved() {
    let world = with_fault(json!({ "calls": "approved_late", "count": 2 })).await;
    let began = Instant::now();
    assert_eq!(world.again("c9", "m1", 1).await.json()["message"], "등록되지 않은 구매자입니다.");
    assert_eq!(began.elapsed(), Duration::ZERO);
    // Anything but `again` is late and no more.
    assert_eq!(world.get("/users/pg").await.status, 200);
    assert_eq!(began.elapsed(), Duration::from_mins(1));
}

#[tokio::test]
async fn a_reordered_call_arrives_after_its_caller_gave_up() {
    let world = with_fault(json!({ "calls": "reordered", "seconds": 30 })).await;
    assert!(try_again(&world).await.is_none());
    assert_eq!(world.charged(), []);
    world.advance_to(START + 30).await;
    assert_eq!(world.charged(), [owed("m1", 1)]);
    assert_eq!(world.told(), [pair("paid", "m1")]);
}

#[tokio::test]
async fn faults_wait_for_their_path_are_counted_and_can_be_called_off() {
    let fault =
        json!({ "calls": "internal_error", "path": "/subscribe/payments/again", "count": 2 });
    let world = with_fault(fault).await;
    assert_eq!(world.get("/users/pg").await.status, 200);
    assert_eq!(try_again(&world).await.unwrap().status, 500);
    let left = json!([{
        "calls": "internal_error", "count": 1, "path": "/subscribe/payments/again", "seconds": 60,
    }]);
    assert_eq!(world.get("/simulator/faults").await.json(), left);
    assert_eq!(world.delete("/simulator/faults").await.status, 204);
    assert_eq!(try_again(&world).await.unwrap().status, 200);
    assert_eq!(world.post("/simulator/faults", json!({ "calls": "fire" })).await.status, 422);
}

#[tokio::test]
async fn webhooks_can_be_lost_doubled_or_delayed() {
    let told = [pair("paid", "m1")];
    for (kind, at_once, later) in [
        ("lost", &told[..0], &told[..0]),
        ("doubled", &[told[0].clone(), told[0].clone()][..], &told[..0]),
        ("delayed", &told[..0], &told[..]),
    ] {
        let world = with_fault(json!({ "webhooks": kind, "seconds": 600 })).await;
        try_again(&world).await.unwrap().response();
        world.run_due().await;
        assert_eq!(world.told(), at_once, "{kind}");
        world.advance_to(START + 599).await;
        assert_eq!(world.told(), [], "{kind}");
        world.advance_to(START + 600).await;
        assert_eq!(world.told(), later, "{kind}");
    }
}

#[tokio::test]
async fn a_reordered_webhook_comes_right_after_the_next_one() {
    let world = with_fault(json!({ "webhooks": "reordered", "seconds": 600 })).await;
    world.again("c1", "m1", 1).await.response();
    world.run_due().await;
    assert_eq!(world.simulator.webhooks()[1].state, WebhookState::Overtaken);
    world.again("c1", "m2", 1).await.response();
    world.again("c1", "m3", 1).await.response();
    world.run_due().await;
    assert_eq!(world.told(), [pair("paid", "m2"), pair("paid", "m1"), pair("paid", "m3")]);
}

#[tokio::test]
async fn a_reordered_webhook_that_nothing_overtakes_is_late() {
    let world = with_fault(json!({ "webhooks": "reordered", "seconds": 600 })).await;
    world.window(json!({ "request_pay": registration("i9", "c1") })).await;
    assert_eq!(world.told(), []);
    world.advance_to(START + 600).await;
    assert_eq!(world.told(), [pair("paid", "i9")]);
}
