//! The request of one call, which can be built as often as it is sent.

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::{Error, Trouble, effect::Effect};

#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Bytes,
    pub(crate) effect: Effect,
    /// Whether it is waited for as long as for what moves money.
    pub(crate) takes_long: bool,
}

impl Call {
    pub(crate) fn get(path: String) -> Self {
        let (method, query, body) = (Method::GET, Vec::new(), Bytes::new());
        Self { method, path, query, body, effect: Effect::None, takes_long: false }
    }

    pub(crate) fn delete(path: String) -> Self {
        Self { method: Method::DELETE, effect: Effect::Change, ..Self::get(path) }
    }

    pub(crate) fn post(path: &str, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::Unavailable { source: Trouble::NotSent(error.into()) })?
            .into();
        let get = Self::get(path.to_owned());
        Ok(Self { method: Method::POST, body, effect: Effect::Change, takes_long: true, ..get })
    }

    /// Marks a `POST` that changes nothing.
    pub(crate) fn repeatable(mut self) -> Self {
        (self.effect, self.takes_long) = (Effect::None, false);
        self
    }

    /// Marks a read of many rows, which may take as long as what moves money.
    pub(crate) fn long(mut self) -> Self {
        self.takes_long = true;
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

    pub(crate) fn request(
        &self,
        base_url: &str,
        authorization: Option<HeaderValue>,
    ) -> Result<Request<Bytes>, Trouble> {
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
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        request.body(self.body.clone()).map_err(|error| Trouble::NotSent(error.into()))
    }
}

/// Encodes one path segment. The characters that RFC 3986 leaves unreserved stay readable.
pub(crate) fn segment(id: &str) -> impl fmt::Display {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(id, ENCODED)
}
