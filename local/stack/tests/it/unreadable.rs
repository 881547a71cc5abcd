//! Records at Iamport that cannot be read: they harm their own order's, and are not taken for absent.

use crate::reconcile::reconcile;
use crate::world::World;
use serde_json::json;

/// The order of the schedule that stands for the one member there is.
fn renewal(world: &World) -> String {
    world.stack.iamport.schedules().remove(0).merchant_uid
}

#[tokio::test(start_paused = true)]
async fn a_renewal_whose_record_cannot_be_read_is_neither_lost_nor_charged_again() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let order = renewal(&world);
    world.stack.iamport.garble(&order, true).unwrap();
    world.until("2026-02-28T13:00").await;
    assert_eq!(world.stack.iamport.charges().len(), 2, "Iamport charged it");
    assert_eq!(world.payments("minji").await.len(), 1, "and nobody can read that");
    assert!(world.may_enter("minji"));
    world.stack.iamport.garble(&order, false).unwrap();
    world.wait(30).await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    assert_eq!(world.stack.iamport.charges().len(), 2);
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
    let found = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
    assert_eq!(found, (vec!["unrecorded_refund".to_owned()], vec![true]));
    assert_eq!(world.payments("jiwoo").await[0].refunded.get(), 3_000);
}
