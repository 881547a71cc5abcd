//! Answers that lack what one would rely on.

use iamport_simulator::{Card, Switch};
use serde_json::{Value, json};

use crate::world::{DAY, START, World};

/// A world with a registration, a charge by `again`, and one by a schedule.
async fn with(switch: Switch) -> World {
    let mut world = World::with(|builder| builder.switch(switch)).await;
    world.register("c1", Card::Approve).await;
    world.schedule("c1", "scheduled", START + DAY).await.response();
    world.advance_to(START + DAY + 60).await;
    world.renew_token().await;
    world
}

/// Every way in which one payment is shown.
async fn shown(world: &World, merchant_uid: &str) -> Vec<Value> {
    let found = world.get(&format!("/payments/find/{merchant_uid}")).await.response();
    let imp_uid = found["imp_uid"].as_str().unwrap();
    let one = world.get(&format!("/payments/{imp_uid}")).await.response();
    let several = world.get(&format!("/payments?imp_uid[]={imp_uid}")).await.response();
    let mut all = vec![found.clone(), one, several[0].clone()];
    for list in [
        format!("/payments/findAll/{merchant_uid}"),
        "/payments/status/all".to_owned(),
        "/subscribe/customers/c1/payments".to_owned(),
    ] {
        let page = world.get(&list).await.response();
        let rows = page["list"].as_array().unwrap();
        all.extend(rows.iter().filter(|row| row["merchant_uid"] == merchant_uid).cloned());
    }
    assert_eq!(all.len(), 6);
    all
}

#[tokio::test]
async fn payments_by_again_can_lack_their_use_of_the_key_wherever_they_are_shown() {
    let world = with(Switch::AgainWithoutUsage).await;
    let mut by_again = vec![world.again("c1", "again", 9900).await.response()];
    by_again.extend(shown(&world, "again").await);
    let refund = json!({ "merchant_uid": "again", "amount": 1 });
    by_again.push(world.post("/payments/cancel", refund).await.response());
    for payment in by_again {
        let fields = payment.as_object().unwrap();
        assert!(!fields.contains_key("customer_uid"), "{payment}");
        assert!(!fields.contains_key("customer_uid_usage"), "{payment}");
        assert_eq!(payment["merchant_uid"], "again");
    }
    for (merchant_uid, usage) in [("issue-c1", "issue"), ("scheduled", "payment.scheduled")] {
        for payment in shown(&world, merchant_uid).await {
            assert_eq!([&payment["customer_uid"], &payment["customer_uid_usage"]], ["c1", usage]);
        }
    }
}

#[tokio::test]
async fn payments_can_lack_a_currency_or_a_time() {
    for (switch, key, absent) in [
        (Switch::CurrencyNull, "currency", false),
        (Switch::PaidAtNull, "paid_at", false),
        (Switch::NoStartedAt, "started_at", true),
    ] {
        let world = with(switch).await;
        let mut all = vec![world.again("c1", "again", 9900).await.response()];
        for merchant_uid in ["again", "scheduled", "issue-c1"] {
            all.extend(shown(&world, merchant_uid).await);
        }
        world.simulator.turn(switch, false).unwrap();
        let whole = shown(&world, "again").await.remove(0);
        for payment in all {
            let fields = payment.as_object().unwrap();
            assert_eq!(fields.get(key), (!absent).then_some(&Value::Null), "{payment}");
            let others = |payment: &Value| {
                let keys = payment.as_object().unwrap().keys();
                keys.filter(|it| *it != key).cloned().collect::<Vec<_>>()
            };
            assert_eq!(others(&payment), others(&whole));
        }
    }
}

#[tokio::test]
async fn a_card_number_can_be_sixteen_plain_digits() {
    let world = with(Switch::PlainCardNumbers).await;
    let callback =
        world.window(json!({ "request_pay": crate::world::registration("issue-2", "c1") })).await;
    let mut all = vec![callback, world.get("/subscribe/customers/c1").await.response()];
    all.push(world.get("/subscribe/customers?customer_uid[]=c1").await.response()[0].clone());
    all.extend(shown(&world, "scheduled").await);
    for answer in all {
        let number = answer["card_number"].as_str().unwrap();
        assert!(
            number.len() == 16 && number.bytes().all(|digit| digit.is_ascii_digit()),
            "{number}"
        );
    }
}

#[tokio::test]
async fn a_switch_can_be_turned_while_it_runs() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let all = world.get("/simulator/switches").await.json();
    assert_eq!(all["currency-null"], false);
    let turned = world.put("/simulator/switches", json!({ "currency-null": true })).await;
    assert_eq!(turned.status, 204);
    assert_eq!(world.get("/simulator/switches").await.json()["currency-null"], true);
    assert_eq!(world.again("c1", "m1", 9900).await.response()["currency"], Value::Null);
    world.simulator.turn(Switch::CurrencyNull, false).unwrap();
    assert_eq!(world.get("/payments/find/m1").await.response()["currency"], "KRW");
    assert_eq!(world.put("/simulator/switches", json!({ "fire": true })).await.status, 422);
}

#[tokio::test]
async fn one_order_s_records_can_be_made_unreadable_in_every_list() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    world.again("c1", "m1", 9900).await.response();
    world.again("c1", "m2", 9900).await.response();
    for merchant_uid in ["s1", "s2"] {
        world.schedule("c1", merchant_uid, START + DAY).await.response();
    }
    let garble = async |merchant_uid: &str, garbled: bool| {
        let body = json!({ "merchant_uid": merchant_uid, "garbled": garbled });
        assert_eq!(world.put("/simulator/garbled", body).await.status, 204);
    };
    garble("m1", true).await;
    garble("s1", true).await;
    for payment in shown(&world, "m1").await {
        assert_eq!(payment["amount"], "?");
    }
    for payment in shown(&world, "m2").await {
        assert_eq!(payment["amount"], 9900);
    }
    let (from, to) = (START, START + 2 * DAY);
    for list in [
        format!("/subscribe/payments/schedule?schedule_from={from}&schedule_to={to}"),
        format!("/subscribe/customers/c1/schedules?from={from}&to={to}"),
    ] {
        let page = world.get(&list).await.response();
        let amounts = page["list"].as_array().unwrap().iter().map(|it| it["amount"].clone());
        assert_eq!(amounts.collect::<Vec<_>>(), [json!(9900), json!("?")]);
    }
    let one = world.get("/subscribe/payments/schedule/s1").await.response();
    assert_eq!(one["amount"], "?");
    let revoked = world.post("/subscribe/payments/unschedule", json!({ "customer_uid": "c1" }));
    assert_eq!(revoked.await.response()[0]["amount"], "?");
    assert_eq!(world.charged().len(), 2, "what is kept is as it was");
    garble("m1", false).await;
    assert_eq!(world.get("/payments/find/m1").await.response()["amount"], 9900);
}
