//! The access token's life.

use std::{error::Error as _, time::Duration};

use iamport::{Again, Client, Error, NoToken, Trouble};
use serde_json::json;
use tokio::time::{Instant, advance};

use crate::wire::{self, Log, Reply, Seen, no, ok, payment};

async fn charge(client: &Client) -> Result<String, Error> {
    client
        .again(&Again::new("card-1", "order-1", 9900, "월 구독"))
        .await
        .map(|payment| payment.imp_uid)
}

fn tokens(log: &Log) -> Vec<(String, Option<String>)> {
    log.all().into_iter().map(|seen| (seen.line, seen.token)).collect()
}

const AGAIN: &str = "POST /subscribe/payments/again";

fn line(line: &str, token: Option<&str>) -> (String, Option<String>) {
    (line.to_owned(), token.map(str::to_owned))
}

#[tokio::test]
async fn a_401_renews_the_token_once_and_repeats_the_call_once() {
    let (client, log) = wire::client(|seen, _| match seen.token.as_deref() {
        Some("t1") => no(401, -1, "Unauthorized"),
        _ => ok(payment("imps_1", "paid")),
    });
    assert_eq!(charge(&client).await.unwrap(), "imps_1");
    assert_eq!(
        tokens(&log),
        [
            line(wire::TOKEN, None),
            line(AGAIN, Some("t1")),
            line(wire::TOKEN, None),
            line(AGAIN, Some("t2")),
        ]
    );
}

#[tokio::test]
async fn a_second_401_is_final() {
    let (client, log) = wire::client(|_, _| no(401, -1, "Unauthorized"));
    let error = charge(&client).await.unwrap_err();
    assert!(matches!(&error, Error::Unauthorized { message } if message == "Unauthorized"));
    assert_eq!(log.lines(), [AGAIN, AGAIN]);
    assert_eq!(log.tokens_fetched(), 2);
}

#[tokio::test]
async fn wrong_credentials_are_unauthorised_and_are_not_tried_again() {
    let sentence = "인증에 실패하였습니다. API키와 secret을 확인하세요.";
    for status in [400, 401] {
        let (builder, log) = wire::builder(move |_, _| no(status, -1, sentence));
        let error = charge(&builder.build().unwrap()).await.unwrap_err();
        assert!(matches!(&error, Error::Unauthorized { message } if message == sentence));
        assert_eq!(tokens(&log), [line(wire::TOKEN, None)]);
    }
}

#[tokio::test]
async fn the_credentials_go_into_the_token_s_request_only() {
    let (client, log) = wire::client(|_, _| ok(payment("imps_1", "paid")));
    charge(&client).await.unwrap();
    assert_eq!(
        log.all()[0],
        Seen {
            line: wire::TOKEN.to_owned(),
            token: None,
            body: json!({ "imp_key": "the-key", "imp_secret": "the-secret" }),
        }
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_is_used_until_30_seconds_before_its_end_by_the_provider_s_clock() {
    let (builder, log) = wire::builder(|seen, _| match seen.line.as_str() {
        wire::TOKEN => wire::token("t", 90),
        _ => ok(payment("imps_1", "paid")),
    });
    let client = builder.build().unwrap();
    charge(&client).await.unwrap();
    advance(Duration::from_millis(59_990)).await;
    charge(&client).await.unwrap();
    assert_eq!(log.tokens_fetched(), 1);
    advance(Duration::from_millis(20)).await;
    charge(&client).await.unwrap();
    assert_eq!(log.tokens_fetched(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_promise_of_more_than_an_hour_is_not_believed() {
    for promised in [7_200, u64::MAX] {
        let (builder, log) = wire::builder(move |seen, _| match seen.line.as_str() {
            wire::TOKEN => ok(json!({ "access_token": "t", "now": "0", "expired_at": promised })),
            _ => ok(payment("imps_1", "paid")),
        });
        let client = builder.build().unwrap();
        charge(&client).await.unwrap();
        charge(&client).await.unwrap();
        assert_eq!(log.tokens_fetched(), 1);
        advance(Duration::from_hours(1)).await;
        charge(&client).await.unwrap();
        assert_eq!(log.tokens_fetched(), 2);
    }
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token() {
    let (client, log) = wire::client(|_, _| ok(payment("imps_1", "paid")));
    futures::future::join_all((0..20).map(|_| client.payment("imp_1"))).await;
    assert_eq!(log.tokens_fetched(), 1);
    assert_eq!(log.lines().len(), 20);
}

#[tokio::test]
async fn many_rejected_calls_at_once_renew_the_token_once() {
    let (client, log) = wire::client(|seen, _| match seen.token.as_deref() {
        Some("t1") => no(401, -1, "Unauthorized"),
        _ => ok(payment("imps_1", "paid")),
    });
    let answers = futures::future::join_all((0..20).map(|_| client.payment("imp_1"))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(log.tokens_fetched(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_charge_whose_token_could_not_be_fetched_changed_nothing() {
    for reply in [Reply::Silence, Reply::Broken, Reply::Text(200, "<html>"), Reply::Text(502, "")] {
        let (builder, log) = wire::builder(move |_, _| reply.clone());
        let error = charge(&builder.build().unwrap()).await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
        assert_eq!(log.tokens_fetched(), 3, "a token is safe to ask for again");
        assert_eq!(log.lines(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_charge_whose_new_token_could_not_be_fetched_changed_nothing() {
    let (builder, log) = wire::builder(|seen, before| match (seen.line.as_str(), before) {
        (wire::TOKEN, 0) => wire::token("t1", 1_800),
        (wire::TOKEN, _) => Reply::Silence,
        _ => no(401, -1, "Unauthorized"),
    });
    let error = charge(&builder.build().unwrap()).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert_eq!(log.lines(), [AGAIN]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_lets_the_next_one_fetch_the_token() {
    let (builder, log) = wire::builder(|seen, before| match (seen.line.as_str(), before) {
        (wire::TOKEN, 0) => Reply::Silence,
        (wire::TOKEN, _) => wire::token("t1", 1_800),
        _ => ok(payment("imps_1", "paid")),
    });
    let client = builder.build().unwrap();
    tokio::time::timeout(Duration::from_secs(1), charge(&client)).await.unwrap_err();
    assert_eq!(charge(&client).await.unwrap(), "imps_1");
    assert_eq!(log.tokens_fetched(), 2);
}

#[tokio::test(start_paused = true)]
async fn many_calls_at_once_whose_token_hangs_wait_for_one_fetch() {
    let (builder, log) = wire::builder(|_, _| Reply::Silence);
    let client = builder.build().unwrap();
    let began = Instant::now();
    let calls = (0..20).map(|_| charge(&client));
    for answer in futures::future::join_all(calls).await {
        let error = answer.unwrap_err();
        let Error::Unavailable { source: Trouble::NotSent(cause) } = &error else {
            panic!("{error:?}")
        };
        let why = cause.downcast_ref::<NoToken>().unwrap().source().unwrap().to_string();
        assert_eq!(why, "Iamport is not available");
    }
    assert_eq!(log.tokens_fetched(), 3, "one fetch with its repeats");
    assert_eq!(log.lines(), [""; 0]);
    assert!(began.elapsed() < 4 * wire::TIMEOUT, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn after_a_failed_fetch_no_other_is_tried_for_five_seconds() {
    let sentence = "인증에 실패하였습니다. API키와 secret을 확인하세요.";
    let troubles = [
        (Reply::Text(429, ""), 1),
        (Reply::Text(503, ""), 3),
        (Reply::NotSent, 3),
        (no(401, -1, sentence), 1),
    ];
    for (trouble, asked) in troubles {
        let (builder, log) = wire::builder(move |seen, before| match seen.line.as_str() {
            wire::TOKEN if before < asked => trouble.clone(),
            wire::TOKEN => wire::token("t1", 1_800),
            _ => ok(payment("imps_1", "paid")),
        });
        let client = builder.build().unwrap();
        let first = charge(&client).await.unwrap_err();
        for _ in 0..4 {
            advance(Duration::from_secs(1)).await;
            let resting = charge(&client).await.unwrap_err();
            assert_eq!(format!("{resting:?}"), format!("{first:?}"));
        }
        assert_eq!(log.tokens_fetched(), asked);
        advance(Duration::from_secs(1)).await;
        assert_eq!(charge(&client).await.unwrap(), "imps_1");
        assert_eq!(log.tokens_fetched(), asked + 1);
    }
}
