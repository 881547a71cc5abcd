//! How often the tables are asked for what a member does: a row is read once, and what was stored is shown as it was
//! stored.

use crate::world::{Answer, World};
use serde_json::json;

/// What the tables were asked for since the last look.
fn asked(world: &World) -> Vec<String> {
    let sent = world.hosts.take_sent().into_iter();
    sent.filter(|(host, _)| host == "dynamodb.test").map(|(_, what)| what).collect()
}

/// What the tables were asked for until this answer, which has to be that it is done.
async fn asked_for(world: &World, answer: impl Future<Output = Answer>) -> Vec<String> {
    world.settle().await;
    world.hosts.take_sent();
    let answer = answer.await;
    assert_eq!(answer.status, 200, "{answer:?}");
    asked(world)
}

#[tokio::test(start_paused = true)]
async fn what_a_member_asks_for_reads_the_row_once_and_the_latest_payment_once() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;

    // It is recorded, the schedule is taken back, and the news is told.
    let cancel = asked_for(&world, world.cancel("minji")).await;
    assert_eq!(cancel, ["GetItem", "TransactWriteItems", "TransactWriteItems", "PutItem", "Query"]);
    let again = asked_for(&world, world.cancel("minji")).await;
    assert_eq!(again, ["GetItem", "Query"], "there is nothing to do");

    // It is recorded, another schedule is placed and noted, and the news is told.
    let resume = world.post("/subscription/resume", "minji", json!({}));
    let resume = asked_for(&world, resume).await;
    let [first, writes @ .., last] = &resume[..] else { panic!("{resume:?}") };
    assert_eq!((&first[..], &last[..]), ("GetItem", "Query"));
    assert_eq!(
        writes,
        ["TransactWriteItems", "TransactWriteItems", "TransactWriteItems", "PutItem"]
    );

    let expiry = json!({"month": "2029-05"});
    let expiry = asked_for(&world, world.post("/subscription/card/expiry", "minji", expiry)).await;
    assert_eq!(expiry, ["GetItem", "PutItem", "PutItem", "Query"]);

    let reason = json!({"reason": "by phone"});
    let cancel = asked_for(&world, world.post("/admin/members/minji/cancel", "admin", reason));
    assert_eq!(cancel.await, ["GetItem", "TransactWriteItems", "TransactWriteItems", "PutItem"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_checkout_that_is_completed_reads_its_order_the_row_and_the_latest_payment_once_each() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"webhook": "lost"})).await;
    let complete = asked_for(&world, world.complete("minji", &opened)).await;
    // The card with the lease of its charge; the payment with that of the next schedule; the schedule with that of
    // access; what access heard, with the news that was told.
    let written = ["TransactWriteItems", "TransactWriteItems", "TransactWriteItems", "PutItem"];
    let [reads @ .., _, _, _, _, last] = &complete[..] else { panic!("{complete:?}") };
    assert_eq!((reads, &last[..]), (&["GetItem".to_owned(), "GetItem".to_owned()][..], "Query"));
    assert_eq!(complete[2..6], written);
    let again = asked_for(&world, world.complete("minji", &opened)).await;
    assert_eq!(again, ["GetItem", "GetItem", "Query"]);
}
