//! App Check: its keys as Google publishes them, and its tokens for whoever asks.
//!
//! In production a token is given for an answer of reCAPTCHA's; which browsers that refuses cannot be told from here, so
//! this gives one to anybody, as Firebase's debug provider does. The claims are those that Firebase documents, and
//! `provider` and `jti`, whose values are a guess that nobody reads.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Google, simulator::problem, token::Signature};

/// The project's number on this machine.
pub const PROJECT_NUMBER: &str = "123456789012";

/// The id of the web app on this machine.
pub const WEB_APP: &str = "1:123456789012:web:1234567890abcdef";

/// How long a token lasts unless asked otherwise, in seconds.
const LIFETIME: i64 = 3600;

/// What is asked for: a good token but for what is named.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct AppCheckToken {
    /// Another project's number.
    pub project_number: Option<String>,
    /// Another app.
    pub app: Option<String>,
    /// In how many seconds it is over; not above 0, and it is over already.
    pub lifetime: Option<i64>,
}

pub(super) fn router() -> Router<Google> {
    Router::new()
        .route(
            "/v1/jwks",
            get(|State(google): State<Google>| async move { google.published_keys() }),
        )
        .route(
            "/simulator/app-check",
            post(|State(google): State<Google>, body: Bytes| async move {
                google.answer_app_check(&body)
            }),
        )
}

impl Google {
    /// The claims of an App Check token.
    pub fn app_check_claims(&self, asked: &AppCheckToken) -> Value {
        let now = self.now().as_second();
        let number = asked.project_number.as_deref().unwrap_or(PROJECT_NUMBER);
        json!({
            "iss": format!("https://firebaseappcheck.googleapis.com/{number}"),
            "aud": [format!("projects/{number}"), format!("projects/{}", self.inner.project)],
            "sub": asked.app.as_deref().unwrap_or(WEB_APP),
            "provider": "recaptcha_enterprise",
            "iat": now,
            "exp": now.saturating_add(asked.lifetime.unwrap_or(LIFETIME)),
            "jti": now.to_string(),
        })
    }

    fn answer_app_check(&self, body: &[u8]) -> Response {
        let Ok(asked) = serde_json::from_slice(if body.is_empty() { b"{}" } else { body }) else {
            return problem(StatusCode::BAD_REQUEST, "invalid_body", "JSON 객체가 필요합니다.");
        };
        match self.sign(&self.app_check_claims(&asked), Signature::Genuine) {
            Ok(token) => {
                let ttl = format!("{}s", asked.lifetime.unwrap_or(LIFETIME));
                Json(json!({ "token": token, "ttl": ttl })).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "an App Check token was not signed");
                problem(StatusCode::INTERNAL_SERVER_ERROR, "not_signed", "서명하지 못했습니다.")
            }
        }
    }
}
