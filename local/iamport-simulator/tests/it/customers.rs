//! Billing keys.

use iamport_simulator::{Card, Switch};
use serde_json::{Value, json};

use crate::world::{START, World, pair, registration};

const UNKNOWN: &str = "요청하신 customer_uid(nobody)로 등록된 정보를 찾을 수 없습니다.";

#[tokio::test]
async fn a_customer_shows_the_buyer_and_the_masked_card() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let mut customer = world.get("/subscribe/customers/c1").await.response();
    let number = customer["card_number"].take();
    assert!(number.as_str().unwrap().starts_with("944603*********"), "{number}");
    assert_eq!(
        customer,
        json!({
            "card_code": "361", "card_issuer_code": "361", "card_issuer_name": "BC카드",
            "card_name": "BC카드", "card_number": null, "card_publisher_code": "361",
            "card_publisher_name": "BC카드", "card_type": null, "customer_addr": null,
            "customer_email": "member@example.com", "customer_id": null,
            "customer_name": "홍길동", "customer_postcode": null,
            "customer_tel": "01000000000", "customer_uid": "c1", "inserted": START,
            "pg_id": "INIBillTst", "pg_provider": "html5_inicis", "sandbox": true,
            "updated": START,
        })
    );
}

#[tokio::test]
async fn registering_again_replaces_the_key() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    world.advance_to(START + 60).await;
    let window = json!({ "request_pay": registration("i2", "c1"), "card": "expired" });
    world.window(window).await;
    let customer = world.get("/subscribe/customers/c1").await.response();
    assert_eq!([&customer["inserted"], &customer["updated"]], [START, START + 60]);
    assert_eq!(world.again("c1", "m1", 1).await.response()["status"], "failed");
    assert_eq!(world.simulator.customers().len(), 1);
}

#[tokio::test]
async fn an_unknown_customer_is_404_or_switched_to_200() {
    for (world, status) in [
        (World::new().await, 404),
        (World::with(|builder| builder.switch(Switch::UnknownCustomerIs200)).await, 200),
    ] {
        world.get("/subscribe/customers/nobody").await.refused(status, 1, UNKNOWN);
        world.delete("/subscribe/customers/nobody").await.refused(status, 1, UNKNOWN);
        world.get("/subscribe/customers/nobody/payments").await.refused(status, 1, UNKNOWN);
    }
}

#[tokio::test]
async fn several_customers_are_207_if_some_are_unknown() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let one = world.get("/subscribe/customers/c1").await.response();
    let both = world.get("/subscribe/customers?customer_uid[]=c1&customer_uid[]=c2").await;
    assert_eq!((both.status, both.json()["response"].clone()), (207, json!([one])));
    let all = world.get("/subscribe/customers?customer_uid[]=c1").await;
    assert_eq!(all.response(), json!([one]));
    assert_eq!(world.get("/subscribe/customers?customer_uid[]=c2").await.status, 404);
}

#[tokio::test]
async fn a_deleted_key_cannot_be_charged_and_its_schedules_fail_when_they_run() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    world.schedule("c1", "m1", START + 100).await.response();
    let customer = world.get("/subscribe/customers/c1").await.response();
    assert_eq!(world.delete("/subscribe/customers/c1?reason=x").await.response(), customer);
    world.again("c1", "m2", 1).await.refused(200, 1, "등록되지 않은 구매자입니다.");
    world.advance_to(START + 200).await;
    let schedule = world.get("/subscribe/payments/schedule/m1").await.response();
    let seen =
        json!([schedule["schedule_status"], schedule["payment_status"], schedule["fail_reason"]]);
    assert_eq!(seen, json!(["executed", "failed", "등록되지 않은 구매자입니다."]));
    assert_eq!((world.told(), world.charged()), (vec![pair("failed", "m1")], vec![]));
}

#[tokio::test]
async fn deleting_a_key_can_be_switched_to_revoke_its_schedules() {
    let world = World::with(|builder| builder.switch(Switch::DeleteRevokesSchedules)).await;
    world.register("c1", Card::Approve).await;
    world.schedule("c1", "m1", START + 100).await.response();
    world.delete("/subscribe/customers/c1").await.response();
    let schedule = world.get("/subscribe/payments/schedule/m1").await.response();
    assert_eq!(schedule["schedule_status"], "revoked");
    world.advance_to(START + 200).await;
    assert_eq!(world.told(), []);
}

#[tokio::test]
async fn a_key_can_be_issued_by_api() {
    let world = World::new().await;
    let issue = async |body: Value| world.post("/subscribe/customers/c1", body).await;
    issue(json!({ "card_number": "1234-1234-1234-1234", "expiry": "2030-01" })).await.refused(
        200,
        -1,
        "카드정보 인증 및 빌키 발급에 실패하였습니다. [F112]유효하지않은 카드번호를 입력하셨습니다. \
         (card_bin 없음)",
    );
    let key = issue(json!({
        "card_number": "4242-4242-4242-4242", "expiry": "2030-01", "customer_name": "김철수",
    }))
    .await
    .response();
    assert_eq!([&key["inserted"], &key["updated"]], [START, START]);
    assert_eq!(key["customer_name"], "김철수");
    assert_eq!(world.again("c1", "m1", 1).await.response()["status"], "paid");
    assert_eq!(world.simulator.payments().len(), 1);
    assert_eq!(issue(json!({})).await.status, 400);
}

#[tokio::test]
async fn a_customers_payments_come_newest_first_in_pages_of_twenty() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    for n in 0..21 {
        world.again("c1", &format!("m{n}"), 100).await.response();
    }
    let page = world.get("/subscribe/customers/c1/payments?page=2").await.response();
    assert_eq!([&page["total"], &page["previous"], &page["next"]], [22, 1, 0]);
    let uids: Vec<&str> = page["list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|payment| payment["merchant_uid"].as_str().unwrap())
        .collect();
    assert_eq!(uids, ["m0", "issue-c1"]);
}
