//! Between API Gateway and our routers: its event (HTTP API, payload 2.0) becomes a request, and what is
//! replied becomes what it takes. Nothing that is handed over ends the process; what cannot be a request gets
//! a problem.
//!
//! Sources: "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", Amazon API Gateway Developer
//! Guide; and for what it leaves open docs/decisions/0018-what-api-gateway-hands-over.md.

use crate::Problem;
use axum::{Router, body::Body, response::IntoResponse, response::Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, uri::PathAndQuery};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use tower::ServiceExt;

/// What of a path stays as it is. The path was decoded once, so everything else is encoded again, `%` too: a
/// router that decodes then sees what was handed over.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What of a query, which is handed over as it was sent, no URI may hold.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// What is read of an event. Cookies are not: nothing of ours sets or reads one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: String,
    raw_query_string: Option<String>,
    headers: Option<BTreeMap<String, Value>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
    request_context: RequestContext,
}

#[derive(Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

/// A reply as API Gateway takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// The HTTP status.
    pub status_code: u16,
    /// By lower-case name; several of one name are joined with commas.
    pub headers: BTreeMap<String, String>,
    /// The body, as text or in base64.
    pub body: String,
    /// Whether the body is in base64.
    pub is_base64_encoded: bool,
}

/// Answers an event, given as JSON.
pub async fn answer(router: &Router, event: &str) -> Reply {
    let response = if let Some(request) = request(event) {
        match router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    } else {
        tracing::warn!("API Gateway handed over what is no request");
        Problem::MALFORMED.into_response()
    };
    reply(response).await
}

fn request(event: &str) -> Option<Request<Body>> {
    let event: Event = serde_json::from_str(event).ok()?;
    let mut uri = utf8_percent_encode(&event.raw_path, PATH).to_string();
    if let Some(query) = event.raw_query_string.filter(|query| !query.is_empty()) {
        uri.push('?');
        uri.extend(utf8_percent_encode(&query, QUERY));
    }
    let body = event.body.unwrap_or_default();
    let body = match event.is_base64_encoded {
        Some(true) => STANDARD.decode(body).ok()?,
        Some(false) | None => body.into_bytes(),
    };
    let mut request = Request::new(Body::from(body));
    *request.method_mut() =
        Method::from_bytes(event.request_context.http.method.as_bytes()).ok()?;
    *request.uri_mut() = PathAndQuery::try_from(uri).ok()?.into();
    *request.headers_mut() = headers(event.headers.unwrap_or_default())?;
    Some(request)
}

/// A header that cannot be one is left out, as if it had not been sent. None if there are too many.
fn headers(sent: BTreeMap<String, Value>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in sent {
        let Value::String(value) = value else { continue };
        let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
        else {
            continue;
        };
        headers.try_append(name, value).ok()?;
    }
    Some(headers)
}

async fn reply(response: Response) -> Reply {
    let (parts, body) = response.into_parts();
    // The bodies of our replies are in memory and cannot break off.
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in &parts.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers
            .entry(name.as_str().to_owned())
            .and_modify(|all| {
                all.push(',');
                all.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    let (body, is_base64_encoded) = match String::from_utf8(body.into()) {
        Ok(text) => (text, false),
        Err(binary) => (STANDARD.encode(binary.as_bytes()), true),
    };
    Reply { status_code: parts.status.as_u16(), headers, body, is_base64_encoded }
}
