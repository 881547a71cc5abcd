//! Google's keys and its token endpoint: what ID tokens are verified with, and how a service
//! account gets an access token.

use axum::{
    Json, Router,
    extract::{OriginalUri, State},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use bytes::Bytes;
use http::{
    HeaderMap, StatusCode, Uri,
    header::{CACHE_CONTROL, HOST},
};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::json;

use super::Google;

/// What a service account has to ask for; Google takes the wider one as well.
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/identitytoolkit",
    "https://www.googleapis.com/auth/cloud-platform",
];

/// How long an access token lasts, and an assertion at most, in seconds.
const HOUR: i64 = 3600;

/// How far a client's clock may be ahead, in seconds.
const CLOCK_SKEW: i64 = 60;

pub(super) fn router() -> Router<Google> {
    Router::new()
        .route(
            "/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
            get(|State(google): State<Google>| async move { google.published_keys() }),
        )
        .route(
            "/token",
            post(
                |State(google): State<Google>,
                 OriginalUri(uri): OriginalUri,
                 headers: HeaderMap,
                 form: Bytes| async move { google.token(&uri, &headers, &form) },
            ),
        )
}

impl Google {
    pub(super) fn published_keys(&self) -> Response {
        let held_for = [(CACHE_CONTROL, "public, max-age=3600, must-revalidate, no-transform")];
        (held_for, Json(json!({ "keys": [self.inner.signing.public()] }))).into_response()
    }

    /// The token endpoint (RFC 7523, section 2.1).
    fn token(&self, uri: &Uri, headers: &HeaderMap, form: &[u8]) -> Response {
        match self.exchange(authority(uri, headers), form) {
            Ok(token) => Json(json!({
                "access_token": token,
                "expires_in": HOUR,
                "token_type": "Bearer",
            }))
            .into_response(),
            Err((error, description)) => {
                let body = json!({ "error": error, "error_description": description });
                (StatusCode::BAD_REQUEST, Json(body)).into_response()
            }
        }
    }

    fn exchange(
        &self,
        authority: &str,
        form: &[u8],
    ) -> Result<String, (&'static str, &'static str)> {
        let form: Grant = serde_html_form::from_bytes(form)
            .map_err(|_error| ("invalid_request", "Missing grant_type or assertion."))?;
        if form.grant_type != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            return Err(("unsupported_grant_type", "Invalid grant_type."));
        }
        let assertion = self
            .read_assertion(&form.assertion)
            .map_err(|_error| ("invalid_grant", "Invalid JWT Signature."))?;
        if assertion.iss != self.client_email() {
            return Err(("invalid_grant", "Invalid grant: account not found"));
        }
        // The scheme is left open: whether TLS ended before us is not ours to know.
        let audience = assertion.aud.split_once("://").map(|(_scheme, rest)| rest);
        if audience != Some(&format!("{authority}/token")) {
            return Err(("invalid_grant", "Invalid JWT: Failed audience check."));
        }
        let now = self.now();
        let lifetime = assertion.exp.saturating_sub(assertion.iat);
        if assertion.iat.saturating_sub(CLOCK_SKEW) > now.as_second()
            || assertion.exp <= now.as_second()
            || !(0..=HOUR).contains(&lifetime)
        {
            return Err((
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
            ));
        }
        if !assertion.scope.split(' ').any(|scope| SCOPES.contains(&scope)) {
            return Err(("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
        }
        Ok(self.give_access_token(now))
    }

    fn read_assertion(&self, assertion: &str) -> jsonwebtoken::errors::Result<Assertion> {
        let key = DecodingKey::from_jwk(self.inner.service_account.public())?;
        let mut validation = Validation::new(Algorithm::RS256);
        // The times are compared with the simulated clock, the audience with this host.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        Ok(jsonwebtoken::decode(assertion, &key, &validation)?.claims)
    }

    fn give_access_token(&self, now: Timestamp) -> String {
        let mut tokens = self.access_tokens();
        tokens.ends.retain(|_, end| *end > now);
        tokens.given = tokens.given.saturating_add(1);
        let token = format!("ya29.local-{}", tokens.given);
        let end = now.saturating_add(SignedDuration::from_secs(HOUR)).unwrap_or(Timestamp::MAX);
        tokens.ends.insert(token.clone(), end);
        token
    }
}

/// The host the request was for: in the request line or, from a socket, in its own header.
fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> &'a str {
    uri.authority()
        .map(http::uri::Authority::as_str)
        .or_else(|| headers.get(HOST)?.to_str().ok())
        .unwrap_or_default()
}

#[derive(Deserialize)]
struct Grant {
    grant_type: String,
    assertion: String,
}

#[derive(Deserialize)]
struct Assertion {
    iss: String,
    scope: String,
    aud: String,
    iat: i64,
    exp: i64,
}
