//! Bodies and queries of strangers: what does not fit is a problem, and nothing else happens.

use crate::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection};
use http::request::Parts;
use serde::{Deserialize, de::DeserializeOwned};

/// What a write says: a JSON object in its body, and all of it is understood.
///
/// Whoever sends a field that is not known here means something that would not be done, so the write is
/// refused and the field is named, at whatever depth it stands. A query means something too, and a write
/// has none. No body at all says as little as `{}`. The `Content-Type` is not insisted on; the size is
/// limited by the router.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

/// What a write says that needs to be told nothing.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Nothing {}

/// A body as it came, within the router's limit.
#[derive(Debug, Clone)]
pub struct Raw(pub Bytes);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if let Some(name) = request.uri().query().and_then(first_name) {
            return Err(Problem::unknown_field(name));
        }
        let Raw(bytes) = Raw::from_request(request, state).await?;
        understood(&bytes).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Bytes::from_request(request, state)
            .await
            .map(Self)
            .map_err(|rejection| unreadable(&rejection))
    }
}

/// A query string.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query.map(|axum::extract::Query(query)| Self(query)).map_err(|_| Problem::MALFORMED)
    }
}

/// The name of a query's first parameter; `None` for an empty query.
fn first_name(query: &str) -> Option<&str> {
    query.split(['&', '=']).find(|text| !text.is_empty())
}

/// Reads an object, if every field in it is known.
fn understood<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let body = if body.is_empty() { b"{}" } else { body };
    // An array would be taken for the fields in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::MALFORMED);
    }
    let mut unknown = None;
    let mut json = serde_json::Deserializer::from_slice(body);
    let said = serde_ignored::deserialize(&mut json, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    });
    let said = said.and_then(|said| json.end().map(|()| said)).map_err(|_| Problem::MALFORMED)?;
    unknown.map_or(Ok(said), |field| Err(Problem::unknown_field(&field)))
}

/// The problem of a body that could not be read.
fn unreadable(rejection: &BytesRejection) -> Problem {
    if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Problem::TOO_LARGE
    } else {
        Problem::MALFORMED
    }
}
