//! The stack as a process on loopback, and a client for it.

use bytes::Bytes;
use edge::transport::{Transport, to_the_world};
use http::Request;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tower::{BoxError, ServiceExt};

/// How long the process may take to start.
const START_LIMIT: Duration = Duration::from_mins(1);

/// The stack as a process, with a client for it.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) gateway: LoopbackGateway,
}

/// Which server a request goes to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum At {
    Api,
    Simulator,
}

/// A client for the process. The ports stay the same across restarts.
#[derive(Clone)]
pub(crate) struct LoopbackGateway {
    wire: Transport,
    ports: [u16; 3],
}

impl LoopbackGateway {
    /// Picks three free ports.
    pub(crate) fn new() -> Result<Self, BoxError> {
        let listeners = [
            TcpListener::bind("127.0.0.1:0")?,
            TcpListener::bind("127.0.0.1:0")?,
            TcpListener::bind("127.0.0.1:0")?,
        ];
        let mut ports = [0; 3];
        for (port, listener) in ports.iter_mut().zip(&listeners) {
            *port = listener.local_addr()?.port();
        }
        Ok(Self { wire: to_the_world()?, ports })
    }

    /// Starts the process: this program, with `serve`.
    pub(crate) async fn start(&self, program: &Path, data: &Path) -> Result<Process, BoxError> {
        let [api, simulator, dynamodb] = self.ports;
        let child = Command::new(program)
            .arg("serve")
            .args(["--api-port", &api.to_string()])
            .args(["--simulator-port", &simulator.to_string()])
            .args(["--dynamodb-port", &dynamodb.to_string()])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let began = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", simulator)).await.is_err() {
            if began.elapsed() > START_LIMIT {
                return Err("the process does not start".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Process { child, gateway: self.clone() })
    }

    /// Sends a request; `None` when it breaks.
    pub(crate) async fn call(
        &self,
        at: At,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Option<(u16, Value)> {
        let [api, simulator, _] = self.ports;
        let port = match at {
            At::Api => api,
            At::Simulator => simulator,
        };
        let uri = format!("http://127.0.0.1:{port}{path}");
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if path == "/checkout" {
            // What the app would send along.
            let given = self.simulator("POST", "/simulator/app-check", json!({}));
            request = request.header("X-Firebase-AppCheck", text(&Box::pin(given).await?, "token"));
        }
        let mut bytes = Bytes::new();
        if !body.is_null() {
            request = request.header("content-type", "application/json");
            bytes = Bytes::from(body.to_string());
        }
        let answer = self.wire.clone().oneshot(request.body(bytes).ok()?).await.ok()?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_slice(answer.body()).unwrap_or_default()))
    }

    /// Calls our API with a token.
    pub(crate) async fn api(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Value,
    ) -> Option<(u16, Value)> {
        self.call(At::Api, method, path, Some(token), &body).await
    }

    /// Calls the simulator.
    pub(crate) async fn simulator(&self, method: &str, path: &str, body: Value) -> Option<Value> {
        let (status, body) = self.call(At::Simulator, method, path, None, &body).await?;
        (status < 300).then_some(body)
    }

    /// Creates an account. Returns its token.
    pub(crate) async fn sign_in(&self, uid: &str) -> Option<String> {
        let body = json!({"uid": uid, "email": format!("{uid}@privat.example"), "admin": false});
        let answer = self.simulator("POST", "/simulator/sign-in", body).await?;
        Some(text(&answer, "id_token").to_owned())
    }

    /// Opens a checkout and registers a card. Returns what the browser is told.
    pub(crate) async fn register(&self, token: &str, webhook: &str) -> Option<Value> {
        let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
        let (_, opened) = self.api("POST", "/checkout", token, body).await?;
        let window = json!({"request_pay": opened.get("request_pay"), "card": "approve", "webhook": webhook});
        self.simulator("POST", "/simulator/card-window", window).await
    }

    /// Moves the clock.
    pub(crate) async fn advance(&self, seconds: u64) -> Option<Value> {
        self.simulator("POST", "/simulator/clock", json!({"advance_seconds": seconds})).await
    }
}

/// A string in an answer.
pub(crate) fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A list in an answer.
pub(crate) fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
