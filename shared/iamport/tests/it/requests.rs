//! Every call's method, path, query and body.

use iamport::{
    Again, Buyer, Cancel, CashReceiptType, ChargeOptions, DeleteKey, Extra, FindAll, PaymentStatus,
    PaymentsByStatus, ProductType, ScheduleItem, ScheduleRequest, ScheduleStatus, SchedulesInRange,
    SchedulesOfCustomer, Sorting, Unschedule,
};
use serde_json::{Value, json};

use crate::wire::{self, NOW, Seen, at, ok, payment, schedule};

fn seen(line: &str, body: Value) -> Seen {
    Seen { line: line.to_owned(), token: Some("t1".to_owned()), body }
}

fn page_of(row: &Value) -> Value {
    json!({ "total": 1, "previous": 0, "next": 0, "list": [row] })
}

/// Makes one call and checks what was sent for it.
macro_rules! sends {
    ($name:ident, $response:expr, |$client:ident| $call:expr, $line:expr, $body:expr $(,)?) => {
        #[tokio::test]
        async fn $name() {
            let response = $response;
            let ($client, log) = wire::client(move |_, _| ok(response.clone()));
            $call.await.unwrap();
            assert_eq!(log.only(), seen($line, $body));
        }
    };
}

sends!(
    payment_is_read_by_imp_uid,
    payment("imp_1", "paid"),
    |client| client.payment("imp_1"),
    "GET /payments/imp_1",
    Value::Null,
);
sends!(
    payments_are_read_by_both_kinds_of_ids,
    json!([payment("imp_1", "paid")]),
    |client| client.payments(&["imp_1", "imp_2"], &["order-1"]),
    "GET /payments?imp_uid%5B%5D=imp_1&imp_uid%5B%5D=imp_2&merchant_uid%5B%5D=order-1",
    Value::Null,
);
sends!(
    find_leaves_an_absent_status_out_of_the_path,
    payment("imp_1", "paid"),
    |client| client.find("order-1", None),
    "GET /payments/find/order-1",
    Value::Null,
);
sends!(
    find_takes_a_status,
    payment("imp_1", "paid"),
    |client| client.find("order-1", Some(PaymentStatus::Paid)),
    "GET /payments/find/order-1/paid",
    Value::Null,
);
sends!(
    an_id_cannot_leave_its_segment_of_the_path,
    payment("imp_1", "paid"),
    |client| client.find("a/../b?c=d#%e&f", Some(PaymentStatus::Other("x/y".to_owned()))),
    "GET /payments/find/a%2F..%2Fb%3Fc%3Dd%23%25e%26f/x%2Fy",
    Value::Null,
);
sends!(
    find_all_takes_status_page_limit_and_sorting,
    page_of(&payment("imp_1", "paid")),
    |client| {
        let mut request = FindAll::new("order-1");
        request.status = Some(PaymentStatus::Cancelled);
        request.page = Some(2);
        request.limit = Some(1_000);
        request.sorting = Some(Sorting::PaidOldestFirst);
        async move { client.find_all(&request).await }
    },
    "GET /payments/findAll/order-1/cancelled?page=2&limit=1000&sorting=paid",
    Value::Null,
);
sends!(
    payments_by_status_defaults_to_all,
    page_of(&payment("imp_1", "paid")),
    |client| async move { client.payments_by_status(&PaymentsByStatus::new()).await },
    "GET /payments/status/all",
    Value::Null,
);
sends!(
    payments_by_status_takes_a_window,
    page_of(&payment("imp_1", "paid")),
    |client| {
        let mut request = PaymentsByStatus::new();
        request.status = Some(PaymentStatus::Failed);
        request.from = Some(at(NOW - 100));
        request.to = Some(at(NOW));
        request.page = Some(3);
        request.limit = Some(50);
        request.sorting = Some(Sorting::UpdatedNewestFirst);
        async move { client.payments_by_status(&request).await }
    },
    "GET /payments/status/failed?page=3&limit=50&from=1767225500&to=1767225600&sorting=-updated",
    Value::Null,
);
sends!(
    cancel_by_imp_uid_says_nothing_it_need_not,
    payment("imp_1", "cancelled"),
    |client| async move { client.cancel(&Cancel::imp_uid("imp_1")).await },
    "POST /payments/cancel",
    json!({ "imp_uid": "imp_1" }),
);
sends!(
    cancel_says_all_it_can,
    payment("imp_1", "cancelled"),
    |client| {
        let mut request = Cancel::merchant_uid("order-1");
        request.amount = Some(100);
        request.tax_free = Some(1);
        request.vat_amount = Some(2);
        request.checksum = Some(9900);
        request.reason = Some("해지".to_owned());
        request.retain_promotion = Some(true);
        request.enable_webhook = Some(true);
        async move { client.cancel(&request).await }
    },
    "POST /payments/cancel",
    json!({
        "merchant_uid": "order-1", "amount": 100, "tax_free": 1, "vat_amount": 2, "checksum": 9900,
        "reason": "해지", "retain_promotion": true, "enable_webhook": true,
    }),
);
sends!(
    customer_is_read_by_its_uid,
    json!({ "customer_uid": "card-1" }),
    |client| client.customer("card-1"),
    "GET /subscribe/customers/card-1",
    Value::Null,
);
sends!(
    customers_are_read_together,
    json!([{ "customer_uid": "card-1" }]),
    |client| client.customers(&["card-1", "card-2"]),
    "GET /subscribe/customers?customer_uid%5B%5D=card-1&customer_uid%5B%5D=card-2",
    Value::Null,
);
sends!(
    delete_key_says_why_in_the_query,
    json!({ "customer_uid": "card-1" }),
    |client| {
        let mut request = DeleteKey::new("card-1");
        request.reason = Some("카드 변경".to_owned());
        request.requester = Some("customer".to_owned());
        async move { client.delete_key(&request).await }
    },
    "DELETE /subscribe/customers/card-1?reason=%EC%B9%B4%EB%93%9C+%EB%B3%80%EA%B2%BD\
     &extra%5Brequester%5D=customer",
    Value::Null,
);
sends!(
    customer_payments_take_a_page,
    page_of(&payment("imp_1", "paid")),
    |client| client.customer_payments("card-1", 2),
    "GET /subscribe/customers/card-1/payments?page=2",
    Value::Null,
);
sends!(
    customer_schedules_spell_the_status_with_a_hyphen,
    page_of(&schedule("order-1")),
    |client| {
        let mut request = SchedulesOfCustomer::new("card-1", at(NOW), at(NOW + 100));
        request.status = Some(ScheduleStatus::Scheduled);
        request.page = Some(2);
        async move { client.customer_schedules(&request).await }
    },
    "GET /subscribe/customers/card-1/schedules?from=1767225600&to=1767225700&page=2\
     &schedule-status=scheduled",
    Value::Null,
);
sends!(
    again_says_nothing_it_need_not,
    payment("imps_1", "paid"),
    |client| async move { client.again(&Again::new("card-1", "order-1", 9900, "월 구독")).await },
    "POST /subscribe/payments/again",
    json!({
        "customer_uid": "card-1", "merchant_uid": "order-1", "amount": 9900, "name": "월 구독",
    }),
);
sends!(
    again_says_all_it_can,
    payment("imps_1", "paid"),
    |client| {
        let mut request = Again::new("card-1", "order-1", 50_000, "연 구독");
        request.options = all_options();
        async move { client.again(&request).await }
    },
    "POST /subscribe/payments/again",
    with_all_options(json!({
        "customer_uid": "card-1", "merchant_uid": "order-1", "amount": 50_000, "name": "연 구독",
    })),
);
sends!(
    schedule_posts_seconds,
    json!([schedule("order-1")]),
    |client| {
        let item = ScheduleItem::new("order-1", at(NOW + 60), 9900, "월 구독");
        async move { client.schedule(&ScheduleRequest::new("card-1", [item])).await }
    },
    "POST /subscribe/payments/schedule",
    json!({
        "customer_uid": "card-1",
        "schedules": [{
            "merchant_uid": "order-1", "schedule_at": NOW + 60, "amount": 9900,
            "name": "월 구독", "currency": "KRW",
        }],
    }),
);
sends!(
    schedule_says_all_it_can,
    json!([schedule("order-1")]),
    |client| {
        let mut item = ScheduleItem::new("order-1", at(NOW + 60), 50_000, "연 구독");
        item.options = all_options();
        let mut request = ScheduleRequest::new("card-1", [item]);
        request.customer_id = Some("person-1".to_owned());
        request.channel_key = Some("channel".to_owned());
        async move { client.schedule(&request).await }
    },
    "POST /subscribe/payments/schedule",
    json!({
        "customer_uid": "card-1", "customer_id": "person-1", "channel_key": "channel",
        "schedules": [with_all_options(json!({
            "merchant_uid": "order-1", "schedule_at": NOW + 60, "amount": 50_000,
            "name": "연 구독",
        }))],
    }),
);
sends!(
    unschedule_all_names_the_key_only,
    json!([schedule("order-1")]),
    |client| async move { client.unschedule(&Unschedule::all("card-1")).await },
    "POST /subscribe/payments/unschedule",
    json!({ "customer_uid": "card-1" }),
);
sends!(
    unschedule_one_names_it_in_a_list,
    json!([schedule("order-1")]),
    |client| async move { client.unschedule(&Unschedule::one("card-1", "order-1")).await },
    "POST /subscribe/payments/unschedule",
    json!({ "customer_uid": "card-1", "merchant_uid": ["order-1"] }),
);
sends!(
    schedules_spell_the_status_with_an_underscore,
    page_of(&schedule("order-1")),
    |client| {
        let mut request = SchedulesInRange::new(at(NOW), at(NOW + 100));
        request.status = Some(ScheduleStatus::Revoked);
        request.page = Some(2);
        request.limit = Some(1_000);
        request.oldest_first = true;
        async move { client.schedules(&request).await }
    },
    "GET /subscribe/payments/schedule?schedule_from=1767225600&schedule_to=1767225700\
     &schedule_status=revoked&page=2&limit=1000&sorting=scheduled",
    Value::Null,
);
sends!(
    schedule_is_read_by_merchant_uid,
    schedule("order-1"),
    |client| client.schedule_by_merchant_uid("order-1"),
    "GET /subscribe/payments/schedule/order-1",
    Value::Null,
);

#[tokio::test]
async fn payments_are_sorted_in_six_ways() {
    let (client, log) = wire::client(|_, _| ok(page_of(&payment("imp_1", "paid"))));
    for sorting in [
        Sorting::StartedNewestFirst,
        Sorting::StartedOldestFirst,
        Sorting::PaidNewestFirst,
        Sorting::PaidOldestFirst,
        Sorting::UpdatedNewestFirst,
        Sorting::UpdatedOldestFirst,
    ] {
        let mut request = FindAll::new("order-1");
        request.sorting = Some(sorting);
        client.find_all(&request).await.unwrap();
    }
    let words = ["-started", "started", "-paid", "paid", "-updated", "updated"];
    let lines = words.map(|word| format!("GET /payments/findAll/order-1?sorting={word}"));
    assert_eq!(log.lines(), lines);
}

#[tokio::test]
async fn reads_of_payments_include_test_channels_when_told_to() {
    let (builder, log) = wire::builder(|seen, _| {
        if seen.line == wire::TOKEN {
            wire::token("t1", 1_800)
        } else if seen.line.starts_with("GET /payments/imp_1") || seen.line.contains("/find/") {
            ok(payment("imp_1", "paid"))
        } else {
            ok(page_of(&payment("imp_1", "paid")))
        }
    });
    let client = builder.include_sandbox(true).build().unwrap();
    client.payment("imp_1").await.unwrap();
    client.payments(&["imp_1"], &[]).await.unwrap();
    client.find("order-1", None).await.unwrap();
    client.find_all(&FindAll::new("order-1")).await.unwrap();
    client.payments_by_status(&PaymentsByStatus::new()).await.unwrap();
    assert_eq!(
        log.lines(),
        [
            "GET /payments/imp_1?include_sandbox=true",
            "GET /payments?include_sandbox=true&imp_uid%5B%5D=imp_1",
            "GET /payments/find/order-1?include_sandbox=true",
            "GET /payments/findAll/order-1?include_sandbox=true",
            "GET /payments/status/all?include_sandbox=true",
        ]
    );
}

#[tokio::test]
async fn a_path_in_the_base_url_is_kept() {
    let (builder, log) = wire::builder(|seen, _| {
        if seen.line.ends_with("/getToken") {
            wire::token("t1", 1_800)
        } else {
            ok(payment("imp_1", "paid"))
        }
    });
    let base = "https://api.iamport.kr/v1/".parse().unwrap();
    let client = builder.base_url(base).build().unwrap();
    client.payment("imp_1").await.unwrap();
    assert_eq!(log.lines(), ["POST /v1/users/getToken", "GET /v1/payments/imp_1"]);
}

#[test]
fn nothing_secret_or_personal_shows_in_debug() {
    let mut again = Again::new("card-1", "order-1", 50_000, "order");
    again.options = all_options();
    let (client, _) = wire::client(|_, _| wire::Reply::Silence);
    let shown =
        format!("{again:?} {:?} {client:?}", iamport::Credentials::new("the-key", "the-secret"));
    for hidden in ["the-secret", "the-key", "gildong", "010-"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

fn all_options() -> ChargeOptions {
    ChargeOptions {
        buyer: Buyer {
            name: Some("gildong".to_owned()),
            email: Some("gildong@example.com".to_owned()),
            tel: Some("010-0000-0000".to_owned()),
            addr: Some("addr".to_owned()),
            postcode: Some("00000".to_owned()),
        },
        currency: Some("KRW".to_owned()),
        tax_free: Some(1),
        vat_amount: Some(2),
        card_quota: Some(3),
        interest_free_by_merchant: Some(true),
        use_card_point: Some(false),
        custom_data: Some("{}".to_owned()),
        notice_url: Some("https://example.com/hook".to_owned()),
        browser_ip: Some("192.0.2.1".to_owned()),
        product_type: Some(ProductType::Digital),
        product_count: Some(4),
        cash_receipt_type: Some(CashReceiptType::Anonymous),
        bypass: Some("{}".to_owned()),
        extra: Some(Extra { naver_use_cfm: Some("20260101".to_owned()) }),
        promotion_id: Some("promotion".to_owned()),
        channel_key: Some("channel".to_owned()),
    }
}

fn with_all_options(mut body: Value) -> Value {
    let Value::Object(options) = json!({
        "buyer_name": "gildong", "buyer_email": "gildong@example.com",
        "buyer_tel": "010-0000-0000", "buyer_addr": "addr", "buyer_postcode": "00000",
        "currency": "KRW", "tax_free": 1, "vat_amount": 2, "card_quota": 3,
        "interest_free_by_merchant": true, "use_card_point": false, "custom_data": "{}",
        "notice_url": "https://example.com/hook", "browser_ip": "192.0.2.1",
        "product_type": "digital", "product_count": 4, "cash_receipt_type": "anonymous",
        "bypass": "{}", "extra": { "naverUseCfm": "20260101" }, "promotion_id": "promotion",
        "channel_key": "channel",
    }) else {
        unreachable!()
    };
    body.as_object_mut().unwrap().extend(options);
    body
}

#[tokio::test]
async fn an_empty_buyer_field_is_not_sent() {
    for empty in ["", " ", "\u{3000}"] {
        let (client, log) = wire::client(|seen, _| match seen.line.as_str() {
            "POST /subscribe/payments/again" => ok(payment("imps_1", "paid")),
            _ => ok(json!([schedule("order-1")])),
        });
        let nothing = || Some(empty.to_owned());
        let mut options = iamport::ChargeOptions::default();
        options.buyer.name = Some("홍길동".to_owned());
        options.buyer.email = nothing();
        options.buyer.tel = nothing();
        options.buyer.addr = nothing();
        options.buyer.postcode = nothing();
        let mut again = Again::new("card-1", "order-1", 9900, "월 구독");
        again.options = options.clone();
        client.again(&again).await.unwrap();
        let mut item = ScheduleItem::new("order-1", at(NOW + 60), 9900, "월 구독");
        item.options = options;
        client.schedule(&ScheduleRequest::new("card-1", [item])).await.unwrap();
        for seen in log.all().into_iter().filter(|seen| seen.line != wire::TOKEN) {
            let said = if seen.line.ends_with("/schedule") {
                seen.body["schedules"][0].clone()
            } else {
                seen.body
            };
            let buyer: Vec<_> = said.as_object().unwrap().iter().collect();
            let buyer: Vec<_> =
                buyer.into_iter().filter(|(key, _)| key.starts_with("buyer_")).collect();
            assert_eq!(buyer, [(&"buyer_name".to_owned(), &json!("홍길동"))]);
        }
    }
}
