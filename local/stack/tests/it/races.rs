//! Two at once.

use crate::world::World;
use gudok_local::faults::Fault;
use serde_json::{Value, json};

const TWO_PLANS: &str = r#"[{"id": "monthly", "name": "월 구독", "price": 9900},
    {"id": "premium", "name": "고급 구독", "price": 19900}]"#;

#[tokio::test(start_paused = true)]
async fn the_callback_and_the_webhook_at_the_same_moment_charge_once() {
    for order in [0, 1] {
        let world = World::at("2026-01-31T15:30").await;
        let opened = world.checkout("minji").await;
        let told = world.window(&opened, json!({"webhook": "lost"})).await;
        let (imp_uid, merchant_uid) =
            (told["imp_uid"].as_str().unwrap(), told["merchant_uid"].as_str().unwrap());
        if order == 0 {
            let (answer, status) = tokio::join!(
                world.complete("minji", &opened),
                world.webhook(imp_uid, merchant_uid)
            );
            assert!([200, 202].contains(&answer.status) && status == 200, "{answer:?} {status}");
        } else {
            let (status, answer) = tokio::join!(
                world.webhook(imp_uid, merchant_uid),
                world.complete("minji", &opened)
            );
            assert!([200, 202].contains(&answer.status) && status == 200, "{answer:?} {status}");
        }
        world.wait(20).await;
        assert_eq!(world.subscription("minji").await["state"], "active");
        assert_eq!(world.stack.iamport.charges().len(), 1);
        assert_eq!(world.standing().len(), 1);
        world.check_books(&["minji"]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn five_clicks_on_complete_charge_once() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"webhook": "lost"})).await;
    let click = || world.complete("minji", &opened);
    let _ = tokio::join!(click(), click(), click(), click(), click());
    world.wait(20).await;
    assert_eq!(world.stack.iamport.charges().len(), 1);
    assert_eq!(world.standing().len(), 1);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn two_tabs_that_both_register_a_card_make_one_subscription_and_leave_one_key() {
    let world = World::at("2026-01-31T15:30").await;
    let (first, second) = (world.checkout("minji").await, world.checkout("minji").await);
    assert_ne!(first["merchant_uid"], second["merchant_uid"]);
    world.window(&second, json!({})).await;
    world.window(&first, json!({})).await;
    assert_eq!(world.complete("minji", &first).await.status, 200);
    assert_eq!(world.complete("minji", &second).await.status, 200);
    world.wait(20).await;
    assert_eq!(world.stack.iamport.charges().len(), 1);
    assert_eq!(world.stack.iamport.customers().len(), 1);
    assert_eq!(world.standing().len(), 1);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_tab_in_which_the_card_was_entered_says_what_is_charged() {
    let world = World::with("2026-01-31T15:30", &[("PLANS", TWO_PLANS)]).await;
    let open = async |plan: &str| {
        let body = json!({"plan": plan, "consent": {"version": "2026-01"}});
        world.post("/checkout", "minji", body).await.body
    };
    let monthly = open("monthly").await;
    let premium = open("premium").await;
    assert_eq!(
        (&monthly["request_pay"]["amount"], &premium["request_pay"]["amount"]),
        (&json!(9_900), &json!(19_900))
    );
    world.window(&monthly, json!({})).await;
    let answer = world.complete("minji", &monthly).await;
    assert_eq!((answer.status, &answer.body["plan"]), (200, &json!("monthly")), "{answer:?}");
    let charged: Vec<i64> =
        world.stack.iamport.charges().iter().map(|charge| charge.amount).collect();
    assert_eq!(charged, [9_900]);
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
}

#[tokio::test(start_paused = true)]
async fn a_tab_opened_while_a_card_waits_for_its_charge_does_not_change_the_price() {
    let world = World::with("2026-01-31T15:30", &[("PLANS", TWO_PLANS)]).await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"webhook": "lost"})).await;
    only_the_first_write_arrives(&world);
    assert_eq!(world.complete("minji", &opened).await.status, 503);
    world.hosts.clear();
    let body = json!({"plan": "premium", "consent": {"version": "2026-01"}});
    assert_eq!(world.post("/checkout", "minji", body).await.status, 409);
    world.wait(30).await;
    let charged: Vec<i64> =
        world.stack.iamport.charges().iter().map(|charge| charge.amount).collect();
    assert_eq!(charged, [9_900]);
    assert_eq!(world.subscription("minji").await["plan"], "monthly");
}

/// As if the run died after its first write.
fn only_the_first_write_arrives(world: &World) {
    let writes = std::sync::atomic::AtomicU32::new(0);
    world.hosts.inject(std::sync::Arc::new(move |request| {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let write = target.is_some_and(|target| target.ends_with("TransactWriteItems"));
        let earlier = writes.fetch_add(u32::from(write), std::sync::atomic::Ordering::Relaxed);
        if write && earlier > 0 { Some(Fault::NotSent) } else { None }
    }));
}

#[tokio::test(start_paused = true)]
async fn a_member_who_has_a_subscription_cannot_open_another() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
    let answer = world.post("/checkout", "minji", body).await;
    assert_eq!(
        (answer.status, &answer.body["type"]),
        (409, &json!("/problems/already-subscribed"))
    );
}

#[tokio::test(start_paused = true)]
async fn cancelling_in_the_second_in_which_the_schedule_runs_has_one_of_two_ends_and_never_both() {
    for offset in (-2..=62).step_by(4) {
        let world = World::at("2026-01-31T15:30").await;
        world.subscribe("minji").await;
        world.until("2026-02-28T09:59").await;
        world
            .stack
            .clock
            .move_to(world.stack.clock.now() + jiff::SignedDuration::from_secs(60 + offset))
            .unwrap();
        let now = world.stack.clock.now();
        let (answer, _) = tokio::join!(world.cancel("minji"), world.stack.iamport.run_due(now));
        assert_eq!(answer.status, 200, "{offset}");
        world.wait(60).await;
        assert_eq!(world.standing(), [], "{offset}");
        let payments = world.payments("minji").await;
        let kept = payments.iter().filter(|payment| payment.refunded < payment.amount).count();
        let paid_through = world.subscription("minji").await["paid_through"].clone();
        match kept {
            1 => assert_eq!(paid_through, "2026-02-28", "{offset}"),
            2 => assert_eq!(paid_through, "2026-03-31", "{offset}"),
            other => panic!("{offset}: {other} payments kept"),
        }
        world.check_books(&["minji"]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_sweep_the_webhook_and_the_button_at_once_end_access_once() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.stack.clock.move_to(crate::world::moment("2026-03-01T00:10")).unwrap();
    let press = || world.end(&["minji"]);
    let sweep =
        || sweep::handle(&world.stack.app, json!({"sweep": "nightly"}), jiff::Timestamp::MAX);
    let (_, _, _, _) = tokio::join!(press(), sweep(), press(), sweep());
    world.settle().await;
    assert_eq!(world.subscription("minji").await["state"], "ended");
    let revoked = |news: &&String| *news == "revoked";
    assert_eq!(world.news().iter().filter(revoked).count(), 1, "{:?}", world.news());
    assert_ne!(world.subscription("minji").await["cancel_processed_at"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn the_card_and_the_lease_of_its_charge_are_one_write_and_what_was_charged_is_found_by_the_sweep()
 {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"webhook": "lost"})).await;
    only_the_first_write_arrives(&world);
    assert_eq!(world.complete("minji", &opened).await.status, 503);
    world.hosts.clear();
    // It was charged, and nothing of that could be stored.
    assert_eq!(world.stack.iamport.charges().len(), 1);
    world.wait(30).await;
    assert_eq!(world.subscription("minji").await["state"], "active");
    assert_eq!(world.stack.iamport.charges().len(), 1);
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_two_runs_reopen_does_not_cost_the_card() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"action": "refused", "webhook": "lost"})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 402);
    world.window(&opened, json!({"webhook": "lost"})).await;
    // The second click's run reads the order, and then waits so long for Iamport that the first one's has
    // charged the card before it goes on.
    let asked = std::sync::atomic::AtomicU64::new(0);
    world.hosts.intercept(std::sync::Arc::new(move |request, host| {
        let looks = u64::from(request.uri().path().starts_with("/payments/findAll/reg-"));
        let slow = asked.fetch_add(looks, std::sync::atomic::Ordering::Relaxed) * looks;
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_millis(1 + 2_000 * slow)).await;
            Ok(host(request).await)
        })
    }));
    let click = || world.complete("minji", &opened);
    let (first, second) = tokio::join!(click(), click());
    assert_eq!((first.status, second.status), (200, 200), "{second:?}");
    world.hosts.clear();
    // Nothing is open now that would hold the card.
    assert_eq!(world.cancel("minji").await.status, 200);
    world.wait(20).await;
    assert_eq!(world.stack.iamport.customers().len(), 1);
    world.post("/subscription/resume", "minji", json!({})).await;
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
}

#[tokio::test(start_paused = true)]
async fn who_loses_a_race_looks_again_for_the_schedule_that_was_not_there() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    let told = world.window(&opened, json!({"webhook": "lost"})).await;
    // The browser's run places a schedule slowly; the webhook's run looks for it too early, and then takes
    // its time with the announcement, so that it loses its write.
    world.hosts.intercept(std::sync::Arc::new(|request, host| {
        let slow = match (request.method().as_str(), request.uri().path()) {
            ("POST", "/subscribe/payments/schedule") => 500,
            ("POST", path) if path.starts_with("/event-bridge") => 1_000,
            _ => 0,
        };
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_millis(slow)).await;
            Ok(host(request).await)
        })
    }));
    let (imp_uid, merchant_uid) =
        (told["imp_uid"].as_str().unwrap(), told["merchant_uid"].as_str().unwrap());
    let webhook = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        world.webhook(imp_uid, merchant_uid).await
    };
    let (answer, status) = tokio::join!(world.complete("minji", &opened), webhook);
    assert_eq!((answer.status, status.as_u16()), (200, 200), "{answer:?}");
    world.hosts.clear();
    world.wait(20).await;
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_a_slow_cancellation_took_back_after_it_was_wanted_again_is_placed_anew() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    // The cancellation's call is so slow that the member has taken it back, and the schedule was seen to stand, before
    // it arrives.
    world.hosts.intercept(std::sync::Arc::new(|request, host| {
        let slow = 1_000 * u64::from(request.uri().path() == "/subscribe/payments/unschedule");
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_millis(slow)).await;
            Ok(host(request).await)
        })
    }));
    let resume = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        world.post("/subscription/resume", "minji", json!({})).await
    };
    let (cancelled, resumed) = tokio::join!(world.cancel("minji"), resume);
    assert_eq!((cancelled.status, resumed.status), (200, 200), "{cancelled:?} {resumed:?}");
    world.hosts.clear();
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    assert_eq!(world.get("/admin/reviews", "admin").await.body["reviews"], json!([]));
    world.check_books(&["minji"]).await;
}

/// Access is over, and the run that takes it away dies at access.
async fn dies_telling_access(world: &World, interceptor: gudok_local::wire::Interceptor) {
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.stack.clock.move_to(crate::world::moment("2026-03-01T00:10")).unwrap();
    world.hosts.intercept(interceptor);
    let nightly = json!({"sweep": "nightly"});
    // Whether it says that it failed is not the point.
    sweep::handle(&world.stack.app, nightly, jiff::Timestamp::MAX).await.ok();
    world.hosts.clear();
    assert_eq!(world.subscription("minji").await["state"], "ended");
}

fn tells_access(request: &http::Request<bytes::Bytes>) -> bool {
    request.uri().path().ends_with("accounts:update")
}

#[tokio::test(start_paused = true)]
async fn who_pays_again_after_a_run_died_telling_access_may_enter() {
    let world = World::at("2026-01-31T15:30").await;
    let told = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let interceptor: gudok_local::wire::Interceptor = std::sync::Arc::new(move |request, host| {
        let over = told.fetch_or(tells_access(&request), std::sync::atomic::Ordering::Relaxed);
        Box::pin(async move { if over { Err("it died".into()) } else { Ok(host(request).await) } })
    });
    dies_telling_access(&world, interceptor).await;
    assert!(!world.may_enter("minji"), "access heard it");
    world.subscribe("minji").await;
    world.wait(20).await;
    assert_eq!(world.subscription("minji").await["state"], "active");
    assert!(world.may_enter("minji"));
}

#[tokio::test(start_paused = true)]
async fn a_revocation_that_arrives_late_does_not_keep_out_who_pays_again() {
    let world = World::at("2026-01-31T15:30").await;
    let interceptor: gudok_local::wire::Interceptor = std::sync::Arc::new(|request, host| {
        Box::pin(async move {
            if !tells_access(&request) {
                return Ok(host(request).await);
            }
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_mins(1)).await;
                host(request).await
            });
            Err("the line was cut".into())
        })
    });
    dies_telling_access(&world, interceptor).await;
    assert!(world.may_enter("minji"), "access has heard nothing");
    world.subscribe("minji").await;
    assert_eq!(world.subscription("minji").await["state"], "active");
    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
    assert!(!world.may_enter("minji"), "it was late");
    world.wait(20).await;
    assert!(world.may_enter("minji"));
}
