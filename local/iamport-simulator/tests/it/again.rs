//! Charging a billing key now, and with a card's number.

use iamport_simulator::{Card, Switch};
use serde_json::{Value, json};

use crate::world::{START, World, owed, pair};

const USED: &str =
    "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)";

#[tokio::test]
async fn an_approved_charge_reads_as_observed() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let mut paid = world.again("c1", "m1", 9900).await.response();
    let imp_uid = paid["imp_uid"].as_str().unwrap().to_owned();
    assert!(imp_uid.strip_prefix("imps_").is_some_and(|digits| digits.len() == 12));
    let tid = paid["pg_tid"].as_str().unwrap().to_owned();
    assert!(tid.starts_with("INIAPICARDINIBillTst20260101090000"), "{tid}");
    assert_eq!(paid["apply_num"].as_str().unwrap().len(), 8);
    let customer = world.get("/subscribe/customers/c1").await.response();
    for (name, of_customer) in [("card_number", "card_number"), ("card_name", "card_name")] {
        assert_eq!(paid[name], customer[of_customer]);
    }
    for name in ["imp_uid", "pg_tid", "apply_num", "receipt_url", "card_number"] {
        paid[name] = Value::Null;
    }
    assert_eq!(
        paid,
        json!({
            "amount": 9900, "apply_num": null, "bank_code": null, "bank_name": null,
            "buyer_addr": null, "buyer_email": "member@example.com", "buyer_name": "홍길동",
            "buyer_postcode": null, "buyer_tel": "01000000000", "cancel_amount": 0,
            "cancel_history": [], "cancel_reason": null, "cancel_receipt_urls": [],
            "cancelled_at": 0, "card_code": "361", "card_issuer_code": "361",
            "card_issuer_name": "BC카드", "card_name": "BC카드", "card_number": null,
            "card_publisher_code": "361", "card_publisher_name": "BC카드", "card_quota": 0,
            "card_type": null, "cash_receipt_issued": false, "channel": "api",
            "currency": "KRW", "custom_data": null, "customer_uid": "c1",
            "customer_uid_usage": "payment", "emb_pg_provider": null, "escrow": false,
            "fail_reason": null, "failed_at": 0, "imp_uid": null, "merchant_uid": "m1",
            "name": "월 구독", "paid_at": START, "pay_method": "card", "pg_id": "INIBillTst",
            "pg_provider": "html5_inicis", "pg_tid": null, "receipt_url": null,
            "sandbox": true, "started_at": START, "status": "paid", "user_agent": null,
            "vbank_code": null, "vbank_date": 0, "vbank_holder": null, "vbank_issued_at": 0,
            "vbank_name": null, "vbank_num": null,
        })
    );
    assert_eq!(world.charged(), [owed("m1", 9900)]);
    world.run_due().await;
    assert_eq!(world.told(), [pair("paid", "m1")]);
}

#[tokio::test]
async fn a_payments_keys_come_in_alphabetical_order() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let text = world.again("c1", "m1", 9900).await.text;
    let order =
        ["amount", "buyer_name", "card_name", "imp_uid", "merchant_uid", "status", "vbank_num"];
    let places: Vec<usize> =
        order.iter().map(|key| text.find(&format!("\"{key}\"")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
    assert!(text.contains(r"https:\/\/iniweb.inicis.com\/"), "{text}");
}

#[tokio::test]
async fn a_decline_is_a_payment_that_failed_and_has_no_webhook() {
    let world = World::new().await;
    world.register("c1", Card::InsufficientFunds).await;
    let failed = world.again("c1", "m1", 9900).await.response();
    let expected = json!(["failed", "[1254][실시간빌링실패|잔액부족]", START, 0, null]);
    let seen = json!([
        failed["status"],
        failed["fail_reason"],
        failed["failed_at"],
        failed["paid_at"],
        failed["apply_num"],
    ]);
    assert_eq!(seen, expected);
    world.run_due().await;
    assert_eq!((world.told(), world.charged()), (vec![], vec![]));
}

#[tokio::test]
async fn a_decline_can_be_switched_to_an_error() {
    let world = World::with(|builder| builder.switch(Switch::DeclineIsError)).await;
    world.register("c1", Card::LimitExceeded).await;
    world.again("c1", "m1", 9900).await.refused(
        200,
        -1,
        "결제승인에 실패하였습니다. [2116][실시간빌링실패|개인 월 한도금액 초과]",
    );
}

#[tokio::test]
async fn a_merchant_uid_that_was_paid_or_cancelled_is_refused_for_good() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    world.again("c1", "m1", 9900).await.response();
    world.again("c1", "m1", 9900).await.refused(200, 1, USED);
    world.again("nobody", "m1", 9900).await.refused(200, 1, USED);
    world.post("/payments/cancel", json!({ "merchant_uid": "m1" })).await.response();
    world.again("c1", "m1", 9900).await.refused(200, 1, USED);
    world.again("c1", "issue-c1", 9900).await.refused(200, 1, USED);
    assert_eq!(world.charged(), [owed("m1", 0)]);
}

#[tokio::test]
async fn a_merchant_uid_that_failed_can_be_used_again() {
    let world = World::new().await;
    world.register("c1", Card::Expired).await;
    assert_eq!(world.again("c1", "m1", 9900).await.response()["status"], "failed");
    world.simulator.set_card("c1", Card::Approve).unwrap();
    assert_eq!(world.again("c1", "m1", 9900).await.response()["status"], "paid");
    assert_eq!(world.charged(), [owed("m1", 9900)]);
}

#[tokio::test]
async fn an_unknown_customer_is_refused_with_code_1_or_switched_to_minus_1() {
    for (world, code) in [
        (World::new().await, 1),
        (World::with(|builder| builder.switch(Switch::UnknownBuyerIsMinusOne)).await, -1),
    ] {
        world.again("nobody", "m1", 9900).await.refused(200, code, "등록되지 않은 구매자입니다.");
    }
}

#[tokio::test]
async fn nothing_cannot_be_charged() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    for amount in [0, -1] {
        let failed = world.again("c1", "m1", amount).await.response();
        assert_eq!(failed["fail_reason"], "[1113][실시간빌링실패|요청금액 0원 이하]");
    }
    assert_eq!(world.charged(), []);
}

#[tokio::test]
async fn what_is_missing_too_long_or_no_number_is_a_bad_request() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let good = json!({ "customer_uid": "c1", "merchant_uid": "m1", "amount": 1, "name": "x" });
    for (name, value, message) in [
        ("customer_uid", Value::Null, "customer_uid 파라메터가 누락되었습니다.".to_owned()),
        ("merchant_uid", json!(""), "merchant_uid 파라메터가 누락되었습니다.".to_owned()),
        ("amount", Value::Null, "amount 파라메터가 누락되었습니다.".to_owned()),
        ("amount", json!({ "total": 1 }), "amount 파라메터가 누락되었습니다.".to_owned()),
        ("amount", json!("many"), "amount 파라메터는 숫자여야 합니다.".to_owned()),
        ("amount", json!(9900.5), "amount 파라메터는 숫자여야 합니다.".to_owned()),
        ("name", Value::Null, "name 파라메터가 누락되었습니다.".to_owned()),
        (
            "merchant_uid",
            json!("m".repeat(41)),
            "merchant_uid의 길이는 40자를 넘을 수 없습니다.".to_owned(),
        ),
    ] {
        let mut body = good.clone();
        body[name] = value;
        world.post("/subscribe/payments/again", body).await.refused(400, -1, &message);
    }
    assert_eq!(world.charged(), []);
}

#[tokio::test]
async fn forms_numbers_as_text_slashes_at_the_end_and_unknown_keys_are_taken() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let form = "customer_uid=c1&merchant_uid=m1&amount=9900.00&name=%EC%9B%94&whatever=1&x[y][z]=1";
    assert_eq!(world.form("/subscribe/payments/again/", form).await.response()["name"], "월");
    let body = json!({
        "customer_uid": "c1", "merchant_uid": "m2", "amount": "9900", "name": "x",
        "currency ": "KRW", "buyer_name": "김철수", "custom_data": "{\"a\":1}",
    });
    let paid = world.post("/subscribe/payments/again", body).await.response();
    let seen = json!([paid["amount"], paid["currency"], paid["buyer_name"], paid["custom_data"]]);
    assert_eq!(seen, json!([9900, "KRW", "김철수", "{\"a\":1}"]));
}

#[tokio::test]
async fn a_card_number_is_charged_once_and_kept_if_a_customer_is_named() {
    let world = World::new().await;
    let order = |merchant_uid: &str, card: &str| {
        json!({
            "merchant_uid": merchant_uid, "amount": 500, "card_number": card, "expiry": "2030-12",
            "name": "x", "buyer_name": "홍길동", "buyer_email": "a@example.com",
            "buyer_tel": "010", "customer_uid": "c9",
        })
    };
    world
        .post("/subscribe/payments/onetime", order("o1", "1234-1234-1234-1234"))
        .await
        .refused(200, -1, "카드정보 인증에 실패하였습니다. [F112]유효하지않은 카드번호를 입력하셨습니다. (card_bin 없음)");
    let paid = world.post("/subscribe/payments/onetime", order("o2", "4242-4242-4242-4242")).await;
    assert_eq!(paid.response()["status"], "paid");
    world
        .post("/subscribe/payments/onetime", order("o2", "4242-4242-4242-4242"))
        .await
        .refused(200, 1, USED);
    let customer = world.get("/subscribe/customers/c9").await.response();
    assert_eq!(customer["card_number"], "424242*********2");
    assert_eq!(customer["customer_name"], "홍길동");
    world.again("c9", "o3", 500).await.response();
    assert_eq!(world.charged(), [owed("o2", 500), owed("o3", 500)]);
}
