//! `POST /iamport-callback` and `POST /iamport-callback/schedule`: Iamport's webhooks.
//!
//! They are unsigned and anyone can send one, so nothing in them is believed but the id to fetch. The
//! answer is the same whatever was made of it, and tells a guesser nothing; only when a member should have
//! been looked at and could not be is it a 503, so that sending it again helps.

use axum::extract::{Request, State};
use axum::{Router, body::Bytes, extract::FromRequest, routing::post};
use edge::{App, Problem};
use flows::Heard;
use http::{StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use utoipa::{OpenApi, ToSchema};

/// The routes of this function.
pub fn router() -> Router<App> {
    Router::new()
        .route("/iamport-callback", post(payment))
        .route("/iamport-callback/schedule", post(schedule))
}

/// The routes' documentation.
#[derive(Debug, OpenApi)]
#[openapi(paths(payment, schedule))]
pub struct Api;

/// A webhook's body, as JSON or as a form; other fields are not looked at.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Hint {
    /// Iamport's id of the payment.
    #[schema(examples("imps_000000000002"))]
    imp_uid: String,
    /// The order.
    #[schema(examples("pay-01KAQ3X0000000000000000000-0-0"))]
    merchant_uid: String,
}

/// A payment was made, cancelled or a card registered.
#[utoipa::path(post, path = "/iamport-callback", tag = "iamport", request_body = Hint, responses(
    (status = 200, description = "Heard"),
    (status = 400, body = Problem, description = "Not a webhook"),
    (status = 413, body = Problem, description = "The body is too large"),
    (status = 503, body = Problem, description = "The member could not be looked at: send it again"),
))]
async fn payment(State(app): State<App>, hint: Hint) -> Result<StatusCode, Problem> {
    hear(&app, &hint).await
}

/// A schedule was run.
#[utoipa::path(post, path = "/iamport-callback/schedule", tag = "iamport", request_body = Hint, responses(
    (status = 200, description = "Heard"),
    (status = 400, body = Problem, description = "Not a webhook"),
    (status = 413, body = Problem, description = "The body is too large"),
    (status = 503, body = Problem, description = "The member could not be looked at: send it again"),
))]
async fn schedule(State(app): State<App>, hint: Hint) -> Result<StatusCode, Problem> {
    hear(&app, &hint).await
}

async fn hear(app: &App, hint: &Hint) -> Result<StatusCode, Problem> {
    match app.gudok.hear(&hint.imp_uid, &hint.merchant_uid).await? {
        Heard::Looked => {}
        Heard::NotOurs => tracing::warn!("a webhook names no order of ours"),
        Heard::NotTrue => {
            tracing::warn!("a webhook names a payment that Iamport does not have under this order");
        }
    }
    Ok(StatusCode::OK)
}

/// JSON or form, by the console's setting; told apart by the content type.
impl FromRequest<App> for Hint {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let content_type =
            request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_form = content_type
            .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        let edge::Raw(body): edge::Raw = edge::Raw::from_request(request, app).await?;
        read(&body, is_form).ok_or(Problem::MALFORMED)
    }
}

fn read(body: &Bytes, is_form: bool) -> Option<Hint> {
    if is_form { serde_html_form::from_bytes(body).ok() } else { serde_json::from_slice(body).ok() }
}
