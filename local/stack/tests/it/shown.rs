//! An act carries what was shown to whoever does it, and is refused when that is no longer so; and what an
//! admin does in a member's place.

use crate::declines::set_card;
use crate::desk::happened;
use crate::forgery::everything;
use crate::reconcile::behind_our_back;
use crate::reviews::{contradiction, review};
use crate::world::{Answer, World, moment};
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::Arc;

/// An answer's status and type, and how much it says there is instead.
pub fn refusal(answer: &Answer) -> (u16, &str, Option<u64>) {
    let kind = answer.body["type"].as_str().unwrap_or_default();
    (answer.status, kind.trim_start_matches("/problems/"), answer.body["left"].as_u64())
}

/// The members in a list of what the button said.
fn named(answer: &Value, list: &str) -> Vec<String> {
    let rows = answer[list].as_array().unwrap().iter();
    let uid = |row: &Value| row.as_str().or_else(|| row["uid"].as_str()).unwrap().to_owned();
    let mut uids: Vec<String> = rows.map(uid).collect();
    uids.sort();
    uids
}

async fn refund(world: &World, amount: u64) -> Answer {
    let order = world.payments("minji").await[0].merchant_uid;
    let body = json!({"amount": amount, "reason": "고객 요청"});
    world.post(&format!("/admin/payments/{order}/refund"), "admin", body).await
}

#[tokio::test(start_paused = true)]
async fn a_refund_gives_back_the_amount_that_was_shown_or_nothing() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let before = everything(&world, &["minji"]).await;
    for amount in [3_000, 9_899, 9_901, 0] {
        let answer = refund(&world, amount).await;
        assert_eq!(refusal(&answer), (409, "another-amount", Some(9_900)), "{amount}");
    }
    assert_eq!(everything(&world, &["minji"]).await, before);

    let imp_uid = world.payments("minji").await[0].imp_uid.to_string();
    let part = json!({"imp_uid": imp_uid, "amount": 3_000});
    behind_our_back(&world, Method::POST, "/payments/cancel", part).await;
    world.settle().await;
    assert_eq!(refusal(&refund(&world, 9_900).await), (409, "another-amount", Some(6_900)));
    let rest = refund(&world, 6_900).await;
    assert_eq!((rest.status, &rest.body["refunded"]), (200, &json!(9_900)), "{rest:?}");
    assert_eq!(refusal(&refund(&world, 6_900).await), (409, "another-amount", Some(0)));
    assert_eq!(refusal(&refund(&world, 0).await), (409, "another-amount", Some(0)));
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_review_settles_the_money_that_was_shown_or_nothing() {
    let (world, _) = contradiction().await;
    let review = review(&world).await;
    assert_eq!(review["amount"], 9_900);
    let path = format!("/admin/reviews/{}/resolve", review["id"].as_str().unwrap());
    let resolve = async |body| world.post(&path, "admin", body).await;
    let before = everything(&world, &["minji"]).await;
    for action in ["accept", "refund", "look_again"] {
        let answer = resolve(json!({"action": action, "amount": 3_000, "reason": "확인"})).await;
        assert_eq!(refusal(&answer), (409, "review-of-another-amount", Some(9_900)), "{action}");
    }
    for (body, field) in [
        (json!({"action": "accept"}), "amount"),
        (json!({"action": "refund", "reason": "확인"}), "amount"),
        (json!({"action": "refund", "amount": 9_900}), "reason"),
        (json!({"action": "refund", "amount": 9_900, "reason": "  "}), "reason"),
    ] {
        let answer = resolve(body).await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!(field)), "{answer:?}");
    }
    assert_eq!(everything(&world, &["minji"]).await, before);

    let body = json!({"action": "refund", "amount": 9_900, "reason": "중복 결제"});
    assert_eq!(resolve(body).await.status, 200);
    world.settle().await;
    let member = world.get("/admin/members/minji", "admin").await.body;
    let acts = member["journal"].as_array().unwrap().iter();
    let act = acts.clone().find(|entry| entry["type"] == "resolved_review").unwrap();
    assert_eq!((&act["by"], &act["details"]["reason"]), (&json!("admin"), &json!("중복 결제")));
}

#[tokio::test(start_paused = true)]
async fn the_button_ends_whom_it_was_shown_and_nobody_else() {
    let world = World::with("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    for uid in ["minji", "jiwoo", "hana"] {
        world.subscribe(uid).await;
    }
    world.cancel("minji").await;
    world.cancel("jiwoo").await;
    set_card(&world, "expired");
    world.until("2026-03-01T02:00").await;
    let shown = world.would_end().await.body;
    assert_eq!(
        (named(&shown, "revocations"), &shown["more"]),
        (vec!["jiwoo".into(), "minji".into()], &json!(0))
    );

    // Meanwhile the grace of another is over, and somebody else ends one of those shown.
    world.until("2026-03-08T02:00").await;
    assert_eq!(named(&world.end(&["jiwoo"]).await.body, "revocations"), ["jiwoo"]);
    let done = world.end(&["minji", "jiwoo", "nobody"]).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(named(&done.body, "revocations"), ["minji"]);
    assert_eq!(named(&done.body, "not_over"), ["jiwoo", "nobody"]);
    assert_eq!(done.body["left"], json!([]));
    assert!(world.may_enter("hana"), "hana was not shown");
    assert_eq!(named(&world.would_end().await.body, "revocations"), ["hana"]);
}

#[tokio::test(start_paused = true)]
async fn the_button_is_told_whom_and_not_too_many() {
    let world = World::with("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-03-01T02:00").await;
    let many: Vec<String> = (0..201).map(|number| format!("member-{number}")).collect();
    for body in [
        json!({"dry_run": false}),
        json!({"dry_run": false, "uids": null}),
        json!({"dry_run": false, "uids": many}),
        json!({"dry_run": true, "uids": ["minji"]}),
        json!({"dry_run": true, "uids": []}),
    ] {
        let answer = world.post("/admin/cancellations/process", "admin", body).await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!("uids")), "{answer:?}");
    }
    let nobody = world.end(&[]).await;
    assert_eq!((nobody.status, &nobody.body["revocations"]), (200, &json!([])));
    assert!(world.may_enter("minji"));
}

#[tokio::test(start_paused = true)]
async fn who_was_shown_and_there_was_no_time_for_is_named_as_left() {
    let world = World::with("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    let uids: Vec<String> = (0..10).map(|number| format!("member-{number}")).collect();
    for uid in &uids {
        world.subscribe(uid).await;
        world.cancel(uid).await;
    }
    world.until("2026-03-01T02:00").await;
    // Each write takes so long that the button's time is over before the last are begun with.
    let clock = world.stack.clock.clone();
    world.hosts.intercept(Arc::new(move |request, host| {
        let target = request.headers().get("x-amz-target").and_then(|it| it.to_str().ok());
        if target.is_some_and(|target| target.ends_with("TransactWriteItems")) {
            clock.move_to(clock.now() + SignedDuration::from_secs(16)).unwrap();
        }
        Box::pin(async move { Ok(host(request).await) })
    }));
    let done = world.end(&uids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    world.hosts.clear();
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(done.body["not_over"], json!([]));
    let (ended, left) = (named(&done.body, "revocations"), named(&done.body, "left"));
    assert!(!left.is_empty(), "{done:?}");
    assert_eq!(ended.len() + left.len(), uids.len());
    assert_eq!(named(&world.press().await.body, "revocations"), left, "pressed again it goes on");
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_shown_with_a_date_is_refused_once_another_period_is_paid() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    // The dialog is opened in the morning, the card is charged at ten.
    let shown = world.subscription("minji").await["paid_through"].clone();
    world.until("2026-02-28T12:00").await;
    let cancel = async |date: &Value| {
        world.post("/subscription/cancel", "minji", json!({"paid_through": date})).await
    };
    assert_eq!(refusal(&cancel(&shown).await), (409, "another-date", None));
    assert_eq!(world.subscription("minji").await["state"], "active");
    let now = cancel(&json!("2026-03-31")).await;
    assert_eq!((now.status, &now.body["state"]), (200, &json!("cancelling")), "{now:?}");
    assert_eq!(cancel(&json!("2026-03-31")).await.status, 200);
    let nonsense = cancel(&json!("soon")).await;
    assert_eq!(refusal(&nonsense), (400, "malformed-request", None));
}

#[tokio::test(start_paused = true)]
async fn a_checkout_shown_with_a_price_is_refused_when_it_costs_another() {
    let world = World::at("2026-01-31T15:30").await;
    let open = async |price: u64| {
        let consent = json!({"version": "2026-01", "price": price});
        world.post("/checkout", "minji", json!({"plan": "monthly", "consent": consent})).await
    };
    assert_eq!(refusal(&open(8_900).await), (422, "another-price", None));
    assert_eq!(world.subscription("minji").await["state"], "none");
    assert_eq!(open(9_900).await.status, 201);
}

async fn act(world: &World, uid: &str, what: &str, mut body: Value) -> Answer {
    body["act"] = json!(what);
    world.post(&format!("/admin/members/{uid}/acts"), "admin", body).await
}

#[tokio::test(start_paused = true)]
async fn an_admin_cancels_for_a_member_and_takes_it_back_and_the_journal_says_who_and_why() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let call = json!({"reason": "전화로 요청", "shown": "2026-02-28"});
    let answer = act(&world, "minji", "cancel", call.clone()).await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("cancelling")), "{answer:?}");
    assert_eq!(world.standing(), [], "nothing will be charged");
    assert_eq!(world.subscription("minji").await["state"], "cancelling");
    world.wait(1).await;
    let again = act(&world, "minji", "cancel", call).await;
    assert_eq!((again.status, &again.body), (200, &answer.body), "asked again it changes nothing");

    world.wait(1).await;
    let back = act(&world, "minji", "resume", json!({"reason": "마음을 바꿈"})).await;
    assert_eq!((back.status, &back.body["state"]), (200, &json!("active")), "{back:?}");
    assert_eq!(act(&world, "minji", "resume", json!({"reason": "또"})).await.status, 200);
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
    world.settle().await;

    let member = world.get("/admin/members/minji", "admin").await.body;
    let acts: Vec<_> = happened(&member).into_iter().filter(|(_, by)| by.is_some()).collect();
    let by_admin = |what: &str| (what.to_owned(), Some("admin".to_owned()));
    assert_eq!(acts, [by_admin("did resumed"), by_admin("did cancelled")]);
    let why = member["journal"].as_array().unwrap().iter();
    let why: Vec<_> = why.filter_map(|entry| entry["details"]["reason"].as_str()).collect();
    assert_eq!(why, ["마음을 바꿈", "전화로 요청"]);
    let told = world.stack.bus.events();
    for name in ["cancel_requested", "resumed"] {
        let told = told.iter().find(|event| event["detail-type"] == name).unwrap();
        assert_eq!(told["detail"]["by"], "admin", "{told}");
    }
    world.wait(45).await;
    assert_eq!((world.counted("cancel_requested"), world.counted("resumed")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_member_does_is_announced_without_an_admin() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.settle().await;
    let told = world.stack.bus.events();
    let told = told.iter().find(|event| event["detail-type"] == "cancel_requested").unwrap();
    assert_eq!(told["detail"].get("by"), None, "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_for_a_member_needs_a_reason_and_something_to_cancel() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.checkout("hana").await;
    let why = json!({"reason": "전화로 요청"});
    for (uid, body, expected) in [
        ("nobody", why.clone(), (404, "no-such-member", None)),
        ("minji", json!({}), (400, "malformed-request", None)),
        ("minji", json!({"reason": ""}), (400, "malformed-request", None)),
        ("minji", json!({"reason": " \n"}), (400, "malformed-request", None)),
        ("minji", json!({"reason": "가".repeat(101)}), (400, "malformed-request", None)),
        ("minji", json!({"reason": "전화", "shown": "2026-03-28"}), (409, "another-date", None)),
    ] {
        assert_eq!(refusal(&act(&world, uid, "cancel", body.clone()).await), expected, "{body}");
    }
    for uid in ["minji", "hana"] {
        let answer = act(&world, uid, "resume", json!({"reason": ""})).await;
        assert_eq!(refusal(&answer), (400, "malformed-request", None));
    }
    for what in ["cancel", "resume"] {
        let asked = json!({"act": what, "reason": "전화로 요청"});
        let answer = world.post("/admin/members/minji/acts", "minji", asked).await;
        assert_eq!(refusal(&answer), (403, "admins-only", None));
    }
    assert_eq!(world.subscription("minji").await["state"], "active");
    let journal = world.get("/admin/members/minji", "admin").await.body;
    assert!(happened(&journal).iter().all(|(_, by)| by.is_none()));

    world.cancel("minji").await;
    world.until("2026-03-01T01:00").await;
    for (what, kind) in [("cancel", "no-subscription"), ("resume", "too-late-to-resume")] {
        let answer = act(&world, "minji", what, why.clone()).await;
        assert_eq!(refusal(&answer), (409, kind, None));
    }
    let ended = world.subscription("minji").await["ended_at"].clone();
    assert_eq!(ended, moment("2026-03-01T00:10").to_string());
}
