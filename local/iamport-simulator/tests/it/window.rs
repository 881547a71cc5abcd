//! What a member does in the PG's window.

use iamport_simulator::{Switch, WebhookState};
use serde_json::{Value, json};

use crate::world::{START, World, owed, pair, registration};

#[tokio::test]
async fn a_registration_leaves_a_paid_record_with_no_money_moved() {
    let world = World::new().await;
    let window = json!({ "request_pay": registration("i1", "c1"), "card": "approve" });
    let callback = world.post("/simulator/card-window", window).await;
    let callback = callback.json();
    let payment = world.get("/payments/find/i1").await.response();
    let tid = payment["pg_tid"].as_str().unwrap();
    assert!(tid.starts_with("StdpayBillINIBillTst20260101090000"), "{tid}");
    assert!(payment["imp_uid"].as_str().unwrap().starts_with("imp_"));
    let seen = json!([
        payment["status"],
        payment["amount"],
        payment["apply_num"],
        payment["customer_uid_usage"],
        payment["channel"],
        payment["paid_at"],
    ]);
    assert_eq!(seen, json!(["paid", 9900, "", "issue", "pc", START]));
    assert_eq!(
        callback,
        json!({
            "success": true, "imp_uid": payment["imp_uid"], "pay_method": "card",
            "merchant_uid": "i1", "name": "카드 등록", "paid_amount": 9900, "currency": "KRW",
            "pg_provider": "html5_inicis", "pg_type": "payment", "pg_tid": tid, "apply_num": "",
            "buyer_name": "홍길동", "buyer_email": "member@example.com",
            "buyer_tel": "01000000000", "buyer_addr": "", "buyer_postcode": "",
            "custom_data": null, "status": "paid", "paid_at": START,
            "receipt_url": payment["receipt_url"], "card_name": "BC카드", "bank_name": null,
            "card_quota": 0, "card_number": payment["card_number"], "customer_uid": "c1",
        })
    );
    assert_eq!(world.told(), [pair("paid", "i1")]);
    assert_eq!(world.get("/simulator/charges").await.json(), json!([]));
}

#[tokio::test]
async fn a_registration_for_nothing_is_paid_too() {
    let world = World::new().await;
    let mut request = registration("i1", "c1");
    request["amount"] = json!(0);
    let callback = world.window(json!({ "request_pay": request })).await;
    assert_eq!(json!([callback["status"], callback["paid_amount"]]), json!(["paid", 0]));
}

#[tokio::test]
async fn a_payment_without_a_customer_moves_money() {
    let world = World::new().await;
    let mut request = registration("p1", "");
    request["pg"] = json!("html5_inicis.INIpayTest");
    world.window(json!({ "request_pay": request })).await;
    let payment = world.get("/payments/find/p1").await.response();
    assert!(payment["pg_tid"].as_str().unwrap().starts_with("StdpayCARDINIpayTest"));
    assert_eq!(
        json!([payment["customer_uid"], payment["customer_uid_usage"]]),
        json!([null, null])
    );
    assert_eq!(world.charged(), [owed("p1", 9900)]);
    assert_eq!(world.simulator.customers(), []);
}

#[tokio::test]
async fn a_window_that_is_closed_or_refused_leaves_a_failed_record_and_no_webhook() {
    for (action, said) in [("close", "사용자가 결제를 취소하셨습니다"), ("refused", "F0004:PG사")]
    {
        let world = World::new().await;
        let window = json!({ "request_pay": registration("i1", "c1"), "action": action });
        let callback = world.window(window).await;
        let payment = world.get("/payments/find/i1").await.response();
        assert_eq!(payment["status"], "failed");
        let message = callback["error_msg"].as_str().unwrap();
        assert!(message.starts_with(said), "{message}");
        let expected = json!({
            "success": false, "imp_uid": payment["imp_uid"], "merchant_uid": "i1",
            "pay_method": "card", "pg_provider": "html5_inicis", "pg_type": "payment",
            "error_msg": message,
        });
        assert_eq!(callback, expected);
        assert_eq!((world.told(), world.simulator.customers()), (vec![], vec![]));
    }
}

#[tokio::test]
async fn a_tab_closed_after_approval_is_heard_of_by_webhook_only() {
    let world = World::new().await;
    let window =
        json!({ "request_pay": registration("i1", "c1"), "action": "close_after_approval" });
    assert_eq!(world.window(window).await, json!({ "tab_closed": true }));
    assert_eq!(world.told(), [pair("paid", "i1")]);
    assert_eq!(world.simulator.customers().len(), 1);
}

#[tokio::test]
async fn the_windows_webhook_can_come_later_be_lost_or_come_twice() {
    for (webhook, before, after) in
        [("later", 0, 1), ("lost", 0, 0), ("twice", 2, 0), ("now", 1, 0)]
    {
        let world = World::new().await;
        world.window(json!({ "request_pay": registration("i1", "c1"), "webhook": webhook })).await;
        assert_eq!(world.hooks().len(), before, "{webhook}");
        world.run_due().await;
        assert_eq!(world.hooks().len(), after, "{webhook}");
    }
    let world = World::new().await;
    world.window(json!({ "request_pay": registration("i1", "c1"), "webhook": "lost" })).await;
    assert_eq!(world.simulator.webhooks()[0].state, WebhookState::Lost);
}

#[tokio::test]
async fn what_is_missing_used_or_wrong_does_not_open_the_window() {
    let world = World::new().await;
    world.window(json!({ "request_pay": registration("used", "c1") })).await;
    world.hooks();
    for (name, value) in [
        ("merchant_uid", Value::Null),
        ("merchant_uid", json!("used")),
        ("amount", Value::Null),
        ("amount", json!(-1)),
        ("buyer_tel", json!("")),
        ("pay_method", json!("phone")),
        ("customer_uid", json!("c".repeat(81))),
    ] {
        let mut request = registration("i2", "c1");
        request[name] = value.clone();
        let callback = world.window(json!({ "request_pay": request })).await;
        let seen = json!([callback["success"], callback["imp_uid"], callback["merchant_uid"]]);
        let merchant_uid = if request["merchant_uid"].is_null() {
            Value::Null
        } else {
            request["merchant_uid"].clone()
        };
        assert_eq!(seen, json!([false, null, merchant_uid]), "{name} {value}");
    }
    assert_eq!((world.simulator.payments().len(), world.hooks()), (1, vec![]));
}

#[tokio::test]
async fn a_phone_is_redirected_with_the_outcome() {
    for (switch, expected) in [
        (None, "&merchant_uid=i1&imp_success=true#top"),
        (Some(Switch::ShortCallback), "&merchant_uid=i1#top"),
    ] {
        let world = World::with(|builder| {
            switch.into_iter().fold(builder, iamport_simulator::Builder::switch)
        })
        .await;
        let mut request = registration("i1", "c1");
        request["m_redirect_url"] = json!("https://shop.test/back?x=1#top");
        let callback = world.window(json!({ "request_pay": request, "mobile": true })).await;
        let payment = world.simulator.payments().remove(0);
        assert_eq!(payment.channel, "mobile");
        assert!(payment.pg_tid.unwrap().starts_with("INIMX_"));
        let url = format!("https://shop.test/back?x=1&imp_uid={}{expected}", payment.imp_uid);
        assert_eq!(callback["redirect_to"], url);
    }
}

#[tokio::test]
async fn a_phone_is_redirected_with_the_failure_and_never_to_a_script() {
    let world = World::new().await;
    let mut request = registration("i1", "c1");
    request["m_redirect_url"] = json!("https://shop.test/back");
    let window = json!({ "request_pay": request, "mobile": true, "action": "close" });
    let url = world.window(window).await["redirect_to"].as_str().unwrap().to_owned();
    assert!(url.ends_with("&imp_success=false") && url.contains("&error_msg=%EC"), "{url}");
    request["m_redirect_url"] = json!("javascript:alert(1)");
    let callback = world.window(json!({ "request_pay": request, "mobile": true })).await;
    assert_eq!(callback["error_msg"], "m_redirect_url 파라메터가 올바르지 않습니다.");
    assert_eq!(callback.get("redirect_to"), None);
}

#[tokio::test]
async fn the_callback_can_be_switched_to_the_short_form() {
    let world = World::with(|builder| builder.switch(Switch::ShortCallback)).await;
    let callback = world.window(json!({ "request_pay": registration("i1", "c1") })).await;
    let imp_uid = world.simulator.payments().remove(0).imp_uid;
    assert_eq!(callback, json!({ "imp_uid": imp_uid, "merchant_uid": "i1" }));
    let window = json!({ "request_pay": registration("i2", "c1"), "action": "close" });
    assert_eq!(world.window(window).await["error_msg"], "사용자가 결제를 취소하셨습니다");
}
