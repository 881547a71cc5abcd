//! Lists with rows that cannot be read.

use std::error::Error as _;

use futures::TryStreamExt;
use iamport::{
    BadRow, Client, Error, FindAll, Page, Payment, PaymentsByStatus, Row, Schedule, ScheduleItem,
    ScheduleRequest, SchedulesInRange, SchedulesOfCustomer, Unschedule,
};
use serde_json::{Value, json};

use crate::wire::{self, NOW, at, ok, payment, schedule};

/// A client whose lists hold these rows.
fn listing(rows: Vec<Value>, paged: bool) -> Client {
    let (client, _) = wire::client(move |_, _| {
        if paged {
            ok(json!({ "total": 3, "previous": 0, "next": 0, "list": rows }))
        } else {
            ok(json!(rows))
        }
    });
    client
}

fn without(mut row: Value, key: &str) -> Value {
    row.as_object_mut().unwrap().remove(key);
    row
}

fn with(mut row: Value, key: &str, value: Value) -> Value {
    row[key] = value;
    row
}

fn bad_payments() -> Vec<Value> {
    let whole = || with(payment("imp_2", "paid"), "buyer_name", json!("gildong"));
    vec![
        with(whole(), "amount", json!("gildong")),
        with(whole(), "amount", json!(null)),
        with(whole(), "cancel_amount", json!("gildong")),
        with(whole(), "status", json!("")),
        without(whole(), "imp_uid"),
        without(whole(), "merchant_uid"),
        json!(["gildong"]),
        json!("gildong"),
        json!(null),
    ]
}

fn bad_schedules() -> Vec<Value> {
    let whole = || with(schedule("order-2"), "buyer_name", json!("gildong"));
    vec![
        with(whole(), "amount", json!("gildong")),
        without(whole(), "schedule_status"),
        without(whole(), "merchant_uid"),
        json!("gildong"),
    ]
}

async fn lists_of_payments(client: &Client) -> [Vec<Row<Payment>>; 7] {
    let list = |page: Result<Page<Payment>, Error>| page.unwrap().list;
    [
        list(client.find_all(&FindAll::new("order-1")).await),
        list(client.payments_by_status(&PaymentsByStatus::new()).await),
        list(client.customer_payments("card-1", 1).await),
        client.payments(&["imp_1"], &[]).await.unwrap(),
        client.find_all_stream(FindAll::new("order-1")).try_collect().await.unwrap(),
        client.payments_by_status_stream(PaymentsByStatus::new()).try_collect().await.unwrap(),
        client.customer_payments_stream("card-1").try_collect().await.unwrap(),
    ]
}

async fn lists_of_schedules(client: &Client) -> [Vec<Row<Schedule>>; 6] {
    let range = SchedulesInRange::new(at(NOW), at(NOW + 60));
    let of_card = SchedulesOfCustomer::new("card-1", at(NOW), at(NOW + 60));
    let item = ScheduleItem::new("order-1", at(NOW + 60), 9900, "월 구독");
    [
        client.schedules(&range).await.unwrap().list,
        client.customer_schedules(&of_card).await.unwrap().list,
        client.schedules_stream(range).try_collect().await.unwrap(),
        client.customer_schedules_stream(of_card).try_collect().await.unwrap(),
        client.schedule(&ScheduleRequest::new("card-1", [item])).await.unwrap(),
        client.unschedule(&Unschedule::all("card-1")).await.unwrap(),
    ]
}

/// The text of a bad row's error and its causes.
fn said(bad: &BadRow) -> String {
    format!("{bad} {bad:?} {}", bad.source().unwrap())
}

#[tokio::test]
async fn a_payment_that_cannot_be_read_harms_no_other() {
    for paged in [true, false] {
        for bad in bad_payments() {
            let rows = vec![payment("imp_1", "paid"), bad, payment("imp_3", "failed")];
            for list in lists_of_payments(&listing(rows, paged)).await {
                let [Ok(first), Err(bad), Ok(last)] = &list[..] else { panic!("{list:?}") };
                assert_eq!([&first.imp_uid, &last.imp_uid], ["imp_1", "imp_3"]);
                assert!(!said(bad).contains("gildong"), "{bad:?}");
                list.into_iter().collect::<Result<Vec<_>, _>>().unwrap_err();
            }
        }
    }
}

#[tokio::test]
async fn a_schedule_that_cannot_be_read_harms_no_other() {
    for paged in [true, false] {
        for bad in bad_schedules() {
            let rows = vec![schedule("order-1"), bad, schedule("order-3")];
            for list in lists_of_schedules(&listing(rows, paged)).await {
                let [Ok(first), Err(bad), Ok(last)] = &list[..] else { panic!("{list:?}") };
                assert_eq!([&first.merchant_uid, &last.merchant_uid], ["order-1", "order-3"]);
                assert!(!said(bad).contains("gildong"), "{bad:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_billing_key_that_cannot_be_read_harms_no_other() {
    let key = |id: &str| json!({ "customer_uid": id, "customer_name": "gildong" });
    let client = listing(vec![key("card-1"), key(""), key("card-3")], false);
    let keys = client.customers(&["card-1", "card-2", "card-3"]).await.unwrap();
    let [Ok(first), Err(bad), Ok(third)] = &keys[..] else { panic!("{keys:?}") };
    assert_eq!([&first.customer_uid, &third.customer_uid], ["card-1", "card-3"]);
    assert_eq!(bad.customer_uid, None);
    assert!(!said(bad).contains("gildong"), "{bad:?}");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_still_says_whose_it_is() {
    let row = with(payment("imp_2", "paid"), "amount", json!("gildong"));
    let row = with(row, "customer_uid", json!("card-1"));
    let mut list = listing(vec![row], true).find_all(&FindAll::new("order-1")).await.unwrap().list;
    let bad = list.remove(0).unwrap_err();
    assert_eq!(
        [&bad.imp_uid, &bad.merchant_uid, &bad.customer_uid].map(Option::as_deref),
        [Some("imp_2"), Some("order-1"), Some("card-1")]
    );
    assert_eq!(bad.source().unwrap().to_string(), "an amount is not a whole number");
}

#[tokio::test]
async fn a_detail_that_cannot_be_read_does_not_hide_the_payment() {
    let bad = [json!(null), json!("x"), json!([[], "x", { "amount": "x" }]), json!({ "a": 1 })];
    for details in bad {
        let row = with(payment("imp_1", "cancelled"), "cancel_history", details.clone());
        let row = with(row, "deposit_history", details);
        let list = listing(vec![row], true).find_all(&FindAll::new("order-1")).await;
        let payment = wire::whole(list.unwrap().list).remove(0);
        assert_eq!(payment.cancel_history, []);
    }
}

#[tokio::test]
async fn what_the_schema_does_not_promise_is_not_asked_for() {
    let bare = json!({ "merchant_uid": "order-1", "amount": 9900, "schedule_status": "executed",
        "schedule_at": 0, "executed_at": 0, "revoked_at": 0, "customer_uid": null,
        "imp_uid": null, "payment_status": "failed", "fail_reason": "등록되지 않은 구매자입니다." });
    let (client, _) = wire::client(move |_, _| ok(bare.clone()));
    let schedule = client.schedule_by_merchant_uid("order-1").await.unwrap();
    assert_eq!((schedule.schedule_at, schedule.executed_at), (None, None));
    assert_eq!((schedule.customer_uid, schedule.imp_uid), (None, None));
    assert_eq!(schedule.payment_status, Some(iamport::PaymentStatus::Failed));
    assert_eq!(schedule.fail_reason.as_deref(), Some("등록되지 않은 구매자입니다."));
}

#[tokio::test]
async fn a_payment_without_a_currency_a_time_or_a_usage_is_read() {
    let keys = ["currency", "customer_uid", "customer_uid_usage", "started_at", "paid_at"];
    let absent = keys.into_iter().fold(payment("imp_1", "paid"), without);
    for nothing in [None, Some(json!(null)), Some(json!("")), Some(json!(0))] {
        let mut row = absent.clone();
        for key in keys.into_iter().filter(|key| nothing != Some(json!(0)) || key.ends_with("_at"))
        {
            if let Some(nothing) = &nothing {
                row[key] = nothing.clone();
            }
        }
        let (client, _) = wire::client(move |_, _| ok(row.clone()));
        let read = client.payment("imp_1").await.unwrap();
        assert_eq!((read.currency, read.customer_uid, read.customer_uid_usage), (None, None, None));
        assert_eq!((read.started_at, read.paid_at), (None, None));
    }
}
