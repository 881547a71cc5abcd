//! What only a person can settle, and money given back by an admin.

use crate::{
    reconcile::reconcile,
    world::{Answer, World, payment},
};
use billing::{Change, Uid};
use gudok_local::faults::Fault;
use gudok_local::wire::Host;
use iamport_simulator::ConsoleAct;
use ledger::BookedPayment;
use serde_json::{Value, json};
use std::sync::Arc;

/// Someone pays, or tries to, in an ordinary way under an order of ours; and what the page is told of it.
pub async fn ordinary(world: &World, order: &str, action: &str) -> Value {
    let window = json!({"request_pay": {
        "pg": "html5_inicis.INIBillTst", "pay_method": "card", "merchant_uid": order,
        "name": "월 구독", "amount": 9_900, "buyer_email": "minji@example.com",
        "buyer_name": "구독 회원", "buyer_tel": "010-0000-0000",
        "notice_url": "http://gateway.test/iamport-callback",
    }, "action": action});
    world.stack.iamport.card_window(&serde_json::from_value(window).unwrap()).await.unwrap()
}

/// The order of the first schedule.
fn scheduled(world: &World) -> String {
    world.stack.iamport.schedules()[0].merchant_uid.clone()
}

/// Someone pays in an ordinary way under the order of our charge, before its schedule runs. The signs
/// disagree.
pub async fn pay_the_order_of_the_schedule(world: &World) -> String {
    let order = scheduled(world);
    ordinary(world, &order, "approve").await;
    order
}

/// A member whose renewal of February was paid so.
pub async fn contradiction() -> (World, String) {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let order = pay_the_order_of_the_schedule(&world).await;
    world.until("2026-02-20T12:00").await;
    (world, order)
}

pub async fn subscription(world: &World) -> billing::Subscription {
    let uid: Uid = "minji".parse().unwrap();
    world.stack.app.gudok.books.ledger.subscription(&uid).await.unwrap().unwrap()
}

pub async fn review(world: &World) -> Value {
    let list = world.get("/admin/reviews", "admin").await;
    assert_eq!(list.status, 200, "{list:?}");
    assert_eq!(list.body["reviews"].as_array().unwrap().len(), 1, "{list:?}");
    list.body["reviews"][0].clone()
}

pub async fn resolve(world: &World, review: &Value, action: &str) -> Answer {
    let path = format!("/admin/reviews/{}/resolve", review["id"].as_str().unwrap());
    let body = json!({"action": action, "amount": review["amount"], "reason": "기록 확인"});
    let answer = world.post(&path, "admin", body).await;
    world.settle().await;
    answer
}

#[tokio::test(start_paused = true)]
async fn a_review_shows_its_facts_and_what_would_settle_it_and_stops_the_charge() {
    let (world, order) = contradiction().await;
    let review = review(&world).await;
    assert_eq!((&review["uid"], &review["merchant_uid"]), (&json!("minji"), &json!(order)));
    assert_eq!(review["actions"], json!(["look_again", "accept", "refund"]));
    assert_eq!(review["facts"][0]["amount"], 9_900);
    assert_eq!(review["facts"][0]["usage"], "other");
    assert_eq!(world.payments("minji").await.len(), 1, "nothing counts as paid");
    assert_eq!(world.stack.iamport.charges().len(), 2, "and nothing more is charged");
    assert!(world.slack().contains(&"🚨 확인 필요".to_owned()));
    let found = reconcile(&world, "2026-01-15", "2026-02-20", true).await;
    assert_eq!(found, (vec![], vec![]), "a person knows");
}

#[tokio::test(start_paused = true)]
async fn an_accepted_payment_pays_its_period_once() {
    let (world, _) = contradiction().await;
    let review = review(&world).await;
    assert_eq!(resolve(&world, &review, "accept").await.status, 200);
    assert_eq!(world.charged_on("minji").await, ["2026-01-15", "2026-01-15"]);
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-15");
    assert_eq!(world.standing(), [("2026-03-15 10:00".to_owned(), 9_900)]);
    world.check_books(&["minji"]).await;
    assert!(world.slack().contains(&"✅ 확인 완료".to_owned()));
    assert_eq!(world.get("/admin/reviews", "admin").await.body["reviews"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_refunded_contradiction_is_booked_given_back_and_charged_anew() {
    let (world, _) = contradiction().await;
    let review = review(&world).await;
    assert_eq!(resolve(&world, &review, "refund").await.status, 200);
    let payments = world.payments("minji").await;
    let rows: Vec<_> = payments.iter().map(|row| (row.amount.get(), row.refunded.get())).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows.iter().filter(|row| **row == (9_900, 9_900)).count(), 1);
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-15");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn looking_again_at_the_same_records_opens_a_new_review() {
    let (world, order) = contradiction().await;
    let first = review(&world).await;
    assert_eq!(resolve(&world, &first, "look_again").await.status, 200);
    let second = review(&world).await;
    assert_eq!(second["merchant_uid"], json!(order));
    assert_ne!(second["id"], first["id"]);
    assert_eq!(world.stack.iamport.charges().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_review_is_settled_once_and_only_in_its_own_ways() {
    let (world, _) = contradiction().await;
    let review = review(&world).await;
    let before = subscription(&world).await;
    let dismissed = resolve(&world, &review, "dismiss").await;
    assert_eq!(
        (dismissed.status, &dismissed.body["type"]),
        (422, &json!("/problems/not-an-action"))
    );
    let nonsense = resolve(&world, &review, "burn").await;
    assert_eq!(
        (nonsense.status, &nonsense.body["type"]),
        (400, &json!("/problems/malformed-request"))
    );
    for id in ["", "x", "pay-01KAQ3X0000000000000000000-0-0.1", "../..%00"] {
        let path = format!("/admin/reviews/{id}/resolve");
        let answer = world.post(&path, "admin", json!({"action": "accept", "amount": 9_900})).await;
        assert!([404, 409].contains(&answer.status), "{id}: {answer:?}");
    }
    let path = format!("/admin/reviews/{}/resolve", review["id"].as_str().unwrap());
    assert_eq!(world.post(&path, "minji", json!({"action": "accept"})).await.status, 403);
    assert_eq!(subscription(&world).await, before);
    assert_eq!(resolve(&world, &review, "accept").await.status, 200);
    let settled = subscription(&world).await;
    let again = resolve(&world, &review, "accept").await;
    assert_eq!((again.status, &again.body["type"]), (409, &json!("/problems/review-not-open")));
    assert_eq!(subscription(&world).await, settled);
}

#[tokio::test(start_paused = true)]
async fn money_under_a_registrations_order_can_only_be_given_back() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    let mut tampered = opened.clone();
    tampered["request_pay"].as_object_mut().unwrap().remove("customer_uid");
    world.window(&tampered, json!({})).await;
    world.complete("minji", &opened).await;
    let review = review(&world).await;
    assert_eq!(review["actions"], json!(["look_again", "refund"]));
    assert_eq!(resolve(&world, &review, "refund").await.status, 200);
    let payments = world.payments("minji").await;
    let rows: Vec<_> = payments.iter().map(|row| (row.amount.get(), row.refunded.get())).collect();
    assert_eq!(rows, [(9_900, 9_900)]);
    assert_eq!(world.subscription("minji").await["state"], "none");
    assert!(!world.may_enter("minji"));
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_admin_gives_a_payment_back_once_and_access_stays() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let order = world.payments("minji").await[0].merchant_uid;
    let path = format!("/admin/payments/{order}/refund");
    let body = json!({"amount": 9_900, "reason": "고객 요청"});
    let answer = world.post(&path, "admin", body.clone()).await;
    assert_eq!((answer.status, &answer.body["refunded"]), (200, &json!(9_900)), "{answer:?}");
    let again = world.post(&path, "admin", body).await;
    assert_eq!((again.status, &again.body["left"]), (409, &json!(0)), "{again:?}");
    world.settle().await;
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-02-15");
    assert!(world.may_enter("minji"));
    assert_eq!(world.news().iter().filter(|name| *name == "refunded").count(), 1);
    world.check_books(&["minji"]).await;
    let unknown = "/admin/payments/pay-01KAQ3X0000000000000000000-0-0/refund";
    for (path, body, status) in [
        (unknown, json!({"amount": 9_900, "reason": "고객 요청"}), 404),
        ("/admin/payments/x/refund", json!({"amount": 9_900, "reason": "고객 요청"}), 404),
        (path.as_str(), json!({"amount": 9_900, "reason": " "}), 400),
        (path.as_str(), json!({"amount": 9_900, "reason": "가".repeat(101)}), 400),
        (path.as_str(), json!({"amount": "9900", "reason": "고객 요청"}), 400),
        (path.as_str(), json!({"amount": -1, "reason": "고객 요청"}), 400),
        (path.as_str(), json!({"reason": "고객 요청"}), 400),
        (path.as_str(), json!({}), 400),
    ] {
        assert_eq!(world.post(path, "admin", body).await.status, status, "{path}");
    }
    assert_eq!(world.post(&path, "minji", json!({"reason": "내 돈"})).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn a_refund_that_iamport_does_not_answer_for_is_given_back_later() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let order = world.payments("minji").await[0].merchant_uid;
    world.hosts.inject(Arc::new(|request| {
        if request.uri().path() == "/payments/cancel" { Some(Fault::AnswerLost) } else { None }
    }));
    let path = format!("/admin/payments/{order}/refund");
    let answer = world.post(&path, "admin", json!({"amount": 9_900, "reason": "고객 요청"})).await;
    assert_eq!((answer.status, &answer.body["refunded"]), (202, &json!(0)), "{answer:?}");
    world.hosts.clear();
    let found = reconcile(&world, "2026-01-15", "2026-01-15", true).await;
    assert_eq!(found, (vec![], vec![]), "it is in hand");
    world.wait(20).await;
    assert_eq!(world.payments("minji").await[0].refunded.get(), 9_900);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_refund_that_iamport_keeps_refusing_goes_to_a_person() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let order = world.payments("minji").await[0].merchant_uid;
    world.hosts.intercept(Arc::new(|request: http::Request<bytes::Bytes>, host: Host| {
        Box::pin(async move {
            if request.uri().path() != "/payments/cancel" {
                return Ok(host(request).await);
            }
            let refusal =
                json!({"code": 1, "message": "취소할 수 없는 거래입니다", "response": null});
            Ok(http::Response::new(bytes::Bytes::from(refusal.to_string())))
        })
    }));
    let path = format!("/admin/payments/{order}/refund");
    assert_eq!(
        world.post(&path, "admin", json!({"amount": 9_900, "reason": "고객 요청"})).await.status,
        202
    );
    world.wait(5 * 60).await;
    assert_eq!(world.get("/admin/reviews", "admin").await.body["reviews"], json!([]));
    world.wait(2 * 60).await;
    let review = review(&world).await;
    assert_eq!(review["actions"], json!(["refund", "dismiss"]));
    assert_eq!(review["why"], "refund_refused");
    assert!(review["said"].as_str().unwrap().contains("취소할 수 없는 거래입니다"));
    world.hosts.clear();
    assert_eq!(resolve(&world, &review, "refund").await.status, 200);
    assert_eq!(world.payments("minji").await[0].refunded.get(), 9_900);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_newest_of_many_payments_can_be_given_back() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let newest = world.payments("minji").await.remove(0);
    for days in 1..=100 {
        let ledger = &world.stack.app.gudok.books.ledger;
        let older = payment(&BookedPayment {
            imp_uid: format!("imp_{days}").parse().unwrap(),
            paid_at: newest.paid_at - jiff::SignedDuration::from_hours(24 * days),
            ..newest.clone()
        });
        let read = ledger.stored(&newest.uid).await.unwrap().unwrap();
        let change = Change { payment: Some(older), ..Change::of(read.clone()) };
        ledger.commit(Some(&read), &change).await.unwrap();
    }
    let path = format!("/admin/payments/{}/refund", newest.merchant_uid);
    let answer = world.post(&path, "admin", json!({"amount": 9_900, "reason": "고객 요청"})).await;
    assert_eq!((answer.status, &answer.body["refunded"]), (200, &json!(9_900)), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_contradicted_order_leaves_no_schedule_behind() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    world.until("2026-02-15T08:00").await;
    pay_the_order_of_the_schedule(&world).await;
    world.wait(2).await;
    assert_eq!(world.standing(), []);
    let review = review(&world).await;
    assert_eq!(resolve(&world, &review, "refund").await.status, 200);
    assert_eq!(world.standing(), [("2026-02-15 10:00".to_owned(), 9_900)]);
    world.until("2026-02-20T12:00").await;
    let kept: Vec<_> = world.payments("minji").await;
    assert_eq!(kept.iter().filter(|row| row.refunded.get() == 0).count(), 2);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn money_under_a_charge_that_was_taken_back_goes_to_a_person_and_back() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    let order = pay_the_order_of_the_schedule(&world).await;
    world.wait(2).await;
    let review = review(&world).await;
    assert_eq!(review["merchant_uid"], json!(order));
    assert_eq!(resolve(&world, &review, "refund").await.status, 200);
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-02-15");
    assert_eq!(world.standing(), []);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_review_gives_back_counts_for_what_an_admin_may_give_back_on_a_day() {
    let policy = r#"{"refunds_a_day": 9900, "charge_window": "0s"}"#;
    let world = World::with("2026-01-15T09:00", &[("POLICY", policy)]).await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    pay_the_order_of_the_schedule(&world).await;
    world.wait(2).await;
    let review = review(&world).await;
    world.subscribe("hana").await;
    let order = world.payments("hana").await[0].merchant_uid;
    let path = format!("/admin/payments/{order}/refund");
    let refunded = world.post(&path, "admin", json!({"amount": 9_900, "reason": "요청"})).await;
    assert_eq!(refunded.status, 200, "{refunded:?}");
    let refused = resolve(&world, &review, "refund").await;
    let expected = (422, &json!("/problems/too-much-refunded"));
    assert_eq!((refused.status, &refused.body["type"]), expected, "{refused:?}");
    world.until("2026-01-16T12:00").await;
    assert_eq!(resolve(&world, &review, "refund").await.status, 200, "the next day");
    world.check_books(&["minji", "hana"]).await;
}

#[tokio::test(start_paused = true)]
async fn two_webhooks_at_once_about_a_contradiction_open_one_review() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    let lost = json!({"webhooks": "lost", "count": 1});
    world.stack.iamport.inject(serde_json::from_value(lost).unwrap()).unwrap();
    // Whoever comes second has read the order before the first one opens the review.
    let asked = std::sync::atomic::AtomicU64::new(0);
    world.hosts.intercept(Arc::new(move |request, host| {
        let asks = u64::from(request.uri().path().starts_with("/payments/imp_"));
        let slow = asked.fetch_add(asks, std::sync::atomic::Ordering::Relaxed) * asks;
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_millis(1 + 1_000 * slow)).await;
            Ok(host(request).await)
        })
    }));
    let order = pay_the_order_of_the_schedule(&world).await;
    let payment = world.stack.iamport.charges().pop().unwrap().imp_uid;
    let (_, _) = tokio::join!(world.webhook(&payment, &order), world.webhook(&payment, &order));
    world.hosts.clear();
    world.settle().await;
    review(&world).await;
}

#[tokio::test(start_paused = true)]
async fn a_contradicted_order_leaves_no_schedule_behind_that_iamport_is_late_with() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    world.until("2026-02-15T10:00").await;
    assert_eq!(world.standing().len(), 1, "its time has come, and it has not run");
    pay_the_order_of_the_schedule(&world).await;
    world.settle().await;
    assert_eq!(world.standing(), []);
    let review = review(&world).await;
    assert_eq!(resolve(&world, &review, "accept").await.status, 200);
    assert_eq!(world.standing(), [("2026-03-15 10:00".to_owned(), 9_900)]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_attempt_of_someone_that_failed_leaves_the_schedule_to_charge() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    world.until("2026-02-14T10:00").await;
    let order = scheduled(&world);
    let failed = ordinary(&world, &order, "refused").await;
    assert_eq!(world.webhook(failed["imp_uid"].as_str().unwrap(), &order).await, 200);
    world.settle().await;
    assert_eq!(world.standing(), [("2026-02-15 10:00".to_owned(), 9_900)]);
    world.until("2026-02-15T10:10").await;
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-15");
    assert!(!world.news().contains(&"declined".to_owned()), "{:?}", world.news());
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_attempt_of_someone_that_failed_says_nothing_of_a_charge_under_way() {
    let world = World::at("2026-01-15T09:00").await;
    let opened = world.checkout("minji").await;
    let told = world.window(&opened, json!({"webhook": "lost"})).await;
    world.hosts.intercept(Arc::new(|request: http::Request<bytes::Bytes>, host: Host| {
        let charges = request.uri().path() == "/subscribe/payments/again";
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_secs(if charges { 5 } else { 0 })).await;
            Ok(host(request).await)
        })
    }));
    let registration = opened["merchant_uid"].as_str().unwrap();
    let order = format!("{}-0", registration.replacen("reg-", "pay-", 1));
    let attempt = async {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let failed = ordinary(&world, &order, "refused").await;
        world.webhook(failed["imp_uid"].as_str().unwrap(), &order).await
    };
    let (completed, heard) = tokio::join!(world.complete("minji", &opened), attempt);
    assert_eq!((completed.status, heard.as_u16()), (200, 200), "{completed:?}");
    world.hosts.clear();
    world.settle().await;
    assert_eq!(world.subscription("minji").await["card"]["name"], told["card_name"]);
    assert_eq!(world.standing().len(), 1);
    world.check_books(&["minji"]).await;
}

/// Iamport neither runs the schedule nor takes it back, and moves it to the eighth of March.
pub(crate) async fn stuck_schedule(world: &World) -> Value {
    let order = scheduled(world);
    let schedule_at = crate::world::moment("2026-03-08T10:00").as_second();
    let moved = ConsoleAct::MoveSchedule { merchant_uid: order, schedule_at };
    world.stack.iamport.console(&moved).unwrap();
    world.hosts.inject(Arc::new(|request| {
        let unscheduling = request.uri().path() == "/subscribe/payments/unschedule";
        unscheduling.then(|| Fault::status(502))
    }));
    world.until("2026-02-18T12:00").await;
    let review = review(world).await;
    assert_eq!(
        (&review["why"], &review["actions"]),
        (&json!("schedule_stuck"), &json!(["dismiss"]))
    );
    review
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_is_given_up_is_taken_back_before_its_period_is_charged_anew() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let review = stuck_schedule(&world).await;
    world.hosts.clear();
    assert_eq!(resolve(&world, &review, "dismiss").await.status, 200);
    assert_eq!(world.charged_on("minji").await, ["2026-01-15", "2026-02-18"]);
    assert_eq!(world.standing(), [("2026-03-15 10:00".to_owned(), 9_900)]);
    world.until("2026-03-20T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-15", "2026-02-18", "2026-03-15"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_iamport_answers_for_after_all_is_before_nobody_any_more() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    world.until("2026-02-15T09:59").await;
    world.hosts.inject(Arc::new(|request| {
        let payments = request.uri().path().starts_with("/payments/");
        payments.then(|| Fault::status(502))
    }));
    world.until("2026-02-16T12:00").await;
    let review = review(&world).await;
    assert_eq!(review["why"], "charge_unknown");
    world.hosts.clear();
    world.until("2026-02-16T14:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-15", "2026-02-15"]);
    assert_eq!(subscription(&world).await.reviews, []);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_schedule_is_not_given_up_while_iamport_does_not_say_whether_it_stands() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let review = stuck_schedule(&world).await;
    world.hosts.inject(Arc::new(|request| {
        let iamport = request.uri().path().starts_with("/subscribe/");
        iamport.then(|| Fault::status(502))
    }));
    assert_eq!(resolve(&world, &review, "dismiss").await.status, 503);
    assert_eq!(self::review(&world).await["id"], review["id"], "it is still to be done");
    world.hosts.clear();
    world.wait(60).await;
    assert_eq!(world.get("/admin/reviews", "admin").await.body["reviews"], json!([]));
    assert_eq!(world.charged_on("minji").await, ["2026-01-15", "2026-02-18"]);
    world.check_books(&["minji"]).await;
}
