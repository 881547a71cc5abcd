//! Refunds.

use iamport_simulator::{Card, Switch};
use serde_json::{Value, json};

use crate::world::{START, World, owed, pair};

async fn with_payment() -> (World, Value) {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let paid = world.again("c1", "m1", 9900).await.response();
    world.run_due().await;
    world.hooks();
    (world, paid)
}

#[tokio::test]
async fn parts_add_up_and_each_has_an_entry_in_the_history() {
    let (world, paid) = with_payment().await;
    let cancel = async |amount: i64| {
        let body = json!({ "imp_uid": paid["imp_uid"], "amount": amount, "reason": "부분 취소" });
        world.post("/payments/cancel", body).await
    };
    let first = cancel(900).await.response();
    assert_eq!(
        [&first["status"], &first["amount"], &first["cancel_amount"]],
        [&json!("cancelled"), &json!(9900), &json!(900)]
    );
    let mut entry = first["cancel_history"][0].clone();
    let id = entry["cancellation_id"].take();
    assert!(id.as_str().unwrap().bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    assert_eq!(id.as_str().unwrap().len(), 20);
    assert_eq!(
        entry,
        json!({
            "amount": 900, "cancellation_id": null, "cancelled_at": START,
            "pg_tid": paid["pg_tid"], "reason": "부분 취소", "receipt_url": paid["receipt_url"],
        })
    );
    cancel(9001).await.refused(200, 1, "취소 요청금액이 취소 가능 금액을 초과하였습니다.");
    assert_eq!(cancel(9000).await.response()["cancel_amount"], 9900);
    cancel(1).await.refused(200, 1, "이미 전액취소된 주문입니다.");
    assert_eq!(world.charged(), [owed("m1", 0)]);
}

#[tokio::test]
async fn without_an_amount_all_that_is_left_goes_back() {
    for amount in [Value::Null, json!(0)] {
        let (world, _) = with_payment().await;
        let body = json!({ "merchant_uid": "m1", "amount": amount });
        let cancelled = world.post("/payments/cancel", body).await.response();
        assert_eq!(cancelled["cancel_amount"], 9900);
        assert_eq!(cancelled["cancel_reason"], "취소요청api");
        assert_eq!(world.get("/payments/find/m1").await.response(), cancelled);
    }
}

#[tokio::test]
async fn a_checksum_that_is_not_what_is_left_refuses() {
    let (world, _) = with_payment().await;
    let cancel = async |checksum: i64| {
        let body = json!({ "merchant_uid": "m1", "amount": 900, "checksum": checksum });
        world.post("/payments/cancel", body).await
    };
    cancel(9000).await.refused(200, 1, "취소 가능 금액이 checksum과 일치하지 않습니다.");
    cancel(9900).await.response();
    cancel(9900).await.refused(200, 1, "취소 가능 금액이 checksum과 일치하지 않습니다.");
    assert_eq!(world.charged(), [owed("m1", 9000)]);
}

#[tokio::test]
async fn the_imp_uid_counts_before_the_merchant_uid() {
    let (world, paid) = with_payment().await;
    let other = world.again("c1", "m2", 500).await.response();
    let body = json!({ "imp_uid": other["imp_uid"], "merchant_uid": paid["merchant_uid"] });
    world.post("/payments/cancel", body).await.response();
    assert_eq!(world.charged(), [owed("m1", 9900), owed("m2", 0)]);
}

#[tokio::test]
async fn what_cannot_be_cancelled_is_refused_with_http_200() {
    let (world, _) = with_payment().await;
    let refused = async |body: Value, message: &str| {
        world.post("/payments/cancel", body).await.refused(200, 1, message);
    };
    refused(json!({ "imp_uid": "imp_0" }), "취소할 결제건이 존재하지 않습니다.").await;
    refused(json!({ "merchant_uid": "nobody" }), "취소할 결제건이 존재하지 않습니다.").await;
    refused(json!({}), "취소하실 imp_uid 또는 merchant_uid를 지정해주셔야합니다.").await;
    let registration = json!({ "merchant_uid": "issue-c1" });
    refused(registration, "PG사 취소요청에 실패하였습니다. [승인거래가 존재하지 않습니다.]").await;
    world.simulator.set_card("c1", Card::Expired).unwrap();
    world.again("c1", "m3", 1).await.response();
    refused(json!({ "merchant_uid": "m3" }), "취소할 결제건이 존재하지 않습니다.").await;
}

#[tokio::test]
async fn a_cancel_without_ids_can_be_switched_to_http_400() {
    let world = World::with(|builder| builder.switch(Switch::CancelWithoutUidIs400)).await;
    let message = "취소하실 imp_uid 또는 merchant_uid를 지정해주셔야합니다.";
    world.post("/payments/cancel", json!({})).await.refused(400, -1, message);
}

#[tokio::test]
async fn a_vat_amount_that_was_given_must_be_given_back() {
    let (world, _) = with_payment().await;
    let body = json!({
        "customer_uid": "c1", "merchant_uid": "m2", "amount": 1100, "name": "x", "vat_amount": 100,
    });
    world.post("/subscribe/payments/again", body).await.response();
    let cancel = async |body: Value| world.post("/payments/cancel", body).await;
    assert_eq!(cancel(json!({ "merchant_uid": "m2" })).await.json()["code"], 1);
    cancel(json!({ "merchant_uid": "m2", "vat_amount": 100 })).await.response();
}

#[tokio::test]
async fn a_cancel_has_a_webhook_only_if_it_asks_for_one() {
    let (world, _) = with_payment().await;
    world.post("/payments/cancel", json!({ "merchant_uid": "m1", "amount": 1 })).await.response();
    world.run_due().await;
    assert_eq!(world.told(), []);
    let body = json!({ "merchant_uid": "m1", "amount": 1, "enable_webhook": true });
    let cancelled = world.post("/payments/cancel", body).await.response();
    world.run_due().await;
    let bodies: Vec<Value> =
        world.hooks().iter().map(|hook| serde_json::from_str(&hook.body).unwrap()).collect();
    let expected = json!({
        "imp_uid": cancelled["imp_uid"], "merchant_uid": "m1", "status": "cancelled",
        "cancellation_id": cancelled["cancel_history"][1]["cancellation_id"],
    });
    assert_eq!(bodies, [expected]);
}

#[tokio::test]
async fn a_scheduled_payment_that_is_cancelled_shows_in_its_schedule() {
    let (world, _) = with_payment().await;
    world.schedule("c1", "m2", START + 100).await.response();
    world.advance_to(START + 200).await;
    assert_eq!(world.told(), [pair("paid", "m2")]);
    world.post("/payments/cancel", json!({ "merchant_uid": "m2" })).await.response();
    let schedule = world.get("/subscribe/payments/schedule/m2").await.response();
    assert_eq!(schedule["payment_status"], "cancelled");
}
