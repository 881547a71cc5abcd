//! A price that changes, and who pays it.

use crate::world::World;
use serde_json::{Value, json};

/// 9,900 won, and 12,900 from 1 April on.
const DEARER: &str = r#"[{"id": "monthly", "name": "월 구독", "price": 9900,
    "changes": [{"holds_from": "2026-04-01", "price": 12900}]}]"#;

/// 9,900 won, and 7,900 from 1 April on.
const CHEAPER: &str = r#"[{"id": "monthly", "name": "월 구독", "price": 9900,
    "changes": [{"holds_from": "2026-04-01", "price": 7900}]}]"#;

/// A member since 15 January, whose April period is the first that a price of 1 April concerns.
async fn member_with(plans: &str) -> World {
    let world = World::with("2026-01-15T09:00", &[("PLANS", plans)]).await;
    world.subscribe("minji").await;
    world
}

async fn agree(world: &World, price: u64, version: &str) -> crate::world::Answer {
    world.post("/subscription/consent", "minji", json!({"price": price, "version": version})).await
}

fn amounts(payments: &[ledger::BookedPayment]) -> Vec<u64> {
    payments.iter().map(|payment| payment.amount.get()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_member_is_asked_thirty_days_before_and_the_schedule_at_the_old_price_is_taken_back() {
    let world = member_with(DEARER).await;
    world.until("2026-03-15T12:00").await;
    assert_eq!(world.standing(), [("2026-04-15 10:00".to_owned(), 9_900)]);
    assert_eq!(world.subscription("minji").await["price_change"], Value::Null);
    world.until("2026-03-16T00:20").await;
    let asked = world.subscription("minji").await;
    assert_eq!(
        asked["price_change"],
        json!({"price": 12_900, "from": "2026-04-15", "terms_version": "2026-01", "agreed_at": null})
    );
    assert_eq!(asked["next_payment_date"], Value::Null, "nothing is charged without an answer");
    assert_eq!((asked["state"].as_str(), asked["price"].as_u64()), (Some("active"), Some(9_900)));
    assert_eq!(world.standing(), []);
    assert_eq!(world.news().iter().filter(|name| *name == "consent_asked").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_agrees_pays_the_new_price_from_the_day_it_holds() {
    let world = member_with(DEARER).await;
    world.until("2026-03-20T12:00").await;
    let answer = agree(&world, 12_900, "2026-01").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["price_change"]["agreed_at"], "2026-03-20T03:00:00Z");
    assert_eq!(answer.body["next_payment_date"], "2026-04-15");
    assert_eq!(world.standing(), [("2026-04-15 10:00".to_owned(), 12_900)]);
    let again = agree(&world, 12_900, "2026-01").await;
    assert_eq!(again.body, answer.body, "agreed twice is agreed once");
    world.until("2026-07-01T12:00").await;
    assert_eq!(
        amounts(&world.payments("minji").await),
        [9_900, 9_900, 9_900, 12_900, 12_900, 12_900]
    );
    let later = world.subscription("minji").await;
    assert_eq!((&later["price"], &later["price_change"]), (&json!(12_900), &Value::Null));
    assert_eq!(later["consent"]["price"], 12_900);
    assert_eq!(later["consent"]["agreed_at"], "2026-03-20T03:00:00Z");
    assert_eq!(world.news().iter().filter(|name| *name == "consent_given").count(), 1);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_agree_is_not_charged_and_ends_at_the_paid_through_date_without_grace() {
    let world = member_with(DEARER).await;
    world.until("2026-04-15T23:59").await;
    assert!(world.may_enter("minji"), "the paid-through date is the last day of access");
    world.until("2026-04-16T00:11").await;
    assert!(!world.may_enter("minji"));
    assert_eq!(world.subscription("minji").await["state"], "ended");
    world.until("2026-06-01T12:00").await;
    assert_eq!(amounts(&world.payments("minji").await), [9_900, 9_900, 9_900]);
    assert_eq!(world.standing(), []);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_on_the_last_day_is_charged_at_once() {
    let world = member_with(DEARER).await;
    world.until("2026-04-15T18:00").await;
    let answer = agree(&world, 12_900, "2026-01").await;
    assert_eq!((answer.status, &answer.body["paid_through"]), (200, &json!("2026-05-15")));
    assert_eq!(amounts(&world.payments("minji").await), [9_900, 9_900, 9_900, 12_900]);
}

#[tokio::test(start_paused = true)]
async fn a_lower_price_needs_no_consent() {
    let world = member_with(CHEAPER).await;
    world.until("2026-03-20T12:00").await;
    assert_eq!(world.subscription("minji").await["price_change"], Value::Null);
    assert_eq!(world.standing(), [("2026-04-15 10:00".to_owned(), 7_900)]);
    world.until("2026-05-20T12:00").await;
    assert_eq!(amounts(&world.payments("minji").await), [9_900, 9_900, 9_900, 7_900, 7_900]);
}

#[tokio::test(start_paused = true)]
async fn who_subscribes_after_the_change_pays_the_new_price_and_is_asked_nothing() {
    let world = World::with("2026-04-01T00:00", &[("PLANS", DEARER)]).await;
    let plans = world.get("/plans", "minji").await.body;
    assert_eq!(
        (&plans["plans"][0]["price"], &plans["plans"][0]["next_price"]),
        (&json!(12_900), &Value::Null)
    );
    world.subscribe("minji").await;
    world.until("2026-05-20T12:00").await;
    assert_eq!(amounts(&world.payments("minji").await), [12_900, 12_900]);
    assert!(!world.news().contains(&"consent_asked".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_price_to_come_is_shown_with_the_plans() {
    let world = World::with("2026-03-31T23:59", &[("PLANS", DEARER)]).await;
    let plans = world.get("/plans", "minji").await.body;
    assert_eq!(plans["plans"][0]["price"], 9_900);
    assert_eq!(
        plans["plans"][0]["next_price"],
        json!({"price": 12_900, "holds_from": "2026-04-01"})
    );
}

#[tokio::test(start_paused = true)]
async fn a_member_who_cancelled_and_resumes_is_asked_then() {
    let world = member_with(DEARER).await;
    world.until("2026-03-15T12:00").await;
    world.cancel("minji").await;
    world.until("2026-04-01T12:00").await;
    assert_eq!(world.subscription("minji").await["price_change"], Value::Null);
    let resumed = world.post("/subscription/resume", "minji", json!({})).await;
    assert_eq!(resumed.status, 200);
    assert_eq!(resumed.body["price_change"]["price"], 12_900);
    assert_eq!(world.standing(), []);
}

#[tokio::test(start_paused = true)]
async fn a_consent_that_fits_nothing_is_refused_and_changes_nothing() {
    let world = member_with(DEARER).await;
    let stored = async || {
        let uid = "minji".parse().unwrap();
        world.stack.app.gudok.books.ledger.subscription(&uid).await.unwrap()
    };
    let refused = async |price, version: &str| {
        let before = stored().await;
        let answer = agree(&world, price, version).await;
        assert_eq!(stored().await, before);
        (answer.status, answer.body["type"].as_str().unwrap().to_owned())
    };
    let problem = |status: u16, kind: &str| (status, format!("/problems/{kind}"));
    world.until("2026-03-01T12:00").await;
    assert_eq!(refused(12_900, "2026-01").await, problem(409, "nothing-to-agree-to"));
    world.until("2026-03-20T12:00").await;
    assert_eq!(refused(9_900, "2026-01").await, problem(422, "another-price"));
    assert_eq!(refused(12_900, "2025-12").await, problem(422, "unknown-terms"));
    world.until("2026-04-16T00:05").await;
    assert_eq!(refused(12_900, "2026-01").await, problem(409, "too-late-to-resume"));
    world.until("2026-04-17T12:00").await;
    assert_eq!(refused(12_900, "2026-01").await, problem(409, "no-subscription"));
    let stranger =
        world.post("/subscription/consent", "jiwoo", json!({"price": 1, "version": "2026-01"}));
    assert_eq!(stranger.await.body["type"], "/problems/no-subscription");
}
