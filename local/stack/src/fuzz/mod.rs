//! A fuzzer of Lambda's Runtime API: hands the functions' binaries the events of `events/`, twisted at random,
//! and looks at what comes back. No event may end a process, and each that is JSON is answered, never with a
//! 5xx. Everything the functions meet is the local stack, on loopback.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "events are counted, and JSON that lacks a field is null"
)]

mod lambda;
mod twist;

use crate::google::SignIn;
use crate::stack::{Addresses, Stack, StackError, setting};
use axum::body::{Body, Bytes, to_bytes};
use axum::serve::ListenerExt;
use fastrand::Rng;
use http::{Request, StatusCode};
use lambda::{Lambda, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// The functions, and whether API Gateway wakes them.
const FUNCTIONS: [(&str, bool); 7] = [
    ("account", true),
    ("admin", true),
    ("cancellation", true),
    ("checkout", true),
    ("iamport-webhook", true),
    ("announce", false),
    ("sweep", false),
];

/// What is in the binaries' environment.
const NAMES: [&str; 21] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "EVENT_BUS",
    "FIREBASE_IDENTITY_TOOLKIT_URL",
    "FIREBASE_JWKS_URL",
    "FIREBASE_PROJECT",
    "FIREBASE_SERVICE_ACCOUNT",
    "IAMPORT_API_KEY",
    "IAMPORT_API_SECRET",
    "IAMPORT_BASE_URL",
    "IAMPORT_PG",
    "IAMPORT_SANDBOX",
    "JOURNAL_TABLE",
    "ORDERS_TABLE",
    "PAYMENTS_TABLE",
    "PUBLIC_API_URL",
    "SUBSCRIPTIONS_TABLE",
    "WEB_URL",
];

/// So many events a member is used for, and then there is another: nobody opens more than some registrations.
const OF_A_MEMBER: u64 = 2_000;

/// No more failures than this are told.
const TOLD: usize = 20;

/// Feeds twisted events to the functions' binaries over Lambda's Runtime API.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "fuzz-events")]
pub struct FuzzOptions {
    /// How many events, over all functions.
    #[arg(long, default_value_t = 20_000)]
    events: u64,
    /// Where chance begins; the same seed makes the same events.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the binaries are.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// Where the sample events are.
    #[arg(long, default_value = "events")]
    samples: PathBuf,
    /// Only this function.
    #[arg(long)]
    function: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct FuzzReport {
    /// Events handed over, by function.
    pub events: BTreeMap<&'static str, u64>,
    /// What came back: a status, `error`, or `done`.
    pub outcomes: BTreeMap<String, u64>,
    /// What should not have come, with the event.
    pub failures: Vec<String>,
}

/// Why it could not run.
#[derive(Debug, thiserror::Error)]
pub enum FuzzError {
    /// The stack.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A file, a socket or a process.
    #[error("{0}: {1}")]
    Io(String, #[source] std::io::Error),
    /// A sample.
    #[error("{0} is no JSON")]
    Sample(PathBuf, #[source] serde_json::Error),
    /// Somebody was to subscribe first.
    #[error("nobody could subscribe: {0}")]
    Nobody(String),
}

/// Runs it.
///
/// # Errors
/// When it cannot begin; what functions do is in the report.
pub async fn fuzz(options: &FuzzOptions) -> Result<FuzzReport, FuzzError> {
    let folder = std::env::temp_dir().join(format!("fuzz-events-{}", std::process::id()));
    let result = World::open(&folder).await;
    let mut report = FuzzReport::default();
    let done = match result {
        Ok(world) => world.fuzz(options, &mut report).await,
        Err(error) => Err(error),
    };
    drop(std::fs::remove_dir_all(&folder));
    done.map(|()| report)
}

/// The local stack on loopback.
struct World {
    stack: Stack,
    folder: PathBuf,
    environment: Vec<(&'static str, String)>,
    servers: JoinSet<()>,
}

impl World {
    async fn open(folder: &Path) -> Result<Self, FuzzError> {
        let bind = || async { TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await };
        let io = |error| FuzzError::Io("loopback".to_owned(), error);
        let (simulator, dynamodb) = (bind().await.map_err(io)?, bind().await.map_err(io)?);
        let at = |listener: &TcpListener| {
            listener.local_addr().map(|address| format!("http://{address}")).map_err(io)
        };
        let addresses = Addresses {
            // Webhooks would go there. Nobody listens: the events are the webhooks.
            gateway: "http://127.0.0.1:9".to_owned(),
            simulator: at(&simulator)?,
            dynamodb: at(&dynamodb)?,
            auth: None,
        };
        let stack = Stack::kept_in(folder, &addresses, &[]).await?;
        let account = stack.google.service_account_json(&addresses.simulator);
        let named = |name| Some((name, setting(name, &addresses, &account)?));
        let mut environment: Vec<_> = NAMES.into_iter().filter_map(named).collect();
        environment.push(("SLACK_WEBHOOK_URL", format!("{}/slack/webhook", addresses.simulator)));
        let mut servers = JoinSet::new();
        let (partners, database) = (stack.partners(), stack.database.clone());
        let simulator = simulator.tap_io(|stream| drop(stream.set_nodelay(true)));
        servers.spawn(async move { drop(axum::serve(simulator, partners).await) });
        servers.spawn(async move {
            let never = std::future::pending();
            drop(dynoxide::server::serve_with_shutdown(dynamodb, database, never).await);
        });
        Ok(Self { stack, folder: folder.to_owned(), environment, servers })
    }

    async fn fuzz(self, options: &FuzzOptions, report: &mut FuzzReport) -> Result<(), FuzzError> {
        let chosen: Vec<_> = FUNCTIONS
            .into_iter()
            .filter(|(name, _)| options.function.as_deref().is_none_or(|only| only == *name))
            .collect();
        let many = u64::try_from(chosen.len()).unwrap_or_default();
        for (function, is_http) in chosen {
            let events = options.events.checked_div(many).unwrap_or_default();
            let mut chance = Rng::with_seed(options.seed);
            let binary = options.binaries.join(function);
            let mut left = events;
            while left > 0 {
                let now = left.min(OF_A_MEMBER);
                let member = self.member(&format!("{function}-{left}")).await?;
                let samples = samples(&options.samples, function, &member)?;
                let part = Part { function, is_http, binary: &binary, samples: &samples };
                self.part(&part, now, &mut chance, report).await?;
                left = left.saturating_sub(now);
            }
        }
        drop(self.servers);
        Ok(())
    }

    /// So many events for one function's process, which is started again if it ends.
    async fn part(
        &self,
        part: &Part<'_>,
        events: u64,
        chance: &mut Rng,
        report: &mut FuzzReport,
    ) -> Result<(), FuzzError> {
        let log = self.folder.join("stderr");
        let start = || async {
            Lambda::start(part.binary, &self.environment, &log)
                .await
                .map_err(|error| FuzzError::Io(part.binary.display().to_string(), error))
        };
        let mut lambda = start().await?;
        for _ in 0..events {
            let event = twist::twisted(part.samples, chance);
            let outcome = lambda.invoke(event.clone()).await;
            *report.events.entry(part.function).or_default() += 1;
            match judge(part, &event, &outcome) {
                Ok(kind) => *report.outcomes.entry(kind).or_default() += 1,
                Err(why) => {
                    let event = String::from_utf8_lossy(&event);
                    let said = std::fs::read_to_string(&log).unwrap_or_default();
                    report.failures.push(format!("{}: {why}\n  {event}\n  {said}", part.function));
                    if report.failures.len() >= TOLD {
                        return Ok(());
                    }
                }
            }
            if matches!(outcome, Outcome::Exit(_) | Outcome::Silence | Outcome::NoStart(_)) {
                lambda = start().await?;
            }
        }
        Ok(())
    }

    /// Somebody who has subscribed and paid, and an admin's token beside the own one.
    async fn member(&self, uid: &str) -> Result<Member, FuzzError> {
        let token = self.token(uid, None)?;
        let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
        let opened = self.post("/checkout", &token, &body).await?;
        let window =
            json!({"request_pay": opened["request_pay"], "card": "approve", "webhook": "lost"});
        let nobody = |why: String| FuzzError::Nobody(why);
        let window = serde_json::from_value(window).map_err(|error| nobody(error.to_string()))?;
        let told = self.stack.iamport.card_window(&window).await;
        told.map_err(|error| nobody(error.to_string()))?;
        let registration = opened["merchant_uid"].as_str().unwrap_or_default().to_owned();
        let path = format!("/checkout/{registration}/complete");
        let paid = self.post(&path, &token, &json!({})).await?;
        let latest = &paid["latest_payment"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Member {
            uid: uid.to_owned(),
            token,
            admin: self.token("admin", Some(true))?,
            registration,
            imp_uid: text(&latest["imp_uid"]),
            merchant_uid: text(&latest["merchant_uid"]),
        })
    }

    fn token(&self, uid: &str, admin: Option<bool>) -> Result<String, FuzzError> {
        let sign_in = SignIn { uid: uid.to_owned(), email: format!("{uid}@example.com"), admin };
        self.stack.google.sign_in(&sign_in).map_err(|error| FuzzError::Nobody(error.to_string()))
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Result<Value, FuzzError> {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .map_err(|error| FuzzError::Nobody(error.to_string()))?;
        let answer = match self.stack.gateway().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
        if status.is_success() {
            serde_json::from_slice(&body).map_err(|error| FuzzError::Nobody(error.to_string()))
        } else {
            Err(FuzzError::Nobody(refusal(status, &body)))
        }
    }
}

fn refusal(status: StatusCode, body: &Bytes) -> String {
    format!("{status} {}", String::from_utf8_lossy(body))
}

/// Whose events are twisted.
struct Member {
    uid: String,
    token: String,
    admin: String,
    registration: String,
    imp_uid: String,
    merchant_uid: String,
}

/// What is done with one function.
struct Part<'a> {
    function: &'static str,
    is_http: bool,
    binary: &'a Path,
    samples: &'a [Value],
}

/// A function's sample events, as this member's.
fn samples(folder: &Path, function: &str, member: &Member) -> Result<Vec<Value>, FuzzError> {
    let folder = folder.join(function);
    let io = |error| FuzzError::Io(folder.display().to_string(), error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(io)? {
        files.push(entry.map_err(io)?.path());
    }
    files.sort();
    let token = if function == "admin" { &member.admin } else { &member.token };
    let read = |file: &PathBuf| {
        let sample = std::fs::read_to_string(file).map_err(io)?;
        let sample = sample
            .replace("${ID_TOKEN}", token)
            .replace("Zk3vQ0xLr8YtB1nM5pWdE7uHfJ92", &member.uid)
            .replace("reg-01KAQ3X0000000000000000000-0", &member.registration)
            .replace("pay-01KAQ3X0000000000000000000-0-0", &member.merchant_uid)
            .replace("pay-01KAQ3X0000000000000000000-1-0", &member.merchant_uid)
            .replace("imps_000000000002", &member.imp_uid);
        serde_json::from_str(&sample).map_err(|error| FuzzError::Sample(file.clone(), error))
    };
    files.iter().map(read).collect()
}

/// What came back, in a word; or what is wrong with it.
fn judge(part: &Part<'_>, event: &[u8], outcome: &Outcome) -> Result<String, String> {
    match outcome {
        Outcome::Response(reply) if part.is_http => reply_of(reply),
        Outcome::Response(_) => Ok("done".to_owned()),
        Outcome::Error(error) => {
            let is_json = serde_json::from_slice::<&serde_json::value::RawValue>(event).is_ok();
            if part.is_http && is_json {
                Err(format!("the event was not answered: {error}"))
            } else {
                Ok("error".to_owned())
            }
        }
        Outcome::NoStart(error) => Err(format!("the process did not start: {error}")),
        Outcome::Exit(status) => Err(format!("the process ended: {status}")),
        Outcome::Silence => Err("nothing came back".to_owned()),
    }
}

/// A reply is one that API Gateway takes, and no 5xx; a refusal is a problem.
fn reply_of(reply: &Value) -> Result<String, String> {
    let status = reply["statusCode"].as_u64().filter(|status| (200..500).contains(status));
    let headers = reply["headers"].as_object();
    let headers = headers.is_some_and(|headers| headers.values().all(Value::is_string));
    let (Some(status), true, Some(body)) = (status, headers, reply["body"].as_str()) else {
        return Err(format!("not a reply: {reply}"));
    };
    if status < 400 {
        return Ok(status.to_string());
    }
    let problem: Value = serde_json::from_str(body).unwrap_or_default();
    match problem["type"].as_str() {
        Some(kind) if kind.starts_with("/problems/") => Ok(format!("{status} {kind}")),
        Some(_) | None => Err(format!("not a problem: {reply}")),
    }
}
