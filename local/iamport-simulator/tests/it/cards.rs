//! How each test card behaves.

use std::time::Duration;

use iamport_simulator::{Card, PaymentStatus, ScheduleStatus};
use serde_json::json;
use tokio::time::Instant;

use crate::world::{START, World, owed, pair};

#[tokio::test]
async fn each_declining_card_declines_with_its_reason() {
    for (card, reason) in [
        (Card::InsufficientFunds, "[1254][실시간빌링실패|잔액부족]"),
        (Card::LimitExceeded, "[2116][실시간빌링실패|개인 월 한도금액 초과]"),
        (Card::Expired, "[1145][실시간빌링실패|유효기간 경과 카드]"),
        (Card::LostOrStolen, "[1142][실시간빌링실패|분실/도난 신고 카드]"),
        (Card::Suspended, "[1143][실시간빌링실패|거래정지 카드]"),
        (Card::NotRegisteredYet, "[1195][실시간빌링실패|빌링 미등록 거래]"),
        (Card::ShopSuspended, "[8901] 미등록PG업체/거래정지업체"),
        (Card::UnknownReason, "[8899][실시간빌링실패|정의되지 않은 사유]"),
    ] {
        let world = World::new().await;
        world.register("c1", card).await;
        assert_eq!(world.again("c1", "m1", 9900).await.response()["fail_reason"], reason);
        assert_eq!(world.charged(), [], "{card:?}");
    }
}

#[tokio::test]
async fn a_card_that_is_not_registered_yet_approves_two_minutes_later() {
    let world = World::new().await;
    world.register("c1", Card::NotRegisteredYet).await;
    world.advance_to(START + 119).await;
    assert_eq!(world.again("c1", "m1", 9900).await.response()["status"], "failed");
    world.advance_to(START + 120).await;
    assert_eq!(world.again("c1", "m1", 9900).await.response()["status"], "paid");
}

#[tokio::test(start_paused = true)]
async fn a_time_out_before_the_charge_leaves_nothing_and_the_next_attempt_succeeds() {
    let world = World::new().await;
    world.register("c1", Card::TimeoutBeforeCharge).await;
    let began = Instant::now();
    let reply = world.again("c1", "m1", 9900).await;
    assert_eq!((reply.status, began.elapsed()), (504, Duration::from_secs(65)));
    assert!(reply.text.starts_with("<!DOCTYPE html>"), "{}", reply.text);
    world.get("/payments/find/m1").await.refused(404, -1, "존재하지 않는 결제정보입니다.");
    assert_eq!(world.charged(), []);
    assert_eq!(world.again("c1", "m1", 9900).await.response()["status"], "paid");
}

#[tokio::test(start_paused = true)]
async fn a_time_out_after_the_charge_charges_once_even_if_the_caller_goes_away() {
    let world = World::new().await;
    world.register("c1", Card::TimeoutAfterCharge).await;
    let impatient =
        tokio::time::timeout(Duration::from_secs(30), world.again("c1", "m1", 9900)).await;
    assert!(impatient.is_err());
    assert_eq!(world.get("/payments/find/m1").await.response()["status"], "paid");
    let reply = world.again("c1", "m1", 9900).await.json();
    assert_eq!(reply["code"], 1);
    assert_eq!(world.charged(), [owed("m1", 9900)]);
    world.run_due().await;
    assert_eq!(world.told(), [pair("paid", "m1")]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_card_charges_and_answers_after_twenty_seconds() {
    let world = World::new().await;
    world.register("c1", Card::Slow).await;
    let began = Instant::now();
    assert_eq!(world.again("c1", "m1", 9900).await.response()["status"], "paid");
    assert_eq!(began.elapsed(), Duration::from_secs(20));
}

#[tokio::test]
async fn schedules_of_cards_that_time_out_fail_or_are_paid() {
    for (card, status, charged) in [
        (Card::TimeoutBeforeCharge, PaymentStatus::Failed, vec![]),
        (Card::TimeoutAfterCharge, PaymentStatus::Paid, vec![owed("m1", 9900)]),
        (Card::Slow, PaymentStatus::Paid, vec![owed("m1", 9900)]),
    ] {
        let world = World::new().await;
        world.register("c1", card).await;
        world.schedule("c1", "m1", START + 100).await.response();
        world.advance_to(START + 200).await;
        let schedule = world.simulator.schedules().remove(0);
        assert_eq!(
            (schedule.schedule_status, schedule.payment_status, world.charged()),
            (ScheduleStatus::Executed, Some(status), charged),
            "{card:?}"
        );
    }
}

#[tokio::test]
async fn a_card_can_be_changed_over_http() {
    let world = World::new().await;
    world.register("c 1", Card::Approve).await;
    let changed =
        world.put("/simulator/customers/c%201/card", json!({ "card": "insufficient_funds" })).await;
    assert_eq!(changed.status, 204);
    assert_eq!(world.again("c 1", "m1", 9900).await.response()["status"], "failed");
    let unknown = world.put("/simulator/customers/c2/card", json!({ "card": "approve" })).await;
    assert_eq!(
        (unknown.status, unknown.json()["detail"].as_str()),
        (404, Some("no such customer"))
    );
    assert_eq!(unknown.headers["content-type"], "application/problem+json");
    let wrong = world.put("/simulator/customers/c%201/card", json!({ "card": "gold" })).await;
    assert_eq!(wrong.status, 422);
}

#[test]
fn cards_have_the_names_that_are_documented() {
    let names = json!([
        "approve",
        "insufficient_funds",
        "limit_exceeded",
        "expired",
        "lost_or_stolen",
        "suspended",
        "shop_suspended",
        "not_registered_yet",
        "unknown_reason",
        "timeout_before_charge",
        "timeout_after_charge",
        "slow",
    ]);
    assert_eq!(serde_json::to_value(Card::ALL).unwrap(), names);
}
