//! What a member's page is told, so that it can promise only what is true: until when access lasts, why a card failed, by
//! when a person looks.

use crate::declines::set_card;
use crate::world::World;
use serde_json::{Value, json};

fn told(subscription: &Value, fields: &[&str]) -> Value {
    fields.iter().map(|field| subscription[*field].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn who_is_past_due_is_told_until_when_access_lasts_and_what_the_decline_means() {
    let world = World::at("2026-01-15T15:30").await;
    world.subscribe("minji").await;
    let fields = ["today", "paid_through", "access_until", "decline", "next_payment_date"];
    let active = told(&world.subscription("minji").await, &fields);
    assert_eq!(active, json!(["2026-01-15", "2026-02-15", "2026-02-22", null, "2026-02-15"]));
    set_card(&world, "insufficient_funds");
    world.until("2026-02-15T12:00").await;
    let past_due = told(&world.subscription("minji").await, &fields);
    assert_eq!(past_due, json!(["2026-02-15", "2026-02-15", "2026-02-22", "soft", "2026-02-16"]));
    world.until("2026-02-16T09:00").await;
    world.cancel("minji").await;
    let cancelled = told(&world.subscription("minji").await, &fields);
    assert_eq!(cancelled, json!(["2026-02-16", "2026-02-15", "2026-02-15", null, null]));
    assert_eq!(world.checkout("minji").await["request_pay"]["amount"], 9900);
}

#[tokio::test(start_paused = true)]
async fn a_charge_in_doubt_is_told_with_the_time_at_which_a_person_looks() {
    let world = World::at("2026-01-15T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"card": "timeout_before_charge"})).await;
    let answer = world.complete("minji", &opened).await;
    assert_eq!(told(&answer.body, &["state", "pending"]), json!(["none", true]));
    let until = answer.body["pending_until"].as_str().unwrap();
    assert!(until.starts_with("2026-01-16T06:3"), "a day later: {until}");
}

#[tokio::test(start_paused = true)]
async fn before_joining_the_first_two_dates_are_told() {
    let world = World::at("2026-01-31T15:30").await;
    let offer = world.get("/plans", "minji").await.body;
    assert_eq!(
        told(&offer, &["first_payment_date", "second_payment_date"]),
        json!(["2026-01-31", "2026-02-28"])
    );
    world.subscribe("minji").await;
    let next = world.subscription("minji").await["next_payment_date"].clone();
    assert_eq!(next, offer["second_payment_date"]);
}
