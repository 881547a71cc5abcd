//! Cards that expire: known only where the member says so.

use crate::world::{Answer, World};
use serde_json::json;

async fn expires(world: &World, month: &str) -> Answer {
    world.post("/subscription/card/expiry", "minji", json!({"month": month})).await
}

fn told(world: &World) -> usize {
    world.news().iter().filter(|name| *name == "card_expiring").count()
}

#[tokio::test(start_paused = true)]
async fn a_card_that_expires_is_announced_once_a_month_before_its_last_day() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let answer = expires(&world, "2026-05").await;
    assert_eq!((answer.status, &answer.body["card"]["expires"]), (200, &json!("2026-05-31")));
    assert_eq!(expires(&world, "2026-05").await, answer, "said twice is said once");
    world.until("2026-04-29T23:59").await;
    assert_eq!(told(&world), 0);
    world.until("2026-04-30T00:11").await;
    assert_eq!(told(&world), 1);
    world.until("2026-07-20T12:00").await;
    assert_eq!(told(&world), 1);
    assert_eq!(world.charged_on("minji").await.len(), 7, "it is charged as long as it works");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_card_begins_without_a_date_and_nothing_is_told_of_the_old_one() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    expires(&world, "2026-05").await;
    world.until("2026-03-01T12:00").await;
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    world.window(&opened, json!({})).await;
    let answer = world.complete("minji", &opened).await;
    assert_eq!((answer.status, &answer.body["card"]["expires"]), (200, &json!(null)));
    world.until("2026-06-20T12:00").await;
    assert_eq!(told(&world), 0);
}

#[tokio::test(start_paused = true)]
async fn a_month_that_is_over_or_none_is_refused_and_changes_nothing() {
    let world = World::at("2026-01-15T09:00").await;
    let problem =
        |answer: &Answer| (answer.status, answer.body["type"].as_str().unwrap().to_owned());
    let early = expires(&world, "2029-05").await;
    assert_eq!(problem(&early), (409, "/problems/no-subscription".to_owned()));
    world.subscribe("minji").await;
    let before = world.subscription("minji").await;
    assert_eq!(
        problem(&expires(&world, "2025-12").await),
        (422, "/problems/card-expired".to_owned())
    );
    for month in ["", "2029-13", "05/29", "2029-5", "-001-05", "９９９９-05", "2029-05-01"] {
        let answer = expires(&world, month).await;
        assert_eq!(problem(&answer), (400, "/problems/malformed-request".to_owned()), "{month}");
    }
    assert_eq!(world.subscription("minji").await, before);
    assert_eq!(expires(&world, "2026-01").await.status, 200, "the month at hand is not over");
}
