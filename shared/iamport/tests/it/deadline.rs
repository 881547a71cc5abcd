//! Calls that must have finished by a deadline.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use iamport::{Again, Client, ClientBuilder, Error, Payment, TooLate, Trouble};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, Sleep, sleep};
use tower::{BoxError, Service};

use crate::wire::{self, NOW, Reply, TIMEOUT, at, no, ok, payment};

const AGAIN: &str = "POST /subscribe/payments/again";

/// When each charge left, in seconds since the test began.
type Departures = Arc<Mutex<Vec<u64>>>;

/// The client's clock, which runs as tokio's does.
fn ticking(builder: ClientBuilder) -> Client {
    let began = Instant::now();
    let now = move || at(NOW) + SignedDuration::try_from(began.elapsed()).unwrap();
    builder.clock(now).build().unwrap()
}

/// A client whose requests are answered by `answer`, and when its charges left.
fn client(
    answer: impl Fn(&wire::Seen, usize) -> Reply + Send + Sync + 'static,
) -> (Client, wire::Log, Departures) {
    let (began, left) = (Instant::now(), Departures::default());
    let noting = left.clone();
    let (builder, log) = wire::builder(move |seen, before| {
        if seen.line == AGAIN {
            noting.lock().unwrap().push(began.elapsed().as_secs());
        }
        answer(seen, before)
    });
    (ticking(builder), log, left)
}

async fn charge(client: &Client) -> Result<Payment, Error> {
    client.again(&Again::new("card-1", "order-1", 9900, "월 구독")).await
}

fn in_seconds(seconds: i64) -> Timestamp {
    at(NOW + seconds)
}

fn after(seconds: u64, reply: Reply) -> Reply {
    Reply::After(Duration::from_secs(seconds), Box::new(reply))
}

fn is_too_late(error: &Error) -> bool {
    let Error::Unavailable { source: Trouble::NotSent(cause) } = error else { return false };
    cause.is::<TooLate>() && error.is_too_late() && error.is_unavailable()
}

#[tokio::test(start_paused = true)]
async fn a_call_is_sent_while_its_whole_time_out_is_left_and_not_a_second_later() {
    let timeout = i64::try_from(TIMEOUT.as_secs()).unwrap();
    for (left, sent) in [(timeout - 1, false), (timeout, true), (timeout + 1, true)] {
        let (builder, log) = wire::builder(|seen, _| match seen.line.as_str() {
            wire::TOKEN => wire::token("t1", 1_800),
            _ => ok(payment("imps_1", "paid")),
        });
        let client = ticking(builder).before(in_seconds(left));
        let answer = charge(&client).await;
        assert_eq!(log.lines().len(), usize::from(sent), "{left}");
        assert_eq!(answer.as_ref().is_err_and(is_too_late), !sent, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_is_over_or_beyond_all_time_is_understood() {
    let (client, log, _) = client(|seen, _| match seen.line.as_str() {
        wire::TOKEN => wire::token("t1", 1_800),
        _ => ok(payment("imps_1", "paid")),
    });
    for over in [Timestamp::MIN, in_seconds(-1), in_seconds(0)] {
        assert!(is_too_late(&charge(&client.before(over)).await.unwrap_err()));
    }
    assert_eq!(log.all(), [], "not even a token is asked for");
    charge(&client.before(Timestamp::MAX)).await.unwrap();
    charge(&client).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn of_two_deadlines_the_earlier_holds() {
    let (client, log, _) = client(|_, _| ok(payment("imps_1", "paid")));
    let twice = client.before(in_seconds(5)).before(in_seconds(60));
    assert!(is_too_late(&charge(&twice).await.unwrap_err()));
    assert_eq!(log.all(), []);
}

/// A claim of half a minute, of which a call may use the last ten seconds.
#[tokio::test(start_paused = true)]
async fn no_charge_leaves_too_late_however_long_its_token_takes() {
    let (mut sent, mut late) = (0, 0);
    for silences in 0..3 {
        for seconds in 0..15 {
            let (client, log, left) = client(move |seen, before| match seen.line.as_str() {
                wire::TOKEN if before < silences => Reply::Silence,
                wire::TOKEN => after(seconds, wire::token("t1", 1_800)),
                _ => ok(payment("imps_1", "paid")),
            });
            let began = Instant::now();
            match charge(&client.before(in_seconds(30))).await {
                Ok(_) => sent += 1,
                Err(error) if error.is_too_late() => late += 1,
                // The token itself could not be had in time.
                Err(error) => assert!(error.is_unavailable(), "{error:?}"),
            }
            assert!(left.lock().unwrap().iter().all(|at| *at <= 20), "{left:?}");
            assert!(began.elapsed() <= Duration::from_secs(30));
            assert!(log.lines().len() <= 1);
        }
    }
    assert!(sent > 10 && late > 10, "both happen: {sent} {late}");
}

#[tokio::test(start_paused = true)]
async fn no_charge_leaves_again_too_late_after_a_401() {
    let (mut sent, mut late) = (0, 0);
    for refused_after in [0, 4, 9] {
        for renewed_after in 0..10 {
            let (client, log, left) =
                client(move |seen, before| match (seen.line.as_str(), before) {
                    (wire::TOKEN, 0) => wire::token("t1", 1_800),
                    (wire::TOKEN, _) => after(renewed_after, wire::token("t2", 1_800)),
                    _ if seen.token.as_deref() == Some("t1") => {
                        after(refused_after, no(401, -1, "Unauthorized"))
                    }
                    _ => ok(payment("imps_1", "paid")),
                });
            match charge(&client.before(in_seconds(20))).await {
                Ok(_) => sent += 1,
                Err(error) => {
                    assert!(is_too_late(&error), "{error:?}");
                    assert_eq!(log.lines(), [AGAIN], "only the one that was turned away");
                    late += 1;
                }
            }
            assert!(left.lock().unwrap().iter().all(|at| *at <= 10), "{left:?}");
        }
    }
    assert!(sent > 5 && late > 5, "both happen: {sent} {late}");
}

#[tokio::test(start_paused = true)]
async fn many_claims_behind_one_token_that_hangs_send_nothing_and_end_in_time() {
    let (client, log, _) = client(|seen, _| match seen.line.as_str() {
        wire::TOKEN => Reply::Silence,
        _ => ok(payment("imps_1", "paid")),
    });
    let began = Instant::now();
    let claims = (0..8).map(|late| {
        let client = client.before(in_seconds(25 + late));
        async move { charge(&client).await }
    });
    for answer in futures::future::join_all(claims).await {
        assert!(answer.unwrap_err().is_unavailable());
    }
    assert!(began.elapsed() <= Duration::from_secs(23), "{:?}", began.elapsed());
    assert_eq!(log.lines(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_fetch_of_a_token_that_others_wait_for_knows_no_deadline() {
    let ahead = Arc::new(AtomicI64::new(0));
    let (jump, clock) = (ahead.clone(), ahead);
    let (builder, log) = wire::builder(move |seen, before| match (seen.line.as_str(), before) {
        // The machine's clock is put right while the first request is under way.
        (wire::TOKEN, 0) => {
            jump.store(3_600, Ordering::Relaxed);
            after(1, Reply::Text(503, ""))
        }
        (wire::TOKEN, _) => wire::token("t1", 1_800),
        _ => ok(payment("imps_1", "paid")),
    });
    let client = builder.clock(move || in_seconds(clock.load(Ordering::Relaxed))).build().unwrap();
    let hurried = client.before(in_seconds(60));
    let (hurried, patient) = tokio::join!(charge(&hurried), charge(&client));
    assert!(is_too_late(&hurried.unwrap_err()));
    patient.unwrap();
    assert_eq!(log.tokens_fetched(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_hurried_call_that_gives_up_leaves_the_token_to_the_others() {
    let (client, log, _) = client(|seen, _| match seen.line.as_str() {
        wire::TOKEN => after(5, wire::token("t1", 1_800)),
        _ => ok(payment("imps_1", "paid")),
    });
    let hurried = client.before(in_seconds(12));
    let (hurried, patient) = tokio::join!(charge(&hurried), charge(&client));
    assert!(is_too_late(&hurried.unwrap_err()));
    patient.unwrap();
    assert_eq!(log.lines().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_is_not_repeated_beyond_its_deadline() {
    // The first pause is 200 ms, the second 400 ms.
    for (left, sent, gave_up_after) in [(9, 0, 0), (10, 1, 200), (11, 3, 600)] {
        let (client, log, _) = client(|seen, _| match seen.line.as_str() {
            wire::TOKEN => wire::token("t1", 1_800),
            _ => Reply::Text(503, ""),
        });
        let began = Instant::now();
        let error = client.before(in_seconds(left)).payment("imp_1").await.unwrap_err();
        assert!(began.elapsed().abs_diff(Duration::from_millis(gave_up_after)).as_millis() < 5);
        assert_eq!((log.lines().len(), error.is_too_late()), (sent, sent < 3), "{left}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_takes_long_to_be_ready_is_no_excuse() {
    for (left, sent) in [(14, false), (16, true)] {
        let answered = Arc::new(Mutex::new(0));
        let (builder, _) = wire::builder(|_, _| Reply::Silence);
        let slow = SlowlyReady { ready: None, answered: answered.clone() };
        let client = ticking(builder.transport(slow));
        // The token takes five seconds of the same, and is held from then on.
        charge(&client).await.unwrap();
        let before = *answered.lock().unwrap();
        let answer = charge(&client.before(in_seconds(10 + left))).await;
        assert_eq!(*answered.lock().unwrap() - before, u32::from(sent), "{left}");
        assert_eq!(answer.as_ref().is_err_and(is_too_late), !sent, "{answer:?}");
    }
}

/// A transport that has room for a request after five seconds.
struct SlowlyReady {
    ready: Option<Pin<Box<Sleep>>>,
    answered: Arc<Mutex<u32>>,
}

impl Clone for SlowlyReady {
    fn clone(&self) -> Self {
        Self { ready: None, answered: self.answered.clone() }
    }
}

impl Service<Request<Bytes>> for SlowlyReady {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        let sleep = self.ready.get_or_insert_with(|| Box::pin(sleep(Duration::from_secs(5))));
        ready!(Future::poll(sleep.as_mut(), cx));
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        *self.answered.lock().unwrap() += 1;
        let reply = if request.uri().path() == "/users/getToken" {
            wire::token("t1", 1_800)
        } else {
            ok(payment("imps_1", "paid"))
        };
        let Reply::Json(_, body) = reply else { panic!("an answer in JSON") };
        std::future::ready(Ok(Response::new(Bytes::from(body.to_string()))))
    }
}
