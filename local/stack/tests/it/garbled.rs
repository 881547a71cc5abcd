//! Records at Iamport that cannot be read: they harm their own order's, and are not taken for absent.

use crate::reconcile::reconcile;
use crate::sweeping::listening;
use crate::world::World;
use gudok_local::faults::Fault;
use serde_json::{Value, json};
use std::sync::Arc;

/// The first charge is made and its answer lost; its record cannot be read, and the member cancels. Taken
/// for a charge that was never made, it would be given up, and the money with it.
#[tokio::test(start_paused = true)]
async fn a_charge_whose_record_cannot_be_read_is_not_taken_for_one_that_was_never_made() {
    let world = World::at("2026-01-31T15:30").await;
    let iamport = world.stack.iamport.clone();
    world.hosts.inject(Arc::new(move |request| {
        if request.uri().path() != "/subscribe/payments/again" {
            return None;
        }
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        iamport.garble(body["merchant_uid"].as_str().unwrap(), true).unwrap();
        Some(Fault::AnswerLost)
    }));
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({})).await;
    world.complete("minji", &opened).await;
    world.settle().await;
    world.hosts.clear();
    world.wait(10).await;
    world.cancel("minji").await;
    world.wait(30).await;
    let charges = world.stack.iamport.charges();
    assert_eq!((charges.len(), world.payments("minji").await.len()), (1, 0), "nobody can read it");
    world.stack.iamport.garble(&charges[0].merchant_uid, false).unwrap();
    world.wait(30).await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    assert_eq!(world.stack.iamport.charges().len(), 1);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_cannot_be_read_keeps_the_comparison_from_nobody_else() {
    let world = World::at("2026-01-31T15:30").await;
    for uid in ["minji", "jiwoo"] {
        world.subscribe(uid).await;
    }
    world.wait(60).await;
    let lost = json!({"webhooks": "lost", "count": 100});
    world.stack.iamport.inject(serde_json::from_value(lost).unwrap()).unwrap();
    let [garbled, refunded] =
        [&world.payments("minji").await[0], &world.payments("jiwoo").await[0]]
            .map(|payment| (payment.merchant_uid.to_string(), payment.imp_uid.to_string()));
    world.stack.iamport.garble(&garbled.0, true).unwrap();
    let refund = json!({"refund": {"imp_uid": refunded.1, "amount": 3_000}});
    world.stack.iamport.console(&serde_json::from_value(refund).unwrap()).unwrap();
    // Hers is neither missing at Iamport nor any other difference: it is there, and cannot be read.
    let (written, _listening) = listening();
    let found = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    assert_eq!(found, (vec!["unrecorded_refund".to_owned()], vec![true]));
    assert_eq!(written.figures()["UnreadableRows"], 1);
    assert_eq!(world.payments("jiwoo").await[0].refunded.get(), 3_000);
}
