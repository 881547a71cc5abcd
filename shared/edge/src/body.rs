//! Bodies and queries of strangers: what does not fit is a problem, and nothing else happens.

use crate::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// A JSON body. The `Content-Type` is not insisted on; the size is limited by the router.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

/// A body as it came, within the router's limit.
#[derive(Debug, Clone)]
pub struct Raw(pub Bytes);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Raw(bytes) = Raw::from_request(request, state).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| Problem::MALFORMED)
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

/// The problem of a body that could not be read.
fn unreadable(rejection: &BytesRejection) -> Problem {
    if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Problem::TOO_LARGE
    } else {
        Problem::MALFORMED
    }
}
