//! Who may sit at the desk, and how much one of them may do alone.

use crate::world::{Answer, World};
use gudok_local::faults::Fault;
use gudok_local::google::Signature;
use http::{Method, Request};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const PRICE: u64 = 9_900;

/// A request with this very token, which a browser may hold for an hour.
async fn with(world: &World, token: &str, method: Method, path: &str, body: Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .body(body.to_string().into())
        .unwrap();
    world.raw(request).await
}

async fn list(world: &World, token: &str) -> u16 {
    with(world, token, Method::GET, "/admin/cancellations", Value::Null).await.status
}

async fn refund(world: &World, token: &str, of: &str) -> Answer {
    let order = world.payments(of).await[0].merchant_uid;
    let body = json!({"amount": PRICE, "reason": "요청"});
    with(world, token, Method::POST, &format!("/admin/payments/{order}/refund"), body).await
}

fn kind(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["type"].as_str().unwrap_or_default())
}

/// An admin's token with something else in it.
fn token_with(world: &World, more: Value) -> String {
    world.token("admin");
    let mut claims = world.stack.google.id_token_claims("admin").unwrap();
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    world.stack.google.sign(&claims, Signature::Genuine).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_admin_who_was_removed_is_out_at_once_whatever_the_token_says() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let token = world.token("admin");
    assert_eq!(list(&world, &token).await, 200);
    let google = &world.stack.google;
    for (way, refused) in [("removed", 403), ("disabled", 401), ("deleted", 401)] {
        match way {
            "removed" => google.replace_claims("admin", Map::new()),
            "disabled" => google.disable("admin"),
            _ => google.delete("admin"),
        }
        .unwrap();
        assert_eq!(list(&world, &token).await, refused, "{way}");
        assert_eq!(refund(&world, &token, "minji").await.status, refused, "{way}");
    }
    assert_eq!(world.payments("minji").await[0].refunded.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_admin_who_was_signed_out_everywhere_signs_in_again() {
    let world = World::at("2026-01-31T15:30").await;
    let token = world.token("admin");
    world.wait(1).await;
    world.stack.google.revoke_sessions("admin", world.stack.clock.now()).unwrap();
    assert_eq!(list(&world, &token).await, 401);
    assert_eq!(list(&world, &world.token("admin")).await, 200);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_an_admin_while_google_does_not_say_so() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let token = world.token("admin");
    world.hosts.inject(Arc::new(|request| {
        request.uri().path().ends_with("accounts:lookup").then_some(Fault::NotSent)
    }));
    assert_eq!(list(&world, &token).await, 503);
    assert_eq!(refund(&world, &token, "minji").await.status, 503);
    world.hosts.clear();
    assert_eq!(world.payments("minji").await[0].refunded.get(), 0);
    assert_eq!(refund(&world, &token, "minji").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_second_factor_and_a_sign_in_of_today_can_be_asked_for() {
    let policy = r#"{"second_factor": true, "session": "12h", "fresh_sign_in": "10m"}"#;
    let world = World::with("2026-01-31T15:30", &[("ADMIN_POLICY", policy)]).await;
    world.subscribe("minji").await;
    let plain =
        with(&world, &world.token("admin"), Method::GET, "/admin/reviews", Value::Null).await;
    assert_eq!(kind(&plain), (403, "/problems/second-factor-required"));
    let factor = json!({"sign_in_provider": "password", "sign_in_second_factor": "totp"});
    let now = world.stack.google.id_token_claims("admin").unwrap()["iat"].as_i64().unwrap();
    let signed_in =
        |ago: i64| token_with(&world, json!({"firebase": factor.clone(), "auth_time": now - ago}));
    // The account is as old as its sign-ins.
    world.stack.google.delete("admin").unwrap();
    assert_eq!(list(&world, &signed_in(0)).await, 200);
    world.wait(13 * 60).await;
    let now = now + 13 * 3_600;
    let signed_in =
        |ago: i64| token_with(&world, json!({"firebase": factor.clone(), "auth_time": now - ago}));
    let (today, fresh) = (signed_in(11 * 60), signed_in(9 * 60));
    assert_eq!(list(&world, &today).await, 200);
    assert_eq!(kind(&refund(&world, &today, "minji").await), (403, "/problems/sign-in-again"));
    assert_eq!(refund(&world, &fresh, "minji").await.status, 200);
    let long_ago = signed_in(12 * 3_600 + 60);
    let answer = with(&world, &long_ago, Method::GET, "/admin/reviews", Value::Null).await;
    assert_eq!(kind(&answer), (403, "/problems/sign-in-again"));
}

#[tokio::test(start_paused = true)]
async fn an_admins_own_payment_is_another_admins_to_give_back() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("admin").await;
    let answer = refund(&world, &world.token("admin"), "admin").await;
    assert_eq!(kind(&answer), (403, "/problems/own-payment"));
    assert_eq!(world.payments("admin").await[0].refunded.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_admin_gives_back_so_much_a_day_and_no_more() {
    let policy = r#"{"refunds_a_day": 19800}"#;
    let world = World::with("2026-01-31T15:30", &[("POLICY", policy)]).await;
    for member in ["a", "b", "c", "d"] {
        world.subscribe(member).await;
    }
    let token = world.token("admin");
    assert_eq!(refund(&world, &token, "a").await.status, 200);
    // Two at once, of whom one is within it.
    let (one, other) = futures::join!(refund(&world, &token, "b"), refund(&world, &token, "c"));
    let mut both = [kind(&one), kind(&other)];
    both.sort_unstable();
    assert_eq!(both, [(200, ""), (422, "/problems/too-much-refunded")]);
    let given_back = async || {
        let mut sum = 0;
        for member in ["a", "b", "c", "d"] {
            sum += world.payments(member).await[0].refunded.get();
        }
        sum
    };
    assert_eq!(given_back().await, 2 * PRICE);
    world.until("2026-02-01T09:00").await;
    assert_eq!(given_back().await, 2 * PRICE, "what was refused stays refused");
    assert_eq!(refund(&world, &world.token("admin"), "d").await.status, 200);
    world.check_books(&["a", "b", "c", "d"]).await;
}

#[tokio::test(start_paused = true)]
async fn what_an_admin_gives_back_is_told_with_a_name_and_what_goes_back_by_itself_without() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    assert_eq!(refund(&world, &world.token("admin"), "minji").await.status, 200);
    world.settle().await;
    let refunded = |world: &World| {
        let events = world.stack.bus.events();
        events.into_iter().rfind(|event| event["detail-type"] == "refunded").unwrap()
    };
    assert_eq!(refunded(&world)["detail"]["by"], "admin");
    assert!(world.slack().contains(&"💸 관리자 환불 완료".to_owned()), "{:?}", world.slack());
    // Money that moves after a cancellation goes back by itself.
    world.subscribe("jisu").await;
    world.until("2026-02-28T09:59").await;
    world.hosts.inject(Arc::new(|request| {
        request.uri().path().ends_with("/unschedule").then_some(Fault::NotSent)
    }));
    world.cancel("jisu").await;
    world.wait(3).await;
    world.hosts.clear();
    world.wait(60).await;
    assert_eq!(world.payments("jisu").await.len(), 2, "the schedule ran");
    assert_eq!(refunded(&world)["detail"].get("by"), None);
    assert!(world.slack().contains(&"💸 자동 환불 완료".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_brake_stops_new_checkouts_and_nothing_else() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let brake = |paused: bool| {
        world.post(
            "/admin/checkouts",
            "admin",
            json!({"paused": paused, "reason": "카드 도용 의심"}),
        )
    };
    assert_eq!(world.get("/admin/checkouts", "admin").await.body["paused"], false);
    let pulled = brake(true).await;
    assert_eq!((&pulled.body["paused"], &pulled.body["by"]), (&json!(true), &json!("admin")));
    assert_eq!(world.get("/admin/checkouts", "admin").await, pulled, "whoever asks is told");
    world.wait(5).await;
    assert_eq!(brake(true).await, pulled, "again changes nothing");
    let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
    let refused = world.post("/checkout", "jisu", body).await;
    assert_eq!(kind(&refused), (503, "/problems/checkouts-paused"));
    assert_eq!(world.post("/subscription/card", "minji", json!({})).await.status, 201);
    world.until("2026-03-01T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    assert_eq!(brake(false).await.body["paused"], false);
    world.subscribe("jisu").await;
    // A member may not, and the journal knows who did.
    let member =
        world.post("/admin/checkouts", "minji", json!({"paused": true, "reason": "?"})).await;
    assert_eq!(member.status, 403);
    let day = "2026-01-31".parse().unwrap();
    let (since, ledger) = (billing::start_of_day(day), &world.stack.app.gudok.books.ledger);
    let (mut entries, mut place) = (Vec::new(), Some(ledger::JournalPlace::at(since)));
    while let Some(at) = place {
        let (page, next) = ledger.journal_page(at, billing::next_day(since)).await.unwrap();
        entries.extend(page.rows);
        place = next;
    }
    let acts = serde_json::to_string(&entries).unwrap();
    assert_eq!(acts.matches("set_brake").count(), 1, "{acts}");
}

#[tokio::test(start_paused = true)]
async fn a_verified_address_can_be_asked_of_who_subscribes() {
    let world = World::with("2026-01-31T15:30", &[("VERIFIED_EMAIL", "required")]).await;
    let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
    let refused = world.post("/checkout", "minji", body.clone()).await;
    assert_eq!(kind(&refused), (403, "/problems/email-not-verified"));
    let mut claims = world.stack.google.id_token_claims("minji").unwrap();
    claims["email_verified"] = true.into();
    let token = world.stack.google.sign(&claims, Signature::Genuine).unwrap();
    assert_eq!(with(&world, &token, Method::POST, "/checkout", body).await.status, 201);
}

/// All routes of the desk that take this method, each with something in its path.
fn desk_routes(method: &str) -> Vec<String> {
    let document = serde_json::to_value(gudok_local::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of_desk = paths.iter().filter(|(path, _)| path.starts_with("/admin/"));
    let taking = of_desk.filter(|(_, it)| it.get(method).is_some());
    let concrete = taking.map(|(path, _)| {
        let id = "pay-01KAQ3X0000000000000000000-0-0";
        let path = path.replace("{uid}", "minji").replace("{id}", id);
        let query = match path.as_str() {
            "/admin/find" => "?q=minji",
            "/admin/members" => "?state=cancelling",
            _ => "",
        };
        format!("{}{query}", path.replace("{merchant_uid}", id))
    });
    concrete.collect()
}

#[tokio::test(start_paused = true)]
async fn a_viewer_sees_what_an_admin_sees_and_does_nothing() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.token("watcher");
    let claims = json!({"admin": "viewer"}).as_object().unwrap().clone();
    world.stack.google.replace_claims("watcher", claims).unwrap();
    let (looks, acts) = (desk_routes("get"), desk_routes("post"));
    assert!(looks.len() >= 10 && acts.len() >= 7, "{looks:?} {acts:?}");
    for path in looks {
        let (seen, as_admin) = (world.get(&path, "watcher").await, world.get(&path, "admin").await);
        assert_eq!(seen, as_admin, "{path}");
        assert!(matches!(seen.status, 200 | 404), "{path}: {seen:?}");
    }
    let before = world.get("/admin/members/minji", "admin").await.body;
    for path in acts {
        let refused = world.post(&path, "watcher", json!({})).await;
        assert_eq!(kind(&refused), (403, "/problems/may-not-act"), "{path}");
    }
    let refused = world.post(
        "/admin/members/minji/acts",
        "watcher",
        json!({"act": "resume", "reason": "요청"}),
    );
    assert_eq!(kind(&refused.await), (403, "/problems/may-not-act"));
    assert_eq!(world.get("/admin/members/minji", "admin").await.body, before);
}

#[tokio::test(start_paused = true)]
async fn who_is_only_a_viewer_by_now_acts_no_more_whatever_the_token_says() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let token = world.token("admin");
    let claims = json!({"admin": "viewer"}).as_object().unwrap().clone();
    world.stack.google.replace_claims("admin", claims).unwrap();
    assert_eq!(list(&world, &token).await, 200);
    let answer = refund(&world, &token, "minji").await;
    assert_eq!(kind(&answer), (403, "/problems/may-not-act"));
    // And who may act by now has to have a token that says so.
    world.token("watcher");
    let google = &world.stack.google;
    let right = |right: Value| json!({"admin": right}).as_object().unwrap().clone();
    google.replace_claims("watcher", right(json!("viewer"))).unwrap();
    let token = world.token("watcher");
    google.replace_claims("watcher", right(json!(true))).unwrap();
    assert_eq!(kind(&refund(&world, &token, "minji").await), (403, "/problems/may-not-act"));
    assert_eq!(refund(&world, &world.token("watcher"), "minji").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn whatever_is_done_at_the_desk_can_ask_for_a_fresh_sign_in() {
    let policy = r#"{"fresh_sign_in": "10m"}"#;
    let world = World::with("2026-01-31T15:30", &[("ADMIN_POLICY", policy)]).await;
    world.subscribe("minji").await;
    world.token("admin");
    world.wait(20).await;
    let now = world.stack.clock.now().as_second();
    let old = token_with(&world, json!({"auth_time": now - 11 * 60}));
    let fresh = token_with(&world, json!({"auth_time": now - 9 * 60}));
    for path in desk_routes("post") {
        let answer = with(&world, &old, Method::POST, &path, json!({})).await;
        assert_eq!(kind(&answer), (403, "/problems/sign-in-again"), "{path}");
        let answer = with(&world, &fresh, Method::POST, &path, json!({"no": "such field"})).await;
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
    }
    assert_eq!(list(&world, &old).await, 200);
}
