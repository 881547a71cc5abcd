//! The routes that control the simulator, in JSON under `/simulator`.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{Path, State, rejection::JsonRejection},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use clap::ValueEnum;
use http::{HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Card, CardWindow, ConsoleAct, ConsoleError, Fault, Simulator, StoreError, Switch,
    UnknownCustomer,
};

pub(crate) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/simulator/card-window", post(card_window))
        .route("/simulator/customers/{customer_uid}/card", put(set_card))
        .route("/simulator/webhooks/{id}/resend", post(resend))
        .route("/simulator/console", post(console))
        .route("/simulator/garbled", put(garble))
        .route("/simulator/switches", get(switches).put(turn))
        .route("/simulator/faults", get(faults).post(inject).delete(clear_faults))
}

pub(crate) fn clock_routes() -> Router<Simulator> {
    Router::new().route("/simulator/clock", get(clock).post(advance))
}

/// An RFC 9457 problem.
struct Problem {
    status: StatusCode,
    kind: &'static str,
    detail: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": format!("urn:iamport-simulator:{}", self.kind),
            "title": self.kind,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = (self.status, Json(body)).into_response();
        let problem = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, kind: "not-stored", detail: error.to_string() }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self { status: rejection.status(), kind: "bad-request", detail: rejection.body_text() }
    }
}

impl Problem {
    fn unknown(what: &'static str) -> Self {
        Self { status: StatusCode::NOT_FOUND, kind: "unknown", detail: format!("no such {what}") }
    }
}

type Sent<T> = Result<Json<T>, JsonRejection>;

async fn card_window(
    State(simulator): State<Simulator>,
    window: Sent<CardWindow>,
) -> Result<Response, Problem> {
    let Json(window) = window?;
    Ok(Json(simulator.card_window(&window).await?).into_response())
}

#[derive(Deserialize)]
struct ChangedCard {
    card: Card,
}

async fn set_card(
    State(simulator): State<Simulator>,
    Path(customer_uid): Path<String>,
    changed: Sent<ChangedCard>,
) -> Result<StatusCode, Problem> {
    let Json(changed) = changed?;
    match simulator.set_card(&customer_uid, changed.card) {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(UnknownCustomer::Unknown) => Err(Problem::unknown("customer")),
        Err(UnknownCustomer::Store(error)) => Err(error.into()),
    }
}

async fn resend(
    State(simulator): State<Simulator>,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let webhook = simulator.resend(id).await?.ok_or_else(|| Problem::unknown("webhook"))?;
    Ok(Json(webhook).into_response())
}

async fn console(
    State(simulator): State<Simulator>,
    act: Sent<ConsoleAct>,
) -> Result<StatusCode, Problem> {
    let Json(act) = act?;
    match simulator.console(&act) {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(ConsoleError::Refused(detail)) => {
            Err(Problem { status: StatusCode::CONFLICT, kind: "refused", detail })
        }
        Err(ConsoleError::Store(error)) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Garbled {
    merchant_uid: String,
    garbled: bool,
}

async fn garble(
    State(simulator): State<Simulator>,
    asked: Sent<Garbled>,
) -> Result<StatusCode, Problem> {
    let Json(Garbled { merchant_uid, garbled }) = asked?;
    simulator.garble(&merchant_uid, garbled)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn switches(State(simulator): State<Simulator>) -> Response {
    let all = Switch::value_variants().iter();
    let all: BTreeMap<Switch, bool> = all.map(|it| (*it, simulator.is_on(*it))).collect();
    Json(all).into_response()
}

async fn turn(
    State(simulator): State<Simulator>,
    turned: Sent<BTreeMap<Switch, bool>>,
) -> Result<StatusCode, Problem> {
    let Json(turned) = turned?;
    for (switch, on) in turned {
        simulator.turn(switch, on)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn faults(State(simulator): State<Simulator>) -> Response {
    Json(simulator.faults()).into_response()
}

async fn inject(
    State(simulator): State<Simulator>,
    fault: Sent<Fault>,
) -> Result<StatusCode, Problem> {
    let Json(fault) = fault?;
    simulator.inject(fault)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(simulator): State<Simulator>) -> Result<StatusCode, Problem> {
    simulator.clear_faults()?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
struct Time {
    now: Timestamp,
    next_event_at: Option<Timestamp>,
}

async fn clock(State(simulator): State<Simulator>) -> Response {
    Json(Time { now: simulator.now(), next_event_at: simulator.next_event_at() }).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Advance {
    AdvanceSeconds(u32),
    AdvanceTo(Timestamp),
}

async fn advance(
    State(simulator): State<Simulator>,
    advance: Sent<Advance>,
) -> Result<Response, Problem> {
    let Json(advance) = advance?;
    let now = simulator.now();
    let target = match advance {
        Advance::AdvanceTo(target) => target,
        Advance::AdvanceSeconds(seconds) => {
            now.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(now)
        }
    };
    simulator.advance_to(target).await?;
    Ok(clock(State(simulator)).await)
}
