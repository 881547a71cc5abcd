//! The simulator as an HTTP server: the V1 API with the faults injected into it.

use std::{io, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State as Shared},
    response::Response,
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{
    Simulator, StoreError,
    answer::Answer,
    control,
    fault::CallFault,
    lists, pages,
    params::Call,
    running::receive,
    state::{LateCallRow, State},
    v1,
};

/// The longest body that is read, in bytes. It has room for a thousand schedules.
const LONGEST_BODY: usize = 2 * 1024 * 1024;

impl Simulator {
    /// The V1 API, the SDK with its window, and the routes that control the simulator. The clock's
    /// routes are separate, because an embedded simulator usually gets its clock from outside.
    pub fn router(&self) -> Router {
        control::routes()
            .merge(lists::routes())
            .merge(pages::routes())
            .fallback(api)
            .with_state(self.clone())
    }

    /// `GET` and `POST /simulator/clock`, for a standalone simulator.
    pub fn clock_router(&self) -> Router {
        control::clock_routes().with_state(self.clone())
    }
}

async fn api(Shared(simulator): Shared<Simulator>, request: Request) -> Response {
    match answered(&simulator, request).await {
        Ok(response) => response,
        Err(error) => {
            let message = format!("simulator: {error}");
            whole(Answer::error(500, &message)).await
        }
    }
}

async fn answered(simulator: &Simulator, request: Request) -> Result<Response, StoreError> {
    let Some(call) = read(request).await else {
        return Ok(whole(Answer::error(413, "Request Entity Too Large")).await);
    };
    let answer = |state: &mut State, now: i64| v1::answer(state, now, &call);
    let Some((fault, seconds)) = simulator.with(|state, _| state.fault_of_call(&call.path))? else {
        return Ok(whole(simulator.with(answer)?).await);
    };
    let late = Duration::from_secs(seconds.into());
    Ok(match fault {
        CallFault::Lost => broken(),
        CallFault::Doubled => {
            let (_, second) =
                simulator.with(|state, now| (answer(state, now), answer(state, now)))?;
            whole(second).await
        }
        CallFault::Delayed => whole(delayed(simulator.with(answer)?, late)).await,
        CallFault::Reordered => {
            simulator.with(|state, now| {
                let id = state.new_id();
                let arrives_at = now.saturating_add(seconds.into());
                let call = call.clone();
                state.late_calls.put(LateCallRow { id, call, arrives_at, admitted: false });
            })?;
            broken()
        }
        CallFault::CutOff => cut_off(&simulator.with(answer)?),
        CallFault::AnswerLost => {
            simulator.with(answer)?;
            broken()
        }
        CallFault::InternalError => whole(Answer::error(500, "Internal Server Error")).await,
        CallFault::Unavailable => {
            whole(Answer::page(503, "503 Service Temporarily Unavailable")).await
        }
        CallFault::Maintenance => whole(Answer::page(200, "시스템 점검 중입니다")).await,
        CallFault::Unauthorized => {
            simulator.with(|state, _| state.memo.token = None)?;
            whole(Answer::error(401, "Unauthorized")).await
        }
        CallFault::Hanging => {
            tokio::time::sleep(late).await;
            broken()
        }
        CallFault::ApprovedLate => approved_late(simulator, &call, late).await?,
        CallFault::TooManyRequests => whole(Answer::error(429, "Too Many Requests")).await,
    })
}

fn delayed(mut answer: Answer, late: Duration) -> Answer {
    answer.hold = Some(answer.hold.unwrap_or_default().saturating_add(late));
    answer
}

/// Checks an `again` now and approves it later. If its caller goes away in the meantime, it is
/// approved when it is due.
async fn approved_late(
    simulator: &Simulator,
    call: &Call,
    late: Duration,
) -> Result<Response, StoreError> {
    let looked_at = simulator.with(|state, now| match v1::admit(state, now, call) {
        None => Err(delayed(v1::answer(state, now, call), late)),
        Some(Err(refusal)) => Err(refusal),
        Some(Ok(())) => {
            let (id, call) = (state.new_id(), call.clone());
            let seconds = i64::try_from(late.as_secs()).unwrap_or(i64::MAX);
            let arrives_at = now.saturating_add(seconds);
            state.late_calls.put(LateCallRow { id, call, arrives_at, admitted: true });
            Ok(id)
        }
    })?;
    let id = match looked_at {
        Ok(id) => id,
        Err(answer) => return Ok(whole(answer).await),
    };
    tokio::time::sleep(late).await;
    // `run_due` was faster, and its answer is lost.
    Ok(match simulator.with(|state, _| receive(state, id))? {
        Some(answer) => whole(answer).await,
        None => broken(),
    })
}

async fn read(request: Request) -> Option<Call> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY).await.ok()?;
    let text = |name: &str| header_text(&parts.headers, name);
    Some(Call {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorization: text("authorization"),
        token_header: text("x-imptokenheader"),
        user_agent: text("user-agent"),
        content_type: text("content-type").unwrap_or_default(),
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The answer, after its delay. Its effects are already stored, so the caller may go away.
async fn whole(answer: Answer) -> Response {
    if let Some(hold) = answer.hold {
        tokio::time::sleep(hold).await;
    }
    headed(&answer, Body::from(answer.body.clone()))
}

/// A connection that breaks before the answer.
fn broken() -> Response {
    Response::new(Body::from_stream(stream::once(async { Err::<Bytes, _>(reset()) })))
}

/// An answer whose connection breaks in the middle of its body.
fn cut_off(answer: &Answer) -> Response {
    let half = answer.body.len().checked_div(2).unwrap_or(0);
    let body = Bytes::from(answer.body.clone()).slice(..half);
    let pieces = stream::once(async { Ok(body) }).chain(stream::once(async {
        // Lets the server send what it has.
        tokio::task::yield_now().await;
        Err(reset())
    }));
    headed(answer, Body::from_stream(pieces))
}

fn reset() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the connection broke")
}

fn headed(answer: &Answer, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    headers.insert(header::SERVER, HeaderValue::from_static("Apache"));
    response
}
