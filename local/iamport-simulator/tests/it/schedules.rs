//! Charges that Iamport makes by itself.

use iamport_simulator::{Card, ScheduleStatus, Switch};
use serde_json::{Value, json};

use crate::world::{DAY, START, World, owed, pair};

const PAST: &str = "예약시각(schedule_at)은 현재시각 이후여야 합니다.";

fn pending() -> Value {
    json!({
        "customer_uid": "c1", "merchant_uid": "m1", "imp_uid": null, "customer_id": null,
        "schedule_at": START + DAY, "executed_at": 0, "revoked_at": 0, "amount": 9900,
        "name": "월 구독", "buyer_name": "홍길동", "buyer_tel": "01000000000",
        "buyer_email": "member@example.com", "buyer_addr": null, "buyer_postcode": null,
        "schedule_status": "scheduled", "payment_status": null, "fail_reason": null,
        "custom_data": null, "currency": "KRW", "pg_provider": "html5_inicis",
        "pg_id": "INIBillTst", "promotion_id": null,
    })
}

async fn with_schedule(card: Card) -> World {
    let world = World::new().await;
    world.register("c1", card).await;
    assert_eq!(world.schedule("c1", "m1", START + DAY).await.response(), json!([pending()]));
    world
}

async fn one(world: &World, merchant_uid: &str) -> Value {
    world.get(&format!("/subscribe/payments/schedule/{merchant_uid}")).await.response()
}

#[tokio::test]
async fn a_schedule_runs_within_a_minute_after_its_time_and_its_webhook_follows() {
    let mut world = with_schedule(Card::Approve).await;
    world.advance_to(START + DAY - 1).await;
    assert_eq!((world.charged(), world.told()), (vec![], vec![]));
    world.advance_to(START + DAY + 60).await;
    assert_eq!((world.charged(), world.told()), (vec![owed("m1", 9900)], vec![pair("paid", "m1")]));
    world.renew_token().await;
    let schedule = one(&world, "m1").await;
    let executed_at = schedule["executed_at"].as_i64().unwrap();
    assert!((START + DAY..START + DAY + 60).contains(&executed_at), "{executed_at}");
    let payment = world.get("/payments/find/m1").await.response();
    assert_eq!(payment["customer_uid_usage"], "payment.scheduled");
    assert_eq!([&payment["started_at"], &payment["paid_at"]], [executed_at, executed_at]);
    let mut expected = pending();
    expected["schedule_status"] = json!("executed");
    expected["payment_status"] = json!("paid");
    expected["executed_at"] = json!(executed_at);
    expected["imp_uid"] = payment["imp_uid"].clone();
    assert_eq!(schedule, expected);
}

#[tokio::test]
async fn a_scheduled_decline_has_a_webhook_that_says_failed() {
    let mut world = with_schedule(Card::InsufficientFunds).await;
    world.advance_to(START + DAY + 60).await;
    assert_eq!((world.charged(), world.told()), (vec![], vec![pair("failed", "m1")]));
    world.renew_token().await;
    let schedule = one(&world, "m1").await;
    assert_eq!(schedule["payment_status"], "failed");
    assert_eq!(schedule["fail_reason"], "[1254][실시간빌링실패|잔액부족]");
}

#[tokio::test]
async fn fields_come_in_the_order_that_was_observed() {
    let world = with_schedule(Card::Approve).await;
    let text = world.get("/subscribe/payments/schedule/m1").await.text;
    let order = [
        "customer_uid",
        "merchant_uid",
        "imp_uid",
        "customer_id",
        "schedule_at",
        "executed_at",
        "revoked_at",
        "amount",
        "name",
        "buyer_name",
        "buyer_tel",
        "buyer_email",
        "buyer_addr",
        "buyer_postcode",
        "schedule_status",
        "payment_status",
        "fail_reason",
        "custom_data",
        "currency",
    ];
    let places: Vec<usize> =
        order.iter().map(|key| text.find(&format!("\"{key}\"")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
}

#[tokio::test]
async fn a_form_can_carry_nested_schedules() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let form = format!(
        "customer_uid=c1&schedules[0][merchant_uid]=m1&schedules[0][schedule_at]={0}\
         &schedules[0][amount]=9900&schedules[0][name]=%EC%9B%94%20%EA%B5%AC%EB%8F%85\
         &schedules%5B1%5D%5Bmerchant_uid%5D=m2&schedules%5B1%5D%5Bschedule_at%5D={0}\
         &schedules%5B1%5D%5Bamount%5D=100",
        START + DAY
    );
    let made = world.form("/subscribe/payments/schedule/", &form).await.response();
    assert_eq!(made[0], pending());
    assert_eq!([&made[1]["merchant_uid"], &made[1]["amount"]], [&json!("m2"), &json!(100)]);
}

#[tokio::test]
async fn one_bad_item_refuses_them_all() {
    let world = with_schedule(Card::Approve).await;
    world.again("c1", "paid", 100).await.response();
    let tried = async |merchant_uid: &str, at: i64| {
        let item =
            |uid: &str, at: i64| json!({ "merchant_uid": uid, "schedule_at": at, "amount": 1 });
        let body = json!({
            "customer_uid": "c1",
            "schedules": [item("good", START + 10), item(merchant_uid, at)],
        });
        world.post("/subscribe/payments/schedule", body).await
    };
    tried("m2", START).await.refused(200, 1, PAST);
    tried("m2", i64::MAX).await.refused(200, 1, PAST);
    tried("m1", START + 10).await.refused(200, 1, "이미 예약된 merchant_uid(m1)입니다.");
    tried("good", START + 10).await.refused(200, 1, "이미 예약된 merchant_uid(good)입니다.");
    tried("paid", START + 10).await.refused(
        200,
        1,
        "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)",
    );
    assert_eq!(world.simulator.schedules().len(), 1);
}

#[tokio::test]
async fn an_unknown_customer_needs_a_card_that_is_good() {
    let world = World::new().await;
    world.schedule("c1", "m1", START + DAY).await.refused(200, 1, "등록된 고객정보가 없습니다.");
    let with_card = async |number: &str| {
        let body = json!({
            "customer_uid": "c1", "card_number": number, "expiry": "2030-01",
            "schedules": [{ "merchant_uid": "m1", "schedule_at": START + 10, "amount": 1 }],
        });
        world.post("/subscribe/payments/schedule", body).await
    };
    with_card("1").await.refused(
        200,
        1,
        "카드정보 확인에 실패하였습니다. [F113]카드정보 형식이 올바르지 않습니다. (card_bin 없음)",
    );
    with_card("4242-4242-4242-4242").await.response();
    world.get("/subscribe/customers/c1").await.response();
}

#[tokio::test]
async fn a_checking_amount_is_charged_and_given_back() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let checked = async |merchant_uid: &str| {
        let body = json!({
            "customer_uid": "c1", "checking_amount": 100,
            "schedules": [{ "merchant_uid": merchant_uid, "schedule_at": START + 10, "amount": 1 }],
        });
        world.post("/subscribe/payments/schedule", body).await
    };
    checked("m1").await.response();
    let charge = world.simulator.charges().remove(0);
    assert_eq!((charge.amount, charge.cancelled_amount), (100, 100));
    world.simulator.set_card("c1", Card::Expired).unwrap();
    assert_eq!(checked("m2").await.json()["code"], 1);
    assert_eq!(world.simulator.schedules().len(), 1);
}

#[tokio::test]
async fn unscheduling_revokes_what_is_pending() {
    let world = with_schedule(Card::Approve).await;
    world.schedule("c1", "m2", START + DAY).await.response();
    world.schedule("c1", "m3", START + DAY).await.response();
    let mut revoked = pending();
    revoked["schedule_status"] = json!("revoked");
    revoked["revoked_at"] = json!(START);
    let body = json!({ "customer_uid": "c1", "merchant_uid": "m1" });
    let answer = world.post("/subscribe/payments/unschedule", body.clone()).await;
    assert_eq!(answer.response(), json!([revoked]));
    world.post("/subscribe/payments/unschedule", body).await.refused(
        200,
        1,
        "취소할 예약결제 기록이 존재하지 않습니다.",
    );
    let form = "merchant_uid[]=m2&merchant_uid[]=m9";
    let answer = world.form("/subscribe/payments/unschedule/", form).await.response();
    assert_eq!(answer.as_array().unwrap().len(), 1);
    let all = world.post("/subscribe/payments/unschedule", json!({ "customer_uid": "c1" })).await;
    assert_eq!(all.response()[0]["merchant_uid"], "m3");
    assert_eq!(world.post("/subscribe/payments/unschedule", json!({})).await.status, 400);
    world.advance_to(START + 2 * DAY).await;
    assert_eq!((world.charged(), world.told()), (vec![], vec![]));
}

#[tokio::test]
async fn another_customers_schedule_is_not_revoked() {
    let world = with_schedule(Card::Approve).await;
    let body = json!({ "customer_uid": "c2", "merchant_uid": ["m1"] });
    assert_eq!(world.post("/subscribe/payments/unschedule", body).await.json()["code"], 1);
    assert_eq!(one(&world, "m1").await, pending());
}

#[tokio::test]
async fn a_revoked_merchant_uid_can_be_scheduled_again() {
    let world = with_schedule(Card::Approve).await;
    let body = json!({ "merchant_uid": ["m1"] });
    world.post("/subscribe/payments/unschedule", body).await.response();
    world.schedule("c1", "m1", START + DAY).await.response();
    assert_eq!(one(&world, "m1").await, pending());
    assert_eq!(world.simulator.schedules().len(), 2);
}

#[tokio::test]
async fn a_schedule_whose_merchant_uid_was_paid_meanwhile_does_not_charge_again() {
    let world = with_schedule(Card::Approve).await;
    world.again("c1", "m1", 9900).await.response();
    world.advance_to(START + DAY + 60).await;
    assert_eq!(world.charged(), [owed("m1", 9900)]);
    let schedule = world.simulator.schedules().remove(0);
    assert_eq!((schedule.schedule_status, schedule.imp_uid), (ScheduleStatus::Executed, None));
}

#[tokio::test]
async fn lists_are_pages_filtered_by_time_and_status_under_either_name() {
    let world = with_schedule(Card::Approve).await;
    world.schedule("c1", "m2", START + 2 * DAY).await.response();
    world.post("/subscribe/payments/unschedule", json!({ "merchant_uid": "m2" })).await.response();
    let uids = async |path: &str| {
        let page = world.get(path).await.response();
        let list = page["list"].as_array().unwrap().clone();
        list.iter().map(|s| s["merchant_uid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (from, to) = (START + DAY, START + 2 * DAY);
    let range = format!("/subscribe/payments/schedule?schedule_from={from}");
    assert_eq!(uids(&format!("{range}&schedule_to={to}")).await, ["m1"]);
    assert_eq!(uids(&format!("{range}&schedule_to={}", to + 1)).await, ["m2", "m1"]);
    let oldest_first = format!("{range}&schedule_to={}&sorting=scheduled", to + 1);
    assert_eq!(uids(&oldest_first).await, ["m1", "m2"]);
    let limited = format!("{range}&schedule_to={}&limit=1&page=2", to + 1);
    assert_eq!(uids(&limited).await, ["m1"]);
    for path in ["/subscribe/payments/schedule/customers/c1", "/subscribe/customers/c1/schedules"] {
        let all = format!("{path}?from={from}&to={}", to + 1);
        assert_eq!(uids(&all).await, ["m2", "m1"]);
        for filter in ["schedule-status", "schedule_status"] {
            assert_eq!(uids(&format!("{all}&{filter}=revoked")).await, ["m2"], "{filter}");
        }
        assert_eq!(world.get(path).await.status, 400);
        let long = format!("{path}?from={from}&to={}", from + 93 * DAY);
        assert_eq!(world.get(&long).await.status, 400);
        let odd = format!("{all}&schedule_status=odd");
        world.get(&odd).await.refused(400, -1, "지원되지 않는 상태값입니다.");
    }
    let nobody = format!("/subscribe/customers/nobody/schedules?from={from}&to={to}");
    let empty = json!({ "total": 0, "previous": 0, "next": 0, "list": [] });
    assert_eq!(world.get(&nobody).await.response(), empty);
}

#[tokio::test]
async fn lists_can_be_switched_to_arrays() {
    let world = World::with(|builder| builder.switch(Switch::SchedulesAsArrays)).await;
    world.register("c1", Card::Approve).await;
    world.schedule("c1", "m1", START + DAY).await.response();
    let path = format!("/subscribe/customers/c1/schedules?from={START}&to={}", START + 2 * DAY);
    assert_eq!(world.get(&path).await.response(), json!([pending()]));
}

#[tokio::test]
async fn a_pending_schedule_can_be_moved() {
    let mut world = with_schedule(Card::Approve).await;
    let path = "/subscribe/payments/schedule/m1";
    world.put(path, json!({ "schedule_at": START })).await.refused(400, -1, PAST);
    assert_eq!(world.put(path, json!({})).await.status, 400);
    let moved = world.put(path, json!({ "schedule_at": START + 2 * DAY })).await.response();
    assert_eq!(moved["schedule_at"], START + 2 * DAY);
    world.advance_to(START + DAY + 60).await;
    assert_eq!(world.charged(), []);
    world.advance_to(START + 2 * DAY + 60).await;
    assert_eq!(world.charged(), [owed("m1", 9900)]);
    world.renew_token().await;
    let late = world.put(path, json!({ "schedule_at": START + 3 * DAY })).await;
    late.refused(400, -1, "이미 실행되었거나 취소된 예약결제입니다.");
    let unknown = world.put("/subscribe/payments/schedule/m9", json!({ "schedule_at": 1 })).await;
    unknown.refused(404, -1, "존재하지 않는 예약결제입니다.");
}

#[tokio::test]
async fn a_failed_or_revoked_schedule_can_be_put_back() {
    let mut world = with_schedule(Card::InsufficientFunds).await;
    let path = "/subscribe/payments/schedule/m1/reschedule";
    let pending = world.post(path, json!({ "schedule_at": START + 2 * DAY })).await;
    pending.refused(400, -1, "실패했거나 취소된 예약결제만 다시 요청할 수 있습니다.");
    world.advance_to(START + DAY + 60).await;
    world.renew_token().await;
    let back = world.post(path, json!({ "schedule_at": START + 2 * DAY })).await.response();
    assert_eq!([&back["schedule_status"], &back["imp_uid"]], [&json!("scheduled"), &Value::Null]);
    world.simulator.set_card("c1", Card::Approve).unwrap();
    world.advance_to(START + 2 * DAY + 60).await;
    assert_eq!(world.told(), [pair("failed", "m1"), pair("paid", "m1")]);
    world.renew_token().await;
    assert_eq!(world.post(path, json!({ "schedule_at": START + 9 * DAY })).await.status, 400);
}

#[tokio::test]
async fn a_failed_schedule_can_be_retried_now() {
    let mut world = with_schedule(Card::InsufficientFunds).await;
    let path = "/subscribe/payments/schedule/m1/retry";
    assert_eq!(world.post(path, json!({})).await.status, 400);
    world.advance_to(START + DAY + 60).await;
    world.renew_token().await;
    assert_eq!(world.post(path, json!({})).await.response()["status"], "failed");
    world.simulator.set_card("c1", Card::Approve).unwrap();
    let paid = world.post(path, json!({})).await.response();
    assert_eq!([&paid["status"], &paid["merchant_uid"]], ["paid", "m1"]);
    let schedule = one(&world, "m1").await;
    assert_eq!(
        [&schedule["payment_status"], &schedule["imp_uid"]],
        [&json!("paid"), &paid["imp_uid"]]
    );
    world.run_due().await;
    assert_eq!(world.told(), [pair("failed", "m1"), pair("paid", "m1")]);
    assert_eq!(world.post(path, json!({})).await.status, 400);
    assert_eq!(world.post("/subscribe/payments/schedule/m9/retry", json!({})).await.status, 404);
}
