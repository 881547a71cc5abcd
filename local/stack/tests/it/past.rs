//! A table of subscriptions that is put back to an earlier moment: what members were answered since then
//! holds all the same.

use crate::reconcile::reconcile;
use crate::tables::{put_back, row};
use crate::world::{World, moment};
use serde_json::{Value, json};

fn key() -> Value {
    json!({"uid": {"S": "minji"}})
}

async fn saved(world: &World) -> Value {
    row(world, "subscriptions", key()).await
}

async fn stored(world: &World) -> billing::Subscription {
    let uid = "minji".parse().unwrap();
    world.stack.app.gudok.ledger.subscription(&uid).await.unwrap().unwrap()
}

/// One night's comparison, which finds what was forgotten and recalls it; a second finds nothing.
async fn recalled(world: &World, day: &str) {
    let before = stored(world).await;
    let seen = reconcile(world, day, day, true).await;
    assert!(seen.0.contains(&"past_row".to_owned()), "{seen:?}");
    assert_eq!(stored(world).await, before, "a dry run changes nothing");
    let (kinds, mended) = reconcile(world, day, day, false).await;
    assert!(mended.iter().all(|mended| *mended), "{kinds:?} {mended:?}");
    assert!(kinds.contains(&"past_row".to_owned()), "{kinds:?}");
    assert_eq!(reconcile(world, day, day, false).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_is_recalled_at_its_own_time_and_nothing_is_charged() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    let old = saved(&world).await;
    world.cancel("minji").await;
    world.settle().await;
    let asked_at = stored(&world).await.cancellation.unwrap().requested_at;
    world.wait(60).await;
    put_back(&world, "subscriptions", &old).await;
    assert_eq!(world.subscription("minji").await["state"], "active");
    recalled(&world, "2026-02-10").await;
    assert_eq!(stored(&world).await.cancellation.unwrap().requested_at, asked_at);
    assert_eq!(world.standing(), []);
    world.until("2026-03-10T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    assert_eq!(world.subscription("minji").await["state"], "ended");
    let cancelled = world.news().iter().filter(|news| *news == "cancel_requested").count();
    assert_eq!(cancelled, 1, "it is told once");
}

#[tokio::test(start_paused = true)]
async fn the_night_by_itself_recalls_it_before_the_charge() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-27T12:00").await;
    let old = saved(&world).await;
    world.cancel("minji").await;
    put_back(&world, "subscriptions", &old).await;
    world.until("2026-03-10T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    assert_eq!(world.subscription("minji").await["state"], "ended");
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_that_was_taken_back_stays_taken_back() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-02-10T12:00").await;
    let old = saved(&world).await;
    world.post("/subscription/resume", "minji", json!({})).await;
    put_back(&world, "subscriptions", &old).await;
    recalled(&world, "2026-02-10").await;
    world.until("2026-03-10T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_end_is_recalled_with_the_cancellation_before_it() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:30").await;
    let old = saved(&world).await;
    world.cancel("minji").await;
    world.until("2026-03-01T00:20").await;
    assert_eq!(world.subscription("minji").await["state"], "ended");
    put_back(&world, "subscriptions", &old).await;
    let found = reconcile(&world, "2026-02-28", "2026-03-01", false).await;
    assert_eq!(
        (found.0.last().unwrap().as_str(), found.1.last()),
        ("past_row", Some(&true)),
        "{found:?}"
    );
    assert_eq!(world.subscription("minji").await["state"], "ended");
    assert!(!world.may_enter("minji"));
    assert_eq!(world.standing(), []);
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
}

#[tokio::test(start_paused = true)]
async fn consent_is_recalled() {
    let plans = r#"[{"id": "monthly", "name": "월 구독", "price": 9900,
        "changes": [{"holds_from": "2026-04-01", "price": 12900}]}]"#;
    let world = World::with("2026-01-15T09:00", &[("PLANS", plans)]).await;
    world.subscribe("minji").await;
    world.until("2026-03-20T12:00").await;
    let old = saved(&world).await;
    let consent = json!({"price": 12_900, "version": "2026-01"});
    world.post("/subscription/consent", "minji", consent).await;
    let given = stored(&world).await.price_change.unwrap().agreed;
    put_back(&world, "subscriptions", &old).await;
    recalled(&world, "2026-03-20").await;
    assert_eq!(stored(&world).await.price_change.unwrap().agreed, given);
    world.until("2026-04-16T12:00").await;
    let amounts: Vec<_> =
        world.payments("minji").await.iter().map(|payment| payment.amount.get()).collect();
    assert_eq!(amounts, [9_900, 9_900, 9_900, 12_900]);
}

#[tokio::test(start_paused = true)]
async fn a_card_and_a_member_that_are_forgotten_are_for_a_person() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    let old = saved(&world).await;
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    let told = world.window(&opened, json!({})).await;
    assert_eq!(world.complete("minji", &opened, &told).await.status, 200);
    world.settle().await;
    put_back(&world, "subscriptions", &old).await;
    let found = reconcile(&world, "2026-02-10", "2026-02-10", true).await;
    assert!(found.0.contains(&"past_row".to_owned()), "{found:?}");

    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let key = json!({"TableName": "subscriptions", "Key": key()});
    crate::tables::dynamodb(&world, "DeleteItem", key).await;
    let found = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    let row = found.0.iter().position(|kind| kind == "past_row").unwrap();
    assert!(!found.1[row], "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn who_cancels_or_resumes_while_the_night_looks_is_not_taken_for_the_past() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    for act in ["cancel", "resume", "cancel", "resume"] {
        let path = format!("/subscription/{act}");
        assert_eq!(world.post(&path, "minji", json!({})).await.status, 200);
        world.settle().await;
        let found = reconcile(&world, "2026-02-10", "2026-02-10", false).await;
        assert_eq!(found, (vec![], vec![]), "{act}");
    }
    world.stack.clock.move_to(moment("2026-02-10T13:00")).unwrap();
    assert_eq!(world.subscription("minji").await["state"], "active");
}
