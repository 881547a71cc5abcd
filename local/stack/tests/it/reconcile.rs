//! Our books against Iamport's: each difference made by hand behind our back, seen, and put right.

use crate::declines::set_card;
use crate::reviews::{resolve, review};
use crate::world::{World, payment};
use billing::{Announcement, Change, Charge, ClosedState, ImpUid, MerchantUid, News, Order};
use gudok_local::faults::Fault;
use gudok_local::wire::Host;
use http::{Method, Request};
use http_body_util::BodyExt;
use ledger::BookedPayment;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

/// A call of the V1 API behind our back, as a person at the console or another program makes it.
pub async fn behind_our_back(world: &World, method: Method, path: &str, body: Value) -> Value {
    let token = call(
        world,
        Method::POST,
        "/users/getToken",
        None,
        json!({
            "imp_key": "local_key", "imp_secret": "local_secret",
        }),
    )
    .await;
    let token = token["response"]["access_token"].as_str().unwrap().to_owned();
    let answer = call(world, method, path, Some(&token), body).await;
    assert_eq!(answer["code"], 0, "{path}: {answer}");
    answer["response"].clone()
}

async fn call(
    world: &World,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Value,
) -> Value {
    let mut request =
        Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
    let answer = world.stack.partners().oneshot(request).await.unwrap();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

/// Reconciles these days; gives the kinds that were found, and whether all were mended.
pub async fn reconcile(
    world: &World,
    from: &str,
    to: &str,
    dry_run: bool,
) -> (Vec<String>, Vec<bool>) {
    let body = json!({"from": from, "to": to, "dry_run": dry_run});
    let answer = world.reconcile(body).await;
    assert_eq!((answer.status, &answer.body["part"]), (200, &Value::Null), "{answer:?}");
    let findings = answer.body["findings"].as_array().unwrap().clone();
    let counted: u64 =
        answer.body["found"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(u64::try_from(findings.len()).unwrap(), counted);
    (
        findings.iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect(),
        findings.iter().map(|it| it["mended"].as_bool().unwrap()).collect(),
    )
}

/// A dry run says this and changes nothing; a real one puts it right; a third finds nothing.
async fn found_mended_and_gone(world: &World, from: &str, to: &str, kinds: &[&str]) {
    let before = everything(world).await;
    let (seen, mended) = reconcile(world, from, to, true).await;
    assert_eq!((seen, mended), (owned(kinds), vec![false; kinds.len()]), "a dry run");
    assert_eq!(everything(world).await, before, "a dry run changes nothing");
    let (seen, mended) = reconcile(world, from, to, false).await;
    assert_eq!((seen, mended), (owned(kinds), vec![true; kinds.len()]), "a real run");
    assert_eq!(reconcile(world, from, to, false).await, (vec![], vec![]), "a second run");
    world.settle().await;
    assert!(world.news().contains(&"reconciled".to_owned()));
    assert_eq!(left_to_people(world), [""; 0]);
}

/// The member and what Iamport holds.
async fn everything(world: &World) -> Value {
    let mut member = world.get("/admin/members/minji", "admin").await.body;
    member["subscription"].as_object_mut().unwrap().remove("due_at");
    json!([
        member,
        world.stack.iamport.schedules(),
        world.stack.iamport.payments(),
        world.stack.iamport.customers(),
        world.news(),
    ])
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The one schedule that stands, whole.
fn standing(world: &World) -> Value {
    let schedules = serde_json::to_value(world.stack.iamport.schedules()).unwrap();
    let standing = |schedule: &&Value| schedule["schedule_status"] == "scheduled";
    schedules.as_array().unwrap().iter().find(standing).unwrap().clone()
}

fn lose_every_webhook(world: &World) {
    let fault = json!({"webhooks": "lost", "count": 100});
    world.stack.iamport.inject(serde_json::from_value(fault).unwrap()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_found_in_a_quiet_month() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-03-10T12:00").await;
    for (dry_run, noted) in [(true, 0), (false, 1)] {
        assert_eq!(reconcile(&world, "2026-01-01", "2026-03-10", dry_run).await, (vec![], vec![]));
        let ledger = &world.stack.app.gudok.books.ledger;
        let (entries, _) = ledger.journal(&"admin".parse().unwrap(), 10, None).await.unwrap();
        assert_eq!(entries.len(), noted, "who compared is noted");
    }
    assert!(!world.news().contains(&"reconciled".to_owned()));
    assert_eq!(world.standing(), [("2026-03-31 10:00".to_owned(), 9_900)]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_taken_back_at_the_console_is_not_fought_over_but_goes_to_a_person() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let schedule = standing(&world);
    let body = json!({
        "customer_uid": schedule["customer_uid"], "merchant_uid": [schedule["merchant_uid"]],
    });
    behind_our_back(&world, Method::POST, "/subscribe/payments/unschedule", body).await;
    assert_eq!(world.standing(), []);
    found_mended_and_gone(&world, "2026-01-31", "2026-01-31", &["missing_schedule"]).await;
    assert_eq!(world.standing(), [], "a person took it back");
    let review = review(&world).await;
    assert_eq!(review["why"], "schedule_taken_back");
    assert_eq!(resolve(&world, &review, "dismiss").await.status, 200);
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    world.check_books(&["minji"]).await;
}

/// Places a schedule under an order of ours that is closed.
async fn schedule_behind_our_back(world: &World, order: &Value, at: &str) {
    let at = crate::world::moment(at).as_second();
    let body = json!({
        "customer_uid": order["customer_uid"],
        "schedules": [{"merchant_uid": order["merchant_uid"], "schedule_at": at, "amount": 9_900, "name": "월 구독"}],
    });
    behind_our_back(world, Method::POST, "/subscribe/payments/schedule", body).await;
}

/// A member has cancelled, and somebody has placed the schedule again that was taken back with that.
async fn with_a_schedule_of_someone_who_cancelled() -> World {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let first = standing(&world);
    world.cancel("minji").await;
    schedule_behind_our_back(&world, &first, "2026-02-20T10:00").await;
    world
}

#[tokio::test(start_paused = true)]
async fn a_second_schedule_beside_ours_is_taken_back() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let first = standing(&world);
    // The first is revoked by cancelling, and another takes its place; then somebody places it again.
    world.cancel("minji").await;
    world.post("/subscription/resume", "minji", json!({})).await;
    schedule_behind_our_back(&world, &first, "2026-02-28T11:00").await;
    assert_eq!(world.standing().len(), 2);
    found_mended_and_gone(&world, "2026-01-31", "2026-01-31", &["double_schedule"]).await;
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
    world.until("2026-03-01T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_of_someone_who_cancelled_is_taken_back() {
    let world = with_a_schedule_of_someone_who_cancelled().await;
    found_mended_and_gone(&world, "2026-01-31", "2026-01-31", &["orphaned_schedule"]).await;
    assert_eq!(world.standing(), []);
}

#[tokio::test(start_paused = true)]
async fn a_part_of_a_comparison_that_would_begin_late_is_left_to_another_run() {
    let world = with_a_schedule_of_someone_who_cancelled().await;
    let app = &world.stack.app;
    let run = async |deadline: &str| {
        let deadline = crate::world::moment(deadline);
        let done = sweep::handle(app, json!({"sweep": "reconcile"}), deadline).await.unwrap();
        let sweep::Done::Reconciled(report) = done else { panic!() };
        report
    };
    let report = run("2026-01-31T15:40").await;
    assert_eq!((report.next, report.found.len()), (Some(flows::Part::Payments), 0));
    assert_eq!(world.standing().len(), 1, "not yet");
    let events = world.stack.bus.events();
    assert_eq!(events.last().unwrap()["detail"], json!({"sweep": "reconcile", "id": "2026-01-31"}));
    let so_far = world.get("/admin/reconcile/2026-01-31", "admin").await;
    assert_eq!((so_far.status, &so_far.body["part"]), (200, &json!("payments")));
    world.settle().await;
    assert_eq!(world.standing(), [], "the other run has taken it back");
    let over = world.get("/admin/reconcile/2026-01-31", "admin").await;
    assert_eq!((&over.body["part"], &over.body["mended"]), (&Value::Null, &json!(1)));
    let report = run("2026-01-31T15:45").await;
    assert_eq!((report.next, report.found.len()), (None, 0), "a new one");
}

#[tokio::test(start_paused = true)]
async fn schedules_are_compared_in_slices_and_none_falls_between_two() {
    let world = World::with("2026-01-20T15:30", &[("LIST_PAGE", "1")]).await;
    let members: Vec<String> = (0..24).map(|number| format!("member{number:02}")).collect();
    for (number, uid) in members.iter().enumerate() {
        world.subscribe(uid).await;
        // Some are due in one and the same second.
        if number % 3 == 2 {
            world.wait(24 * 60).await;
        }
    }
    let lists = Arc::new(AtomicUsize::new(0));
    let counted = lists.clone();
    world.hosts.inject(Arc::new(move |request| {
        let is_list = request.uri().query().is_some_and(|query| query.contains("schedule_from"));
        counted.fetch_add(usize::from(is_list), Ordering::Relaxed);
        None
    }));
    assert_eq!(reconcile(&world, "2026-01-20", "2026-01-28", false).await, (vec![], vec![]));
    assert!(lists.load(Ordering::Relaxed) > 8, "{lists:?}");
    let standing = serde_json::to_value(world.stack.iamport.schedules()).unwrap();
    let standing = standing.as_array().unwrap().clone();
    assert_eq!(standing.len(), 24);
    // The first, one of the middle and the last are gone.
    for number in [0, 11, 23] {
        let gone: &Value = &standing[number];
        let body =
            json!({"customer_uid": gone["customer_uid"], "merchant_uid": [gone["merchant_uid"]]});
        behind_our_back(&world, Method::POST, "/subscribe/payments/unschedule", body).await;
    }
    let (kinds, mended) = reconcile(&world, "2026-01-28", "2026-01-28", false).await;
    assert_eq!((kinds, mended), (owned(&["missing_schedule"; 3]), vec![true; 3]));
}

#[tokio::test(start_paused = true)]
async fn a_comparison_that_is_over_is_not_made_again_by_an_event_that_comes_twice() {
    let world = with_a_schedule_of_someone_who_cancelled().await;
    let body = json!({"from": "2026-01-31", "to": "2026-01-31", "dry_run": false});
    let made = world.reconcile(body).await;
    assert_eq!(made.body["found"], json!({"orphaned_schedule": 1}), "{made:?}");
    let (told, stored) = (world.news().len(), made.body["stored_at"].clone());
    world.wait(1).await;
    let id = made.body["id"].as_str().unwrap();
    let deadline = crate::world::moment("2026-01-31T15:45");
    let work = json!({"sweep": "reconcile", "id": id});
    let done = sweep::handle(&world.stack.app, work, deadline).await.unwrap();
    let sweep::Done::Reconciled(report) = done else { panic!() };
    assert_eq!((json!(report.stored_at), world.news().len()), (stored, told));
}

#[tokio::test(start_paused = true)]
async fn what_no_reconciliation_is_called_is_not_found() {
    let world = World::at("2026-01-31T15:30").await;
    for id in ["2026-01-31", "01KAQ3X0000000000000000000", &"1".repeat(3_000), "%00", "digest"] {
        let answer = world.get(&format!("/admin/reconcile/{id}"), "admin").await;
        assert_eq!(answer.status, 404, "{id}: {answer:?}");
    }
    let deadline = crate::world::moment("2026-01-31T15:45");
    let work = json!({"sweep": "reconcile", "id": "unknown"});
    assert_eq!(
        sweep::handle(&world.stack.app, work, deadline).await.unwrap(),
        sweep::Done::Nothing
    );
}

#[tokio::test(start_paused = true)]
async fn a_schedule_moved_behind_our_back_is_told() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let path = format!(
        "/subscribe/payments/schedule/{}",
        standing(&world)["merchant_uid"].as_str().unwrap()
    );
    // Also to a day that nobody looks at yet.
    for day in ["2026-02-20T10:00", "2026-04-20T10:00"] {
        let at = crate::world::moment(day).as_second();
        behind_our_back(&world, Method::PUT, &path, json!({"schedule_at": at})).await;
        let found = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
        assert_eq!(found, (owned(&["changed_schedule"]), vec![false]), "{day}");
        assert_eq!(left_to_people(&world), ["changed_schedule"]);
    }
}

/// What the last comparison told people that it left to them.
fn left_to_people(world: &World) -> Vec<String> {
    let events = world.stack.bus.events();
    let told = events.iter().rfind(|event| event["detail-type"] == "reconciled").unwrap();
    let left = told["detail"]["left"].as_array().unwrap();
    left.iter().map(|finding| finding["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refund_at_the_console_whose_webhook_was_lost_is_noted() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.wait(60).await;
    lose_every_webhook(&world);
    give_a_part_back(&world).await;
    world.settle().await;
    assert_eq!(world.payments("minji").await[0].refunded.get(), 0);
    found_mended_and_gone(&world, "2026-01-31", "2026-01-31", &["unrecorded_refund"]).await;
    assert_eq!(world.payments("minji").await[0].refunded.get(), 3_000);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_refund_at_the_console_is_noted_however_old_the_payment_is() {
    // In part and in full, ten days and three periods after it was paid.
    for (amount, day) in [(3_000, "2026-02-10"), (9_900, "2026-02-10"), (3_000, "2026-04-25")] {
        let world = World::at("2026-01-31T15:30").await;
        world.subscribe("minji").await;
        world.until(&format!("{day}T12:00")).await;
        lose_every_webhook(&world);
        let imp_uid = world.payments("minji").await[0].imp_uid.to_string();
        let body = json!({"imp_uid": imp_uid, "amount": amount});
        behind_our_back(&world, Method::POST, "/payments/cancel", body).await;
        world.settle().await;
        assert_eq!(world.payments("minji").await[0].refunded.get(), 0);
        world.wait(24 * 60).await;
        assert_eq!(world.payments("minji").await[0].refunded.get(), amount, "{day}");
        world.check_books(&["minji"]).await;
    }
}

/// A part of the first payment is given back at the console.
async fn give_a_part_back(world: &World) {
    let imp_uid = world.payments("minji").await[0].imp_uid.to_string();
    let body = json!({"imp_uid": imp_uid, "amount": 3_000});
    behind_our_back(world, Method::POST, "/payments/cancel", body).await;
}

#[tokio::test(start_paused = true)]
async fn a_refund_at_the_console_is_noted_however_young_the_payment_is() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    lose_every_webhook(&world);
    give_a_part_back(&world).await;
    found_mended_and_gone(&world, "2026-01-31", "2026-01-31", &["unrecorded_refund"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_list_of_what_was_given_back_long_ago_can_wait_for_the_next_night_and_the_latest_cannot()
{
    for (silent, part) in [(0, Some("payments")), (1, None), (3, None)] {
        let world = World::at("2026-01-31T15:30").await;
        world.subscribe("minji").await;
        lose_every_webhook(&world);
        give_a_part_back(&world).await;
        // Each list once more where it was not answered, so counted by its dates.
        let lists = Mutex::new(Vec::new());
        world.hosts.inject(Arc::new(move |request| {
            let asked = request.uri().to_string();
            if !asked.contains("/payments/status/cancelled") {
                return None;
            }
            let mut lists = lists.lock().unwrap();
            let place = lists.iter().position(|list| *list == asked).unwrap_or_else(|| {
                lists.push(asked);
                lists.len() - 1
            });
            if place == silent { Some(Fault::status(500)) } else { None }
        }));
        let body = json!({"from": "2026-01-31", "to": "2026-01-31", "dry_run": false});
        let answer = world.reconcile(body).await;
        let at = answer.body["part"].as_str();
        assert_eq!((answer.status, at), (200, part), "{silent}: {answer:?}");
        // What was compared before stands: the payment was begun on that day too.
        assert_eq!(world.payments("minji").await[0].refunded.get(), 3_000, "{silent}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_iamport_made_by_itself_under_a_dead_order_is_recorded() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let schedule = standing(&world);
    set_card(&world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.subscription("minji").await["state"], "past_due");
    // Iamport's recovery charges the declined order, and nobody hears of it.
    set_card(&world, "approve");
    lose_every_webhook(&world);
    let path = format!(
        "/subscribe/payments/schedule/{}/retry",
        schedule["merchant_uid"].as_str().unwrap()
    );
    behind_our_back(&world, Method::POST, &path, json!({})).await;
    // Its webhook may still be on the way.
    world.wait(9).await;
    assert_eq!(reconcile(&world, "2026-02-28", "2026-02-28", true).await, (vec![], vec![]));
    world.wait(1).await;
    assert_eq!(world.subscription("minji").await["state"], "past_due");
    found_mended_and_gone(&world, "2026-02-28", "2026-02-28", &["unrecorded_payment"]).await;
    assert_eq!(world.subscription("minji").await["state"], "active");
    world.check_books(&["minji"]).await;
}

/// The billing keys at Iamport.
fn keys(world: &World) -> Vec<String> {
    world.stack.iamport.customers().into_iter().map(|(customer, _)| customer.customer_uid).collect()
}

#[tokio::test(start_paused = true)]
async fn a_key_that_nothing_refers_to_is_deleted() {
    let world = World::at("2026-01-31T10:00").await;
    world.subscribe("minji").await;
    let [old] = <[_; 1]>::try_from(keys(&world)).unwrap();
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    world.window(&opened, json!({})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 200);
    world.wait(2).await;
    let [new] = <[_; 1]>::try_from(keys(&world)).unwrap();
    assert_ne!(new, old);
    let card = json!({
        "card_number": "4242-4242-4242-4242", "expiry": "2030-12", "birth": "900101",
        "pwd_2digit": "00", "pg": "html5_inicis.INIBillTst",
    });
    let path = format!("/subscribe/customers/{old}");
    behind_our_back(&world, Method::POST, &path, card).await;
    assert_eq!(keys(&world).len(), 2);
    let found = reconcile(&world, "2026-01-31", "2026-01-31", true).await;
    assert_eq!(found, (vec![], vec![]), "a run may still be about to delete it");
    world.wait(10).await;
    found_mended_and_gone(&world, "2026-01-31", "2026-01-31", &["orphaned_key"]).await;
    assert_eq!(keys(&world), [new]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_still_waited_for_is_left_alone() {
    let world = World::at("2026-01-31T10:00").await;
    world.subscribe("minji").await;
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    lose_every_webhook(&world);
    world.window(&opened, json!({})).await;
    assert_eq!(keys(&world).len(), 2);
    // Nothing rang since, and nobody looked.
    world.stack.clock.move_to(crate::world::moment("2026-01-31T10:30")).unwrap();
    assert_eq!(reconcile(&world, "2026-01-31", "2026-01-31", true).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_still_to_be_deleted_is_left_to_the_loop() {
    let world = World::at("2026-01-31T10:00").await;
    world.subscribe("minji").await;
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    world.hosts.inject(Arc::new(|request| {
        if request.method() == Method::DELETE { Some(Fault::status(500)) } else { None }
    }));
    world.window(&opened, json!({})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 200);
    world.wait(15).await;
    assert_eq!(keys(&world).len(), 2);
    assert_eq!(reconcile(&world, "2026-01-31", "2026-01-31", true).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_placed_since_iamport_listed_them_is_not_missing() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.hosts.intercept(Arc::new(|request: Request<bytes::Bytes>, host: Host| {
        Box::pin(async move {
            let lists = request.method() == Method::GET
                && request.uri().path() == "/subscribe/payments/schedule";
            let answer = host(request).await;
            if !lists {
                return Ok(answer);
            }
            let mut page: Value = serde_json::from_slice(answer.body())?;
            page["response"]["list"] = json!([]);
            Ok(http::Response::new(page.to_string().into()))
        })
    }));
    assert_eq!(reconcile(&world, "2026-01-31", "2026-01-31", false).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_is_still_being_placed_is_not_missing() {
    let world = World::at("2026-01-31T15:30").await;
    world.hosts.inject(Arc::new(|request| {
        let places = request.method() == Method::POST
            && request.uri().path() == "/subscribe/payments/schedule";
        if places { Some(Fault::NotSent) } else { None }
    }));
    world.subscribe("minji").await;
    assert_eq!(world.standing(), []);
    assert_eq!(reconcile(&world, "2026-01-31", "2026-01-31", true).await, (vec![], vec![]));
    world.hosts.clear();
    world.wait(30).await;
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_of_which_iamport_knows_nothing_is_mended_by_another() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let lost = standing(&world)["merchant_uid"].as_str().unwrap().to_owned();
    world.hosts.intercept(Arc::new(move |request: Request<bytes::Bytes>, host: Host| {
        let path = request.uri().path().to_owned();
        let lists = request.method() == Method::GET && path == "/subscribe/payments/schedule";
        let looks = request.method() == Method::GET && path.ends_with(&lost);
        Box::pin(async move {
            let mut answer = host(request).await;
            if lists {
                let mut page: Value = serde_json::from_slice(answer.body())?;
                page["response"]["list"] = json!([]);
                return Ok(http::Response::new(page.to_string().into()));
            }
            if looks {
                *answer.status_mut() = http::StatusCode::NOT_FOUND;
                *answer.body_mut() = json!({"code": -1, "message": "없습니다.", "response": null})
                    .to_string()
                    .into();
            }
            Ok(answer)
        })
    }));
    let found = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    assert_eq!(found, (owned(&["missing_schedule"]), vec![true]));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_has_just_run_is_not_missing() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:59").await;
    lose_every_webhook(&world);
    world.until("2026-02-28T10:01").await;
    assert_eq!(world.stack.iamport.charges().len(), 2);
    assert_eq!(world.payments("minji").await.len(), 1, "nobody has heard of it");
    assert_eq!(reconcile(&world, "2026-02-28", "2026-02-28", true).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn money_under_a_cards_registration_is_found_and_goes_to_a_person() {
    let world = World::at("2026-01-31T10:00").await;
    world.subscribe("minji").await;
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    world.wait(3 * 60).await;
    lose_every_webhook(&world);
    let mut tampered = opened.clone();
    tampered["request_pay"].as_object_mut().unwrap().remove("customer_uid");
    world.window(&tampered, json!({})).await;
    let ask = |dry_run| reconcile(&world, "2026-01-31", "2026-01-31", dry_run);
    world.wait(9).await;
    assert_eq!(ask(true).await, (vec![], vec![]), "its webhook may still be on the way");
    world.wait(1).await;
    assert_eq!(ask(true).await, (owned(&["unrecorded_payment"]), vec![false]));
    assert_eq!(world.get("/admin/reviews", "admin").await.body["reviews"], json!([]));
    assert_eq!(ask(false).await, (owned(&["unrecorded_payment"]), vec![true]));
    let reviews = world.get("/admin/reviews", "admin").await.body;
    assert_eq!(reviews["reviews"].as_array().unwrap().len(), 1);
    assert_eq!(ask(true).await, (vec![], vec![]), "a person knows");
}

#[tokio::test(start_paused = true)]
async fn a_card_registered_long_after_its_window_was_given_up_is_taken() {
    let world = World::at("2026-01-31T10:00").await;
    world.subscribe("minji").await;
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    world.wait(3 * 60).await;
    lose_every_webhook(&world);
    world.window(&opened, json!({})).await;
    world.wait(30).await;
    assert_eq!(keys(&world).len(), 2, "nobody looks at what was given up");
    found_mended_and_gone(&world, "2026-01-31", "2026-01-31", &["orphaned_key"]).await;
    assert_eq!(keys(&world).len(), 1);
    assert!(world.news().contains(&"card_changed".to_owned()));
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
}

#[tokio::test(start_paused = true)]
async fn a_payment_under_an_id_of_ours_that_no_order_has_is_told_and_left() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let key = standing(&world)["customer_uid"].clone();
    let strange = "pay-01KFA0000000000000000000ZZ-0-0";
    let body = json!({
        "customer_uid": key, "merchant_uid": strange, "amount": 9_900, "name": "월 구독",
    });
    behind_our_back(&world, Method::POST, "/subscribe/payments/again", body).await;
    for dry_run in [true, false, false] {
        let found = reconcile(&world, "2026-01-31", "2026-01-31", dry_run).await;
        assert_eq!(found, (owned(&["unknown_order"]), vec![false]));
    }
    assert_eq!(world.payments("minji").await.len(), 1);
}

/// Books a payment that never was at Iamport.
async fn record_a_payment_of_nobody(world: &World) {
    let ledger = &world.stack.app.gudok.books.ledger;
    let read = ledger.stored(&"minji".parse().unwrap()).await.unwrap().unwrap();
    let mut subscription = read.clone();
    let paid = world.payments("minji").await.remove(0);
    let imp_uid: ImpUid = "imps_999999999999".parse().unwrap();
    let MerchantUid::Charge { subscription: id, period, .. } = paid.merchant_uid else {
        panic!("{paid:?}");
    };
    let merchant_uid = MerchantUid::Charge { subscription: id, period, attempt: 9 };
    let closed = ClosedState::Paid { imp_uid: imp_uid.clone() };
    let charge = Charge { merchant_uid, ..subscription.charges[0].with(closed.into()) };
    let payment = payment(&BookedPayment { imp_uid: imp_uid.clone(), merchant_uid, ..paid });
    let amount = payment.receipt().amount();
    let (paid_through, recovered) = (payment.period_end(), false);
    subscription.outbox.push(Announcement {
        id: format!("{id}-{}-0", subscription.version),
        at: payment.receipt().paid_at(),
        uid: subscription.uid.clone(),
        subscription: id,
        by: None,
        news: News::Paid {
            imp_uid,
            amount,
            paid_through,
            recovered,
            recovered_from: None,
            plan: None,
        },
    });
    let order = Order::Charge { uid: subscription.uid.clone(), charge };
    let booked = Change { orders: vec![order], payment: Some(payment), ..Change::of(subscription) };
    ledger.commit(Some(&read), &booked).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_payment_of_ours_that_iamport_does_not_know_is_told() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    record_a_payment_of_nobody(&world).await;
    let found = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    assert_eq!(found, (owned(&["missing_at_iamport"]), vec![false]));
    assert_eq!(world.payments("minji").await.len(), 2, "what we hold is never taken away");
}

#[tokio::test(start_paused = true)]
async fn the_night_puts_right_what_nobody_asked_about() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let first = standing(&world);
    world.cancel("minji").await;
    world.post("/subscription/resume", "minji", json!({})).await;
    schedule_behind_our_back(&world, &first, "2026-02-28T11:00").await;
    world.until("2026-02-01T00:35").await;
    assert_eq!(world.standing().len(), 2);
    world.until("2026-02-01T00:45").await;
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
    assert!(world.slack().contains(&"🧾 대사 결과".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn only_an_admin_reconciles_and_only_days_that_can_be() {
    let world = World::at("2026-11-30T15:30").await;
    let ask = |from: &str, to: &str| json!({"from": from, "to": to, "dry_run": true});
    let refused = [
        ("minji", ask("2026-11-01", "2026-11-30"), 403, "admins-only"),
        ("admin", ask("2026-11-30", "2026-11-29"), 422, "bad-range"),
        ("admin", ask("2026-11-30", "2026-12-01"), 422, "bad-range"),
        ("admin", ask("2026-09-01", "2026-11-30"), 422, "bad-range"),
        ("admin", json!({"from": "2026-11-01", "to": "2026-11-30"}), 400, "malformed-request"),
        ("admin", ask("2026-11-31", "2026-11-31"), 400, "malformed-request"),
    ];
    for (who, body, status, problem) in refused {
        let answer = world.post("/admin/reconcile", who, body.clone()).await;
        let kind = json!(format!("/problems/{problem}"));
        assert_eq!((answer.status, &answer.body["type"]), (status, &kind), "{body}");
    }
    assert_eq!(reconcile(&world, "2026-09-02", "2026-11-30", true).await, (vec![], vec![]));
}
