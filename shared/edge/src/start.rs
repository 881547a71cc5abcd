//! Starting a function: logs, configuration, wiring, and the Lambda runtime.

use crate::config::from_environment;
use crate::{App, Config, Problem, Reader, ReaderConfig, gateway, metrics, transport};
use axum::{Router, extract::DefaultBodyLimit, middleware::map_response, response::Response};
use flows::{Clock, METRICS};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use std::{convert::Infallible, sync::Arc};
use tracing::Subscriber;
use tracing_subscriber::{
    Layer, filter::FilterExt, filter::LevelFilter, filter::Targets, filter::filter_fn,
    fmt::MakeWriter, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt,
};
use ulid::Ulid;

/// Why a function could not start, or stopped.
pub type StartError = lambda_runtime::Error;

/// No request of ours is larger; what is gets a problem.
const LARGEST_BODY: usize = 64 * 1024;

/// Logs to standard output: one JSON line an event, `RUST_LOG` or `info` and above; and the figures, whatever
/// the log's level is. `RUST_LOG` is a level, or levels by module: `warn,flows=info`.
pub fn listen() {
    let said = from_environment("RUST_LOG");
    let log = log(said.as_deref(), std::io::stdout);
    tracing_subscriber::registry().with(log).with(metrics::embedded(std::io::stdout)).init();
}

/// Writes the log to `to`, as `said` wants it, but nothing below `info`, whatever it says: there the libraries tell what
/// they send, rows and signatures among it.
pub fn log<S, W>(said: Option<&str>, to: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let said = said.and_then(|said| said.parse::<Targets>().ok());
    let wanted = said.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let may_be_shown = filter_fn(|metadata| {
        metadata.target() != METRICS && *metadata.level() <= LevelFilter::INFO
    });
    tracing_subscriber::fmt::layer()
        .json()
        .with_current_span(true)
        .without_time()
        .with_writer(to)
        // One filter, not two in a row: of two, tracing would ask and carry out every trace of every library, and
        // the runtime's of an event ends the process when that is no UTF-8.
        .with_filter(wanted.and(may_be_shown))
}

/// The application in production: configuration from the environment, the transport to the world with its
/// connections open, the system's clock.
///
/// # Errors
/// The first thing that is missing or malformed, by its name.
pub async fn production() -> Result<App, StartError> {
    production_by(Arc::new(Timestamp::now)).await
}

/// The same by another clock.
///
/// # Errors
/// As [`production`].
pub async fn production_by(clock: Clock) -> Result<App, StartError> {
    let config = Config::read(from_environment)?;
    let transport = transport::to_the_world()?;
    let keys = config.reader.jwks_url.clone();
    let hosts = [config.reader.aws.dynamodb().parse()?, keys, config.iamport.base_url.clone()];
    let app_check = config.our_apps.as_ref().map(|apps| apps.app_check.jwks_url.clone());
    transport::open(&transport, hosts.into_iter().chain(app_check)).await;
    Ok(App::new(config, &transport, clock, Arc::new(|_| Ulid::generate()))?)
}

/// The same for functions that only read.
///
/// # Errors
/// As [`production`].
pub async fn reader() -> Result<Reader, StartError> {
    let config = ReaderConfig::read(from_environment)?;
    let transport = transport::to_the_world()?;
    transport::open(&transport, [config.aws.dynamodb().parse()?, config.jwks_url.clone()]).await;
    Ok(Reader::new(config, &transport, Arc::new(Timestamp::now)))
}

/// Answers API Gateway's events with these routes, for as long as Lambda lets the process run.
///
/// # Errors
/// When Lambda's Runtime API does not answer.
pub async fn run<State>(router: Router<State>, state: State) -> Result<(), StartError>
where
    State: Clone + Send + Sync + 'static,
{
    let router = &serve(router, state);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        Ok::<_, Infallible>(gateway::answer(router, event.payload.get()).await)
    }))
    .await
}

/// An answer is for whoever asked, is what it says it is, and came over TLS, as the next will.
async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What every router of ours has: a limit on bodies, and problems for what it does not know.
pub fn serve<State>(router: Router<State>, state: State) -> Router
where
    State: Clone + Send + Sync + 'static,
{
    router
        .fallback(async || Problem::NOT_FOUND)
        .method_not_allowed_fallback(async || Problem::METHOD_NOT_ALLOWED)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(map_response(private))
        .with_state(state)
}
