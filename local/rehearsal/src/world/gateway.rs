//! The only way into the functions: requests as API Gateway passes them on, and events as Lambda does. When an
//! invocation dies or times out, the gateway answers in its place.

use crate::history::time::plus;
use crate::network::Network;
use crate::network::lifetime::Interruptible;
use announce::Slack;
use axum::body::Body;
use bytes::Bytes;
use edge::App;
use futures::future::join_all;
use gudok_local::permissions::acting;
use gudok_local::rules::{Listener, from_the_queue, listener};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tower::ServiceExt;

/// The time limits of API Gateway and Lambda.
const HTTP_LIMIT: Duration = Duration::from_secs(29);
const SWEEP_LIMIT: Duration = Duration::from_mins(15);
const ANNOUNCE_LIMIT: Duration = Duration::from_mins(1);

/// The way into the functions.
pub(crate) struct Gateway {
    network: Network,
    /// The current deployment.
    running: Mutex<Running>,
    slack: Slack,
    /// The members' tokens, and the admin's.
    tokens: Vec<String>,
    admin: String,
    /// How often each invocation name was used.
    runs: Mutex<BTreeMap<String, usize>>,
}

/// All functions, started with one configuration.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) app: App,
    pub(crate) router: axum::Router,
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// A text in its body.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A list in its body.
    pub(crate) fn list(&self, name: &str) -> Vec<Value> {
        self.body.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
    }
}

/// A request by a member.
pub(crate) struct Ask<'a> {
    /// Names the requests, so that draws about them stay the same.
    pub(crate) id: &'a str,
    pub(crate) member: usize,
    /// How many copies are sent at once.
    pub(crate) times: u8,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: Value,
}

impl Gateway {
    /// A gateway to these functions, with the tokens of the members and of the admin.
    pub(crate) fn new(
        network: Network,
        running: Running,
        slack: Slack,
        (tokens, admin): (Vec<String>, String),
    ) -> Self {
        let running = Mutex::new(running);
        Self { network, running, slack, tokens, admin, runs: Mutex::default() }
    }

    fn running(&self) -> Running {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The application as currently deployed.
    pub(crate) fn app(&self) -> App {
        self.running().app
    }

    /// Replaces the deployment.
    pub(crate) fn deploy(&self, running: Running) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = running;
    }

    /// How many members there are.
    pub(crate) fn members(&self) -> usize {
        self.tokens.len()
    }

    /// The `authorization` header of the first member, or of the admin.
    pub(crate) fn bearer(&self, admin: bool) -> String {
        let member = self.tokens.first().unwrap_or(&self.admin);
        format!("Bearer {}", if admin { &self.admin } else { member })
    }

    /// A name for the next invocation; it does not change when unrelated steps or faults are left out.
    pub(crate) fn name(&self, about: &str) -> String {
        let name = format!("{about} {}", self.network.record.now().as_millisecond());
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let times = runs.entry(name.clone()).or_default();
        *times = times.saturating_add(1);
        if *times == 1 { name } else { format!("{name} ({times})") }
    }

    /// Runs a function until it returns, dies or times out.
    async fn run<T>(
        &self,
        name: &str,
        limit: Duration,
        run: impl Future<Output = T> + Send,
    ) -> Option<T> {
        let invocation = self.network.troubles.begin(name);
        let done = tokio::time::timeout(limit, Interruptible::new(invocation, run)).await;
        match done {
            Ok(Some(done)) => Some(done),
            Ok(None) => {
                self.network.record.say(|| format!("  ☠ {name}"));
                None
            }
            Err(_) => {
                self.network.record.say(|| format!("  ⏱ {name} took too long"));
                self.network.record.count("a function takes too long");
                None
            }
        }
    }

    /// Sends a request to its function.
    pub(crate) async fn call(&self, name: &str, request: Request<Body>) -> Answer {
        let router = self.running().router;
        let run = async move {
            let Ok(answer) = router.oneshot(request).await;
            let status = answer.status().as_u16();
            let bytes = answer.into_body().collect().await.map(http_body_util::Collected::to_bytes);
            (status, bytes.unwrap_or_default())
        };
        match self.run(name, HTTP_LIMIT, run).await {
            Some((status, bytes)) => {
                Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
            }
            None => Answer { status: 502, body: json!({"type": "died"}) },
        }
    }

    /// Invokes the sweep function; `None` if it failed.
    pub(crate) async fn sweep(&self, name: &str, event: Value) -> Option<sweep::Done> {
        let limit = SWEEP_LIMIT.as_secs().cast_signed();
        let deadline = plus(self.network.clock.now(), limit);
        let app = self.app();
        let run = acting("sweep", Box::pin(sweep::handle(&app, event, deadline)));
        self.run(name, SWEEP_LIMIT, run).await.and_then(Result::ok)
    }

    /// Hands an event to the sweep or the announcer, as the rules in `template.yaml` say. Returns whether it was accepted.
    pub(crate) async fn hand_over(&self, mut event: Value) -> bool {
        match listener(&event) {
            Some(Listener::Sweep) => {
                let work = event.get_mut("detail").map(Value::take).unwrap_or_default();
                self.sweep(&self.name("work"), work).await.is_some()
            }
            Some(Listener::Announce) => {
                let (name, slack) = (self.name("announce"), self.slack.clone());
                let run = async move { slack.handle(from_the_queue(&event)).await };
                matches!(self.run(&name, ANNOUNCE_LIMIT, run).await, Some(Ok(_)))
            }
            None => true,
        }
    }

    /// Receives a webhook.
    pub(crate) async fn webhook(&self, request: Request<Bytes>) -> http::Response<Bytes> {
        let record = &self.network.record;
        let said = String::from_utf8_lossy(request.body()).into_owned();
        let order: Value = serde_json::from_str(&said).unwrap_or_default();
        let order = order.get("merchant_uid").and_then(Value::as_str).unwrap_or_default();
        let name = self.name(&format!("webhook {}", without_subscription(order)));
        record.say(|| format!("  webhook {said}"));
        record.books().happens_under(order, "webhook");
        let path = request.uri().path().to_owned();
        let answer = self.call(&name, request.map(Body::from)).await;
        record.say(|| format!("  webhook → {} {path}", answer.status));
        gudok_local::faults::answer(answer.status, Bytes::new())
    }

    /// Sends arbitrary bytes. Returns the status, or `None` if they do not make a request.
    pub(crate) async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Option<u16> {
        let mut request =
            Request::builder().method(method).uri(path).body(Body::from(body)).ok()?;
        *request.headers_mut() = headers;
        Some(self.call(&self.name("anything"), request).await.status)
    }

    /// A `POST` by the admin.
    pub(crate) async fn order(&self, about: &str, path: &str, body: Value) -> Answer {
        let request = request(Some(&self.admin), Method::POST, path, &body);
        let answer = self.call(&self.name(about), request).await;
        self.heard(&format!("POST {path}"), &answer);
        answer
    }

    /// A `GET` by the admin.
    pub(crate) async fn look(&self, about: &str, path: &str) -> Answer {
        let request = request(Some(&self.admin), Method::GET, path, &Value::Null);
        let answer = self.call(&self.name(about), request).await;
        self.heard(&format!("GET {path}"), &answer);
        answer
    }

    /// Calls our webhook as someone other than Iamport.
    pub(crate) async fn forge(&self, id: &str, imp_uid: &str, merchant_uid: &str) {
        let body = json!({"imp_uid": imp_uid, "merchant_uid": merchant_uid, "status": "paid"});
        let mut request = request(None, Method::POST, "/iamport-callback", &body);
        let json = http::HeaderValue::from_static("application/json");
        request.headers_mut().insert("content-type", json);
        let answer = self.call(&self.name(&format!("forged {id}")), request).await;
        self.heard("  forged webhook", &answer);
    }

    /// Sends a member's request, perhaps again after a 5xx.
    pub(crate) async fn ask(&self, ask: Ask<'_>) -> Vec<Answer> {
        let asked = (0..ask.times.max(1)).map(|copy| self.ask_once(&ask, copy));
        join_all(asked).await
    }

    async fn ask_once(&self, ask: &Ask<'_>, copy: u8) -> Answer {
        let last = ask.path.rsplit('/').next().unwrap_or_default();
        let name = format!("{} {last} {copy}", ask.id);
        let answer = self.ask_as(ask, &name).await;
        let retries = self.network.troubles.conditions(|conditions| conditions.rates.retries);
        let again = answer.status >= 500
            && self.network.troubles.chance(&format!("persist {name}")).hits(retries);
        if !again {
            return answer;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        self.ask_as(ask, &format!("{name} again")).await
    }

    async fn ask_as(&self, ask: &Ask<'_>, name: &str) -> Answer {
        let token = self.tokens.get(ask.member).map(String::as_str);
        let request = request(token, ask.method.clone(), ask.path, &ask.body);
        let answer = self.call(name, request).await;
        self.heard(&format!("  {} {}", ask.method, ask.path), &answer);
        answer
    }

    /// Checks that the answer is one the API may give.
    fn heard(&self, what: &str, answer: &Answer) {
        let record = &self.network.record;
        record.say(|| {
            let more = ["state", "type", "paid_through"].into_iter();
            let more: Vec<&str> = more.filter_map(|name| answer.body.get(name)?.as_str()).collect();
            format!("{what} → {} {}", answer.status, more.join(" "))
        });
        if !matches!(answer.status, 200 | 201 | 202 | 402 | 404 | 409 | 422 | 429 | 502 | 503) {
            record.fail("answers", format!("{what} → {} {}", answer.status, answer.body));
        }
    }
}

#[expect(clippy::expect_used, reason = "paths and tokens are ours")]
fn request(token: Option<&str>, method: Method, path: &str, body: &Value) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    request.body(body).expect("a request")
}

/// An order id without the subscription's id, which depends on what other members did.
fn without_subscription(merchant_uid: &str) -> String {
    let mut parts = merchant_uid.split('-');
    let purpose = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.skip(1).collect();
    format!("{purpose} {}", rest.join("-"))
}
