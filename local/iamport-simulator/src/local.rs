//! Only this machine: a simulator is for whoever runs it. Any page that is open in a browser can send requests to
//! loopback, and a name that somebody points at loopback makes such a page its neighbour.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::uri::Authority;
use http::{HeaderMap, StatusCode, Uri, header};

/// The same routes, for requests that name this machine (`Host`) and come from no page of another (`Origin`).
pub fn on_this_machine<State>(routes: Router<State>) -> Router<State>
where
    State: Clone + Send + Sync + 'static,
{
    routes.layer(from_fn(admit))
}

async fn admit(request: Request, next: Next) -> Response {
    if names_this_machine(request.headers()) {
        next.run(request).await
    } else {
        let why = "Only pages and programs of this machine may ask: the Host or the Origin is another's.\n";
        (StatusCode::FORBIDDEN, why).into_response()
    }
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(header::HOST).is_none_or(|host| {
        host.parse::<Authority>().is_ok_and(|authority| is_loopback_name(authority.host()))
    });
    host && text(header::ORIGIN).is_none_or(is_loopback)
}

/// Whether a URL leads to this machine.
pub fn is_loopback(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|url| url.host().is_some_and(is_loopback_name))
}

fn is_loopback_name(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}
