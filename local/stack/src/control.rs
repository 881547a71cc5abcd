//! Control from outside: the clock, and what Slack and the bus were told.

use crate::Stack;
use axum::{
    Json, Router, extract::State, response::IntoResponse, response::Response, routing::get,
};
use http::{StatusCode, header::CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

/// No jump is longer: ten years.
const LONGEST_JUMP: SignedDuration = SignedDuration::from_hours(24 * 3_660);

/// The clock, `GET /slack/messages` and `GET /events`. Each first does what is due.
pub(crate) fn routes(stack: Stack) -> Router {
    Router::new()
        .route("/simulator/clock", get(tell).post(advance))
        .route("/slack/messages", get(messages))
        .route("/events", get(events))
        .with_state(stack)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Jump {
    By { advance_seconds: u32 },
    To { advance_to: Timestamp },
}

async fn tell(State(stack): State<Stack>) -> Json<Value> {
    Json(json!({"now": stack.clock.now().to_string()}))
}

/// Answers when all that fell due on the way is done.
async fn advance(State(stack): State<Stack>, body: axum::body::Bytes) -> Response {
    let Ok(jump) = serde_json::from_slice::<Jump>(&body) else {
        return problem(r#"say {"advance_seconds": n} or {"advance_to": "2026-12-01T00:00:00Z"}"#);
    };
    let now = stack.clock.now();
    let target = match jump {
        Jump::By { advance_seconds } => {
            now.saturating_add(SignedDuration::from_secs(advance_seconds.into())).ok()
        }
        Jump::To { advance_to } => Some(advance_to),
    };
    let Some(target) = target.filter(|target| target.duration_since(now) <= LONGEST_JUMP) else {
        return problem("a jump is at most ten years");
    };
    match stack.advance_to(target).await {
        Ok(()) => tell(State(stack)).await.into_response(),
        Err(error) => broken(&error),
    }
}

async fn messages(State(stack): State<Stack>) -> Response {
    match stack.settle().await {
        Ok(()) => Json(stack.bus.messages()).into_response(),
        Err(error) => broken(&error),
    }
}

async fn events(State(stack): State<Stack>) -> Response {
    match stack.settle().await {
        Ok(()) => Json(stack.bus.events()).into_response(),
        Err(error) => broken(&error),
    }
}

fn problem(detail: &str) -> Response {
    let body = json!({"type": "/problems/malformed-request", "title": "Malformed", "status": 400, "detail": detail});
    (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/problem+json")], body.to_string())
        .into_response()
}

fn broken(error: &crate::StackError) -> Response {
    tracing::error!(%error, "the stack is broken");
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}
