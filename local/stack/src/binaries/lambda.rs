//! Lambda around a function's binary: its Runtime API on loopback, one event after the other.
//!
//! Source: "Using the Lambda runtime API for custom runtimes", AWS Lambda Developer Guide.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use axum::{Router, routing::get, routing::post};
use http::StatusCode;
use serde_json::Value;
use std::net::Ipv4Addr;
use std::path::{Path as File, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;

/// No event of ours takes as long.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a function believes it has: what the sweep is given.
const DEADLINE: Duration = Duration::from_mins(15);

/// A function's binary, and Lambda around it.
pub(crate) struct Lambda {
    events: mpsc::Sender<Vec<u8>>,
    outcomes: mpsc::Receiver<Outcome>,
    /// When it asked for an event first.
    asked: watch::Receiver<Option<Instant>>,
    /// When it was started.
    started: Instant,
    process: Child,
    server: JoinHandle<()>,
}

/// What became of an event.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The function answered.
    Response(Value),
    /// The function said that it failed.
    Error(Value),
    /// The process did not get as far as asking for an event.
    NoStart(Value),
    /// The process ended.
    Exit(ExitStatus),
    /// Nothing, for a minute.
    Silence,
}

#[derive(Clone)]
struct Api {
    events: Arc<Mutex<mpsc::Receiver<Vec<u8>>>>,
    outcomes: mpsc::Sender<Outcome>,
    asked: Arc<watch::Sender<Option<Instant>>>,
}

impl Lambda {
    /// Starts the binary. What it writes to standard error is kept in `log`; its log goes nowhere.
    pub(crate) async fn start(
        binary: &File,
        arguments: &[PathBuf],
        environment: &[(&'static str, String)],
        log: &File,
    ) -> std::io::Result<Self> {
        let (events, next) = mpsc::channel(1);
        let (outcome, outcomes) = mpsc::channel(1);
        let (first, asked) = watch::channel(None);
        let api =
            Api { events: Arc::new(Mutex::new(next)), outcomes: outcome, asked: Arc::new(first) };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        // An answer in two packets would wait for the first one's acknowledgement.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(hand_over))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(take))
            .route("/2018-06-01/runtime/init/error", post(no_start))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(api);
        let server = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
        let started = Instant::now();
        let process = Command::new(binary)
            .args(arguments)
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", binary.file_name().unwrap_or_default())
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(log)?)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { events, outcomes, asked, started, process, server })
    }

    /// How long it took until it asked for an event; `None` if it ended instead.
    pub(crate) async fn ready(&mut self) -> Option<Duration> {
        let asked = async { self.asked.wait_for(Option::is_some).await.ok().and_then(|at| *at) };
        tokio::select! {
            biased;
            asked = asked => asked.map(|at| at.duration_since(self.started)),
            _ = self.process.wait() => None,
        }
    }

    /// The process, while it runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// Hands an event over and waits for what becomes of it.
    pub(crate) async fn invoke(&mut self, event: Vec<u8>) -> Outcome {
        self.invoke_within(event, PATIENCE).await
    }

    /// The same of an event that may take so long.
    pub(crate) async fn invoke_within(&mut self, event: Vec<u8>, patience: Duration) -> Outcome {
        let answered = async {
            // The channels last as long as the server.
            if self.events.send(event).await.is_ok() { self.outcomes.recv().await } else { None }
        };
        tokio::select! {
            biased;
            outcome = answered => outcome.unwrap_or(Outcome::Silence),
            exit = self.process.wait() => exit.map_or(Outcome::Silence, Outcome::Exit),
            () = tokio::time::sleep(patience) => Outcome::Silence,
        }
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn hand_over(State(api): State<Api>) -> Response {
    let now = Instant::now();
    api.asked.send_if_modified(|asked| asked.replace(now).is_none());
    let Some(event) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let deadline = deadline.saturating_add(DEADLINE).as_millis().to_string();
    let told = [
        ("content-type", "application/json"),
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", deadline.as_str()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:ap-northeast-2:123456789012:function:gudok:live",
        ),
        ("lambda-runtime-trace-id", "Root=1-692128cf-0a1b2c3d4e5f60718293a4b5;Sampled=0"),
    ];
    (told, event).into_response()
}

async fn take(
    State(api): State<Api>,
    Path((_, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let said = serde_json::from_slice(&body).unwrap_or_default();
    let outcome = if kind == "response" { Outcome::Response(said) } else { Outcome::Error(said) };
    tell(&api, outcome).await
}

async fn no_start(State(api): State<Api>, body: Bytes) -> StatusCode {
    tell(&api, Outcome::NoStart(serde_json::from_slice(&body).unwrap_or_default())).await
}

async fn tell(api: &Api, outcome: Outcome) -> StatusCode {
    match api.outcomes.send(outcome).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::GONE,
    }
}
