//! Which calls are sent again, and how often.

use iamport::{Again, Error};

use crate::wire::{self, Reply, ok, payment};

#[tokio::test(start_paused = true)]
async fn a_read_is_repeated_at_most_as_often_as_told() {
    for retries in [0, 1, 2, 5] {
        let (builder, log) = wire::builder(|seen, _| match seen.line.as_str() {
            wire::TOKEN => wire::token("t1", 1_800),
            _ => Reply::Text(503, ""),
        });
        let client = builder.retries(retries).build().unwrap();
        let error = client.payment("imp_1").await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
        assert_eq!(log.lines().len(), retries + 1);
        assert_eq!(log.tokens_fetched(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_succeeds_once_the_provider_is_back() {
    let (client, log) = wire::client(|_, before| match before {
        0 | 1 => Reply::NotSent,
        2 => Reply::Text(200, "<html>"),
        _ => ok(payment("imp_1", "paid")),
    });
    assert_eq!(client.payment("imp_1").await.unwrap().imp_uid, "imp_1");
    assert_eq!(log.lines().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_definite_answer_to_a_read_is_not_asked_for_again() {
    let (client, log) = wire::client(|_, _| wire::no(404, -1, "존재하지 않는 결제정보입니다."));
    assert!(client.payment("imp_1").await.unwrap_err().is_not_found());
    assert_eq!(log.lines().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_times_out_is_unknown_and_was_sent_exactly_once() {
    let (client, log) = wire::client(|_, _| Reply::Silence);
    let started = tokio::time::Instant::now();
    let error = client.again(&Again::new("card-1", "order-1", 9900, "월 구독")).await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Unknown { source: iamport::Trouble::TimedOut(after) } if *after == wire::TIMEOUT
        ),
        "{error:?}"
    );
    assert_eq!(started.elapsed().as_secs(), wire::TIMEOUT.as_secs());
    assert_eq!(log.lines(), ["POST /subscribe/payments/again"]);
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_never_left_is_not_repeated_either() {
    let (client, log) = wire::client(|_, _| Reply::NotSent);
    let error = client.again(&Again::new("card-1", "order-1", 9900, "월 구독")).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert_eq!(log.lines().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_is_never_ready_has_sent_nothing() {
    let (builder, _) = wire::builder(|_, _| Reply::Silence);
    let busy = tower::util::BoxCloneSyncService::new(NeverReady);
    let client = builder.retries(0).transport(busy).build().unwrap();
    let error = client.payment("imp_1").await.unwrap_err();
    assert!(
        matches!(&error, Error::Unavailable { source: iamport::Trouble::NotSent(_) }),
        "{error:?}"
    );
}

/// A transport with no room for another request.
#[derive(Clone)]
struct NeverReady;

impl tower::Service<http::Request<bytes::Bytes>> for NeverReady {
    type Response = http::Response<bytes::Bytes>;
    type Error = tower::BoxError;
    type Future = std::future::Pending<Result<Self::Response, Self::Error>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Pending
    }

    fn call(&mut self, _: http::Request<bytes::Bytes>) -> Self::Future {
        std::future::pending()
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_429_nobody_asks_for_a_while() {
    let (client, log) = wire::client(|_, before| match before {
        1 => Reply::Text(429, ""),
        _ => ok(payment("imp_1", "paid")),
    });
    let other = client.clone();
    assert!(client.payment("imp_1").await.unwrap_err().is_throttled());
    assert_eq!(log.lines().len(), 1, "it is not repeated");
    let error = other.payment("imp_2").await.unwrap_err();
    assert!(error.is_throttled() && error.is_unavailable(), "{error:?}");
    let charge = Again::new("card-1", "order-1", 9900, "월 구독");
    assert!(other.again(&charge).await.unwrap_err().is_unavailable(), "nothing was charged");
    assert_eq!(log.lines().len(), 1, "nothing was sent");
    tokio::time::advance(iamport::THROTTLE_REST).await;
    assert_eq!(other.payment("imp_1").await.unwrap().imp_uid, "imp_1");
}
