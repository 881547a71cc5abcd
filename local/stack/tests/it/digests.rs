//! Facts about what Slack is told in sums.

use crate::world::{World, moment};
use gudok_local::faults::Fault;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The digests on the bus.
fn digests(world: &World) -> Vec<Value> {
    let events = world.stack.bus.events().into_iter();
    let digests = events.filter(|event| event["detail-type"] == "digest");
    digests.map(|event| event["detail"].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_the_bus_lost_is_counted_all_the_same() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:00").await;
    let before = digests(&world).len();
    // The bus says that it took what it drops, but for digests.
    world.hosts.inject(Arc::new(|request| {
        let is_lost = request.uri().path().starts_with("/event-bridge")
            && !String::from_utf8_lossy(request.body()).contains("digest-");
        is_lost.then(|| Fault::Answered(200, r#"{"FailedEntryCount":0,"Entries":[]}"#.to_owned()))
    }));
    world.cancel("minji").await;
    // Nothing is due, and no event says that there is something to tell: the timer rings as on AWS.
    world.stack.clock.move_to(moment("2026-02-28T09:40")).unwrap();
    let event = json!({"sweep": "catch-up"});
    let deadline = world.stack.clock.now() + jiff::SignedDuration::from_mins(15);
    Box::pin(sweep::handle(&world.stack.app, event, deadline)).await.unwrap();
    let told = digests(&world).split_off(before);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["counts"], json!({"cancel_requested": 1}));
    assert_eq!(told[0]["cancelled"], json!([{"uid": "minji", "paid_through": "2026-02-28"}]));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_dies_after_it_told_is_followed_by_one_that_tells_the_same() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.hosts.inject(Arc::new(|request| {
        let body = String::from_utf8_lossy(request.body());
        let stores = body.contains(r#""S":"digest""#) && body.contains(r#""until""#);
        stores.then(|| Fault::status(500))
    }));
    world.wait(40).await;
    world.cancel("minji").await;
    world.wait(60).await;
    world.hosts.clear();
    world.wait(20).await;
    let told = digests(&world);
    let different: BTreeSet<_> = told.iter().map(Value::to_string).collect();
    let ids: BTreeSet<_> = told.iter().map(|digest| digest["id"].to_string()).collect();
    assert!(told.len() > different.len(), "it was told again");
    assert_eq!((different.len(), ids.len()), (2, 2), "{told:?}");
    assert_eq!(world.counted("paid"), 1);
    assert_eq!(world.counted("cancel_requested"), 1);
}

#[tokio::test(start_paused = true)]
async fn routine_events_wake_nobody() {
    let world = World::at("2026-01-31T15:30").await;
    world.hosts.inject(Arc::new(|request| {
        request.uri().path().starts_with("/slack").then(|| Fault::status(503))
    }));
    world.subscribe("minji").await;
    world.wait(1).await;
    assert_eq!(world.news(), ["subscribed", "paid"]);
    assert_eq!(world.stack.bus.next_at(), None, "nothing waits to be handed over");
    world.wait(45).await;
    assert!(world.stack.bus.next_at().is_some(), "but the digest does");
}
