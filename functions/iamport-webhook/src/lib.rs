//! `POST /iamport-callback` and `POST /iamport-callback/schedule`: Iamport's webhooks.
//!
//! Anyone can send one, so nothing in them is believed but the id to fetch. The
//! answer is the same whatever was made of it, and tells a guesser nothing; only when a member should have
//! been looked at and could not be is it a 503, so that sending it again helps.

use axum::extract::{FromRequest, Request, State};
use axum::{Router, routing::post};
use edge::{App, Problem};
use flows::Heard;
use http::StatusCode;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
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

/// A webhook's body, as JSON or as a form, whatever its content type says; other fields are not looked at.
#[derive(Debug, Clone, ToSchema)]
pub struct Notice {
    /// Iamport's id of the payment.
    #[schema(examples("imps_000000000002"))]
    imp_uid: String,
    /// The order.
    #[schema(examples("pay-01KAQ3X0000000000000000000-0-0"))]
    merchant_uid: String,
    /// What its address proves, if it is one of ours: the query's `k`.
    #[schema(ignore)]
    code: Option<String>,
}

/// A payment was made, cancelled or a card registered.
#[utoipa::path(post, path = "/iamport-callback", tag = "iamport", request_body = Notice, responses(
    (status = 200, description = "Heard"),
    (status = 400, body = Problem, description = "It names no payment and order"),
    (status = 413, body = Problem, description = "The body is too large"),
    (status = 503, body = Problem, description = "The member could not be looked at: send it again"),
))]
async fn payment(State(app): State<App>, notice: Notice) -> Result<StatusCode, Problem> {
    hear(&app, &notice).await
}

/// A schedule was run.
#[utoipa::path(post, path = "/iamport-callback/schedule", tag = "iamport", request_body = Notice, responses(
    (status = 200, description = "Heard"),
    (status = 400, body = Problem, description = "It names no payment and order"),
    (status = 413, body = Problem, description = "The body is too large"),
    (status = 503, body = Problem, description = "The member could not be looked at: send it again"),
))]
async fn schedule(State(app): State<App>, notice: Notice) -> Result<StatusCode, Problem> {
    hear(&app, &notice).await
}

async fn hear(app: &App, notice: &Notice) -> Result<StatusCode, Problem> {
    let Notice { imp_uid, merchant_uid, code } = notice;
    match app.gudok.hear(imp_uid, merchant_uid, code.as_deref()).await? {
        Heard::Looked => {}
        // Sent again it is heard.
        Heard::TooSoon => return Err(Problem::JUST_LOOKED_UP),
        Heard::NotOurs => tracing::warn!("a webhook names no order of ours"),
        Heard::NotTrue => {
            tracing::warn!("a webhook names a payment that Iamport does not have under this order");
        }
    }
    Ok(StatusCode::OK)
}

/// JSON or form, by the console's setting. Which of the two is tried, not read from the content type: what is
/// refused is never sent again.
impl FromRequest<App> for Notice {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let code = request.uri().query().and_then(|query| {
            let fields: Vec<(String, String)> = serde_html_form::from_str(query).ok()?;
            fields.into_iter().find_map(|(name, value)| (name == "k").then_some(value))
        });
        let edge::Raw(body): edge::Raw = edge::Raw::from_request(request, app).await?;
        // The ids are ASCII; what else is in a body, in whatever encoding, is not looked at.
        let body = String::from_utf8_lossy(&body);
        let body = body.trim_start_matches('\u{feff}');
        let ids = in_json(body).or_else(|| in_form(body));
        let (imp_uid, merchant_uid) = ids.ok_or(Problem::MALFORMED)?;
        Ok(Self { imp_uid, merchant_uid, code })
    }
}

/// The ids of the payment and of the order. Of a name that comes twice the last is taken, in JSON as in a form.
fn in_json(body: &str) -> Option<(String, String)> {
    let mut fields: BTreeMap<String, &RawValue> = serde_json::from_str(body).ok()?;
    let mut text = |name| {
        let value = fields.remove(name)?.get();
        // Ids of other shops may be numbers.
        let number =
            || value.starts_with(|first: char| first.is_ascii_digit()).then(|| value.to_owned());
        serde_json::from_str(value).ok().or_else(number)
    };
    Some((text("imp_uid")?, text("merchant_uid")?))
}

fn in_form(body: &str) -> Option<(String, String)> {
    let fields: Vec<(String, String)> = serde_html_form::from_str(body).ok()?;
    let mut fields: BTreeMap<_, _> = fields.into_iter().collect();
    Some((fields.remove("imp_uid")?, fields.remove("merchant_uid")?))
}
