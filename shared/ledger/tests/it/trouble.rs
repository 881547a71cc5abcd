//! What is said when DynamoDB does not do as asked.

use crate::{
    samples::{at, charge, imp_uid, order, paying, payment, subscription, uid},
    world::{Recorded, config},
};
use aws_sdk_dynamodb::{
    Client,
    config::{SharedHttpClient, retry::RetryConfig, timeout::TimeoutConfig},
};
use aws_smithy_http_client::test_util::{NeverClient, infallible_client_fn};
use billing::{Change, ClosedState, Refund, Won};
use ledger::{CommitError, Error, Ledger, Tables};
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

fn over(config: aws_sdk_dynamodb::config::Builder) -> Ledger {
    let tables = Tables {
        payments: "payments".to_owned(),
        subscriptions: "subscriptions".to_owned(),
        orders: "orders".to_owned(),
        journal: "journal".to_owned(),
        retained: "retained".to_owned(),
    };
    Ledger::new(Client::from_conf(config.build()), tables)
}

fn once(http: SharedHttpClient) -> Ledger {
    over(config(http, &Recorded::default()).retry_config(RetryConfig::disabled()))
}

/// A ledger over a DynamoDB that gives this one answer.
fn answering(status: u16, body: &Value) -> Ledger {
    let body = body.to_string();
    once(infallible_client_fn(move |_| {
        http::Response::builder().status(status).body(body.clone()).unwrap()
    }))
}

fn failing(status: u16, code: &str) -> Ledger {
    answering(
        status,
        &json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "no" }),
    )
}

/// A ledger over a DynamoDB that cancels every transaction for these reasons.
fn cancelling(reasons: &[&str]) -> Ledger {
    let reasons: Vec<_> = reasons.iter().map(|code| json!({ "Code": code })).collect();
    answering(
        400,
        &json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "message": "Transaction cancelled",
            "CancellationReasons": reasons,
        }),
    )
}

/// A subscription, an order that is new and a refund.
fn change() -> Change {
    let uid = uid("member");
    Change {
        opened: vec![order(&uid, 0, ClosedState::Abandoned)],
        refund: Some(Refund {
            imp_uid: imp_uid("imp_1"),
            paid_at: at("2026-11-22T03:00:15Z"),
            refunded: Won::new(9_900),
        }),
        ..Change::of(subscription(&uid))
    }
}

fn alone() -> Change {
    Change::of(subscription(&uid("member")))
}

fn name(error: &CommitError) -> &'static str {
    match error {
        CommitError::Lost => "lost",
        CommitError::Ledger(Error::Busy(_)) => "busy",
        CommitError::Ledger(Error::Unknown(_)) => "unknown",
        CommitError::Ledger(Error::Refused(_)) => "refused",
        CommitError::Taken(_) => "taken",
        CommitError::Booked(_) => "booked",
        CommitError::NoSuchPayment(_) => "no such payment",
        CommitError::OverAllowance => "over allowance",
        CommitError::KeyTaken => "key taken",
        CommitError::Ledger(Error::Malformed(..) | Error::BadCursor) => "other",
    }
}

#[tokio::test]
async fn a_cancelled_transaction_says_by_its_reasons_what_did_not_hold() {
    for (reasons, expected) in [
        (["ConditionalCheckFailed", "None", "None"], "lost"),
        (["ConditionalCheckFailed", "TransactionConflict", "None"], "lost"),
        (["ConditionalCheckFailed", "None", "ConditionalCheckFailed"], "lost"),
        (["ConditionalCheckFailed", "ConditionalCheckFailed", "ConditionalCheckFailed"], "lost"),
        (["TransactionConflict", "ConditionalCheckFailed", "None"], "lost"),
        (["None", "ConditionalCheckFailed", "None"], "taken"),
        (["None", "ConditionalCheckFailed", "TransactionConflict"], "taken"),
        (["None", "ConditionalCheckFailed", "ConditionalCheckFailed"], "taken"),
        (["None", "TransactionConflict", "ConditionalCheckFailed"], "no such payment"),
        (["TransactionConflict", "None", "None"], "busy"),
        (["None", "ThrottlingError", "None"], "busy"),
        (["None", "ProvisionedThroughputExceeded", "TransactionConflict"], "busy"),
        (["None", "None", "ConditionalCheckFailed"], "no such payment"),
        (["None", "ValidationError", "None"], "refused"),
        (["TransactionConflict", "ItemCollectionSizeLimitExceeded", "None"], "refused"),
    ] {
        let error = cancelling(&reasons).commit(None, &change()).await.unwrap_err();
        assert_eq!(name(&error), expected, "{reasons:?}");
    }
}

#[tokio::test]
async fn the_last_reason_is_a_bookings_when_nothing_is_given_back() {
    let uid = uid("member");
    let paying = paying(subscription(&uid), payment(&uid, "2026-11-22T03:00:15Z", "imp_1"));
    let ledger = cancelling(&["None", "ConditionalCheckFailed"]);
    assert_eq!(name(&ledger.commit(None, &paying).await.unwrap_err()), "booked");
}

#[tokio::test]
async fn an_error_says_what_the_caller_can_do() {
    for (status, code, expected) in [
        (400, "ConditionalCheckFailedException", "lost"),
        (400, "ProvisionedThroughputExceededException", "busy"),
        (400, "RequestLimitExceeded", "busy"),
        (400, "ThrottlingException", "busy"),
        (400, "TransactionConflictException", "busy"),
        (400, "ResourceNotFoundException", "refused"),
        (400, "AccessDeniedException", "refused"),
        (400, "ValidationException", "refused"),
        (500, "InternalServerError", "unknown"),
        (503, "ServiceUnavailable", "unknown"),
    ] {
        let error = failing(status, code).commit(None, &alone()).await.unwrap_err();
        assert_eq!(name(&error), expected, "{code}");
    }
    let in_progress = failing(400, "TransactionInProgressException");
    assert_eq!(name(&in_progress.commit(None, &change()).await.unwrap_err()), "unknown");
}

#[tokio::test]
async fn a_read_tells_the_same_kinds_of_trouble() {
    let uid = uid("member");
    let busy = failing(400, "ThrottlingException");
    assert!(matches!(busy.subscription(&uid).await, Err(Error::Busy(_))));
    assert!(matches!(busy.latest_payment(&uid).await, Err(Error::Busy(_))));
    assert!(matches!(busy.earliest_due().await, Err(Error::Busy(_))));
    let gone = failing(400, "ResourceNotFoundException");
    assert!(matches!(gone.count_members().await, Err(Error::Refused(_))));
    let nonsense = once(infallible_client_fn(|_| {
        http::Response::builder().status(200).body("<html>").unwrap()
    }));
    assert!(matches!(nonsense.cancelling(1, None).await, Err(Error::Unknown(_))));
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_is_unknown() {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(1));
    let never = SharedHttpClient::new(NeverClient::new());
    let config = config(never, &Recorded::default())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build());
    let ledger = over(config);
    for change in [alone(), change()] {
        assert_eq!(name(&ledger.commit(None, &change).await.unwrap_err()), "unknown");
    }
}

#[tokio::test(start_paused = true)]
async fn all_sendings_of_one_transaction_carry_one_token_and_the_next_has_its_own() {
    let sendings = AtomicUsize::new(0);
    let http = infallible_client_fn(move |_| {
        let status = if sendings.fetch_add(1, Ordering::Relaxed) == 0 { 500 } else { 200 };
        http::Response::builder().status(status).body("{}").unwrap()
    });
    let wire = Recorded::default();
    let ledger = over(config(http, &wire));
    ledger.commit(None, &change()).await.unwrap();
    ledger.commit(None, &change()).await.unwrap();
    let tokens: Vec<_> =
        wire.take().into_iter().map(|sent| sent.body["ClientRequestToken"].clone()).collect();
    let [first, again, other] = <[_; 3]>::try_from(tokens).unwrap();
    assert!(first.is_string());
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[tokio::test]
async fn an_errors_text_holds_no_row() {
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    });
    let ledger = answering(200, &json!({ "Item": { "uid": { "S": "member" }, "card": 1 } }));
    let error = ledger.subscription(&uid("member")).await.unwrap_err();
    assert!(!format!("{error:?}").contains("member"), "{error:?}");
    let error = answering(400, &body).subscription(&uid("member")).await.unwrap_err();
    assert!(!format!("{error:?}").contains("member"), "{error:?}");
}

#[tokio::test]
async fn a_page_cut_short_by_its_size_promises_another() {
    let key = json!({"uid": {"S": "member"}, "paid_at": {"S": "2026-11-22T03:00:15Z#imp_1"}});
    let mut row = json!({
        "imp_uid": {"S": "imp_1"},
        "paid_at_exact": {"S": "2026-11-22T03:00:15Z"},
        "merchant_uid": {"S": charge(0, ClosedState::Abandoned).merchant_uid.to_string()},
        "amount": {"N": "9900"}, "refunded": {"N": "0"}, "plan": {"S": "monthly"},
        "period": {"N": "0"}, "period_start": {"S": "2026-11-22"}, "period_end": {"S": "2026-12-22"},
    });
    row.as_object_mut().unwrap().extend(key.as_object().unwrap().clone());
    for (more, promised) in [(Some(&key), true), (None, false)] {
        let mut body = json!({"Items": [row]});
        if let Some(key) = more {
            body["LastEvaluatedKey"] = key.clone();
        }
        let (rows, cursor) =
            answering(200, &body).payments(&uid("member"), 10, None).await.unwrap();
        assert_eq!((rows.len(), cursor.is_some()), (1, promised));
    }
}
