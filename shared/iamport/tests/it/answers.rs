//! How lenient the client is with answers.

use std::collections::BTreeSet;

use iamport::{
    Buyer, Customer, FindAll, Payment, PaymentStatus, Schedule, ScheduleStatus, SchedulesInRange,
    Usage,
};
use serde_json::{Value, json};

use crate::wire::{self, NOW, at, ok, payment, schedule};

async fn read(response: Value) -> Payment {
    let (client, _) = wire::client(move |_, _| ok(response.clone()));
    client.payment("imp_1").await.unwrap()
}

async fn read_page(response: Value) -> (u64, Option<u32>, Option<u32>, Vec<Payment>) {
    let (client, _) = wire::client(move |_, _| ok(response.clone()));
    let page = client.find_all(&FindAll::new("order-1")).await.unwrap();
    (page.total, page.previous, page.next, wire::whole(page.list))
}

/// A payment with every field, written in the plainest way.
fn full() -> Value {
    serde_json::from_str(include_str!("full-payment.json")).unwrap()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one value, field by field")]
async fn every_field_of_a_payment_is_read() {
    let payment = read(full()).await;
    assert_eq!(
        (payment.imp_uid.as_str(), payment.merchant_uid.as_str(), payment.amount),
        ("imps_1", "order-1", 9900)
    );
    assert_eq!((payment.cancel_amount, payment.currency.as_deref()), (9900, Some("KRW")));
    assert_eq!(payment.status, PaymentStatus::Cancelled);
    assert_eq!(payment.customer_uid_usage, Some(Usage::PaymentScheduled));
    assert_eq!(
        [payment.sandbox, payment.escrow, payment.cash_receipt_issued],
        [Some(true), Some(false), Some(false)]
    );
    assert_eq!((payment.card_quota, payment.card.kind), (Some(0), Some(0)));
    assert_eq!(
        [
            payment.started_at,
            payment.vbank_date,
            payment.vbank_issued_at,
            payment.paid_at,
            payment.failed_at,
            payment.cancelled_at,
        ],
        [0, 1, 2, 7, 8, 9].map(|later| Some(at(NOW + later)))
    );
    let texts = [
        (&payment.customer_uid, "card-1"),
        (&payment.name, "월 구독"),
        (&payment.buyer.name, "gildong"),
        (&payment.buyer.email, "g@example.com"),
        (&payment.buyer.tel, "010"),
        (&payment.buyer.addr, "Seoul"),
        (&payment.buyer.postcode, "00000"),
        (&payment.fail_reason, "none"),
        (&payment.cancel_reason, "해지"),
        (&payment.receipt_url, "https://example.com/r"),
        (&payment.pay_method, "card"),
        (&payment.channel, "api"),
        (&payment.pg_provider, "html5_inicis"),
        (&payment.emb_pg_provider, "x"),
        (&payment.pg_tid, "tid-1"),
        (&payment.pg_id, "INIBillTst"),
        (&payment.apply_num, "30012345"),
        (&payment.card.code, "361"),
        (&payment.card.name, "BC카드"),
        (&payment.card.issuer_code, "361"),
        (&payment.card.issuer_name, "BC"),
        (&payment.card.publisher_code, "361"),
        (&payment.card.publisher_name, "BC"),
        (&payment.card.number, "944603*********7"),
        (&payment.bank_code, "004"),
        (&payment.bank_name, "KB"),
        (&payment.vbank_code, "020"),
        (&payment.vbank_name, "Woori"),
        (&payment.vbank_num, "123"),
        (&payment.vbank_holder, "holder"),
        (&payment.custom_data, "{\"a\":1}"),
        (&payment.user_agent, "ua"),
    ];
    for (read, written) in texts {
        assert_eq!(read.as_deref(), Some(written));
    }
    assert_eq!(payment.cancel_receipt_urls, ["https://example.com/c"]);
    let [cancellation] = &payment.cancel_history[..] else { panic!("{payment:?}") };
    assert_eq!(
        (cancellation.amount, cancellation.cancelled_at, cancellation.cancellation_id.as_deref()),
        (9900, Some(at(NOW + 9)), Some("ABCDEFGHIJ0123456789"))
    );
    assert_eq!(
        [&cancellation.pg_tid, &cancellation.reason, &cancellation.receipt_url]
            .map(Option::as_deref),
        [Some("tid-2"), Some("해지"), Some("https://example.com/c")]
    );
    let [deposit] = &payment.deposit_history[..] else { panic!("{payment:?}") };
    assert_eq!((deposit.amount, deposit.deposited_at), (1, Some(at(NOW))));
    assert_eq!(deposit.depositor_name.as_deref(), Some("gildong"));
    let promotion = payment.promotion.unwrap();
    assert_eq!((promotion.id.as_deref(), promotion.discount), (Some("p-1"), Some(100)));
}

#[tokio::test]
async fn absent_null_empty_and_zero_all_mean_nothing() {
    let bare = read(payment("imp_1", "ready")).await;
    let mut hollow = full();
    for (key, value) in hollow.as_object_mut().unwrap() {
        *value = match key.as_str() {
            "imp_uid" => json!("imp_1"),
            "merchant_uid" => json!("order-1"),
            "amount" => json!(9900),
            "currency" => json!("KRW"),
            "status" => json!("ready"),
            "sandbox" => json!(true),
            key if key.ends_with("_at") || key == "vbank_date" => json!(0),
            "cancel_history" | "card_type" | "card_quota" | "escrow" => Value::Null,
            "deposit_history" => json!({}),
            _ => json!(""),
        };
    }
    assert_eq!(read(hollow).await, bare);
    assert_eq!(bare.buyer, Buyer::default());
    assert_eq!((bare.paid_at, bare.apply_num.as_deref(), bare.cancel_amount), (None, None, 0));
    assert_eq!((bare.customer_uid_usage, bare.cancel_history), (None, vec![]));
}

#[tokio::test]
async fn numbers_may_come_as_text_or_with_a_fraction_of_nothing() {
    let plain = read(full()).await;
    for (amount, cancelled) in [
        (json!("9900"), json!("9900")),
        (json!(9900.0), json!("9900.0")),
        (json!("9900.00"), json!(9900.0)),
    ] {
        let mut odd = full();
        odd["amount"] = amount;
        odd["cancel_amount"] = cancelled;
        odd["started_at"] = json!(NOW.to_string());
        odd["card_quota"] = json!("0");
        odd["card_type"] = json!("0");
        odd["card_code"] = json!(361);
        odd["sandbox"] = json!(1);
        odd["escrow"] = json!("false");
        odd["cancel_history"][0]["amount"] = json!("9900");
        odd["cancel_history"][0]["cancelled_at"] = json!((NOW + 9).to_string());
        assert_eq!(read(odd).await, plain);
    }
}

#[tokio::test(start_paused = true)]
async fn an_amount_that_cannot_be_read_is_not_guessed() {
    for odd in [json!(9900.5), json!(-1), json!("abc"), json!(1e30), json!(null), json!("+1")] {
        let mut response = payment("imp_1", "paid");
        response["amount"] = odd.clone();
        let (client, _) = wire::client(move |_, _| ok(response.clone()));
        assert!(client.payment("imp_1").await.is_err(), "{odd}");
    }
    let mut response = payment("imp_1", "cancelled");
    response["cancel_amount"] = json!("all");
    let (client, _) = wire::client(move |_, _| ok(response.clone()));
    client.payment("imp_1").await.unwrap_err();
}

#[tokio::test]
async fn a_code_may_come_as_text() {
    let (client, _) = wire::client(|_, _| {
        let envelope = json!({ "code": "0", "response": payment("imp_1", "paid") });
        wire::Reply::Json(200, envelope)
    });
    client.payment("imp_1").await.unwrap();
}

#[tokio::test]
async fn words_of_tomorrow_are_kept() {
    let mut response = payment("imp_1", "pay_pending");
    response["customer_uid_usage"] = json!("payment.promised");
    let payment = read(response).await;
    assert_eq!(payment.status, PaymentStatus::Other("pay_pending".to_owned()));
    assert_eq!(payment.customer_uid_usage, Some(Usage::Other("payment.promised".to_owned())));
    for (word, status) in [
        ("ready", PaymentStatus::Ready),
        ("paid", PaymentStatus::Paid),
        ("failed", PaymentStatus::Failed),
        ("cancelled", PaymentStatus::Cancelled),
    ] {
        assert_eq!(PaymentStatus::from(word.to_owned()), status);
        assert_eq!(status.as_str(), word);
    }
    for (word, usage) in [
        ("issue", Usage::Issue),
        ("payment", Usage::Payment),
        ("payment.scheduled", Usage::PaymentScheduled),
    ] {
        assert_eq!(Usage::from(word.to_owned()), usage);
        assert_eq!(usage.as_str(), word);
    }
    for (word, status) in [
        ("scheduled", ScheduleStatus::Scheduled),
        ("executed", ScheduleStatus::Executed),
        ("revoked", ScheduleStatus::Revoked),
        ("paused", ScheduleStatus::Other("paused".to_owned())),
    ] {
        assert_eq!(ScheduleStatus::from(word.to_owned()), status);
        assert_eq!(status.as_str(), word);
    }
}

#[tokio::test]
async fn a_page_says_where_it_stands() {
    let rows = json!([payment("imp_1", "paid")]);
    let row: Payment = serde_json::from_value(rows[0].clone()).unwrap();
    let expected = |total, previous, next| (total, previous, next, vec![row.clone()]);
    assert_eq!(
        read_page(json!({ "total": "41", "previous": 1, "next": 3, "list": rows })).await,
        expected(41, Some(1), Some(3))
    );
    for none in [json!(0), json!(false), json!(null), json!("")] {
        assert_eq!(
            read_page(json!({ "total": 1, "previous": none, "next": none, "list": rows })).await,
            expected(1, None, None)
        );
    }
    assert_eq!(read_page(rows.clone()).await, expected(1, None, None), "a plain list");
    let empty = read_page(json!({ "total": 0, "previous": 0, "next": 0, "list": null })).await;
    assert_eq!(empty, (0, None, None, vec![]));
}

#[tokio::test(start_paused = true)]
async fn an_object_without_rows_is_no_empty_page() {
    for odd in [json!({}), json!(null), schedule("order-1"), json!({ "list": "none" })] {
        let (client, _) = wire::client(move |_, _| ok(odd.clone()));
        let request = SchedulesInRange::new(at(NOW), at(NOW + 60));
        assert!(client.schedules(&request).await.unwrap_err().is_unavailable());
    }
}

#[tokio::test]
async fn a_list_may_be_paged_and_an_object_may_be_listed() {
    let (client, _) = wire::client(|_, _| {
        let rows = [payment("imp_1", "paid")];
        ok(json!({ "total": 1, "previous": 0, "next": 0, "list": rows }))
    });
    assert_eq!(client.payments(&["imp_1"], &[]).await.unwrap().len(), 1);
    assert_eq!(read(json!([payment("imp_1", "paid")])).await.imp_uid, "imp_1");
}

#[tokio::test]
async fn every_field_of_a_schedule_is_read() {
    let (client, _) = wire::client(|_, _| {
        ok(json!({
            "customer_uid": "card-1", "merchant_uid": "order-1", "imp_uid": "imps_1",
            "pg_provider": "html5_inicis", "pg_id": "INIBillTst", "customer_id": "person-1",
            "schedule_at": NOW.to_string(), "executed_at": NOW + 15, "revoked_at": 0,
            "amount": "9900", "currency": "KRW", "name": "월 구독", "buyer_name": "gildong",
            "buyer_email": "", "custom_data": null, "schedule_status": "executed",
            "payment_status": "failed", "fail_reason": "잔액부족", "promotion_id": "p-1",
        }))
    });
    let schedule: Schedule = client.schedule_by_merchant_uid("order-1").await.unwrap();
    assert_eq!((schedule.schedule_at, schedule.amount), (Some(at(NOW)), 9900));
    assert_eq!((schedule.executed_at, schedule.revoked_at), (Some(at(NOW + 15)), None));
    assert_eq!(
        (schedule.schedule_status, schedule.payment_status),
        (ScheduleStatus::Executed, Some(PaymentStatus::Failed))
    );
    let buyer = Buyer { name: Some("gildong".to_owned()), ..Buyer::default() };
    assert_eq!(schedule.buyer, buyer);
    let texts = [
        (schedule.customer_uid, "card-1"),
        (Some(schedule.merchant_uid), "order-1"),
        (schedule.imp_uid, "imps_1"),
        (schedule.pg_provider, "html5_inicis"),
        (schedule.pg_id, "INIBillTst"),
        (schedule.customer_id, "person-1"),
        (schedule.currency, "KRW"),
        (schedule.name, "월 구독"),
        (schedule.fail_reason, "잔액부족"),
        (schedule.promotion_id, "p-1"),
    ];
    for (read, written) in texts {
        assert_eq!(read.as_deref(), Some(written));
    }
    assert_eq!(schedule.custom_data, None);
}

#[tokio::test]
async fn every_field_of_a_customer_is_read() {
    let (client, _) = wire::client(|_, _| {
        ok(json!({
            "customer_uid": "card-1", "pg_provider": "html5_inicis", "pg_id": "INIBillTst",
            "sandbox": true, "customer_id": "person-1", "card_name": "BC카드",
            "card_code": "361", "card_issuer_code": "1", "card_issuer_name": "2",
            "card_publisher_code": "3", "card_publisher_name": "4", "card_number": "9446***7",
            "card_type": null, "customer_name": "gildong", "customer_tel": "010",
            "customer_email": "g@example.com", "customer_addr": "Seoul",
            "customer_postcode": "00000", "inserted": NOW, "updated": (NOW + 1).to_string(),
        }))
    });
    let customer: Customer = client.customer("card-1").await.unwrap();
    assert_eq!(
        (customer.inserted, customer.updated, customer.card.kind, customer.sandbox),
        (Some(at(NOW)), Some(at(NOW + 1)), None, Some(true))
    );
    let shown = format!("{customer:?}");
    let texts = [
        (Some(customer.customer_uid), "card-1"),
        (customer.pg_provider, "html5_inicis"),
        (customer.pg_id, "INIBillTst"),
        (customer.customer_id, "person-1"),
        (customer.card.name, "BC카드"),
        (customer.card.code, "361"),
        (customer.card.issuer_code, "1"),
        (customer.card.issuer_name, "2"),
        (customer.card.publisher_code, "3"),
        (customer.card.publisher_name, "4"),
        (customer.card.number, "9446***7"),
        (customer.customer_name, "gildong"),
        (customer.customer_tel, "010"),
        (customer.customer_email, "g@example.com"),
        (customer.customer_addr, "Seoul"),
        (customer.customer_postcode, "00000"),
    ];
    for (read, written) in texts {
        assert_eq!(read.as_deref(), Some(written));
    }
    assert!(!shown.contains("gildong") && !shown.contains("Seoul"), "{shown}");
}

#[tokio::test]
async fn debug_of_a_payment_shows_nothing_personal() {
    let shown = format!("{:?}", read(full()).await);
    for hidden in ["gildong", "g@example.com", "010", "Seoul", "holder", "944603"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

#[tokio::test]
async fn nothing_a_field_may_hold_breaks_the_reader() {
    let odd = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("x"),
        json!("999999999999999999999999"),
        json!([]),
        json!([[], "x", null]),
        json!({}),
        json!({ "a": { "b": [] } }),
    ];
    let mut breakable = BTreeSet::new();
    for key in full().as_object().unwrap().keys() {
        for value in &odd {
            let mut response = full();
            response[key] = value.clone();
            if serde_json::from_value::<Payment>(response).is_err() {
                breakable.insert(key.clone());
            }
        }
    }
    // Without these a payment cannot be told from another, or money would be guessed.
    let needed = ["amount", "cancel_amount", "imp_uid", "merchant_uid", "status"];
    assert_eq!(breakable, needed.map(str::to_owned).into());
}

#[test]
fn a_client_and_its_calls_can_be_sent_between_threads() {
    fn sent<T: Send>(_: &T) {}
    fn shared<T: Clone + Send + Sync>(_: &T) {}
    let (client, _) = wire::client(|_, _| wire::Reply::Silence);
    shared(&client);
    sent(&client.payment("imp_1"));
    sent(&client.find_all_stream(FindAll::new("order-1")));
}
