//! One write: all of it or nothing, and only if nobody was there before.

use crate::{
    samples::{SUBSCRIPTION, at, due, imp_uid, order, paying, payment, subscription, uid},
    world::{World, write},
};
use billing::{
    Allowance, Brake, Change, ChargeState, ClosedState, Day, Leased, MerchantUid, OpenState, Order,
    Refund, Subscription, Won,
};
use jiff::civil::date;
use ledger::{BookedPayment, CommitError, Committed, Counted};
use serde_json::{Value, json};

const PLANNED_AT: &str = "2026-12-22T01:00:00Z";

fn planned() -> ChargeState {
    OpenState::Planned { at: at(PLANNED_AT) }.into()
}

fn paid() -> ChargeState {
    ClosedState::Paid { imp_uid: imp_uid("imp_1") }.into()
}

fn lost(result: &Result<Committed, CommitError>) -> bool {
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
    let first = ledger.commit(None, &Change::of(new.clone())).await.unwrap().subscription;
    assert_eq!(*first, Subscription { version: 1, ..new.clone() });
    let change = Change::of(first.clone());
    let second = ledger.commit(Some(&first), &change).await.unwrap().subscription;
    assert_eq!(*second, Subscription { version: 2, ..new.clone() });
    assert_eq!(ledger.stored(&new.uid).await.unwrap(), Some(second));
}

#[tokio::test]
async fn of_two_who_read_the_same_version_only_the_first_writes() {
    let World { ledger, .. } = World::new().await;
    let new = subscription(&uid("member"));
    let first = write(&ledger, &Change::of(new.clone())).await.unwrap();
    assert!(lost(&ledger.commit(None, &Change::of(new)).await), "a new one over a stored one");

    let read = ledger.stored(&first.uid).await.unwrap();
    let winner = write(&ledger, &Change::of(first.clone())).await.unwrap();
    let loser = Subscription { periods_paid: 9, ..first };
    assert!(lost(&ledger.commit(read.as_ref(), &Change::of(loser.clone())).await), "alone");
    let with_order = Change { orders: vec![order(&loser.uid, 0, planned())], ..Change::of(loser) };
    assert!(lost(&ledger.commit(read.as_ref(), &with_order).await), "with an order");
    assert_eq!(ledger.subscription(&winner.uid).await.unwrap(), Some(winner));
    assert_eq!(ledger.order(&with_order.orders[0].merchant_uid()).await.unwrap(), None);
}

#[tokio::test]
async fn a_change_made_from_another_reading_is_lost_and_nothing_is_sent() {
    let World { ledger, wire, .. } = World::new().await;
    let stored = write(&ledger, &Change::of(subscription(&uid("member")))).await.unwrap();
    let read = ledger.stored(&stored.uid).await.unwrap();
    wire.take();
    let ghost = Subscription { version: 3, ..stored.clone() };
    let other = Subscription { uid: uid("other"), ..stored.clone() };
    for (read, changed) in [(&None, &stored), (&read, &ghost), (&read, &other)] {
        assert!(lost(&ledger.commit(read.as_ref(), &Change::of(changed.clone())).await));
    }
    assert_eq!(wire.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_payment_its_orders_and_its_subscription_are_stored_in_one_write() {
    let World { ledger, wire, .. } = World::new().await;
    let uid = uid("member");
    write(&ledger, &Change::of(subscription(&uid))).await.unwrap();
    let read = ledger.stored(&uid).await.unwrap().unwrap();
    let change = Change {
        opened: vec![order(&uid, 1, planned())],
        orders: vec![order(&uid, 0, paid()), order(&uid, 2, ClosedState::Abandoned)],
        ..paying(read.clone(), payment(&uid, "2026-11-22T03:00:15Z", "imp_1"))
    };
    wire.take();
    let stored = ledger.commit(Some(&read), &change).await.unwrap().subscription;
    assert_eq!(wire.operations(), ["TransactWriteItems"]);
    assert_eq!(ledger.stored(&uid).await.unwrap(), Some(stored));
    for order in change.orders.iter().chain(&change.opened) {
        assert_eq!(ledger.order(&order.merchant_uid()).await.unwrap().as_ref(), Some(order));
    }
    let booked = change.payment.as_ref().map(BookedPayment::from);
    assert_eq!(ledger.latest_payment(&uid).await.unwrap(), booked);
}

#[tokio::test]
async fn a_payment_that_is_stored_already_undoes_the_whole_change_and_is_named() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let payment = payment(&uid, "2026-11-22T03:00:15Z", "imp_1");
    let stored = write(&ledger, &paying(subscription(&uid), payment.clone())).await.unwrap();
    let read = ledger.stored(&uid).await.unwrap();
    let again = Change {
        orders: vec![order(&uid, 0, paid())],
        ..paying(Subscription { periods_paid: 9, ..stored.clone() }, payment.clone())
    };
    let refused = ledger.commit(read.as_ref(), &again).await;
    assert!(
        matches!(&refused, Err(CommitError::Booked(which)) if *which == imp_uid("imp_1")),
        "{refused:?}"
    );
    assert_eq!(ledger.subscription(&uid).await.unwrap(), Some(stored.clone()));
    assert_eq!(ledger.order(&again.orders[0].merchant_uid()).await.unwrap(), None);
    let booked = vec![BookedPayment::from(&payment)];
    assert_eq!(ledger.payments(&uid, 10, None).await.unwrap(), (booked, None));

    write(&ledger, &Change::of(stored)).await.unwrap();
    assert!(lost(&ledger.commit(read.as_ref(), &again).await), "the version comes first");
}

#[tokio::test]
async fn an_order_that_is_stored_already_is_not_opened_again_and_is_named() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let (there, new) = (order(&uid, 0, paid()), order(&uid, 1, planned()));
    let first = Change { opened: vec![there.clone()], ..Change::of(subscription(&uid)) };
    let stored = write(&ledger, &first).await.unwrap();
    let read = ledger.stored(&uid).await.unwrap();
    let opened = vec![new.clone(), order(&uid, 0, planned())];
    let again = Change { opened, ..Change::of(Subscription { periods_paid: 9, ..stored.clone() }) };
    let refused = ledger.commit(read.as_ref(), &again).await;
    let expected = there.merchant_uid();
    assert!(
        matches!(&refused, Err(CommitError::Taken(which)) if *which == expected),
        "{refused:?}"
    );
    assert_eq!(ledger.subscription(&uid).await.unwrap(), Some(stored.clone()));
    assert_eq!(ledger.order(&expected).await.unwrap(), Some(there));
    assert_eq!(ledger.order(&new.merchant_uid()).await.unwrap(), None);

    write(&ledger, &Change::of(stored)).await.unwrap();
    assert!(lost(&ledger.commit(read.as_ref(), &again).await), "the version comes first");
}

#[tokio::test]
async fn an_order_that_comes_further_replaces_what_was_stored_of_it() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let mut stored = subscription(&uid);
    for outcome in [planned(), ClosedState::Abandoned.into()] {
        let order = order(&uid, 0, outcome);
        let change = Change { orders: vec![order.clone()], ..Change::of(stored) };
        stored = write(&ledger, &change).await.unwrap();
        assert_eq!(ledger.order(&order.merchant_uid()).await.unwrap(), Some(order));
    }
}

#[tokio::test]
async fn a_refund_is_noted_on_the_payments_row() {
    let World { ledger, wire, .. } = World::new().await;
    let uid = uid("member");
    let payment = payment(&uid, "2026-11-22T03:00:15Z", "imp_1");
    write(&ledger, &paying(subscription(&uid), payment.clone())).await.unwrap();
    let payment = BookedPayment::from(&payment);
    let read = ledger.stored(&uid).await.unwrap().unwrap();
    let refund = Some(Refund {
        imp_uid: payment.imp_uid.clone(),
        paid_at: payment.paid_at,
        refunded: Won::new(9_900),
    });
    wire.take();
    ledger.commit(Some(&read), &Change { refund, ..Change::of(read.clone()) }).await.unwrap();
    assert_eq!(wire.operations(), ["TransactWriteItems"]);
    let noted = BookedPayment { refunded: Won::new(9_900), ..payment };
    assert_eq!(ledger.payments(&uid, 10, None).await.unwrap(), (vec![noted], None));
}

#[tokio::test]
async fn a_refund_of_a_payment_that_is_not_stored_stores_nothing() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let stored = write(&ledger, &Change::of(subscription(&uid))).await.unwrap();
    let read = ledger.stored(&uid).await.unwrap();
    let refund = Refund {
        imp_uid: imp_uid("imp_1"),
        paid_at: at("2026-11-22T03:00:15Z"),
        refunded: Won::new(9_900),
    };
    let change = Change {
        orders: vec![order(&uid, 0, paid())],
        refund: Some(refund),
        ..Change::of(Subscription { periods_paid: 9, ..stored.clone() })
    };
    let refused = ledger.commit(read.as_ref(), &change).await;
    assert!(
        matches!(&refused, Err(CommitError::NoSuchPayment(which)) if *which == imp_uid("imp_1")),
        "{refused:?}"
    );
    assert_eq!(ledger.subscription(&uid).await.unwrap(), Some(stored.clone()));
    assert_eq!(ledger.order(&change.orders[0].merchant_uid()).await.unwrap(), None);
    assert_eq!(ledger.latest_payment(&uid).await.unwrap(), None);

    write(&ledger, &Change::of(stored)).await.unwrap();
    assert!(lost(&ledger.commit(read.as_ref(), &change).await), "the version comes first");
}

#[tokio::test]
async fn an_admin_gives_back_so_much_a_day_and_the_write_beyond_it_is_not_stored() {
    let World { ledger, .. } = World::new().await;
    let mut stored = write(&ledger, &Change::of(subscription(&uid("member")))).await.unwrap();
    let mut give = async |by: &str, on, amount| {
        let allowance =
            Allowance { by: uid(by), on, amount: Won::new(amount), of: Won::new(20_000) };
        let next = Subscription { periods_paid: stored.periods_paid + 1, ..stored.clone() };
        let change = Change { allowance: Some(allowance), ..Change::of(next) };
        let read = ledger.stored(&stored.uid).await.unwrap();
        let given = ledger.commit(read.as_ref(), &change).await;
        stored = ledger.subscription(&stored.uid).await.unwrap().unwrap();
        match given {
            Ok(_) => true,
            Err(CommitError::OverAllowance) => false,
            Err(other) => panic!("{other:?}"),
        }
    };
    let (today, tomorrow) = (date(2026, 11, 22), date(2026, 11, 23));
    assert!(!give("admin", today, 20_001).await, "alone too much");
    assert!(give("admin", today, 15_000).await);
    assert!(!give("admin", today, 5_001).await);
    assert!(give("admin", today, 5_000).await, "what was refused does not count");
    assert!(!give("admin", today, 1).await);
    assert!(give("other", today, 20_000).await);
    assert!(give("admin", tomorrow, 20_000).await);
    assert_eq!(ledger.subscription(&uid("member")).await.unwrap().unwrap().periods_paid, 4);
}

#[tokio::test]
async fn the_brake_is_as_it_was_set_last() {
    let World { ledger, .. } = World::new().await;
    assert_eq!(ledger.brake().await.unwrap(), None);
    for pulled in [true, false] {
        let brake = Brake {
            pulled,
            at: at("2026-11-22T03:00:15.5Z"),
            by: uid("admin"),
            reason: "왜".to_owned(),
        };
        ledger.set_brake(&brake).await.unwrap();
        assert_eq!(ledger.brake().await.unwrap(), Some(brake));
    }
}

#[tokio::test]
async fn who_told_in_sums_what_was_told_already_changes_nothing() {
    let World { ledger, .. } = World::new().await;
    assert_eq!(ledger.digested().await.unwrap(), None);
    let (ten, half_past) = (at("2026-11-22T10:00:00Z"), at("2026-11-22T10:30:00Z"));
    ledger.set_digested(None, half_past).await.unwrap();
    ledger.set_digested(None, ten).await.unwrap();
    ledger.set_digested(Some(ten), ten).await.unwrap();
    assert_eq!(ledger.digested().await.unwrap(), Some(half_past));
    ledger.set_digested(Some(half_past), ten).await.unwrap();
    assert_eq!(ledger.digested().await.unwrap(), Some(ten));
}

#[tokio::test]
async fn what_another_has_counted_is_not_counted_again() {
    let World { ledger, .. } = World::new().await;
    let (since, day) = (at("2026-11-21T15:00:00Z"), Day::new(date(2026, 11, 22)));
    let counted = |until| Counted { since, until: at(until) };
    let (one, two) = (counted("2026-11-22T01:00:00Z"), counted("2026-11-22T02:00:00Z"));
    let with = |subscribed| Day { subscribed, ..day.clone() };
    assert_eq!(ledger.counted().await.unwrap(), None);
    assert!(ledger.set_days(None, one, [with(3)].iter()).await.unwrap());
    for was in [None, Some(two)] {
        assert!(!ledger.set_days(was, two, [with(9)].iter()).await.unwrap());
    }
    assert!(ledger.set_days(Some(one), two, [with(5)].iter()).await.unwrap());
    assert_eq!(ledger.counted().await.unwrap(), Some(two));
    assert_eq!(ledger.days(day.date, day.date).await.unwrap(), [with(5)]);
    assert_eq!(ledger.days(date(2026, 11, 23), date(2099, 1, 1)).await.unwrap(), []);
}

#[tokio::test]
async fn how_far_a_run_has_come_is_stored_by_one_of_two() {
    let World { ledger, .. } = World::new().await;
    let run = |version: u64| json!({"version": version, "found": {"a": 1}});
    let until = at("2026-12-22T01:00:00Z");
    assert_eq!(ledger.run::<Value>("x").await.unwrap(), None);
    assert!(ledger.set_run("x", 0, &run(1), until).await.unwrap());
    assert!(!ledger.set_run("x", 0, &run(1), until).await.unwrap(), "a new one of the same id");
    assert!(ledger.set_run("x", 1, &run(2), until).await.unwrap());
    assert!(!ledger.set_run("x", 1, &run(2), until).await.unwrap(), "somebody was first");
    let stored = ledger.run::<Value>("x").await.unwrap().unwrap();
    assert_eq!((&stored["version"], &stored["found"]), (&json!(2), &json!({"a": 1})));
}

#[tokio::test]
async fn a_lease_that_was_stored_is_given_once_to_whoever_stored_it() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let until = at("2026-11-22T03:02:15Z");
    let order = MerchantUid::Charge { subscription: SUBSCRIPTION, period: 0, attempt: 0 };
    let mut read = None;
    for lease in [Some(Leased::Access), None, Some(Leased::Order(order))] {
        let subscription = read.as_deref().cloned().unwrap_or_else(|| subscription(&uid));
        let lease = lease.map(|leased| (leased, until));
        let change = Change { lease, ..Change::of(subscription) };
        let stored = ledger.commit(read.as_ref(), &change).await.unwrap();
        let given = stored.lease.as_ref();
        assert_eq!(given.map(|given| (given.leased(), given.until())), lease);
        let late = ledger.commit(read.as_ref(), &change).await;
        assert!(lost(&late), "nobody else is given it: {late:?}");
        read = Some(stored.subscription);
    }
}

#[tokio::test]
async fn a_change_of_the_subscription_alone_is_one_conditional_put() {
    let World { ledger, wire, tables, .. } = World::new().await;
    let change = Change::of(due(&uid("member"), PLANNED_AT));
    let stored = ledger.commit(None, &change).await.unwrap().subscription;
    ledger.commit(Some(&stored), &Change::of(stored.clone())).await.unwrap();
    let [first, second] = <[_; 2]>::try_from(wire.take()).unwrap();
    assert_eq!(first.operation, "PutItem");
    assert_eq!(first.body["TableName"], json!(tables.subscriptions));
    assert_eq!(first.body["ConditionExpression"], json!("attribute_not_exists(#key)"));
    assert_eq!(second.operation, "PutItem");
    assert_eq!(second.body["ConditionExpression"], json!("#version = :version"));
    assert_eq!(second.body["ExpressionAttributeValues"], json!({ ":version": { "N": "1" } }));
}

#[tokio::test]
async fn an_order_is_found_by_its_id_in_one_read_whoever_it_belongs_to() {
    let World { ledger, wire, .. } = World::new().await;
    let order: Order = order(&uid("member"), 0, planned());
    let change = Change { orders: vec![order.clone()], ..Change::of(subscription(order.uid())) };
    write(&ledger, &change).await.unwrap();
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
