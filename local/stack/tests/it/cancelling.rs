//! Cancelling, resuming, and the end of access.

use crate::world::{World, moment};
use billing::{Change, Subscription, SubscriptionId};
use gudok_local::faults::Fault;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test(start_paused = true)]
async fn cancelling_leaves_no_schedule_and_access_until_the_paid_through_date_then_the_sweep_ends_it()
 {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    world.hosts.take_sent();
    let answer = world.cancel("minji").await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("cancelling")));
    let sent = world.hosts.take_sent();
    assert!(
        !sent.iter().any(|(host, what)| host == "simulator.test" && what.starts_with("GET")),
        "the answer says that it was taken back: {sent:?}"
    );
    assert_eq!(answer.body["paid_through"], "2026-02-28");
    assert_eq!(answer.body["next_payment_date"], Value::Null);
    assert_eq!(world.standing(), []);

    world.until("2026-02-28T23:59").await;
    assert!(world.may_enter("minji"), "the paid-through date is the last day of access");
    world.until("2026-03-01T00:09").await;
    assert!(world.may_enter("minji"), "nobody has ended it yet");
    world.until("2026-03-01T00:10").await;
    assert!(!world.may_enter("minji"));
    let ended = world.subscription("minji").await;
    assert_eq!(ended["state"], "ended");
    assert_eq!(ended["cancel_processed_at"], moment("2026-03-01T00:10").to_string());
    world.wait(45).await;
    assert_eq!(world.counted("cancel_requested"), 1);
    assert_eq!(world.counted("revoked"), 1);
    assert_eq!(world.charged_on("minji").await.len(), 1);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_admins_button_ends_what_is_over_and_its_dry_run_only_says_so() {
    let world = World::with("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    world.subscribe("minji").await;
    world.subscribe("jiwoo").await;
    world.until("2026-02-10T12:00").await;
    world.cancel("minji").await;
    let list = world.get("/admin/cancellations", "admin").await.body;
    assert_eq!(list["cancellations"].as_array().unwrap().len(), 1);
    assert_eq!(list["cancellations"][0]["uid"], "minji");
    assert_eq!(list["cancellations"][0]["next_payment_date"], "2026-02-28");
    assert_eq!(list["cancellations"][0]["is_due"], false);
    assert_eq!(list["cancellations"][0]["latest_payment"]["amount"], 9900);

    world.until("2026-03-01T02:00").await;
    assert!(world.may_enter("minji"), "in review the sweep ends nothing");
    assert!(world.slack().contains(&"🔔 이용 종료 대기".to_owned()));
    assert_eq!(
        world.get("/admin/cancellations", "admin").await.body["cancellations"][0]["is_due"],
        true
    );

    let said = world.would_end().await.body;
    assert_eq!(said["revocations"][0]["uid"], "minji");
    assert_eq!(said["revocations"][0]["revoked_at"], Value::Null);
    assert_eq!(said["revocations"].as_array().unwrap().len(), 1);
    assert!(world.may_enter("minji"), "a dry run only says what would be done");

    let done = world.press().await.body;
    assert_eq!(done["revocations"][0]["revoked_at"], moment("2026-03-01T02:00").to_string());
    assert!(!world.may_enter("minji") && world.may_enter("jiwoo"));
    assert_eq!(world.subscription("minji").await["state"], "ended");
    assert_eq!(
        world.press().await.body["revocations"],
        json!([]),
        "pressed again it finds nothing"
    );
    assert_eq!(world.get("/admin/cancellations", "admin").await.body["cancellations"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn cancelling_twice_says_the_same_and_is_counted_once() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let first = world.cancel("minji").await;
    world.wait(60).await;
    let second = world.cancel("minji").await;
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    world.wait(45).await;
    assert_eq!(world.counted("cancel_requested"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_member_who_resumes_in_time_is_charged_on_the_day_as_if_nothing_had_been() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-02-27T23:00").await;
    let answer = world.post("/subscription/resume", "minji", json!({})).await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("active")));
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9900)]);
    world.until("2026-03-01T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    assert!(world.may_enter("minji"));
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn resuming_in_the_last_hour_of_the_last_day_charges_at_once() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-02-28T23:30").await;
    assert_eq!(world.post("/subscription/resume", "minji", json!({})).await.status, 200);
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-31");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn resuming_after_the_last_day_is_refused_and_changes_nothing() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-03-01T00:05").await;
    let answer = world.post("/subscription/resume", "minji", json!({})).await;
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (409, &json!("/problems/too-late-to-resume"))
    );
    assert_eq!(world.subscription("minji").await["state"], "cancelling");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn there_is_nothing_to_cancel_before_the_first_payment() {
    let world = World::at("2026-01-31T15:30").await;
    let answer = world.cancel("minji").await;
    assert_eq!((answer.status, &answer.body["type"]), (409, &json!("/problems/no-subscription")));
}

#[tokio::test(start_paused = true)]
async fn a_checkout_that_is_not_paid_yet_can_be_withdrawn_and_its_card_is_not_charged() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    let withdrawn = world.cancel("minji").await;
    assert_eq!((withdrawn.status, &withdrawn.body["state"]), (200, &json!("none")));
    assert_eq!(world.cancel("minji").await.status, 200, "asked twice is asked once");
    // The window was still open, and the member registers the card after all.
    world.window(&opened, json!({"card": "approve"})).await;
    world.complete("minji", &opened).await;
    world.until("2026-02-02T12:00").await;
    assert_eq!(world.stack.iamport.charges(), []);
    assert_eq!(world.stack.iamport.customers(), [], "the key is deleted");
    // And a new checkout begins anew.
    world.subscribe("minji").await;
    assert_eq!(world.subscription("minji").await["state"], "active");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn after_the_end_a_member_can_subscribe_again_from_a_new_date() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-03-10T12:00").await;
    let answer = world.subscribe("minji").await;
    assert_eq!(
        (&answer.body["state"], &answer.body["paid_through"]),
        (&json!("active"), &json!("2026-04-10"))
    );
    assert!(world.may_enter("minji"));
    world.until("2026-04-11T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-10", "2026-04-10"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn money_that_moves_after_cancelled_was_answered_is_given_back_in_full() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:59").await;
    // Iamport cannot be reached to take the schedule back, and so it runs.
    world.hosts.inject(Arc::new(|request| {
        if request.uri().path().contains("unschedule") { Some(Fault::NotSent) } else { None }
    }));
    let answer = world.cancel("minji").await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("cancelling")));
    world.wait(3).await;
    world.hosts.clear();
    world.wait(60).await;
    let payments = world.payments("minji").await;
    assert_eq!(payments.len(), 2);
    assert_eq!(payments[1].refunded, payments[1].amount);
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-02-28");
    assert!(world.slack().contains(&"💸 자동 환불 완료".to_owned()));
    world.check_books(&["minji"]).await;
}

/// A member whose second month Iamport charged, which nobody has told us, so many seconds ago.
async fn charged_in_secret(seconds: i64) -> World {
    let world = World::at("2026-01-31T15:30").await;
    world
        .stack
        .iamport
        .inject(serde_json::from_value(json!({"webhooks": "lost", "count": 9})).unwrap())
        .unwrap();
    world.subscribe("minji").await;
    let (clock, iamport) = (&world.stack.clock, &world.stack.iamport);
    world.until("2026-02-28T10:00").await;
    while iamport.charges().len() < 2 {
        clock.move_to(clock.now() + SignedDuration::from_secs(1)).unwrap();
        assert!(clock.now() < moment("2026-02-28T10:02"), "it has to be charged");
        iamport.run_due(clock.now()).await.unwrap();
    }
    clock.move_to(clock.now() + SignedDuration::from_secs(seconds)).unwrap();
    world
}

#[tokio::test(start_paused = true)]
async fn money_that_moved_before_the_cancellation_pays_for_its_month() {
    let world = charged_in_secret(61).await;
    let answer = world.cancel("minji").await;
    assert_eq!(
        (&answer.body["state"], &answer.body["paid_through"]),
        (&json!("cancelling"), &json!("2026-03-31"))
    );
    world.until("2026-04-05T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    assert_eq!(world.subscription("minji").await["state"], "ended");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn money_that_moved_seconds_before_is_given_back_for_our_clock_may_be_ahead() {
    let world = charged_in_secret(5).await;
    let answer = world.cancel("minji").await;
    assert_eq!(answer.body["paid_through"], "2026-02-28");
    world.wait(10).await;
    let payments = world.payments("minji").await;
    assert_eq!((payments.len(), payments[1].refunded.get()), (2, 9_900));
    world.until("2026-03-05T12:00").await;
    assert_eq!(world.subscription("minji").await["state"], "ended");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn slack_and_the_bus_being_down_cannot_fail_a_cancellation() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.hosts.inject(Arc::new(|request| {
        let path = request.uri().path();
        if path.starts_with("/slack") || path.starts_with("/event-bridge") {
            Some(Fault::status(503))
        } else {
            None
        }
    }));
    assert_eq!(world.cancel("minji").await.status, 200);
    assert_eq!(world.standing(), []);
    world.wait(60).await;
    world.wait(120).await;
    assert_eq!(world.counted("cancel_requested"), 0);
    world.hosts.clear();
    world.wait(20).await;
    assert_eq!(world.counted("cancel_requested"), 1, "what was to be said is said later");
}

#[tokio::test(start_paused = true)]
async fn the_guard_stops_a_sweep_that_would_end_too_many_and_the_button_still_works() {
    let world = World::at("2026-01-31T15:30").await;
    let uids: Vec<String> = (0..21).map(|number| format!("member-{number}")).collect();
    for uid in &uids {
        world.subscribe(uid).await;
        world.cancel(uid).await;
    }
    world.until("2026-03-01T01:00").await;
    assert!(uids.iter().all(|uid| world.may_enter(uid)), "21 of 21 is more likely our mistake");
    assert!(world.slack().contains(&"🚨 이용 종료 중단: 대상이 너무 많습니다".to_owned()));
    let done = world.press().await.body;
    assert_eq!(done["revocations"].as_array().unwrap().len(), 21);
    assert!(uids.iter().all(|uid| !world.may_enter(uid)));
}

#[tokio::test(start_paused = true)]
async fn the_button_ends_nobody_who_is_only_due_to_be_looked_at() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    // Both are due before the day is over: the one to be ended, the other to be charged.
    world.until("2026-02-28T09:00").await;
    world.subscribe("jiwoo").await;
    world.until("2026-03-01T00:05").await;
    world.checkout("hana").await;
    let due = ["minji", "jiwoo", "hana"];
    for said in [world.would_end().await.body, world.end(&due).await.body] {
        let named: Vec<_> =
            said["revocations"].as_array().unwrap().iter().map(|it| &it["uid"]).collect();
        assert_eq!(named, ["minji"]);
    }
    world.until("2026-03-28T09:00").await;
    assert_eq!(
        world.would_end().await.body["revocations"],
        json!([]),
        "jiwoo is charged in an hour"
    );
}

/// How many are ended in a night on which 21 are over, beside 399 others like this, and whether the guard said so.
async fn ended_beside(other: impl Fn(Subscription) -> Subscription) -> (usize, bool) {
    let world = World::at("2026-01-31T15:30").await;
    for number in 0..21 {
        let uid = format!("member-{number}");
        world.subscribe(&uid).await;
        world.cancel(&uid).await;
    }
    let ledger = &world.stack.app.gudok.books.ledger;
    let one = ledger.subscription(&"member-0".parse().unwrap()).await.unwrap().unwrap();
    for number in 0..399 {
        let uid = format!("other-{number}").parse().unwrap();
        let id = SubscriptionId::new(ulid::Ulid(number));
        let row = Subscription::new(uid, id, one.consent.clone().unwrap());
        let due_at = Some(moment("2027-01-01T00:00"));
        let row = other(Subscription { due_at, ..row });
        ledger.commit(None, &Change::of(row)).await.unwrap();
    }
    world.until("2026-03-01T01:00").await;
    let news = world.news();
    let ended = news.iter().filter(|name| *name == "revoked").count();
    (ended, news.contains(&"guard_tripped".to_owned()))
}

#[tokio::test(start_paused = true)]
async fn five_in_a_hundred_may_end_in_a_night() {
    let anchor = Some("2026-12-31".parse().unwrap());
    let member = |row| Subscription { periods_paid: 1, anchor, ..row };
    assert_eq!(ended_beside(member).await, (21, false), "21 of 420");
}

#[tokio::test(start_paused = true)]
async fn who_only_opened_a_checkout_lets_nobody_pass_the_guard() {
    assert_eq!(ended_beside(|row| row).await, (0, true), "21 of 21");
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_needs_no_body_and_no_other_members_uid() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.subscribe("jiwoo").await;
    let cancel =
        async |body| world.send(Method::POST, "/subscription/cancel", Some("minji"), body).await;
    let answer = cancel(Some(json!({"uid": "jiwoo"}))).await;
    assert_eq!((answer.status, &answer.body["field"]), (400, &json!("uid")));
    assert_eq!(world.subscription("minji").await["state"], "active");
    assert_eq!(cancel(None).await.status, 200);
    assert_eq!(world.subscription("jiwoo").await["state"], "active");
    assert_eq!(world.subscription("minji").await["state"], "cancelling");
}

#[tokio::test(start_paused = true)]
async fn google_being_down_in_the_night_of_the_end_only_delays_the_claim() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-02-28T23:59").await;
    world.hosts.inject(Arc::new(|request| {
        if request.uri().path().contains("/accounts:") { Some(Fault::status(503)) } else { None }
    }));
    world.until("2026-03-01T00:15").await;
    assert_eq!(
        world.subscription("minji").await["cancel_processed_at"],
        moment("2026-03-01T00:10").to_string()
    );
    assert!(world.may_enter("minji"), "Google has not heard yet");
    assert!(world.news().contains(&"revoked".to_owned()), "the bus need not wait for Google");
    world.hosts.clear();
    world.until("2026-03-01T00:40").await;
    assert!(!world.may_enter("minji"));
}

/// A member who cancelled and was charged all the same, while Iamport neither takes schedules nor money back.
async fn owed_back() -> World {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:59").await;
    world.hosts.inject(Arc::new(|request| {
        let path = request.uri().path();
        if path.contains("unschedule") || path == "/payments/cancel" {
            Some(Fault::status(503))
        } else {
            None
        }
    }));
    world.cancel("minji").await;
    world.wait(30).await;
    world
}

#[tokio::test(start_paused = true)]
async fn a_refund_that_cannot_be_made_yet_keeps_no_announcement_waiting_and_is_made_later() {
    let world = owed_back().await;
    let owed = world.payments("minji").await;
    assert_eq!((owed.len(), owed[1].refunded.get()), (2, 0));
    assert!(world.news().contains(&"cancel_requested".to_owned()));
    world.hosts.clear();
    world.wait(30).await;
    assert_eq!(world.payments("minji").await[1].refunded.get(), 9_900);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn who_resumes_while_the_period_is_owed_back_is_charged_again_only_after_that() {
    let world = owed_back().await;
    assert_eq!(world.stack.iamport.charges().len(), 2, "the schedule ran and is owed back");
    assert_eq!(world.post("/subscription/resume", "minji", json!({})).await.status, 200);
    world.wait(30).await;
    assert_eq!(world.stack.iamport.charges().len(), 2);
    world.hosts.clear();
    world.wait(30).await;
    let kept = world
        .stack
        .iamport
        .charges()
        .iter()
        .map(|c| c.amount - c.cancelled_amount)
        .collect::<Vec<_>>();
    assert_eq!(kept, [9_900, 0, 9_900]);
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-31");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn who_resumes_after_the_schedule_was_taken_back_unheard_has_one_again() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.hosts.inject(Arc::new(|request| {
        if request.uri().path().contains("unschedule") { Some(Fault::AnswerLost) } else { None }
    }));
    assert_eq!(world.cancel("minji").await.status, 200);
    assert_eq!(world.standing(), []);
    world.hosts.clear();
    assert_eq!(world.post("/subscription/resume", "minji", json!({})).await.status, 200);
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
    world.check_books(&["minji"]).await;
}
