//! What an admin does for a member at the desk, and what becomes of the member's money and access by it.

use crate::declines::set_card;
use crate::shown::refusal;
use crate::world::{Answer, World};
use serde_json::{Value, json};

async fn act(world: &World, uid: &str, asked: Value) -> Answer {
    world.post(&format!("/admin/members/{uid}/acts"), "admin", asked).await
}

fn done(answer: &Answer) -> &Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    &answer.body
}

/// A member who has paid until 28 February.
async fn subscribed() -> World {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world
}

async fn enters(world: &World, uid: &str) -> bool {
    world.settle().await;
    world.may_enter(uid)
}

#[tokio::test(start_paused = true)]
async fn days_given_move_the_charge_and_the_end_by_as_many_days_and_once() {
    let world = subscribed().await;
    let asked =
        json!({"act": "give_days", "days": 10, "reason": "장애 보상", "shown": "2026-02-28"});
    let mut preview = asked.clone();
    preview["dry_run"] = json!(true);
    let before = world.get("/admin/members/minji", "admin").await.body;
    assert_eq!(done(&act(&world, "minji", preview).await)["paid_through"], "2026-03-10");
    assert_eq!(world.get("/admin/members/minji", "admin").await.body, before, "only said");

    let (first, second) =
        tokio::join!(act(&world, "minji", asked.clone()), act(&world, "minji", asked.clone()));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "clicked twice, given once");
    world.settle().await;
    assert_eq!(world.standing(), [("2026-03-10 10:00".to_owned(), 9_900)]);
    world.until("2026-03-10T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-10"]);
    // Thirty-one days of March are counted from the anchor, and ten given.
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-04-10");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn days_given_while_a_card_fails_let_nothing_be_charged_before_they_are_over() {
    let world = subscribed().await;
    world.until("2026-02-28T09:00").await;
    set_card(&world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.subscription("minji").await["state"], "past_due");
    set_card(&world, "approve");
    let asked = |days: u16| json!({"act": "give_days", "days": days, "reason": "문의", "shown": "2026-02-28"});
    let none = act(&world, "minji", asked(0)).await;
    assert_eq!(refusal(&none), (422, "not-that-many-days", None));
    let given = act(&world, "minji", asked(5)).await;
    assert_eq!(
        (&done(&given)["state"], &given.body["paid_through"]),
        (&json!("active"), &json!("2026-03-05"))
    );
    world.until("2026-03-04T23:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    world.until("2026-03-05T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-05"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_let_in_enters_without_a_card_and_without_an_order_and_is_out_when_the_days_are_over()
 {
    let world = World::at("2026-01-31T15:30").await;
    let asked = json!({"act": "give_days", "days": 3, "reason": "체험"});
    let nobody = act(&world, "nobody", asked.clone()).await;
    assert_eq!(refusal(&nobody), (404, "no-such-member", None), "there is no such account");
    world.token("guest");
    let given = act(&world, "guest", asked.clone()).await;
    assert_eq!(done(&given)["complimentary_until"], "2026-02-02");
    assert_eq!(refusal(&act(&world, "guest", asked).await), (409, "another-date", None));
    assert!(enters(&world, "guest").await);
    let shown = world.subscription("guest").await;
    assert_eq!(
        (&shown["state"], &shown["complimentary_until"]),
        (&json!("none"), &json!("2026-02-02"))
    );
    world.until("2026-02-02T23:59").await;
    assert!(enters(&world, "guest").await);
    world.until("2026-02-03T00:30").await;
    assert!(!enters(&world, "guest").await);
    let member = world.get("/admin/members/guest", "admin").await.body;
    assert_eq!((&member["orders"], &member["payments"]), (&json!([]), &json!([])));
    assert_eq!(world.subscription("guest").await["complimentary_until"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_let_in_is_let_in_again_when_another_program_has_wiped_the_claims() {
    let world = World::at("2026-01-31T15:30").await;
    world.token("guest");
    done(&act(&world, "guest", json!({"act": "give_days", "days": 10, "reason": "체험"})).await);
    assert!(enters(&world, "guest").await);
    world.stack.google.replace_claims("guest", serde_json::Map::new()).unwrap();
    world.until("2026-02-01T01:00").await;
    assert!(enters(&world, "guest").await);
}

#[tokio::test(start_paused = true)]
async fn whoever_subscribes_while_let_in_keeps_the_days_that_are_left() {
    let world = World::at("2026-01-31T15:30").await;
    world.token("guest");
    done(&act(&world, "guest", json!({"act": "give_days", "days": 10, "reason": "체험"})).await);
    world.until("2026-02-04T12:00").await;
    world.subscribe("guest").await;
    // Until 9 February were five days left.
    assert_eq!(world.subscription("guest").await["paid_through"], "2026-03-09");
    assert_eq!(world.standing(), [("2026-03-09 10:00".to_owned(), 9_900)]);
    assert!(enters(&world, "guest").await);
    world.check_books(&["guest"]).await;
}

#[tokio::test(start_paused = true)]
async fn what_an_admin_ends_is_over_at_once_and_stays_so() {
    let world = subscribed().await;
    let asked = json!({"act": "end_now", "reason": "약관 위반", "shown": "2026-02-28"});
    let mut other = asked.clone();
    other["shown"] = json!("2026-03-28");
    assert_eq!(refusal(&act(&world, "minji", other).await), (409, "another-date", None));
    assert_eq!(done(&act(&world, "minji", asked.clone()).await)["state"], "ended");
    assert!(!enters(&world, "minji").await);
    assert_eq!(world.standing(), [], "nothing will be charged");
    assert_eq!(refusal(&act(&world, "minji", asked).await), (409, "no-subscription", None));
    let back = json!({"act": "resume", "reason": "착오"});
    assert_eq!(refusal(&act(&world, "minji", back).await), (409, "too-late-to-resume", None));
    world.until("2026-03-05T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    world.subscribe("minji").await;
    assert!(enters(&world, "minji").await, "the way back is open");
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_failed_is_tried_again_when_asked_and_not_more_often_than_by_itself() {
    let settings = [("POLICY", r#"{"retry_days": [3, 5]}"#)];
    let world = World::with("2026-01-31T15:30", &settings).await;
    world.subscribe("minji").await;
    let retry = async || world.post("/subscription/retry", "minji", json!({})).await;
    assert_eq!(refusal(&retry().await), (409, "nothing-to-try", None));
    world.until("2026-02-28T09:00").await;
    set_card(&world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    let shown = world.subscription("minji").await;
    assert_eq!((&shown["state"], &shown["may_retry"]), (&json!("past_due"), &json!(true)));
    let answer = retry().await;
    assert_eq!(
        (&done(&answer)["state"], &answer.body["may_retry"]),
        (&json!("past_due"), &json!(true))
    );
    assert_eq!(answer.body["next_payment_date"], "2026-03-03", "and by itself as before");
    let by_admin =
        json!({"act": "try_again", "reason": "잔액을 채웠다고 함", "shown": "2026-02-28"});
    done(&act(&world, "minji", by_admin).await);
    assert_eq!(refusal(&retry().await), (429, "tried-too-often", None));
    assert_eq!(world.subscription("minji").await["may_retry"], false);
    set_card(&world, "approve");
    world.until("2026-03-03T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-03"]);
    assert_eq!(refusal(&retry().await), (409, "nothing-to-try", None));
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_is_tried_again_and_paid_is_charged_once_however_often_it_is_clicked() {
    let world = subscribed().await;
    world.until("2026-02-28T09:00").await;
    set_card(&world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    set_card(&world, "approve");
    let retry = || world.post("/subscription/retry", "minji", json!({}));
    let answers = tokio::join!(retry(), retry(), retry());
    for answer in [answers.0, answers.1, answers.2] {
        assert!(matches!(answer.status, 200 | 409), "{answer:?}");
    }
    world.settle().await;
    assert_eq!(world.subscription("minji").await["state"], "active");
    world.until("2026-03-10T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
}

#[tokio::test(start_paused = true)]
async fn a_card_that_is_finished_is_not_tried_again_but_asked_for_once_a_day() {
    let world = subscribed().await;
    world.until("2026-02-28T09:00").await;
    set_card(&world, "expired");
    world.until("2026-02-28T12:00").await;
    let retry = world.post("/subscription/retry", "minji", json!({})).await;
    assert_eq!(refusal(&retry), (409, "card-is-dead", None));
    let ask = json!({"act": "ask_for_card", "reason": "만료된 카드", "shown": "2026-02-28"});
    done(&act(&world, "minji", ask.clone()).await);
    done(&act(&world, "minji", ask).await);
    world.settle().await;
    let asked = world.news().iter().filter(|news| *news == "card_asked").count();
    assert_eq!(asked, 1);
}

#[tokio::test(start_paused = true)]
async fn parts_of_a_payment_go_back_until_nothing_is_left_and_never_more() {
    let world = subscribed().await;
    let paid = world.stack.iamport.charges()[0].clone();
    let path = format!("/admin/payments/{}/refund", paid.merchant_uid);
    let part =
        |amount: u64, left: u64| json!({"amount": amount, "left": left, "reason": "일부 환불"});
    let give_back = async |body: Value| world.post(&path, "admin", body).await;
    let given = give_back(part(3_000, 9_900)).await;
    assert_eq!((given.status, &given.body["refunded"]), (200, &json!(3_000)), "{given:?}");
    assert_eq!(refusal(&give_back(part(3_000, 9_900)).await), (409, "another-amount", Some(6_900)));
    assert_eq!(refusal(&give_back(part(7_000, 6_900)).await), (409, "another-amount", Some(6_900)));
    assert_eq!(refusal(&give_back(part(0, 6_900)).await), (409, "another-amount", Some(6_900)));
    // A part goes back at the console, of which nobody tells us.
    let console = json!({"imp_uid": paid.imp_uid, "amount": 900});
    crate::reconcile::behind_our_back(&world, http::Method::POST, "/payments/cancel", console)
        .await;
    assert_eq!(refusal(&give_back(part(1_000, 6_900)).await), (409, "another-amount", Some(6_000)));
    let both = tokio::join!(give_back(part(1_000, 6_000)), give_back(part(1_000, 6_000)));
    assert!(both.0.status == 200 || both.1.status == 200, "{both:?}");
    world.settle().await;
    assert_eq!(world.stack.iamport.charges()[0].cancelled_amount, 4_900);
    assert_eq!(give_back(part(5_000, 5_000)).await.status, 200);
    assert_eq!(refusal(&give_back(part(1, 1)).await), (409, "another-amount", Some(0)));
    assert_eq!(world.stack.iamport.charges()[0].cancelled_amount, 9_900);
    assert_eq!(world.subscription("minji").await["state"], "active", "access is left as it is");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_refund_with_which_it_ends_leaves_neither_money_nor_access() {
    let world = subscribed().await;
    let paid = world.stack.iamport.charges()[0].clone();
    let path = format!("/admin/payments/{}/refund", paid.merchant_uid);
    let asked = json!({"amount": 9_900, "left": 9_900, "reason": "환불 후 종료", "end": true});
    assert_eq!(world.post(&path, "admin", asked).await.status, 200);
    assert!(!enters(&world, "minji").await);
    assert_eq!(world.standing(), []);
    assert_eq!(world.stack.iamport.charges()[0].cancelled_amount, 9_900);
    assert_eq!(world.subscription("minji").await["state"], "ended");
}

#[tokio::test(start_paused = true)]
async fn a_large_refund_waits_for_another_admin_than_the_one_who_asked() {
    let settings = [("POLICY", r#"{"second_admin_above": 5000}"#)];
    let world = World::with("2026-01-31T15:30", &settings).await;
    world.subscribe("minji").await;
    let right = json!({"admin": true}).as_object().unwrap().clone();
    world.token("second");
    world.stack.google.replace_claims("second", right).unwrap();
    let paid = world.stack.iamport.charges()[0].clone();
    let path = format!("/admin/payments/{}/refund", paid.merchant_uid);
    let asked = json!({"amount": 9_900, "left": 9_900, "reason": "고객 요청"});
    for _ in 0..2 {
        assert_eq!(world.post(&path, "admin", asked.clone()).await.status, 202);
    }
    world.settle().await;
    assert_eq!(world.stack.iamport.charges()[0].cancelled_amount, 0);
    let reviews = world.get("/admin/reviews", "admin").await.body;
    let [review] = reviews["reviews"].as_array().unwrap().as_slice() else { panic!("{reviews}") };
    assert_eq!((&review["why"], &review["amount"]), (&json!("another_admin"), &json!(9_900)));
    assert_eq!((&review["asked_by"], &review["said"]), (&json!("admin"), &json!("고객 요청")));
    let path = format!("/admin/reviews/{}/resolve", review["id"].as_str().unwrap());
    let agree = json!({"action": "refund", "amount": 9_900, "reason": "확인"});
    assert_eq!(
        refusal(&world.post(&path, "admin", agree.clone()).await),
        (403, "another-admin", None)
    );
    assert_eq!(world.post(&path, "second", agree).await.status, 200);
    world.settle().await;
    assert_eq!(world.stack.iamport.charges()[0].cancelled_amount, 9_900);
    world.check_books(&["minji"]).await;
}
