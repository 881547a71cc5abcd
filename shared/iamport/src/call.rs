//! One call: sent with a token, once or (where that is safe) a few times, and its answer opened.

use std::{fmt, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;
use tower::{Service, ServiceExt};

use crate::{Client, Error, TooLate, Trouble, envelope, token::Token, transport::never_left};

/// What a call does at Iamport, which decides what a missing answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It reads, and may be repeated.
    None,
    /// It changes something, and is sent once.
    Change,
}

impl Effect {
    /// The error for a request that may have arrived and brought no answer back.
    pub(crate) fn without_outcome(self, source: Trouble) -> Error {
        match self {
            Self::None => Error::Unavailable { source },
            Self::Change => Error::Unknown { source },
        }
    }

    pub(crate) fn unreadable(self, status: StatusCode, source: serde_json::Error) -> Error {
        self.without_outcome(Trouble::Unreadable { status, source })
    }
}

/// A request that can be made again and again.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Bytes,
    effect: Effect,
}

impl Call {
    pub(crate) fn get(path: String) -> Self {
        let (method, query, body) = (Method::GET, Vec::new(), Bytes::new());
        Self { method, path, query, body, effect: Effect::None }
    }

    pub(crate) fn delete(path: String) -> Self {
        Self { method: Method::DELETE, effect: Effect::Change, ..Self::get(path) }
    }

    pub(crate) fn post(path: String, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::Unavailable { source: Trouble::NotSent(error.into()) })?
            .into();
        Ok(Self { method: Method::POST, body, effect: Effect::Change, ..Self::get(path) })
    }

    pub(crate) fn put(path: String, body: &impl Serialize) -> Result<Self, Error> {
        Ok(Self { method: Method::PUT, ..Self::post(path, body)? })
    }

    /// Marks a `POST` that changes nothing.
    pub(crate) fn repeatable(mut self) -> Self {
        self.effect = Effect::None;
        self
    }

    pub(crate) fn query(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.query.push((key, value.to_string()));
        self
    }

    pub(crate) fn maybe(self, key: &'static str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    fn request(&self, base_url: &str, token: Option<&Token>) -> Result<Request<Bytes>, Trouble> {
        let mut uri = format!("{base_url}{}", self.path);
        if !self.query.is_empty() {
            let query = serde_html_form::to_string(&self.query)
                .map_err(|error| Trouble::NotSent(error.into()))?;
            uri.push('?');
            uri.push_str(&query);
        }
        let json = HeaderValue::from_static("application/json");
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(uri)
            .header(header::ACCEPT, json.clone());
        if !self.body.is_empty() {
            request = request.header(header::CONTENT_TYPE, json);
        }
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, token.header.clone());
        }
        request.body(self.body.clone()).map_err(|error| Trouble::NotSent(error.into()))
    }
}

/// One segment of a path. What RFC 3986 leaves unreserved stays readable.
pub(crate) fn segment(id: &str) -> impl fmt::Display {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(id, ENCODED)
}

impl Client {
    /// Makes the call and reads its answer.
    pub(crate) async fn perform<T>(
        &self,
        call: Call,
        read: fn(Value) -> Result<T, serde_json::Error>,
    ) -> Result<T, Error> {
        // Trouble with the token is trouble before the call itself left.
        let token = self.token_in_time(None).await?;
        let answer = match self.exchange(&call, Some(&token)).await {
            Err(Error::Unauthorized { .. }) => {
                let token = self.token_in_time(Some(&token)).await?;
                self.exchange(&call, Some(&token)).await
            }
            answer => answer,
        };
        let (status, value) = answer?;
        read(value).map_err(|source| call.effect.unreadable(status, source))
    }

    /// A token, waited for only as long as the call could still be sent with it.
    async fn token_in_time(&self, rejected: Option<&Token>) -> Result<Token, Error> {
        let fetching = self.token(rejected);
        match self.slack()? {
            None => fetching.await,
            Some(slack) => timeout(slack, fetching).await.unwrap_or_else(|_| Err(TooLate.into())),
        }
    }

    /// Sends the call, again after a pause where it only reads, and opens the answer.
    pub(crate) async fn exchange(
        &self,
        call: &Call,
        token: Option<&Token>,
    ) -> Result<(StatusCode, Value), Error> {
        let once = || async {
            let request = call
                .request(&self.inner.base_url, token)
                .map_err(|source| Error::Unavailable { source })?;
            let answer = self.send(request).await.map_err(|trouble| match trouble {
                Trouble::NotSent(_) => Error::Unavailable { source: trouble },
                Trouble::Broken(_)
                | Trouble::TimedOut(_)
                | Trouble::Status(_)
                | Trouble::Unreadable { .. } => call.effect.without_outcome(trouble),
            })?;
            envelope::open(call.effect, &answer).map(|value| (answer.status(), value))
        };
        match call.effect {
            Effect::Change => once().await,
            // Without jitter, so that a simulated run is the same every time.
            Effect::None => {
                let pauses = ExponentialBuilder::default()
                    .with_min_delay(Duration::from_millis(200))
                    .with_max_times(self.inner.retries);
                let again = |error: &Error| error.is_unavailable() && !error.is_too_late();
                once.retry(pauses).when(again).await
            }
        }
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Trouble> {
        let mut transport = self.inner.transport.clone();
        let mut left = false;
        let answering = async {
            let transport = transport.ready().await.map_err(Trouble::NotSent)?;
            self.slack().map_err(|late| Trouble::NotSent(late.into()))?;
            left = true;
            transport.call(request).await.map_err(|error| {
                if never_left(&*error) { Trouble::NotSent(error) } else { Trouble::Broken(error) }
            })
        };
        let limit = self.inner.timeout;
        match timeout(limit, answering).await {
            Ok(answer) => answer,
            Err(elapsed) if !left => Err(Trouble::NotSent(elapsed.into())),
            Err(_) => Err(Trouble::TimedOut(limit)),
        }
    }
}
