//! One sample, read by the call that its name starts with.

use std::fmt::Debug;

use bytes::Bytes;
use http::{Request, Response};
use iamport::{
    Again, Client, Credentials, Error, FindAll, Page, Row, ScheduleItem, ScheduleRequest,
    SchedulesInRange, Unschedule,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::BoxError;

/// The result of reading `answer`, in its `Debug` form, and whether all of it could be read. `None` if
/// `name` does not start with a call.
pub(crate) async fn sample(name: &str, answer: Value) -> Result<Option<(String, bool)>, BoxError> {
    let (call, kind) = name.split_once('.').unwrap_or((name, ""));
    let answer = (kind.parse().unwrap_or(200), answer);
    // The client reads a token before its first call, which reads this payment.
    let (token, other) = if call == "getToken" {
        (
            answer,
            (
                200,
                ok(&json!({ "imp_uid": "imp_1", "merchant_uid": "order-1", "amount": 1,
            "cancel_amount": 0, "currency": "KRW", "status": "ready" })),
            ),
        )
    } else {
        ((200, ok(&json!({ "access_token": "t", "now": 0, "expired_at": 1_800 }))), answer)
    };
    let transport = tower::service_fn(move |request: Request<Bytes>| {
        let (status, body) =
            if request.uri().path() == "/users/getToken" { &token } else { &other };
        let response = Response::builder().status(*status).body(Bytes::from(body.to_string()));
        async move { Ok::<_, BoxError>(response?) }
    });
    let client = Client::builder(Credentials::new("key", "secret"))
        .transport(transport)
        .retries(0)
        .build()?;
    let now = Timestamp::now();
    let tomorrow = now.checked_add(SignedDuration::from_hours(24))?;
    Ok(Some(match call {
        "any" | "getToken" | "payment" => shown(client.payment("imp_1").await),
        "payments" => page(client.find_all(&FindAll::new("order-1")).await),
        "again" => shown(client.again(&Again::new("card-1", "order-1", 9900, "월 구독")).await),
        "schedule" if kind.starts_with("executed") => {
            shown(client.schedule_by_merchant_uid("order-1").await)
        }
        "schedule" => {
            let item = ScheduleItem::new("order-1", tomorrow, 9900, "월 구독");
            rows(client.schedule(&ScheduleRequest::new("card-1", [item])).await)
        }
        "schedules" => page(client.schedules(&SchedulesInRange::new(now, tomorrow)).await),
        "unschedule" => rows(client.unschedule(&Unschedule::all("card-1")).await),
        "customer" => shown(client.customer("card-1").await),
        _ => return Ok(None),
    }))
}

fn ok(response: &Value) -> Value {
    json!({ "code": 0, "message": null, "response": response })
}

fn shown<T: Debug>(answer: Result<T, Error>) -> (String, bool) {
    match answer {
        Ok(answer) => (format!("{answer:?}"), true),
        Err(error) => (format!("{error:?}"), !error.is_unknown() && !error.is_unavailable()),
    }
}

fn rows<T: Debug>(answer: Result<Vec<Row<T>>, Error>) -> (String, bool) {
    let whole = answer.as_ref().map_or(true, |rows| rows.iter().all(Result::is_ok));
    let (answer, read) = shown(answer);
    (answer, read && whole)
}

fn page<T: Debug>(answer: Result<Page<T>, Error>) -> (String, bool) {
    let whole = answer.as_ref().map_or(true, |page| page.list.iter().all(Result::is_ok));
    let (answer, read) = shown(answer);
    (answer, read && whole)
}
