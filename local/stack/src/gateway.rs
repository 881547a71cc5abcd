//! API Gateway's stand-in: makes of each request the event that an HTTP API hands to a function (payload 2.0),
//! and of the function's reply a response. What it does to a request on the way is told in
//! docs/decisions/0018-what-api-gateway-hands-over.md.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use edge::gateway::Reply;
use http::header::{CONTENT_TYPE, COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// API Gateway takes no larger body.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// Media types whose bodies are handed over as text; all others, forms too, are in base64.
const TEXTS: [&str; 4] = ["text/", "application/json", "application/javascript", "application/xml"];

/// API Gateway in front of all functions at once.
pub fn before(functions: Router) -> Router {
    Router::new().fallback(move |request: Request| {
        let functions = functions.clone();
        async move {
            let (parts, body) = request.into_parts();
            let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
                let refusal = json!({"message": "Request Entity Too Large"});
                return (StatusCode::PAYLOAD_TOO_LARGE, axum::Json(refusal)).into_response();
            };
            let event = event(&parts, &body).to_string();
            response(edge::gateway::answer(&functions, &event).await)
        }
    })
}

/// The event of a request, with what is read of it.
fn event(parts: &Parts, body: &[u8]) -> Value {
    // Decoded once, and cut off where a question mark comes out of it.
    let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
    let path = path.split('?').next().unwrap_or_default();
    let text = std::str::from_utf8(body).ok();
    let text = text.filter(|text| text.is_empty() || is_text(&parts.headers));
    json!({
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers(&parts.headers),
        "requestContext": {
            "http": {"method": parts.method.as_str(), "path": path, "protocol": "HTTP/1.1"},
            "stage": "$default",
        },
        "body": text.map_or_else(|| STANDARD.encode(body), ToOwned::to_owned),
        "isBase64Encoded": text.is_none(),
    })
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    TEXTS.iter().any(|text| kind.starts_with(text))
}

/// By name, joined with commas. (Cookies are handed over beside them, and are read by nobody.)
fn headers(sent: &HeaderMap) -> BTreeMap<String, String> {
    let names = sent.keys().filter(|name| **name != COOKIE);
    let joined = |name: &HeaderName| {
        let values: Vec<_> = sent
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        (name.to_string(), values.join(","))
    };
    names.map(joined).collect()
}

fn response(reply: Reply) -> Response {
    let body = if reply.is_base64_encoded {
        STANDARD.decode(reply.body).unwrap_or_default()
    } else {
        reply.body.into_bytes()
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status_code).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
