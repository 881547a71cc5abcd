//! What a person can do in Iamport's console.

use iamport_simulator::{Card, ScheduleStatus, Switch};
use serde_json::{Value, json};

use crate::world::{DAY, START, World, owed, pair};

/// Every test begins at 09:00 in Korea.
const HOUR: i64 = 3_600;

async fn at_console(world: &World, act: Value) {
    let reply = world.post("/simulator/console", act).await;
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
}

#[track_caller]
fn refused(reply: &crate::world::Reply, sentence: &str) {
    let problem = reply.json();
    assert_eq!((reply.status, &problem["detail"]), (409, &json!(sentence)), "{problem}");
    assert_eq!(problem["type"], "urn:iamport-simulator:refused");
}

async fn scheduled(card: Card) -> World {
    let world = World::new().await;
    world.register("c1", card).await;
    world.schedule("c1", "m1", START + DAY).await.response();
    world
}

async fn one(world: &World, merchant_uid: &str) -> Value {
    world.get(&format!("/subscribe/payments/schedule/{merchant_uid}")).await.response()
}

#[tokio::test]
async fn a_key_can_be_deleted_and_nobody_is_told() {
    let world = scheduled(Card::Approve).await;
    at_console(&world, json!({ "delete_key": { "customer_uid": "c1" } })).await;
    assert_eq!(world.get("/subscribe/customers/c1").await.status, 404);
    world.run_due().await;
    assert_eq!(world.told(), []);
    let again = world.post("/simulator/console", json!({ "delete_key": { "customer_uid": "c1" } }));
    refused(&again.await, "요청하신 customer_uid(c1)로 등록된 정보를 찾을 수 없습니다.");
}

#[tokio::test]
async fn a_schedule_can_be_revoked_or_moved_and_nobody_is_told() {
    let mut world = scheduled(Card::Approve).await;
    world.schedule("c1", "m2", START + DAY).await.response();
    let later = START + 3 * DAY;
    let moving = json!({ "move_schedule": { "merchant_uid": "m1", "schedule_at": later } });
    at_console(&world, moving).await;
    at_console(&world, json!({ "revoke_schedule": { "merchant_uid": "m2" } })).await;
    assert_eq!(one(&world, "m1").await["schedule_at"], later);
    assert_eq!(one(&world, "m2").await["schedule_status"], "revoked");
    world.advance_to(START + 2 * DAY).await;
    assert_eq!((world.charged(), world.told()), (vec![], vec![]));
    world.advance_to(later + 60).await;
    assert_eq!((world.charged(), world.told()), (vec![owed("m1", 9900)], vec![pair("paid", "m1")]));
    world.renew_token().await;

    let revoke = json!({ "revoke_schedule": { "merchant_uid": "m1" } });
    let sentence = "취소할 예약결제 기록이 존재하지 않습니다.";
    refused(&world.post("/simulator/console", revoke).await, sentence);
    for (uid, sentence) in [
        ("m1", "이미 실행되었거나 취소된 예약결제입니다."),
        ("m9", "존재하지 않는 예약결제입니다."),
    ] {
        let moving =
            json!({ "move_schedule": { "merchant_uid": uid, "schedule_at": later + DAY } });
        refused(&world.post("/simulator/console", moving).await, sentence);
    }
}

#[tokio::test]
async fn money_can_be_given_back_in_parts_with_a_webhook_or_without() {
    let world = scheduled(Card::Approve).await;
    let paid = world.again("c1", "m9", 9900).await.response();
    world.run_due().await;
    world.hooks();
    let refund = |amount: Value, webhook: Value| {
        let mut refund = json!({ "imp_uid": paid["imp_uid"] });
        for (key, value) in [("amount", amount), ("webhook", webhook)] {
            if !value.is_null() {
                refund[key] = value;
            }
        }
        json!({ "refund": refund })
    };
    at_console(&world, refund(json!(3000), Value::Null)).await;
    world.run_due().await;
    assert_eq!(
        (world.charged(), world.told()),
        (vec![owed("m9", 6900)], vec![pair("cancelled", "m9")])
    );
    at_console(&world, refund(json!(1000), json!(false))).await;
    world.run_due().await;
    assert_eq!((world.charged(), world.told()), (vec![owed("m9", 5900)], vec![]));
    let too_much = world.post("/simulator/console", refund(json!(5901), Value::Null)).await;
    refused(&too_much, "취소 요청금액이 취소 가능 금액을 초과하였습니다.");
    at_console(&world, refund(Value::Null, Value::Null)).await;
    assert_eq!(world.charged(), [owed("m9", 0)]);
    let gone = world.post("/simulator/console", refund(Value::Null, Value::Null)).await;
    refused(&gone, "이미 전액취소된 주문입니다.");
    let record = world.get("/payments/find/m9").await.response();
    assert_eq!(record["cancel_history"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn old_payments_can_be_given_back_too() {
    let mut world = scheduled(Card::Approve).await;
    let paid = world.again("c1", "m9", 9900).await.response();
    world.advance_to(START + 80 * DAY).await;
    world.renew_token().await;
    at_console(&world, json!({ "refund": { "imp_uid": paid["imp_uid"] } })).await;
    assert_eq!(world.charged(), [owed("m9", 0), owed("m1", 9900)]);
}

#[tokio::test]
async fn without_recovery_a_failed_schedule_is_left() {
    let world = scheduled(Card::InsufficientFunds).await;
    world.advance_to(START + DAY + 60).await;
    world.simulator.set_card("c1", Card::Approve).unwrap();
    world.advance_to(START + 9 * DAY).await;
    assert_eq!((world.charged(), world.told()), (vec![], vec![pair("failed", "m1")]));
}

#[tokio::test]
async fn recovery_tries_yesterday_s_failures_each_day_until_one_succeeds() {
    let mut world = scheduled(Card::InsufficientFunds).await;
    at_console(&world, json!({ "recovery": { "hour": 7 } })).await;
    world.advance_to(START + DAY + 60).await;
    assert_eq!(world.told(), [pair("failed", "m1")]);
    // Not on its own day: 07:00 was over. The first attempt is that of the next morning.
    world.advance_to(START + 2 * DAY - 2 * HOUR - 1).await;
    assert_eq!(world.told(), []);
    world.advance_to(START + 2 * DAY - 2 * HOUR).await;
    assert_eq!((world.charged(), world.told()), (vec![], vec![pair("failed", "m1")]));
    world.simulator.set_card("c1", Card::Approve).unwrap();
    world.advance_to(START + 9 * DAY).await;
    assert_eq!((world.charged(), world.told()), (vec![owed("m1", 9900)], vec![pair("paid", "m1")]));
    world.renew_token().await;
    let schedule = one(&world, "m1").await;
    let paid_at = START + 3 * DAY - 2 * HOUR;
    assert_eq!(
        [&schedule["payment_status"], &schedule["executed_at"], &schedule["schedule_status"]],
        [&json!("paid"), &json!(paid_at), &json!("executed")]
    );
    let records = world.get("/payments/findAll/m1").await.response();
    let statuses: Vec<&Value> =
        records["list"].as_array().unwrap().iter().map(|it| &it["status"]).collect();
    assert_eq!(statuses, ["paid", "failed", "failed"]);
}

#[tokio::test]
async fn recovery_leaves_alone_what_was_paid_otherwise_revoked_or_given_back() {
    let world = scheduled(Card::InsufficientFunds).await;
    world.schedule("c1", "m2", START + DAY).await.response();
    world.schedule("c1", "m3", START + DAY).await.response();
    world.post("/subscribe/payments/unschedule", json!({ "merchant_uid": "m3" })).await.response();
    at_console(&world, json!({ "recovery": { "hour": 23 } })).await;
    world.advance_to(START + DAY + 60).await;
    world.simulator.set_card("c1", Card::Approve).unwrap();
    let mut world = world;
    world.renew_token().await;
    let paid = world.again("c1", "m1", 9900).await.response();
    at_console(&world, json!({ "refund": { "imp_uid": paid["imp_uid"] } })).await;
    world.again("c1", "m2", 9900).await.response();
    world.advance_to(START + 9 * DAY).await;
    assert_eq!(world.charged(), [owed("m1", 0), owed("m2", 9900)]);
}

#[tokio::test]
async fn recovery_is_turned_off_and_has_its_hours() {
    let world = scheduled(Card::InsufficientFunds).await;
    at_console(&world, json!({ "recovery": { "hour": 7 } })).await;
    at_console(&world, json!({ "recovery": {} })).await;
    world.advance_to(START + DAY + 60).await;
    world.simulator.set_card("c1", Card::Approve).unwrap();
    world.advance_to(START + 9 * DAY).await;
    assert_eq!(world.charged(), []);
    for hour in [0, 24, -1] {
        let reply = world.post("/simulator/console", json!({ "recovery": { "hour": hour } })).await;
        refused(&reply, "재결제 시각은 1시부터 23시까지입니다.");
    }
    let odd = world.post("/simulator/console", json!({ "recover": {} })).await;
    assert_eq!(odd.status, 422);
}

#[tokio::test]
async fn a_schedule_whose_key_is_gone_fails_with_a_record_or_without() {
    let sentence = "등록되지 않은 구매자입니다.";
    for recorded in [true, false] {
        let mut world = scheduled(Card::Approve).await;
        world.simulator.turn(Switch::GoneKeyLeavesNoRecord, !recorded).unwrap();
        at_console(&world, json!({ "delete_key": { "customer_uid": "c1" } })).await;
        world.advance_to(START + DAY + 60).await;
        let told = if recorded { vec![pair("failed", "m1")] } else { vec![] };
        assert_eq!((world.charged(), world.told()), (vec![], told));
        world.renew_token().await;
        let schedule = one(&world, "m1").await;
        assert_eq!(
            [&schedule["schedule_status"], &schedule["payment_status"], &schedule["fail_reason"]],
            ["executed", "failed", sentence]
        );
        assert_eq!(schedule["imp_uid"].is_null(), !recorded);
        assert!(schedule["executed_at"].as_i64().unwrap() >= START + DAY);
        let records = world.get("/payments/findAll/m1").await;
        if recorded {
            assert_eq!(records.response()["list"][0]["fail_reason"], sentence);
        } else {
            records.refused(404, -1, "존재하지 않는 결제정보입니다.");
        }
    }
}

#[tokio::test]
async fn a_schedule_can_run_and_say_nothing_or_fail_and_leave_nothing() {
    for (fault, status, reason) in [
        ("silent", Value::Null, Value::Null),
        ("unrecorded", json!("failed"), json!("결제승인에 실패하였습니다.")),
    ] {
        let mut world = scheduled(Card::Approve).await;
        world.schedule("c1", "other", START + DAY).await.response();
        let fault = json!({ "schedules": fault, "path": "m1" });
        assert_eq!(world.post("/simulator/faults", fault).await.status, 204);
        world.advance_to(START + DAY + 60).await;
        assert_eq!(world.charged(), [owed("other", 9900)]);
        assert_eq!(world.told(), [pair("paid", "other")]);
        assert_eq!(world.simulator.faults(), []);
        world.renew_token().await;
        let schedule = one(&world, "m1").await;
        assert_eq!(
            [&schedule["payment_status"], &schedule["fail_reason"], &schedule["imp_uid"]],
            [&status, &reason, &Value::Null]
        );
        assert_eq!(schedule["schedule_status"], "executed");
        assert_eq!(world.get("/payments/find/m1").await.status, 404);
    }
}

#[tokio::test]
async fn what_was_done_at_the_console_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    {
        let world = World::with(|builder| builder.file(&file)).await;
        world.register("c1", Card::InsufficientFunds).await;
        world.schedule("c1", "m1", START + DAY).await.response();
        at_console(&world, json!({ "recovery": { "hour": 7 } })).await;
        world.simulator.turn(Switch::CurrencyNull, true).unwrap();
        world.advance_to(START + DAY + 60).await;
    }
    let world = World::with(|builder| builder.file(&file)).await;
    world.simulator.set_card("c1", Card::Approve).unwrap();
    world.advance_to(START + 3 * DAY).await;
    assert_eq!(world.charged(), [owed("m1", 9900)]);
    assert!(world.simulator.is_on(Switch::CurrencyNull));
    assert_eq!(world.simulator.schedules()[0].schedule_status, ScheduleStatus::Executed);
}
