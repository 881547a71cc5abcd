//! Walking through lists of several pages.

use futures::StreamExt;
use iamport::{Error, FindAll, PaymentsByStatus, SchedulesInRange, SchedulesOfCustomer};
use serde_json::{Value, json};

use crate::wire::{self, NOW, Reply, Seen, at, ok, payment, schedule};

/// Three pages, as a server hands them out.
fn paged(seen: &Seen, row: impl Fn(u32) -> Value) -> Reply {
    let page = seen.line.split(['?', '&']).find_map(|pair| pair.strip_prefix("page="));
    let page: u32 = page.unwrap().parse().unwrap();
    let next = if page < 3 { json!(page + 1) } else { json!(false) };
    ok(json!({ "total": 3, "previous": page - 1, "next": next, "list": [row(page)] }))
}

fn payments(seen: &Seen) -> Reply {
    paged(seen, |page| payment(&format!("imp_{page}"), "paid"))
}

fn schedules(seen: &Seen) -> Reply {
    paged(seen, |page| schedule(&format!("order-{page}")))
}

#[tokio::test]
async fn every_list_of_payments_is_walked_to_its_end() {
    let (client, log) = wire::client(|seen, _| payments(seen));
    let expected = ["imp_1", "imp_2", "imp_3"];
    for stream in [
        client.find_all_stream(FindAll::new("order-1")),
        client.payments_by_status_stream(PaymentsByStatus::new()),
        client.customer_payments_stream("card-1"),
    ] {
        let found = wire::walk(stream).await.into_iter().map(|payment| payment.imp_uid);
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
    assert_eq!(log.lines().len(), 9);
}

#[tokio::test]
async fn every_list_of_schedules_is_walked_to_its_end() {
    let (client, _) = wire::client(|seen, _| schedules(seen));
    for stream in [
        client.schedules_stream(SchedulesInRange::new(at(NOW), at(NOW + 60))),
        client.customer_schedules_stream(SchedulesOfCustomer::new("card-1", at(NOW), at(NOW + 60))),
    ] {
        let found = wire::walk(stream).await.into_iter().map(|schedule| schedule.merchant_uid);
        assert_eq!(found.collect::<Vec<_>>(), ["order-1", "order-2", "order-3"]);
    }
}

#[tokio::test]
async fn a_walk_starts_at_the_page_asked_for_and_fetches_no_page_too_early() {
    let (client, log) = wire::client(|seen, _| payments(seen));
    let mut request = FindAll::new("order-1");
    request.page = Some(2);
    let mut stream = client.find_all_stream(request);
    assert_eq!(stream.next().await.unwrap().unwrap().unwrap().imp_uid, "imp_2");
    assert_eq!(log.lines(), ["GET /payments/findAll/order-1?page=2"]);
}

#[tokio::test]
async fn a_next_page_that_leads_nowhere_ends_the_walk() {
    let (client, log) = wire::client(|_, _| {
        ok(json!({ "total": 9, "previous": 0, "next": 1, "list": [payment("imp_1", "paid")] }))
    });
    let found = client.find_all_stream(FindAll::new("order-1")).take(9).count().await;
    assert_eq!((found, log.lines().len()), (1, 1));
}

#[tokio::test]
async fn an_error_ends_the_walk() {
    let (client, _) = wire::client(|seen, _| {
        if seen.line.ends_with("page=1") { payments(seen) } else { wire::no(400, -1, "아니오") }
    });
    let found: Vec<Result<_, Error>> =
        client.find_all_stream(FindAll::new("order-1")).collect().await;
    assert!(matches!(&found[..], [Ok(_), Err(Error::Refused { .. })]), "{found:?}");
}
