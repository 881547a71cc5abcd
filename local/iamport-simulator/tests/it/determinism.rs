//! The same seed, clock and calls give the same history.

use iamport_simulator::Card;

use crate::world::{DAY, START, World};

async fn history(seed: u64) -> String {
    let world = World::with(|builder| builder.seed(seed)).await;
    world.register("c1", Card::Approve).await;
    world.register("c2", Card::InsufficientFunds).await;
    for n in 0..5 {
        world.again("c1", &format!("a{n}"), 100).await;
        world.schedule("c1", &format!("s{n}"), START + DAY).await;
        world.schedule("c2", &format!("t{n}"), START + DAY).await;
    }
    world.advance_to(START + 2 * DAY).await;
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}",
        world.simulator.payments(),
        world.simulator.schedules(),
        world.simulator.webhooks(),
        world.hooks(),
    )
}

#[tokio::test]
async fn a_seed_replays_a_history_and_another_makes_another() {
    let first = history(1).await;
    assert_eq!(first, history(1).await);
    assert_ne!(first, history(2).await);
}

#[tokio::test]
async fn time_moves_forward_only_and_each_thing_happens_at_its_own_time() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    world.schedule("c1", "s2", START + 2 * DAY).await.response();
    world.schedule("c1", "s1", START + DAY).await.response();
    let late = r#"{"advance_to":"2026-02-01T00:00:00Z"}"#;
    let answer = world.send("POST", "/simulator/clock", &[], late).await.json();
    assert_eq!(answer, serde_json::json!({ "now": "2026-02-01T00:00:00Z", "next_event_at": null }));
    let paid: Vec<(String, i64)> = world
        .simulator
        .charges()
        .into_iter()
        .map(|charge| (charge.merchant_uid, (charge.paid_at.as_second() - START) / DAY))
        .collect();
    assert_eq!(paid, [("s1".to_owned(), 1), ("s2".to_owned(), 2)]);
    let sent: Vec<i64> = world.simulator.webhooks()[1..]
        .iter()
        .map(|webhook| (webhook.attempts[0].at.as_second() - START) / DAY)
        .collect();
    assert_eq!(sent, [1, 2]);
    world.advance_to(START).await;
    assert_eq!(world.simulator.now().to_string(), "2026-02-01T00:00:00Z");
    let step = world.send("POST", "/simulator/clock", &[], r#"{"advance_seconds":60}"#).await;
    assert_eq!(step.json()["now"], "2026-02-01T00:01:00Z");
    let now = world.send("GET", "/simulator/clock", &[], "").await.json();
    assert_eq!(now["now"], "2026-02-01T00:01:00Z");
}

#[tokio::test]
async fn an_embedded_simulator_has_no_clock_route() {
    let world = World::new().await;
    let request = http::Request::get("/simulator/clock").body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(world.simulator.router(), request).await.unwrap();
    assert_eq!(answer.status(), 401);
}
