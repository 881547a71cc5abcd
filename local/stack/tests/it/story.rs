//! A member's whole life.

use crate::world::World;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

#[tokio::test(start_paused = true)]
async fn a_registration_leaves_a_paid_record_at_iamport_and_no_payment_of_ours() {
    let world = World::at("2026-01-15T12:00").await;
    let opened = world.checkout("minji").await;
    let told = world.window(&opened, json!({"webhook": "lost"})).await;
    assert_eq!(
        (&told["success"], &told["status"], &told["paid_amount"]),
        (&json!(true), &json!("paid"), &json!(9900))
    );
    assert_eq!(world.payments("minji").await, vec![]);
    assert_eq!(world.subscription("minji").await["state"], "none");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_checkout_makes_one_charge_one_schedule_and_grants_access() {
    let world = World::at("2026-01-15T12:00").await;
    let answer = world.subscribe("minji").await;
    assert_eq!(answer.body["state"], "active");
    assert_eq!(answer.body["paid_through"], "2026-02-15");
    assert_eq!(answer.body["next_payment_date"], "2026-02-15");
    assert_eq!(answer.body["latest_payment"]["amount"], 9900);
    assert_eq!(world.charged_on("minji").await, ["2026-01-15"]);
    assert_eq!(world.standing(), [("2026-02-15 10:00".to_owned(), 9900)]);
    assert!(world.may_enter("minji"));
    assert_eq!(world.news(), ["subscribed", "paid"]);
    assert_eq!(world.slack(), Vec::<String>::new());
    world.wait(45).await;
    assert_eq!(world.slack(), ["📊 처리 현황"]);
    assert_eq!((world.counted("subscribed"), world.counted("paid")), (1, 1));
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_thirty_first_of_january_renews_at_the_months_ends_thirteen_times() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2027-02-28T12:00").await;
    let dates = world.charged_on("minji").await;
    assert_eq!(
        dates,
        [
            "2026-01-31",
            "2026-02-28",
            "2026-03-31",
            "2026-04-30",
            "2026-05-31",
            "2026-06-30",
            "2026-07-31",
            "2026-08-31",
            "2026-09-30",
            "2026-10-31",
            "2026-11-30",
            "2026-12-31",
            "2027-01-31",
            "2027-02-28",
        ]
    );
    assert_eq!(world.standing(), [("2027-03-31 10:00".to_owned(), 9900)]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_thirty_first_of_january_renews_on_the_leap_day() {
    let world = World::at("2028-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2028-04-01T00:00").await;
    assert_eq!(world.charged_on("minji").await, ["2028-01-31", "2028-02-29", "2028-03-31"]);
}

#[tokio::test(start_paused = true)]
async fn a_charge_just_before_midnight_in_korea_belongs_to_that_day() {
    let world = World::at("2026-03-31T23:59").await;
    let answer = world.subscribe("minji").await;
    assert_eq!(answer.body["paid_through"], "2026-04-30");
}

#[tokio::test(start_paused = true)]
async fn the_story_holds_when_every_webhook_is_lost() {
    let world = World::at("2026-01-31T15:30").await;
    lose_webhooks(&world);
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 200);
    world.until("2026-04-15T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28", "2026-03-31"]);
    assert_eq!(world.standing(), [("2026-04-30 10:00".to_owned(), 9900)]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_tab_closed_after_approval_with_its_webhook_lost_still_subscribes() {
    let world = World::at("2026-01-31T15:30").await;
    lose_webhooks(&world);
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"action": "close_after_approval"})).await;
    world.wait(30).await;
    assert_eq!(world.subscription("minji").await["state"], "active");
    assert_eq!(world.charged_on("minji").await.len(), 1);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_story_holds_when_every_webhook_comes_twice() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"webhook": "twice"})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 200);
    for month in ["2026-02-28T11:00", "2026-03-31T11:00", "2026-04-30T11:00"] {
        world.until(month).await;
        for webhook in world.stack.iamport.webhooks() {
            world.stack.iamport.resend(webhook.id).await.unwrap();
        }
    }
    assert_eq!(
        world.charged_on("minji").await,
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    );
    assert_eq!(world.standing(), [("2026-05-31 10:00".to_owned(), 9900)]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn completing_twice_says_the_same_and_charges_once() {
    let world = World::at("2026-01-15T12:00").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({})).await;
    let first = world.complete("minji", &opened).await;
    let second = world.complete("minji", &opened).await;
    assert_eq!((first.status, &first.body), (200, &second.body));
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn payments_come_newest_first_and_by_pages() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2028-01-15T12:00").await;
    let first = world.get("/payments", "minji").await.body;
    let cursor = first["cursor"].as_str().unwrap();
    let second = world.get(&format!("/payments?cursor={cursor}"), "minji").await.body;
    let dates = |page: &Value| -> Vec<Value> {
        page["payments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|payment| payment["period_start"].clone())
            .collect()
    };
    assert_eq!(
        (dates(&first).len(), dates(&second).len(), &second["cursor"]),
        (20, 4, &Value::Null)
    );
    assert_eq!(
        (&dates(&first)[0], &dates(&second)[3]),
        (&json!("2027-12-31"), &json!("2026-01-31"))
    );
    assert_eq!(world.get("/payments?cursor=garbage", "minji").await.status, 400);
}

fn lose_webhooks(world: &World) {
    let fault = json!({"webhooks": "lost", "count": 100_000});
    world.stack.iamport.inject(serde_json::from_value(fault).unwrap()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_charge_bears_the_plans_name_and_says_where_its_webhook_goes() {
    let world = World::at("2026-01-31T15:30").await;
    let asked: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
    let kept = asked.clone();
    world.hosts.inject(Arc::new(move |request| {
        let path = request.uri().path().to_owned();
        if ["/subscribe/payments/again", "/subscribe/payments/schedule"].contains(&path.as_str()) {
            kept.lock().unwrap().push((path, serde_json::from_slice(request.body()).unwrap()));
        }
        None
    }));
    world.subscribe("minji").await;
    let asked = asked.lock().unwrap();
    let [(again, charge), (_, scheduled)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(again, "/subscribe/payments/again");
    let schedule = &scheduled["schedules"][0];
    assert_eq!(
        (&charge["name"], &schedule["name"]),
        (&json!("월 구독 1회차"), &json!("월 구독 2회차"))
    );
    let url = |order: &Value| {
        let urls = &order["notice_url"];
        urls.as_str().or_else(|| urls[0].as_str()).unwrap().to_owned()
    };
    assert!(url(charge).contains("/iamport-callback?k="), "{charge}");
    assert!(url(schedule).contains("/iamport-callback/schedule?k="), "{schedule}");
    let code = |order| url(order).split_once("?k=").unwrap().1.to_owned();
    assert_ne!(code(charge), code(schedule), "each order has its own");
}
