//! Erasing a member: nothing of the member is left but what the law wants, under no name, and the books still add up.

use crate::reconcile::{behind_our_back, reconcile};
use crate::reviews::{contradiction, resolve, review};
use crate::tables::dynamodb;
use crate::world::{Answer, World, moment};
use gudok_local::faults::Fault;
use gudok_local::wire::Host;
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;

/// All rows of a table.
async fn rows(world: &World, table: &str) -> Vec<Value> {
    let scan = dynamodb(world, "Scan", json!({"TableName": table})).await;
    let rows = scan["Items"].as_array().unwrap().iter();
    // Sums of days are nobody's.
    rows.filter(|row| row["subscription"]["S"] != "figures").cloned().collect()
}

/// The rows, over all tables, in which this text stands anywhere.
async fn mentions(world: &World, text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for table in ["payments", "subscriptions", "orders", "journal", "retained"] {
        found.extend(
            rows(world, table).await.into_iter().filter(|row| row.to_string().contains(text)),
        );
    }
    found
}

/// What is kept of runs: the table has what is counted of all members too, and who looked at whom.
async fn kept(world: &World) -> Vec<Value> {
    let mut rows = rows(world, "retained").await;
    let of = |row: &Value| row["subscription"]["S"].as_str().unwrap().to_owned();
    rows.retain(|row| of(row) != "figures" && !of(row).starts_with("looks-"));
    rows
}

/// What is kept of runs, by kind: what the sort key begins with.
async fn retained(world: &World) -> Vec<String> {
    let rows = kept(world).await;
    let kind =
        |row: &Value| row["record"]["S"].as_str().unwrap().split('#').next().unwrap().to_owned();
    let mut kinds: Vec<String> = rows.iter().map(kind).collect();
    kinds.sort();
    kinds
}

async fn erase(world: &World, uid: &str) -> Answer {
    world.post("/subscription/erase", uid, json!({"paid_through": null})).await
}

async fn erase_for(world: &World, uid: &str, reason: &str) -> Answer {
    let body = json!({"reason": reason, "paid_through": null});
    world.post(&format!("/admin/members/{uid}/erase"), "admin", body).await
}

#[tokio::test(start_paused = true)]
async fn who_leaves_is_gone_within_minutes_but_for_what_the_law_wants() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.subscribe("jisu").await;
    world.until("2026-03-05T15:30").await;
    let body = json!({"paid_through": "2026-03-31"});
    let asked = world.post("/subscription/erase", "minji", body).await;
    assert_eq!((asked.status, &asked.body["state"]), (200, &json!("ended")), "{asked:?}");
    assert_ne!(asked.body["erasure_requested_at"], json!(null));
    assert!(!world.may_enter("minji"), "at once");
    assert_eq!(world.standing().len(), 1, "the other's");
    world.wait(15).await;
    assert!(world.slack().contains(&"👋 회원 탈퇴 신청".to_owned()));
    assert_eq!(mentions(&world, "minji").await, Vec::<Value>::new());
    assert_eq!(world.stack.google.claims("minji"), None, "the account");
    assert_eq!(world.stack.iamport.customers().len(), 1, "the other's billing key");
    let kinds = retained(&world).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "payment").count(), 2);
    assert!(kinds.contains(&"consent".to_owned()) && kinds.contains(&"event".to_owned()));
    for row in kept(&world).await {
        for personal in ["uid", "card_name", "card_number", "receipt_url"] {
            assert_eq!(row[personal], json!(null), "{row}");
        }
        let until: i64 = row["delete_at"]["N"].as_str().unwrap().parse().unwrap();
        let until = jiff::Timestamp::from_second(until).unwrap().to_string();
        assert!(until.starts_with("2031-"), "{until}");
    }
    world.until("2026-06-01T12:00").await;
    assert_eq!(mentions(&world, "minji").await, Vec::<Value>::new(), "and stays so");
    assert_eq!(world.charged_on("jisu").await.len(), 5);
    let told = world.news().iter().filter(|news| *news == "reconciled").count();
    assert_eq!(told, 0, "no night misses anything");
}

#[tokio::test(start_paused = true)]
async fn who_never_paid_leaves_nothing_but_what_was_agreed_to() {
    let world = World::at("2026-01-31T15:30").await;
    world.checkout("minji").await;
    let asked = erase(&world, "minji").await;
    assert_eq!((asked.status, &asked.body["state"]), (200, &json!("none")), "{asked:?}");
    world.wait(30).await;
    assert_ne!(mentions(&world, "minji").await, Vec::<Value>::new(), "a window may still be open");
    world.wait(120).await;
    assert_eq!(mentions(&world, "minji").await, Vec::<Value>::new());
    assert_eq!(retained(&world).await, ["consent", "event"]);
}

#[tokio::test(start_paused = true)]
async fn a_card_that_is_registered_after_the_wish_is_not_charged_and_its_key_goes_too() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    erase(&world, "minji").await;
    world.window(&opened, json!({})).await;
    world.wait(150).await;
    assert_eq!(mentions(&world, "minji").await, Vec::<Value>::new());
    assert_eq!(world.stack.iamport.customers().len(), 0);
    assert_eq!(world.stack.iamport.charges().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn money_that_moves_in_the_second_of_the_wish_is_given_back_before_anything_goes() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:59").await;
    // The schedule runs right before it is taken back.
    let (iamport, at) = (world.stack.iamport.clone(), moment("2026-02-28T10:02"));
    world.hosts.intercept(Arc::new(move |request, host: Host| {
        let iamport = iamport.clone();
        Box::pin(async move {
            if request.uri().path().ends_with("/unschedule") {
                iamport.run_due(at).await.unwrap();
            }
            Ok(host(request).await)
        })
    }));
    erase(&world, "minji").await;
    world.until("2026-02-28T11:00").await;
    let moved = world.stack.iamport.charges();
    let kept = moved.iter().filter(|charge| charge.cancelled_amount < charge.amount).count();
    assert_eq!((moved.len(), kept), (2, 1), "the first month");
    assert_eq!(mentions(&world, "minji").await, Vec::<Value>::new());
}

#[tokio::test(start_paused = true)]
async fn what_a_person_has_to_settle_is_settled_first() {
    let (world, order) = contradiction().await;
    erase(&world, "minji").await;
    world.wait(60).await;
    let open = review(&world).await;
    assert_eq!(open["merchant_uid"], json!(order));
    let again = world
        .post("/checkout", "minji", json!({"plan": "monthly", "consent": {"version": "2026-01"}}))
        .await;
    assert_eq!((again.status, &again.body["type"]), (409, &json!("/problems/being-erased")));
    resolve(&world, &open, "refund").await;
    world.wait(30).await;
    assert_eq!(mentions(&world, "minji").await, Vec::<Value>::new());
    let money = |row: &Value, name: &str| row[name]["N"].as_str().map(ToOwned::to_owned);
    let back = rows(&world, "retained").await.into_iter().filter(|row| {
        money(row, "refunded").is_some_and(|refunded| Some(refunded) == money(row, "amount"))
    });
    assert_eq!(back.count(), 1, "what was given back is kept as that");
}

#[tokio::test(start_paused = true)]
async fn it_cannot_be_taken_back_and_asked_again_it_changes_nothing() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let first = erase(&world, "minji").await;
    let again = erase(&world, "minji").await;
    assert_eq!(first.body["erasure_requested_at"], again.body["erasure_requested_at"]);
    for (path, body) in [
        ("/subscription/resume", json!({})),
        ("/checkout", json!({"plan": "monthly", "consent": {"version": "2026-01"}})),
    ] {
        let refused = world.post(path, "minji", body).await;
        assert_eq!(
            (refused.status, &refused.body["type"]),
            (409, &json!("/problems/being-erased")),
            "{path}"
        );
    }
    assert_eq!(world.post("/subscription/card", "minji", json!({})).await.status, 409);
}

#[tokio::test(start_paused = true)]
async fn the_days_that_are_given_up_are_those_that_were_shown() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let body = json!({"paid_through": "2026-03-31"});
    let refused = world.post("/subscription/erase", "minji", body).await;
    assert_eq!((refused.status, &refused.body["type"]), (409, &json!("/problems/another-date")));
    assert!(world.may_enter("minji"));
}

#[tokio::test(start_paused = true)]
async fn an_old_sign_in_erases_nobody() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let old = world.token("minji");
    world.wait(11).await;
    let request = http::Request::post("/subscription/erase")
        .header("authorization", format!("Bearer {old}"))
        .header("content-type", "application/json")
        .body(axum::body::Body::from("{\"paid_through\":null}"))
        .unwrap();
    let refused = world.raw(request).await;
    assert_eq!((refused.status, &refused.body["type"]), (403, &json!("/problems/sign-in-again")));
    assert!(world.may_enter("minji"));
}

#[tokio::test(start_paused = true)]
async fn an_admin_erases_a_member_and_that_stays_in_the_admins_own_journal() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    assert_eq!(erase_for(&world, "nobody", "전화").await.status, 404);
    let asked = erase_for(&world, "minji", "전화로 요청").await;
    assert_eq!((asked.status, &asked.body["state"]), (200, &json!("ended")), "{asked:?}");
    world.wait(15).await;
    assert_eq!(mentions(&world, "minji").await, Vec::<Value>::new());
    let journal = rows(&world, "journal").await;
    let [act] = journal.as_slice() else { panic!("{journal:?}") };
    assert_eq!((&act["uid"]["S"], &act["type"]["S"]), (&json!("admin"), &json!("erased")));
    assert_eq!(world.get("/admin/members/minji", "admin").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn an_admins_account_is_not_deleted_from_here() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("admin").await;
    for refused in [erase(&world, "admin").await, erase_for(&world, "admin", "전화").await] {
        assert_eq!((refused.status, &refused.body["type"]), (409, &json!("/problems/an-admin")));
    }
    assert!(world.may_enter("admin"));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_broken_off_is_done_again_and_nothing_goes_before_what_is_kept_is_stored() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    erase(&world, "minji").await;
    let whole = mentions(&world, "minji").await.len();
    for operation in [
        "PutItem retained",
        "DeleteItem payments",
        "DeleteItem orders",
        "DeleteItem journal",
        "DeleteItem subscriptions",
    ] {
        let (what, table) = operation.split_once(' ').unwrap();
        world.hosts.inject(Arc::new(move |request| {
            let target = request.headers().get("x-amz-target")?.to_str().ok()?;
            let body = String::from_utf8_lossy(request.body());
            let meant =
                target.ends_with(what) && body.contains(&format!("\"TableName\":\"{table}\""));
            meant.then_some(Fault::NotSent)
        }));
        world.wait(10).await;
        let left = mentions(&world, "minji").await.len();
        assert!(left > 0, "{operation}");
        if what == "PutItem" {
            assert_eq!(left, whole, "nothing is deleted before");
        }
    }
    world.hosts.clear();
    world.wait(10).await;
    assert_eq!(mentions(&world, "minji").await, Vec::<Value>::new());
    assert_eq!(retained(&world).await.iter().filter(|kind| *kind == "payment").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_comparison_knows_what_is_retained_and_notes_what_is_given_back_later() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let paid = world.payments("minji").await[0].clone();
    erase(&world, "minji").await;
    world.wait(15).await;
    assert_eq!(reconcile(&world, "2026-01-31", "2026-01-31", false).await, (vec![], vec![]));
    let cancel = json!({"imp_uid": paid.imp_uid});
    behind_our_back(&world, Method::POST, "/payments/cancel", cancel).await;
    let seen = reconcile(&world, "2026-01-31", "2026-01-31", true).await;
    assert_eq!(seen, (vec!["unrecorded_refund".to_owned()], vec![false]));
    let done = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    assert_eq!(done, (vec!["unrecorded_refund".to_owned()], vec![true]));
    assert_eq!(reconcile(&world, "2026-01-31", "2026-01-31", false).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_key_from_an_old_window_of_somebody_who_is_gone_is_deleted_by_the_comparison() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"action": "close"})).await;
    world.complete("minji", &opened).await;
    erase(&world, "minji").await;
    world.wait(15).await;
    assert_eq!(mentions(&world, "minji").await, Vec::<Value>::new(), "the window was closed");
    world.window(&opened, json!({})).await;
    assert_eq!(world.stack.iamport.customers().len(), 1);
    world.until("2026-02-01T01:00").await;
    assert_eq!(world.stack.iamport.customers().len(), 0);
    assert_eq!(reconcile(&world, "2026-01-31", "2026-01-31", false).await, (vec![], vec![]));
}
