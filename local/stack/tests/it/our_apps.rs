//! Where `APP_CHECK` is configured, only our apps begin something with a card.

use crate::world::{Answer, World};
use axum::body::{Body, to_bytes};
use gudok_local::google::{AppCheckToken, PROJECT_NUMBER, Signature, WEB_APP};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

const ROUTES: [&str; 2] = ["/checkout", "/subscription/card"];

async fn world(enforce: Value) -> World {
    let our_apps = json!({"project_number": PROJECT_NUMBER, "apps": [WEB_APP], "enforce": enforce});
    World::with("2026-01-31T15:30", &[("APP_CHECK", &our_apps.to_string())]).await
}

/// One of our apps' tokens, but for what is said.
fn app_token(world: &World, but: Value) -> String {
    let asked: AppCheckToken = serde_json::from_value(but).unwrap();
    let claims = world.stack.google.app_check_claims(&asked);
    world.stack.google.sign(&claims, Signature::Genuine).unwrap()
}

/// A member begins something with a card.
async fn begin(world: &World, path: &str, id_token: &str, app_token: Option<&str>) -> Answer {
    let body = match path {
        "/checkout" => json!({"plan": "monthly", "consent": {"version": "2026-01"}}),
        _ => json!({}),
    };
    let mut request = Request::post(path).header("authorization", format!("Bearer {id_token}"));
    if let Some(token) = app_token {
        request = request.header("X-Firebase-AppCheck", token);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let answer = world.gateway.clone().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    Answer { status, body: serde_json::from_slice(&body).unwrap() }
}

fn kind(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["type"].as_str().unwrap_or_default())
}

/// From the first checkout to the first payment, with a token of our app's.
async fn subscribe(world: &World) {
    let token = app_token(world, json!({}));
    let opened = begin(world, "/checkout", &world.token("minji"), Some(&token)).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    world.window(&opened.body, json!({})).await;
    assert_eq!(world.complete("minji", &opened.body).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn only_our_apps_begin_something_with_a_card() {
    let world = world(json!(true)).await;
    subscribe(&world).await;
    let id_token = world.token("minji");
    let genuine = app_token(&world, json!({}));
    let claims = world.stack.google.app_check_claims(&AppCheckToken::default());
    let mut wrong = vec![
        None,
        Some(String::new()),
        Some("abc.def.ghi".to_owned()),
        Some(format!("Bearer {genuine}")),
        Some(format!("{genuine},{genuine}")),
        Some(app_token(&world, json!({"app": "1:123456789012:web:other"}))),
        Some(app_token(&world, json!({"project_number": "9"}))),
        Some(app_token(&world, json!({"lifetime": 0}))),
        // Under the same key here.
        Some(id_token.clone()),
    ];
    for signature in [
        Signature::UnknownKey,
        Signature::StrangersKey,
        Signature::PublicKeyAsSecret,
        Signature::Unsigned,
    ] {
        wrong.push(Some(world.stack.google.sign(&claims, signature).unwrap()));
    }
    for path in ROUTES {
        for token in &wrong {
            let answer = begin(&world, path, &id_token, token.as_deref()).await;
            assert_eq!(kind(&answer), (403, "/problems/app-not-verified"), "{path} {token:?}");
        }
        let who = begin(&world, path, &genuine, Some(&genuine)).await;
        assert_eq!(kind(&who), (401, "/problems/unauthenticated"), "an app is no member");
    }
    // A checkout there is already; another card is registered.
    let [checkout, card] = ROUTES.map(|path| begin(&world, path, &id_token, Some(&genuine)));
    assert_eq!((checkout.await.status, card.await.status), (409, 201));
}

#[tokio::test(start_paused = true)]
async fn what_begins_nothing_with_a_card_asks_for_no_app() {
    let world = world(json!(true)).await;
    subscribe(&world).await;
    for path in ["/subscription", "/payments", "/plans"] {
        assert_eq!(world.get(path, "minji").await.status, 200, "{path}");
    }
    let expiry = world.post("/subscription/card/expiry", "minji", json!({"month": "2029-05"}));
    assert_eq!(expiry.await.status, 200);
    assert_eq!(world.cancel("minji").await.status, 200);
    assert_eq!(world.post("/subscription/resume", "minji", json!({})).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn where_no_app_is_configured_none_is_asked_for_and_the_header_is_ignored() {
    let world = World::at("2026-01-31T15:30").await;
    for token in [None, Some("abc.def.ghi")] {
        let answer = begin(&world, "/checkout", &world.token("minji"), token).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn on_trial_whoever_is_not_our_app_is_let_in() {
    let world = world(json!(false)).await;
    for token in [None, Some("abc.def.ghi")] {
        let answer = begin(&world, "/checkout", &world.token("minji"), token).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn while_app_checks_keys_are_away_a_checkout_is_asked_to_come_again() {
    let world = world(json!(true)).await;
    // The keys of ID tokens are held, and those of App Check are not yet.
    assert_eq!(world.get("/subscription", "minji").await.status, 200);
    let away = axum::Router::new().fallback(async || StatusCode::INTERNAL_SERVER_ERROR);
    world.hosts.host("simulator.test", gudok_local::wire::router_host(away));
    let token = app_token(&world, json!({}));
    let answer = begin(&world, "/checkout", &world.token("minji"), Some(&token)).await;
    assert_eq!(kind(&answer), (503, "/problems/unavailable"));
}
