//! Registering the amount of a window in advance.

use serde_json::json;

use crate::world::{World, registration};

#[tokio::test]
async fn an_amount_is_prepared_once_edited_and_read() {
    let world = World::new().await;
    let prepared =
        |amount: i64| json!({ "merchant_uid": "m1", "amount": amount, "currency": "KRW" });
    world.get("/payments/prepare/m1").await.refused(
        404,
        -1,
        "사전등록된 결제정보가 존재하지 않습니다.",
    );
    world.put("/payments/prepare", prepared(1)).await.refused(
        404,
        -1,
        "사전등록된 결제정보가 존재하지 않습니다.",
    );
    let first = world.post("/payments/prepare", json!({ "merchant_uid": "m1", "amount": 9900 }));
    assert_eq!(first.await.response(), prepared(9900));
    world.post("/payments/prepare", prepared(1)).await.refused(
        200,
        1,
        "결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).",
    );
    assert_eq!(world.put("/payments/prepare", prepared(100)).await.response(), prepared(100));
    assert_eq!(world.get("/payments/prepare/m1").await.response(), prepared(100));
}

#[tokio::test]
async fn a_window_with_another_amount_does_not_open() {
    let world = World::new().await;
    let body = json!({ "merchant_uid": "i1", "amount": 9900 });
    world.post("/payments/prepare", body).await.response();
    let mut request = registration("i1", "c1");
    request["amount"] = json!(100);
    let callback = world.window(json!({ "request_pay": request })).await;
    assert_eq!(
        callback,
        json!({
            "success": false, "imp_uid": null, "merchant_uid": "i1", "error_code": "F400",
            "error_msg": "사전등록된 결제금액과 요청된 결제금액이 일치하지 않습니다.",
        })
    );
    let callback = world.window(json!({ "request_pay": registration("i1", "c1") })).await;
    assert_eq!(callback["success"], true);
}
