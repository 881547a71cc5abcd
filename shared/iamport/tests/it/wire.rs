//! A transport that answers as the test says, and records what it was sent.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::{TryStreamExt, stream::BoxStream};
use http::{Request, Response, StatusCode, header};
use iamport::{Client, ClientBuilder, Credentials, Error, NotSent, Row};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::BoxError;

/// The client's clock in every test: 2026-01-01T09:00:00 in Korea.
pub(crate) const NOW: i64 = 1_767_225_600;
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// One request as it left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    /// Method, path and query.
    pub(crate) line: String,
    pub(crate) token: Option<String>,
    pub(crate) body: Value,
}

/// What comes back.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    /// Another reply, after this long.
    After(Duration, Box<Reply>),
    /// Nothing, ever.
    Silence,
    /// The connection breaks after the request has left.
    Broken,
    /// The connection was never made.
    NotSent,
}

/// The provider's success.
pub(crate) fn ok(response: Value) -> Reply {
    Reply::Json(200, json!({ "code": 0, "message": null, "response": response }))
}

/// The provider's refusal.
pub(crate) fn no(status: u16, code: i64, message: &str) -> Reply {
    Reply::Json(status, json!({ "code": code, "message": message, "response": null }))
}

/// A token valid for `seconds` by the provider's clock, which differs from the client's.
pub(crate) fn token(token: &str, seconds: i64) -> Reply {
    ok(json!({ "access_token": token, "now": 5_000, "expired_at": 5_000 + seconds }))
}

/// Everything that was sent, including requests for tokens.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Seen>>>);

impl Log {
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap().clone()
    }

    /// The lines of all requests except those for tokens.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.all().into_iter().map(|seen| seen.line).filter(|line| line != TOKEN).collect()
    }

    pub(crate) fn tokens_fetched(&self) -> usize {
        self.all().iter().filter(|seen| seen.line == TOKEN).count()
    }

    /// The only request except those for tokens.
    pub(crate) fn only(&self) -> Seen {
        let seen: Vec<Seen> = self.all().into_iter().filter(|seen| seen.line != TOKEN).collect();
        assert_eq!(seen.len(), 1, "one request besides the token's: {seen:?}");
        seen[0].clone()
    }
}

pub(crate) const TOKEN: &str = "POST /users/getToken";

/// A client whose tokens are `t1`, `t2`, … and whose other calls are answered by `answer`, which
/// also learns how many requests (of all kinds) came before.
pub(crate) fn client(
    answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
) -> (Client, Log) {
    let fetched = Mutex::new(0);
    let (builder, log) = builder(move |seen, before| {
        if seen.line == TOKEN {
            let mut fetched = fetched.lock().unwrap();
            *fetched += 1;
            token(&format!("t{fetched}"), 1_800)
        } else {
            answer(seen, before)
        }
    });
    (builder.build().unwrap(), log)
}

/// A client's builder, with every request answered by `answer`.
pub(crate) fn builder(
    answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
) -> (ClientBuilder, Log) {
    let log = Log::default();
    let (answer, seen_by) = (Arc::new(answer), log.clone());
    let transport = tower::service_fn(move |request: Request<Bytes>| {
        let (answer, log) = (answer.clone(), seen_by.clone());
        async move {
            let seen = seen(&request);
            let before = {
                let mut all = log.0.lock().unwrap();
                all.push(seen.clone());
                all.len() - 1
            };
            respond(answer(&seen, before)).await
        }
    });
    let builder = Client::builder(Credentials::new("the-key", "the-secret"))
        .transport(transport)
        .timeout(TIMEOUT)
        .clock(|| Timestamp::from_second(NOW).unwrap());
    (builder, log)
}

fn seen(request: &Request<Bytes>) -> Seen {
    assert_eq!(request.uri().scheme_str(), Some("https"));
    assert_eq!(request.uri().host(), Some("api.iamport.kr"));
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap());
    let body = if request.body().is_empty() {
        Value::Null
    } else {
        assert_eq!(header(header::CONTENT_TYPE), Some("application/json"));
        serde_json::from_slice(request.body()).unwrap()
    };
    Seen {
        line: format!("{} {}", request.method(), request.uri().path_and_query().unwrap()),
        token: header(header::AUTHORIZATION)
            .map(|value| value.strip_prefix("Bearer ").unwrap().to_owned()),
        body,
    }
}

async fn respond(mut reply: Reply) -> Result<Response<Bytes>, BoxError> {
    while let Reply::After(late, then) = reply {
        tokio::time::sleep(late).await;
        reply = *then;
    }
    let (status, body) = match reply {
        Reply::Json(status, body) => (status, body.to_string()),
        Reply::Text(status, text) => (status, text.to_owned()),
        Reply::Silence | Reply::After(..) => {
            let never: Infallible = std::future::pending().await;
            match never {}
        }
        Reply::Broken => return Err("connection reset".into()),
        Reply::NotSent => return Err(NotSent::new("connection refused").into()),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status)?;
    Ok(response)
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// The rows of a list, all of which must be readable.
pub(crate) fn whole<T>(rows: Vec<Row<T>>) -> Vec<T> {
    rows.into_iter().collect::<Result<_, _>>().unwrap()
}

/// The rows of a stream, all of which must be readable.
pub(crate) async fn walk<T>(rows: BoxStream<'static, Result<Row<T>, Error>>) -> Vec<T> {
    whole(rows.try_collect().await.unwrap())
}

/// The minimal payment.
pub(crate) fn payment(imp_uid: &str, status: &str) -> Value {
    json!({
        "imp_uid": imp_uid, "merchant_uid": "order-1", "amount": 9900, "cancel_amount": 0,
        "currency": "KRW", "status": status, "sandbox": true,
    })
}

/// The minimal schedule.
pub(crate) fn schedule(merchant_uid: &str) -> Value {
    json!({
        "customer_uid": "card-1", "merchant_uid": merchant_uid, "schedule_at": NOW + 60,
        "amount": 9900, "schedule_status": "scheduled",
    })
}
