//! Cards that do not work.

use crate::world::World;
use gudok_local::wire::Host;
use http::Request;
use serde_json::{Value, json};
use std::sync::Arc;

/// A checkout with a card that behaves so.
async fn checkout_with(world: &World, card: &str) -> (Value, crate::world::Answer) {
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"card": card})).await;
    let answer = world.complete("minji", &opened).await;
    world.settle().await;
    (opened, answer)
}

pub(crate) fn set_card(world: &World, card: &str) {
    for (customer, _) in world.stack.iamport.customers() {
        let card = serde_json::from_value(json!(card)).unwrap();
        world.stack.iamport.set_card(&customer.customer_uid, card).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_charge_that_is_declined_says_why_in_korean_and_leaves_nothing_behind() {
    for (card, class) in [
        ("insufficient_funds", "soft"),
        ("limit_exceeded", "soft"),
        ("expired", "hard"),
        ("lost_or_stolen", "hard"),
        ("suspended", "hard"),
        ("unknown_reason", "unknown"),
    ] {
        let world = World::at("2026-01-31T15:30").await;
        let (_, answer) = checkout_with(&world, card).await;
        assert_eq!(
            (answer.status, &answer.body["type"]),
            (402, &json!("/problems/declined")),
            "{card}"
        );
        assert_eq!(answer.body["decline"], class, "{card}");
        assert!(answer.body["detail"].as_str().unwrap().contains("카드"), "{card}");
        world.until("2026-02-15T12:00").await;
        assert_eq!(world.subscription("minji").await["state"], "none", "{card}");
        assert_eq!((world.standing(), world.stack.iamport.charges().len()), (vec![], 0), "{card}");
        assert!(!world.may_enter("minji"), "{card}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_iamport_refuses_without_a_record_is_declined_in_its_words() {
    let world = World::at("2026-01-31T15:30").await;
    world.hosts.intercept(Arc::new(|request: Request<bytes::Bytes>, host: Host| {
        Box::pin(async move {
            if request.uri().path() != "/subscribe/payments/again" {
                return Ok(host(request).await);
            }
            let refused = json!({"code": 1, "message": "[51] 잔액부족", "response": null});
            Ok(http::Response::new(refused.to_string().into()))
        })
    }));
    let (_, answer) = checkout_with(&world, "approve").await;
    let expected = (402, &json!("/problems/declined"), &json!("soft"));
    assert_eq!((answer.status, &answer.body["type"], &answer.body["decline"]), expected);
    assert!(!world.may_enter("minji"));
}

#[tokio::test(start_paused = true)]
async fn after_a_decline_another_card_subscribes() {
    let world = World::at("2026-01-31T15:30").await;
    let (opened, answer) = checkout_with(&world, "insufficient_funds").await;
    assert_eq!(answer.status, 402);
    let (again, second) = checkout_with(&world, "not_registered_yet").await;
    assert_eq!(
        second.status, 202,
        "the first card's decline says nothing of the second: {second:?}"
    );
    world.wait(20).await;
    let path = format!("/checkout/{}/complete", again["merchant_uid"].as_str().unwrap());
    let second = world.post(&path, "minji", json!({})).await;
    assert_eq!(second.status, 200, "{second:?}");
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    // The browser of the first try asks again: it is told of the subscription, and nothing is charged.
    let path = format!("/checkout/{}/complete", opened["merchant_uid"].as_str().unwrap());
    assert_eq!(world.post(&path, "minji", json!({})).await.status, 200);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_card_that_is_not_known_everywhere_yet_is_pending_and_then_charged_once() {
    let world = World::at("2026-01-31T15:30").await;
    let (opened, answer) = checkout_with(&world, "not_registered_yet").await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.body["pending"], true);
    world.wait(20).await;
    let path = format!("/checkout/{}/complete", opened["merchant_uid"].as_str().unwrap());
    assert_eq!(world.post(&path, "minji", json!({})).await.status, 200);
    assert_eq!(world.charged_on("minji").await.len(), 1);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_charge_whose_answer_is_lost_is_looked_up_and_not_repeated() {
    let world = World::at("2026-01-31T15:30").await;
    let (_, answer) = checkout_with(&world, "timeout_after_charge").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    world.until("2026-02-05T12:00").await;
    assert_eq!(world.stack.iamport.charges().len(), 1);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_never_arrived_is_pending_and_then_repeated_under_the_same_order() {
    let world = World::at("2026-01-31T15:30").await;
    let (opened, answer) = checkout_with(&world, "timeout_before_charge").await;
    assert_eq!(answer.status, 202);
    set_card(&world, "approve");
    world.wait(20).await;
    let path = format!("/checkout/{}/complete", opened["merchant_uid"].as_str().unwrap());
    assert_eq!(world.post(&path, "minji", json!({})).await.status, 200);
    let charges = world.stack.iamport.charges();
    assert_eq!(charges.len(), 1);
    assert!(
        charges[0].merchant_uid.ends_with("-0-0"),
        "the first period's first attempt: {}",
        charges[0].merchant_uid
    );
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn closing_the_window_registers_nothing() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    let told = world.window(&opened, json!({"action": "close"})).await;
    assert_eq!(told["success"], false);
    let answer = world.complete("minji", &opened).await;
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (402, &json!("/problems/card-not-registered"))
    );
    world.until("2026-02-05T12:00").await;
    assert_eq!(world.subscription("minji").await["state"], "none");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_without_balance_is_tried_again_on_days_one_three_five_and_seven_and_then_access_ends()
 {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    set_card(&world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    let state = world.subscription("minji").await;
    assert_eq!(
        (&state["state"], &state["next_payment_date"]),
        (&json!("past_due"), &json!("2026-03-01"))
    );
    assert!(state["advice"].as_str().unwrap().contains("다른 카드"));
    assert!(world.may_enter("minji"), "access stays while retries last");
    world.until("2026-03-07T23:00").await;
    let tries: Vec<_> = world
        .stack
        .iamport
        .payments()
        .iter()
        .filter(|payment| payment.failed_at > 0)
        .map(|payment| {
            let at = jiff::Timestamp::from_second(payment.failed_at).unwrap();
            at.to_zoned(billing::SEOUL).strftime("%m-%d %H:%M").to_string()
        })
        .collect();
    assert_eq!(tries, ["02-28 10:00", "03-01 10:00", "03-03 10:00", "03-05 10:00", "03-07 10:00"]);
    assert!(world.may_enter("minji"));
    world.until("2026-03-08T00:10").await;
    assert!(!world.may_enter("minji"), "the grace is seven days");
    assert_eq!(world.subscription("minji").await["state"], "ended");
    assert_eq!(world.standing(), []);
    world.until("2026-05-01T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_works_goes_on_from_the_same_anchor() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    set_card(&world, "insufficient_funds");
    world.until("2026-03-02T12:00").await;
    set_card(&world, "approve");
    world.until("2026-04-01T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-03", "2026-03-31"]);
    assert_eq!(world.subscription("minji").await["state"], "active");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_stolen_card_is_never_tried_again_and_a_new_one_pays_the_open_period_at_once() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    set_card(&world, "lost_or_stolen");
    world.until("2026-03-02T12:00").await;
    let failed =
        world.stack.iamport.payments().iter().filter(|payment| payment.failed_at > 0).count();
    assert_eq!(failed, 1);
    assert_eq!(world.subscription("minji").await["state"], "past_due");

    let opened = world.post("/subscription/card", "minji", json!({})).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    world.window(&opened.body, json!({})).await;
    assert_eq!(world.complete("minji", &opened.body).await.status, 200);
    world.settle().await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-02"]);
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-31");
    assert_eq!(world.standing(), [("2026-03-31 10:00".to_owned(), 9900)]);
    assert_eq!(world.stack.iamport.customers().len(), 1, "the old key is gone");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_card_takes_over_the_schedule_without_a_charge() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    world.window(&opened, json!({})).await;
    let answer = world.complete("minji", &opened).await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("active")));
    world.settle().await;
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9900)]);
    world.until("2026-03-01T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    let customers = world.stack.iamport.customers();
    assert_eq!(customers.len(), 1);
    assert_eq!(
        Some(customers[0].0.customer_uid.as_str()),
        opened["request_pay"]["customer_uid"].as_str()
    );
    world.check_books(&["minji"]).await;
}

/// What Slack was told loudly.
fn loud(world: &World) -> Vec<String> {
    world.slack().into_iter().filter(|title| title.starts_with('🚨')).collect()
}

#[tokio::test(start_paused = true)]
async fn a_morning_on_which_the_shop_is_refused_costs_nobody_access_and_blames_no_card() {
    let world = World::at("2026-01-31T15:30").await;
    let members = ["minji", "jisoo", "haerin", "danielle"];
    for uid in members {
        world.subscribe(uid).await;
    }
    set_card(&world, "shop_suspended");
    world.until("2026-02-28T12:00").await;
    for uid in members {
        let member = world.subscription(uid).await;
        assert_eq!(member["state"], "past_due", "{uid}");
        assert_eq!(member["next_payment_date"], "2026-03-01", "{uid} is charged again by itself");
        let advice = member["advice"].as_str().unwrap();
        assert!(
            advice.contains("자동으로 다시") && !advice.contains("다른 카드"),
            "{uid}: {advice}"
        );
        assert!(world.may_enter(uid), "{uid}");
    }
    assert_eq!(loud(&world), ["🚨 카드가 아닌 결제 시스템 문제로 결제가 거절되고 있습니다"]);
    set_card(&world, "approve");
    world.until("2026-03-01T12:00").await;
    for uid in members {
        assert_eq!(world.charged_on(uid).await, ["2026-01-31", "2026-03-01"], "{uid}");
        let member = world.subscription(uid).await;
        assert_eq!(
            (&member["state"], &member["advice"]),
            (&json!("active"), &Value::Null),
            "{uid}"
        );
    }
    assert_eq!(loud(&world).len(), 1, "it is over");
    world.until("2026-03-20T12:00").await;
    assert!(members.iter().all(|uid| world.may_enter(uid)));
    world.check_books(&members).await;
}

#[tokio::test(start_paused = true)]
async fn of_many_hard_declines_with_one_text_in_an_hour_only_as_many_are_believed_as_may_be() {
    let world = World::at("2026-01-31T15:30").await;
    let members: Vec<String> = (0..30).map(|number| format!("member{number:02}")).collect();
    for uid in &members {
        world.subscribe(uid).await;
    }
    set_card(&world, "expired");
    world.until("2026-02-28T12:00").await;
    let (mut dead, mut held) = (Vec::new(), Vec::new());
    for uid in &members {
        let dunning = world.get(&format!("/admin/members/{uid}"), "admin").await.body;
        let advice = world.subscription(uid).await["advice"].as_str().unwrap().to_owned();
        if advice.contains("다른 카드") {
            dead.push(uid);
        } else {
            held.push(uid);
        }
        assert!(dunning.to_string().contains("유효기간 경과"), "{uid}: {dunning}");
    }
    assert_eq!((dead.len(), held.len()), (20, 10));
    assert_eq!(loud(&world), ["🚨 같은 사유의 거절이 너무 많습니다: 카드 문제가 아닐 수 있습니다"]);
    // It was the provider's trouble, and the next day is an hour of its own.
    set_card(&world, "approve");
    world.until("2026-03-01T12:00").await;
    for uid in held {
        assert_eq!(world.charged_on(uid).await, ["2026-01-31", "2026-03-01"], "{uid}");
    }
    let all: Vec<&str> = members.iter().map(String::as_str).collect();
    world.check_books(&all).await;
}

#[tokio::test(start_paused = true)]
async fn a_first_charge_that_is_refused_for_the_shops_trouble_asks_for_no_other_card() {
    let world = World::at("2026-01-31T15:30").await;
    let (_, answer) = checkout_with(&world, "shop_suspended").await;
    assert_eq!((answer.status, &answer.body["decline"]), (402, &json!("provider")));
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("잠시 후 다시") && !detail.contains("다른 카드"), "{detail}");
    assert_eq!(loud(&world).len(), 1);
    world.until("2026-02-15T12:00").await;
    assert_eq!(
        (world.subscription("minji").await["state"].clone(), world.standing()),
        (json!("none"), vec![])
    );
}
