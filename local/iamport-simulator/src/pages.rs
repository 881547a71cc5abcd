//! The pages: the SDK, the PG's window, and the overview. They are served as they are; their scripts
//! insert everything they show as text.

use axum::{Router, response::Response, routing::get};
use http::{HeaderValue, header};

use crate::Simulator;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

pub(crate) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/v1/iamport.js", get(async || page(SCRIPT, include_str!("pages/iamport.js"))))
        .route(
            "/js/iamport.payment-1.2.0.js",
            get(async || page(SCRIPT, include_str!("pages/iamport.js"))),
        )
        .route("/v1/window", get(async || page(HTML, include_str!("pages/window.html"))))
        .route("/v1/window.js", get(async || page(SCRIPT, include_str!("pages/window.js"))))
        .route("/v1/window.css", get(async || page(STYLE, include_str!("pages/window.css"))))
        .route("/simulator", get(async || page(HTML, include_str!("pages/overview.html"))))
        .route("/simulator/page.js", get(async || page(SCRIPT, include_str!("pages/overview.js"))))
        .route("/simulator/page.css", get(async || page(STYLE, include_str!("pages/overview.css"))))
}

fn page(content_type: &'static str, text: &'static str) -> Response {
    let mut response = Response::new(text.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Any page may embed the window, as any merchant's page can embed the PG's.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'",
        ),
    );
    response
}
