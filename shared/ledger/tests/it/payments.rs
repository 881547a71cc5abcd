//! A member's payments, newest first.

use crate::{
    samples::{imp_uid, paying, payment, subscription, uid},
    world::{World, write},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use billing::{Payment, Uid};
use ledger::{BookedPayment, Error, Ledger};
use serde_json::json;

/// Stores payments of a member, one change each.
async fn store(ledger: &Ledger, uid: &Uid, payments: &[Payment]) {
    let mut stored = ledger.subscription(uid).await.unwrap().unwrap_or_else(|| subscription(uid));
    for payment in payments {
        stored = write(ledger, &paying(stored, payment.clone())).await.unwrap();
    }
}

fn booked(payment: &Payment) -> BookedPayment {
    payment.into()
}

#[tokio::test]
async fn two_payments_in_one_second_are_two_rows() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let first = payment(&uid, "2026-11-22T03:00:15Z", "imp_1");
    let second = payment(&uid, "2026-11-22T03:00:15Z", "imp_2");
    store(&ledger, &uid, &[first.clone(), second.clone()]).await;
    let (paid_at, imp_uid) = (first.receipt().paid_at(), imp_uid("imp_1"));
    assert_eq!(ledger.payment(&uid, paid_at, &imp_uid).await.unwrap(), Some(booked(&first)));
    let both = vec![booked(&second), booked(&first)];
    assert_eq!(ledger.payments(&uid, 10, None).await.unwrap(), (both, None));
}

#[tokio::test]
async fn the_latest_payment_is_one_query_of_one_row_newest_first() {
    let World { ledger, wire, tables, .. } = World::new().await;
    let uid = uid("member");
    let payments = ["2026-11-22T03:00:15Z", "2027-01-22T01:00:30Z", "2026-12-22T01:00:30Z"]
        .map(|paid_at| payment(&uid, paid_at, "imp_1"));
    store(&ledger, &uid, &payments).await;
    wire.take();
    assert_eq!(ledger.latest_payment(&uid).await.unwrap(), Some(booked(&payments[1])));
    let [sent] = <[_; 1]>::try_from(wire.take()).unwrap();
    assert_eq!(sent.operation, "Query");
    assert_eq!(
        sent.body,
        json!({
            "TableName": tables.payments,
            "KeyConditionExpression": "#uid = :uid",
            "ExpressionAttributeNames": { "#uid": "uid" },
            "ExpressionAttributeValues": { ":uid": { "S": "member" } },
            "ScanIndexForward": false,
            "Limit": 1,
            "ConsistentRead": true,
        })
    );
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_and_the_last_has_no_cursor() {
    let World { ledger, wire, .. } = World::new().await;
    let uid = uid("member");
    let payments: Vec<_> = (10..16)
        .map(|second| payment(&uid, &format!("2026-11-22T03:00:{second}.25Z"), "imp_1"))
        .collect();
    store(&ledger, &uid, &payments).await;
    let payments: Vec<_> = payments.iter().rev().map(booked).collect();
    wire.take();
    let (first, cursor) = ledger.payments(&uid, 4, None).await.unwrap();
    assert_eq!(first, payments[..4]);
    let (second, end) = ledger.payments(&uid, 4, cursor.as_deref()).await.unwrap();
    assert_eq!((second, end), (payments[4..].to_vec(), None));
    assert_eq!(wire.operations(), ["Query", "Query"]);
    let (all, end) = ledger.payments(&uid, 6, None).await.unwrap();
    assert_eq!((all, end), (payments.clone(), None), "a page that ends with the list");
    let (one, more) = ledger.payments(&uid, 0, None).await.unwrap();
    assert_eq!((one, more.is_some()), (payments[..1].to_vec(), true), "0 counts as 1");
}

#[tokio::test]
async fn a_cursor_names_no_member_and_leads_only_into_ones_own_list() {
    let World { ledger, .. } = World::new().await;
    let (mine, theirs) = (uid("member-1"), uid("member-2"));
    for uid in [&mine, &theirs] {
        let payments = ["2026-11-22T03:00:15Z", "2026-12-22T01:00:30Z"]
            .map(|paid_at| payment(uid, paid_at, "imp_1"));
        store(&ledger, uid, &payments).await;
    }
    let (_, cursor) = ledger.payments(&theirs, 1, None).await.unwrap();
    let cursor = cursor.unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(&cursor).unwrap(), b"2026-12-22T01:00:30Z#imp_1");
    let (page, end) = ledger.payments(&mine, 1, Some(&cursor)).await.unwrap();
    let older = payment(&mine, "2026-11-22T03:00:15Z", "imp_1");
    assert_eq!((page, end), (vec![booked(&older)], None));
}

#[tokio::test]
async fn a_cursor_that_is_not_ours_is_refused_and_nothing_is_sent() {
    let World { ledger, wire, .. } = World::new().await;
    let garbage = [
        String::new(),
        "%%%".to_owned(),
        "회원".to_owned(),
        "MjAyNi0xMS0yMg==".to_owned(),
        URL_SAFE_NO_PAD.encode([0xff, 0xfe]),
        URL_SAFE_NO_PAD.encode("2026-11-22T03:00:15Z"),
        URL_SAFE_NO_PAD.encode("2026-11-22T03:00:15Z#"),
        URL_SAFE_NO_PAD.encode("2026-11-22T03:00:15Z#imp 1"),
        URL_SAFE_NO_PAD.encode("2026-11-22T03:00:15Z#imp_1#imp_2"),
        URL_SAFE_NO_PAD.encode("2026-11-22T03:00:15.5Z#imp_1"),
        URL_SAFE_NO_PAD.encode("2026-11-22T12:00:15+09:00#imp_1"),
        URL_SAFE_NO_PAD.encode("tomorrow#imp_1"),
        "A".repeat(10_000),
    ];
    for cursor in garbage {
        let page = ledger.payments(&uid("member"), 10, Some(&cursor)).await;
        assert!(matches!(page, Err(Error::BadCursor)), "{cursor}: {page:?}");
    }
    assert_eq!(wire.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_payment_comes_back_with_its_exact_time() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let exact = payment(&uid, "2026-11-22T03:00:15.987654321Z", "imp_1");
    store(&ledger, &uid, std::slice::from_ref(&exact)).await;
    let receipt = exact.receipt();
    let read = ledger.payment(&uid, receipt.paid_at(), receipt.imp_uid()).await.unwrap();
    assert_eq!(read, Some(booked(&exact)));
}
