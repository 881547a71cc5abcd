//! One write: all of it or nothing, and only if nobody was there before.

use crate::{
    samples::{at, due, imp_uid, order, paying, payment, subscription, uid},
    world::World,
};
use billing::{
    Change, ChargeState, ClosedState, OpenState, Order, Payment, Repayment, Subscription, Won,
};
use ledger::{CommitError, Error};
use serde_json::json;

const PLANNED_AT: &str = "2026-12-22T01:00:00Z";

fn planned() -> ChargeState {
    OpenState::Planned { at: at(PLANNED_AT) }.into()
}

fn paid() -> ChargeState {
    ClosedState::Paid { imp_uid: imp_uid("imp_1") }.into()
}

fn lost(result: &Result<Subscription, CommitError>) -> bool {
    matches!(result, Err(CommitError::Lost))
}

#[tokio::test]
async fn what_was_never_stored_is_not_there() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    assert_eq!(ledger.subscription(&uid).await.unwrap(), None);
    assert_eq!(ledger.order(&order(&uid, 0, paid()).merchant_uid()).await.unwrap(), None);
    assert_eq!(ledger.latest_payment(&uid).await.unwrap(), None);
    assert_eq!(ledger.payments(&uid, 10, None).await.unwrap(), (vec![], None));
}

#[tokio::test]
async fn each_write_makes_the_version_one_higher() {
    let World { ledger, .. } = World::new().await;
    let new = subscription(&uid("member"));
    let first = ledger.commit(&Change::of(new.clone())).await.unwrap();
    assert_eq!(first, Subscription { version: 1, ..new.clone() });
    let second = ledger.commit(&Change::of(first)).await.unwrap();
    assert_eq!(second, Subscription { version: 2, ..new.clone() });
    assert_eq!(ledger.subscription(&new.uid).await.unwrap(), Some(second));
}

#[tokio::test]
async fn of_two_who_read_the_same_version_only_the_first_writes() {
    let World { ledger, .. } = World::new().await;
    let new = subscription(&uid("member"));
    let first = ledger.commit(&Change::of(new.clone())).await.unwrap();
    assert!(lost(&ledger.commit(&Change::of(new)).await), "a new one over a stored one");

    let winner = ledger.commit(&Change::of(first.clone())).await.unwrap();
    let loser = Subscription { periods_paid: 9, ..first };
    assert!(lost(&ledger.commit(&Change::of(loser.clone())).await), "alone");
    let with_order = Change { orders: vec![order(&loser.uid, 0, planned())], ..Change::of(loser) };
    assert!(lost(&ledger.commit(&with_order).await), "with an order");
    assert_eq!(ledger.subscription(&winner.uid).await.unwrap(), Some(winner));
    assert_eq!(ledger.order(&with_order.orders[0].merchant_uid()).await.unwrap(), None);
}

#[tokio::test]
async fn a_version_that_was_never_stored_is_lost() {
    let World { ledger, .. } = World::new().await;
    let ghost = Subscription { version: 3, ..subscription(&uid("member")) };
    assert!(lost(&ledger.commit(&Change::of(ghost.clone())).await));
    assert_eq!(ledger.subscription(&ghost.uid).await.unwrap(), None);
}

#[tokio::test]
async fn a_payment_its_orders_and_its_subscription_are_stored_in_one_write() {
    let World { ledger, wire, .. } = World::new().await;
    let uid = uid("member");
    let stored = ledger.commit(&Change::of(subscription(&uid))).await.unwrap();
    let change = Change {
        orders: vec![order(&uid, 0, paid()), order(&uid, 1, ClosedState::Revoked)],
        ..paying(stored, payment(&uid, "2026-11-22T03:00:15Z", "imp_1"))
    };
    wire.take();
    let stored = ledger.commit(&change).await.unwrap();
    assert_eq!(wire.operations(), ["TransactWriteItems"]);
    assert_eq!(ledger.subscription(&uid).await.unwrap(), Some(stored));
    for order in &change.orders {
        assert_eq!(ledger.order(&order.merchant_uid()).await.unwrap().as_ref(), Some(order));
    }
    assert_eq!(ledger.latest_payment(&uid).await.unwrap(), change.payment);
}

#[tokio::test]
async fn a_payment_that_is_stored_already_undoes_the_whole_change() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let payment = payment(&uid, "2026-11-22T03:00:15Z", "imp_1");
    let stored = ledger.commit(&paying(subscription(&uid), payment.clone())).await.unwrap();
    let again = Change {
        orders: vec![order(&uid, 0, paid())],
        ..paying(
            Subscription { periods_paid: 9, ..stored.clone() },
            Payment { amount: Won::new(1), ..payment.clone() },
        )
    };
    assert!(lost(&ledger.commit(&again).await));
    assert_eq!(ledger.subscription(&uid).await.unwrap(), Some(stored));
    assert_eq!(ledger.order(&again.orders[0].merchant_uid()).await.unwrap(), None);
    assert_eq!(ledger.payments(&uid, 10, None).await.unwrap(), (vec![payment], None));
}

#[tokio::test]
async fn an_order_that_comes_further_replaces_what_was_stored_of_it() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let mut stored = subscription(&uid);
    for outcome in [planned(), ClosedState::Revoked.into()] {
        let order = order(&uid, 0, outcome);
        let change = Change { orders: vec![order.clone()], ..Change::of(stored) };
        stored = ledger.commit(&change).await.unwrap();
        assert_eq!(ledger.order(&order.merchant_uid()).await.unwrap(), Some(order));
    }
}

#[tokio::test]
async fn a_refund_is_noted_on_the_payments_row() {
    let World { ledger, wire, .. } = World::new().await;
    let uid = uid("member");
    let payment = payment(&uid, "2026-11-22T03:00:15Z", "imp_1");
    let stored = ledger.commit(&paying(subscription(&uid), payment.clone())).await.unwrap();
    let repayment = Repayment {
        imp_uid: payment.imp_uid.clone(),
        paid_at: payment.paid_at,
        refunded: Won::new(9_900),
    };
    wire.take();
    ledger.commit(&Change { repayment: Some(repayment), ..Change::of(stored) }).await.unwrap();
    assert_eq!(wire.operations(), ["TransactWriteItems"]);
    let noted = Payment { refunded: Won::new(9_900), ..payment };
    assert_eq!(ledger.payments(&uid, 10, None).await.unwrap(), (vec![noted], None));
}

#[tokio::test]
async fn a_refund_of_a_payment_that_is_not_stored_stores_nothing() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let stored = ledger.commit(&Change::of(subscription(&uid))).await.unwrap();
    let repayment = Repayment {
        imp_uid: imp_uid("imp_1"),
        paid_at: at("2026-11-22T03:00:15Z"),
        refunded: Won::new(9_900),
    };
    let change = Change {
        orders: vec![order(&uid, 0, paid())],
        repayment: Some(repayment),
        ..Change::of(Subscription { periods_paid: 9, ..stored.clone() })
    };
    let refused = ledger.commit(&change).await;
    assert!(matches!(refused, Err(CommitError::Ledger(Error::NoSuchPayment))), "{refused:?}");
    assert_eq!(ledger.subscription(&uid).await.unwrap(), Some(stored.clone()));
    assert_eq!(ledger.order(&change.orders[0].merchant_uid()).await.unwrap(), None);
    assert_eq!(ledger.latest_payment(&uid).await.unwrap(), None);

    let someone_was_first = Subscription { version: 9, ..stored };
    let change = Change { subscription: someone_was_first, ..change };
    assert!(lost(&ledger.commit(&change).await));
}

#[tokio::test]
async fn a_change_of_the_subscription_alone_is_one_conditional_put() {
    let World { ledger, wire, tables, .. } = World::new().await;
    let change = Change::of(due(&uid("member"), PLANNED_AT));
    let stored = ledger.commit(&change).await.unwrap();
    ledger.commit(&Change::of(stored)).await.unwrap();
    let [first, second] = <[_; 2]>::try_from(wire.take()).unwrap();
    assert_eq!(first.operation, "PutItem");
    assert_eq!(first.body["TableName"], json!(tables.subscriptions));
    assert_eq!(first.body["ConditionExpression"], json!("attribute_not_exists(#uid)"));
    assert_eq!(second.operation, "PutItem");
    assert_eq!(second.body["ConditionExpression"], json!("#version = :version"));
    assert_eq!(second.body["ExpressionAttributeValues"], json!({ ":version": { "N": "1" } }));
}

#[tokio::test]
async fn an_order_is_found_by_its_id_in_one_read_whoever_it_belongs_to() {
    let World { ledger, wire, .. } = World::new().await;
    let order: Order = order(&uid("member"), 0, planned());
    let change = Change { orders: vec![order.clone()], ..Change::of(subscription(order.uid())) };
    ledger.commit(&change).await.unwrap();
    wire.take();
    assert_eq!(ledger.order(&order.merchant_uid()).await.unwrap(), Some(order));
    let [sent] = <[_; 1]>::try_from(wire.take()).unwrap();
    assert_eq!((sent.operation.as_str(), &sent.body["ConsistentRead"]), ("GetItem", &json!(true)));
}

#[tokio::test]
async fn a_subscription_is_read_consistently_in_one_read() {
    let World { ledger, wire, tables, .. } = World::new().await;
    ledger.subscription(&uid("member")).await.unwrap();
    let [sent] = <[_; 1]>::try_from(wire.take()).unwrap();
    assert_eq!(sent.operation, "GetItem");
    assert_eq!(
        sent.body,
        json!({
            "TableName": tables.subscriptions,
            "Key": { "uid": { "S": "member" } },
            "ConsistentRead": true,
        })
    );
}
