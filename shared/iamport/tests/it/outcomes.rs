//! What each answer, and each missing answer, means for a read and for a charge.

use iamport::{
    Again, Cancel, Client, DeleteKey, Error, Payment, PaymentStatus, Refusal, ScheduleItem,
    ScheduleRequest, Unschedule,
};
use serde_json::json;

use crate::wire::{self, Reply, no, ok, payment};

/// An error without its details, as the caller distinguishes them.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Refused,
    NotFound,
    Unauthorized,
    Invalid,
    Unknown,
    Unavailable,
}

fn kind(error: &Error) -> Kind {
    match error {
        Error::Refused { .. } => Kind::Refused,
        Error::NotFound { .. } => Kind::NotFound,
        Error::Unauthorized { .. } => Kind::Unauthorized,
        Error::Invalid(_) => Kind::Invalid,
        Error::Unknown { .. } => Kind::Unknown,
        Error::Unavailable { .. } => Kind::Unavailable,
    }
}

async fn charge(client: &Client) -> Result<Payment, Error> {
    client.again(&Again::new("card-1", "order-1", 9900, "월 구독")).await
}

/// Checks what the reply means for a read and for a charge, and that the charge was sent once (twice
/// after a 401).
async fn check(reply: Reply, read: Kind, charged: Kind) {
    let again = reply.clone();
    let (client, _) = wire::client(move |_, _| reply.clone());
    let error = client.payment("imp_1").await.unwrap_err();
    assert_eq!(kind(&error), read, "a read: {error:?}");

    let (client, log) = wire::client(move |_, _| again.clone());
    let error = charge(&client).await.unwrap_err();
    assert_eq!(kind(&error), charged, "a charge: {error:?}");
    let sent = if charged == Kind::Unauthorized { 2 } else { 1 };
    assert_eq!(log.lines().len(), sent, "the charge left once");
}

const PAGE: &str = "<!DOCTYPE html><html><body>점검 중입니다</body></html>";

#[tokio::test(start_paused = true)]
async fn a_time_out_leaves_a_charge_unknown_and_a_read_unavailable() {
    check(Reply::Silence, Kind::Unavailable, Kind::Unknown).await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_leaves_a_charge_unknown() {
    check(Reply::Broken, Kind::Unavailable, Kind::Unknown).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_left_changed_nothing() {
    check(Reply::NotSent, Kind::Unavailable, Kind::Unavailable).await;
}

#[tokio::test(start_paused = true)]
async fn a_maintenance_page_with_http_200_leaves_a_charge_unknown() {
    check(Reply::Text(200, PAGE), Kind::Unavailable, Kind::Unknown).await;
}

#[tokio::test(start_paused = true)]
async fn a_proxy_s_404_is_not_a_missing_payment() {
    check(Reply::Text(404, PAGE), Kind::Unavailable, Kind::Unknown).await;
}

#[tokio::test(start_paused = true)]
async fn a_5xx_leaves_a_charge_unknown_whatever_its_body_says() {
    check(Reply::Text(502, PAGE), Kind::Unavailable, Kind::Unknown).await;
    check(no(500, -1, "서버 오류"), Kind::Unavailable, Kind::Unknown).await;
    check(no(408, -1, "시간 초과"), Kind::Unavailable, Kind::Unknown).await;
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_changed_nothing() {
    check(Reply::Text(429, ""), Kind::Unavailable, Kind::Unavailable).await;
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_no_answer() {
    check(Reply::Text(302, ""), Kind::Unavailable, Kind::Unknown).await;
}

#[tokio::test(start_paused = true)]
async fn json_that_is_no_envelope_leaves_a_charge_unknown() {
    check(Reply::Json(200, json!([])), Kind::Unavailable, Kind::Unknown).await;
    check(Reply::Json(200, json!({ "message": null })), Kind::Unavailable, Kind::Unknown).await;
    check(Reply::Json(200, json!({ "code": "no" })), Kind::Unavailable, Kind::Unknown).await;
}

#[tokio::test(start_paused = true)]
async fn a_success_without_a_payment_in_it_leaves_a_charge_unknown() {
    check(ok(json!(null)), Kind::Unavailable, Kind::Unknown).await;
    check(ok(json!("paid")), Kind::Unavailable, Kind::Unknown).await;
    check(ok(json!({ "imp_uid": "imps_1" })), Kind::Unavailable, Kind::Unknown).await;
}

#[tokio::test(start_paused = true)]
async fn a_code_other_than_0_is_a_refusal_with_http_200_and_400() {
    check(no(200, 1, "등록되지 않은 구매자입니다."), Kind::Refused, Kind::Refused).await;
    check(no(400, -1, "지원되지 않는 상태값입니다."), Kind::Refused, Kind::Refused).await;
    check(no(403, -1, "허용되지 않은 IP입니다."), Kind::Refused, Kind::Refused).await;
}

#[tokio::test(start_paused = true)]
async fn a_404_in_the_envelope_is_not_found() {
    check(no(404, -1, "존재하지 않는 결제정보입니다."), Kind::NotFound, Kind::NotFound).await;
}

#[tokio::test(start_paused = true)]
async fn a_401_that_stays_is_unauthorised() {
    check(no(401, -1, "Unauthorized"), Kind::Unauthorized, Kind::Unauthorized).await;
    check(Reply::Text(401, ""), Kind::Unauthorized, Kind::Unauthorized).await;
}

#[tokio::test(start_paused = true)]
async fn every_call_that_changes_something_is_unknown_when_no_answer_comes() {
    let (client, log) = wire::client(|_, _| Reply::Silence);
    let item = ScheduleItem::new("order-1", wire::at(wire::NOW + 60), 9900, "월 구독");
    let errors = [
        charge(&client).await.unwrap_err(),
        client.schedule(&ScheduleRequest::new("card-1", [item])).await.unwrap_err(),
        client.unschedule(&Unschedule::all("card-1")).await.unwrap_err(),
        client.cancel(&Cancel::imp_uid("imp_1")).await.unwrap_err(),
        client.delete_key(&DeleteKey::new("card-1")).await.unwrap_err(),
    ];
    assert!(errors.iter().all(Error::is_unknown), "{errors:?}");
    assert_eq!(log.lines().len(), errors.len());
}

#[tokio::test]
async fn both_shapes_of_a_decline_reach_the_caller() {
    let (client, _) = wire::client(|_, _| {
        let mut declined = payment("imps_1", "failed");
        declined["fail_reason"] = json!("[1254][실시간빌링실패|잔액부족]");
        declined["failed_at"] = json!(wire::NOW);
        ok(declined)
    });
    let declined = charge(&client).await.unwrap();
    assert_eq!(declined.status, PaymentStatus::Failed);
    assert_eq!(declined.fail_reason.as_deref(), Some("[1254][실시간빌링실패|잔액부족]"));
    assert_eq!(declined.failed_at, Some(wire::at(wire::NOW)));

    let sentence = "결제승인에 실패하였습니다. [2116]개인 월 한도금액 초과";
    let (client, _) = wire::client(move |_, _| no(200, -1, sentence));
    let error = charge(&client).await.unwrap_err();
    assert_eq!((error.message(), error.refusal()), (Some(sentence), None));
    assert!(matches!(error, Error::Refused { code: -1, .. }), "{error:?}");
}

#[tokio::test]
async fn an_unknown_customer_is_not_found_in_both_of_its_shapes() {
    for status in [200, 404] {
        let sentence = "요청하신 customer_uid(card-1)로 등록된 정보를 찾을 수 없습니다.";
        let (client, _) = wire::client(move |_, _| no(status, 1, sentence));
        let errors = [
            client.customer("card-1").await.unwrap_err(),
            client.delete_key(&DeleteKey::new("card-1")).await.unwrap_err(),
            client.customer_payments("card-1", 1).await.unwrap_err(),
        ];
        for error in errors {
            assert!(error.is_not_found(), "{status}: {error:?}");
            assert_eq!(error.refusal(), Some(Refusal::UnknownCustomer));
        }
        assert_eq!(wire::whole(client.customers(&["card-1"]).await.unwrap()), []);
    }
}

#[tokio::test]
async fn asking_for_many_unknown_payments_gives_none() {
    let (client, _) = wire::client(|_, _| no(404, -1, "존재하지 않는 결제정보입니다."));
    assert!(client.payments(&["imp_1"], &["order-1"]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_partly_answered_request_for_many_gives_those_found() {
    let (client, _) = wire::client(|_, _| {
        let found = json!([payment("imp_1", "paid")]);
        Reply::Json(207, json!({ "code": 0, "message": null, "response": found }))
    });
    let found = wire::whole(client.payments(&["imp_1", "imp_2"], &[]).await.unwrap());
    assert_eq!(found.iter().map(|found| found.imp_uid.as_str()).collect::<Vec<_>>(), ["imp_1"]);
}

#[test]
fn the_known_refusals_are_told_apart_by_their_sentence() {
    let sentences = [
        "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)",
        "동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다",
        "결제에 실패하였습니다. 이미 결제가 이루어진 거래건입니다.",
        "이미 전액취소된 주문입니다.",
        "취소할 결제건이 존재하지 않습니다.",
        "취소할 예약결제 기록이 존재하지 않습니다.",
        "등록되지 않은 구매자입니다.",
        "등록된 고객정보가 없습니다.",
        "요청하신 customer_uid(X)로 등록된 정보를 찾을 수 없습니다.",
        "[1254][실시간빌링실패|잔액부족]",
        "",
    ];
    assert_eq!(
        sentences.map(Refusal::of),
        [
            Some(Refusal::DuplicateMerchantUid),
            Some(Refusal::DuplicateMerchantUid),
            Some(Refusal::DuplicateMerchantUid),
            Some(Refusal::AlreadyCancelled),
            Some(Refusal::NothingToCancel),
            Some(Refusal::NothingToUnschedule),
            Some(Refusal::UnknownCustomer),
            Some(Refusal::UnknownCustomer),
            Some(Refusal::UnknownCustomer),
            None,
            None,
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_never_repeats_what_a_body_said() {
    let (client, _) = wire::client(|_, _| {
        let mut odd = payment("imp_1", "paid");
        odd["amount"] = json!("gildong");
        odd["cancel_history"] = json!("gildong");
        ok(odd)
    });
    let error = client.payment("imp_1").await.unwrap_err();
    let shown = format!("{error:?} {error}");
    assert!(!shown.contains("gildong") && shown.contains("amount"), "{shown}");
    let (client, _) = wire::client(|_, _| ok(json!("gildong")));
    let shown = format!("{:?}", client.payment("imp_1").await.unwrap_err());
    assert!(!shown.contains("gildong"), "{shown}");
}
