//! How the sweep does at a size: its release binary against a stand-in that makes up members as they are asked for, so that
//! a million cost nothing to store. The stand-in answers as late as the real ones would, is read only (what is written is
//! taken and forgotten), and every member is the same but for the ids: all are of one date. Its figures say what a run
//! reads, how long it waits and what it keeps in memory, not whether it is right.

use super::process::{cpu, peak};
use super::table::{Table, megabytes};
use crate::binaries::{BinariesError, Lambda, Outcome};
use crate::google::SignIn;
use crate::stack::{Addresses, Stack, setting};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tower::ServiceExt;

/// How long the tables take to answer.
const TABLES: Duration = Duration::from_millis(4);

/// How long Google takes.
const GOOGLE: Duration = Duration::from_millis(80);

/// How long Iamport takes for one thing.
const IAMPORT: Duration = Duration::from_millis(120);

/// How long Iamport takes for a page of a thousand.
const IAMPORT_LIST: Duration = Duration::from_millis(400);

/// What `DynamoDB` gives on one page of the index of what is due (1 MB).
const INDEX_PAGE: u64 = 5_000;

/// How long a run may take: Lambda's limit.
const PATIENCE: Duration = Duration::from_mins(15);

/// Runs the sweep at sizes, and prints a table.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "scale")]
pub struct ScaleOptions {
    /// How many members there are, for each line.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000])]
    members: Vec<u64>,
    /// How many members of the shard are due in the catch-up after lost webhooks.
    #[arg(long, default_value_t = 12_500)]
    due: u64,
    /// Where the binaries are.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
}

/// The seed: a member whose rows and records all others are made from.
#[derive(Debug, Clone)]
struct Seed {
    uid: &'static str,
    /// The subscription's id.
    id: String,
    row: Value,
    order: Value,
    schedule: Value,
    payment: Value,
}

const UID: &str = "seed-000000000000000000000000";

/// What the stand-in makes up.
struct World {
    seed: Seed,
    members: u64,
    requests: Mutex<BTreeMap<String, u64>>,
}

/// Measures.
///
/// # Errors
/// When something cannot be started.
pub async fn scale(options: &ScaleOptions) -> Result<String, BinariesError> {
    let mut table =
        Table::of(&["run", "members", "seconds", "memory, MB", "CPU, s", "requests", "outcome"]);
    let now = Timestamp::now();
    let ahead = seed(now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(now), false);
    let ahead = ahead.await?;
    for members in &options.members {
        for (what, event) in [
            ("nightly", json!({"sweep": "nightly"})),
            ("comparison: members", json!({"sweep": "reconcile", "part": "members"})),
            ("comparison: schedules", json!({"sweep": "reconcile", "part": "schedules"})),
        ] {
            let world = World::of(ahead.clone(), *members);
            line(&mut table, options, what, world, event).await?;
        }
    }
    let lost = seed(now.saturating_sub(SignedDuration::from_hours(24 * 33)).unwrap_or(now), true);
    let until = now.saturating_add(SignedDuration::from_mins(14)).unwrap_or(now);
    let event = json!({"sweep": "shard", "shard": 0, "until": until});
    let world = World::of(lost.await?, options.due.saturating_mul(u64::from(ledger::SHARDS)));
    line(&mut table, options, "catch-up of one shard", world, event).await?;
    Ok(table.done())
}

async fn line(
    table: &mut Table,
    options: &ScaleOptions,
    what: &str,
    world: World,
    event: Value,
) -> Result<(), BinariesError> {
    let io = |error| BinariesError::Io("loopback".to_owned(), error);
    let world = Arc::new(world);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(io)?;
    let address = format!("http://{}", listener.local_addr().map_err(io)?);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let routes = Router::new().fallback(answer).with_state(world.clone());
    let server = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
    let mut environment = environment(&address)?;
    environment.push(("RUST_LOG", "error".to_owned()));
    let log = std::env::temp_dir().join(format!("gudok-scale-{}", std::process::id()));
    let binary = options.binaries.join("sweep");
    let mut lambda = Lambda::start(&binary, &[], &environment, &log).await.map_err(io)?;
    lambda.ready().await;
    let pid = lambda.pid().unwrap_or_default();
    let began = Instant::now();
    let outcome = lambda.invoke_within(event.to_string().into_bytes(), PATIENCE).await;
    let took = began.elapsed();
    let (memory, cpu) = (peak(pid).map_err(io)?, cpu(pid).map_err(io)?);
    server.abort();
    let requests = world.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let many: u64 = requests.values().sum();
    tracing::info!(?requests, "asked");
    table.line(&[
        what.to_owned(),
        world.members.to_string(),
        format!("{:.1}", took.as_secs_f64()),
        megabytes(memory),
        format!("{:.1}", cpu.as_secs_f64()),
        many.to_string(),
        said(&outcome),
    ]);
    Ok(())
}

/// What a run says of itself, in short.
fn said(outcome: &Outcome) -> String {
    let Outcome::Response(report) = outcome else { return format!("{outcome:?}") };
    let names = ["looked_at", "left", "troubled", "members", "schedules", "found", "shared"];
    let told = names.iter().filter_map(|name| Some((*name, report.get(*name)?)));
    told.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}

fn environment(address: &str) -> Result<Vec<(&'static str, String)>, BinariesError> {
    let addresses = Addresses {
        gateway: address.to_owned(),
        simulator: address.to_owned(),
        dynamodb: address.to_owned(),
        auth: None,
    };
    let clock = crate::clock::Clock::starting_at(Timestamp::now());
    let google = crate::google::Google::in_memory("demo-gudok", clock.teller())
        .map_err(crate::StackError::from)?;
    let account = google.service_account_json(address);
    let named = |name| Some((name, setting(name, &addresses, &account)?));
    Ok(crate::binaries::NAMES.into_iter().filter_map(named).collect())
}

/// A member who subscribed then; with `lost`, whose first renewal was made and whose webhook never came.
async fn seed(start: Timestamp, lost: bool) -> Result<Seed, BinariesError> {
    let (stack, hosts) = Stack::in_process(start, 1, &[]).await?;
    let nobody = |why: &str| BinariesError::Nobody(why.to_owned());
    let post = async |url: String, headers: Vec<(&str, String)>, body: Value| {
        let mut request = http::Request::post(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::from(body.to_string())).map_err(|_| nobody("request"))?;
        let answer = hosts.wire().oneshot(request).await.map_err(|_| nobody("answer"))?;
        serde_json::from_slice::<Value>(answer.body()).map_err(|_| nobody("no JSON"))
    };
    let email = format!("{UID}@privat.example");
    let sign_in = SignIn { uid: UID.to_owned(), email, admin: None };
    let token = stack.google.sign_in(&sign_in).map_err(|_| nobody("account"))?;
    let signed = || {
        let json = ("content-type", "application/json".to_owned());
        vec![("authorization", format!("Bearer {token}")), json]
    };
    let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
    let opened = post("http://gateway.test/checkout".to_owned(), signed(), body).await?;
    let window =
        json!({"request_pay": opened["request_pay"], "card": "approve", "webhook": "lost"});
    let window = serde_json::from_value(window).map_err(|_| nobody("window"))?;
    stack.iamport.card_window(&window).await.map_err(|_| nobody("card"))?;
    let registration = opened["merchant_uid"].as_str().unwrap_or_default();
    let complete = format!("http://gateway.test/checkout/{registration}/complete");
    post(complete, signed(), json!({})).await?;

    let tables = async |table: &str, key: Value| {
        let target = ("x-amz-target", "DynamoDB_20120810.GetItem".to_owned());
        let body = json!({"TableName": table, "Key": key});
        let answer = post("http://dynamodb.test/".to_owned(), vec![target], body).await?;
        Ok::<_, BinariesError>(answer["Item"].clone())
    };
    let standing = stack.iamport.schedules();
    let order =
        standing.first().map(|it| it.merchant_uid.clone()).ok_or_else(|| nobody("schedule"))?;
    if lost {
        // It is made, and nobody hears of it.
        let due = standing.first().map_or(0, |it| it.schedule_at);
        let due = Timestamp::from_second(due.saturating_add(120)).unwrap_or(start);
        stack.clock.move_to(due).map_err(crate::StackError::from)?;
        stack.iamport.run_due(due).await.map_err(crate::StackError::from)?;
    }
    let (key, secret) = ("local_key", "local_secret");
    let asked = json!({"imp_key": key, "imp_secret": secret});
    let json = ("content-type", "application/json".to_owned());
    let got = post("http://simulator.test/users/getToken".to_owned(), vec![json], asked).await?;
    let token = got["response"]["access_token"].as_str().unwrap_or_default().to_owned();
    let ask = async |path: String| {
        let request = http::Request::get(format!("http://simulator.test{path}"))
            .header("authorization", token.clone())
            .body(Bytes::new())
            .map_err(|_| nobody("request"))?;
        let answer = hosts.wire().oneshot(request).await.map_err(|_| nobody("answer"))?;
        serde_json::from_slice::<Value>(answer.body()).map_err(|_| nobody("no JSON"))
    };
    let schedule = ask(format!("/subscribe/payments/schedule/{order}")).await?;
    let payment = ask(format!("/payments/findAll/{order}?include_sandbox=true")).await?;
    let row = tables("subscriptions", json!({"uid": {"S": UID}})).await?;
    let id = order.split('-').nth(1).unwrap_or_default().to_owned();
    let order = tables("orders", json!({"merchant_uid": {"S": order}})).await?;
    Ok(Seed { uid: UID, id, row, order, schedule, payment })
}

impl World {
    fn of(seed: Seed, members: u64) -> Self {
        Self { seed, members, requests: Mutex::default() }
    }

    fn uid(number: u64) -> String {
        format!("made-{number:024}")
    }

    fn id(number: u64) -> String {
        format!("01{number:024}")
    }

    /// The number in an id of ours.
    fn number(text: &str) -> Option<u64> {
        let digits = text.split(|c: char| !c.is_ascii_digit()).find(|it| it.len() >= 24)?;
        digits.get(digits.len().checked_sub(24)?..)?.parse().ok()
    }

    /// The same of another member.
    fn like(&self, of_the_seed: &Value, number: u64) -> Value {
        let text = of_the_seed.to_string();
        let text = text
            .replace(&self.seed.id, &Self::id(number))
            .replace(self.seed.uid, &Self::uid(number));
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn query(&self, body: &Value) -> Value {
        let nothing = json!({"Items": [], "Count": 0, "ScannedCount": 0});
        if body["IndexName"] != "due" {
            return nothing;
        }
        let values = &body["ExpressionAttributeValues"];
        let due_at = &self.seed.row["due_at"];
        let until = values[":now"]["S"].as_str().or_else(|| values[":at"]["S"].as_str());
        if until.is_some_and(|until| due_at["S"].as_str().is_some_and(|due| due > until)) {
            return nothing;
        }
        let shards = u64::from(ledger::SHARDS);
        let shard: u64 = values[":shard"]["N"].as_str().and_then(|it| it.parse().ok()).unwrap_or(0);
        let after = body["ExclusiveStartKey"]["uid"]["S"].as_str().and_then(Self::number);
        let first = after.map_or(shard, |after| after.saturating_add(shards));
        let limit = body["Limit"].as_u64().unwrap_or(INDEX_PAGE).min(INDEX_PAGE);
        let mut items = Vec::new();
        let mut next = first;
        while next < self.members && u64::try_from(items.len()).is_ok_and(|many| many < limit) {
            items.push(json!({
                "uid": {"S": Self::uid(next)}, "due_shard": {"N": shard.to_string()}, "due_at": due_at,
                "state": self.seed.row["state"], "price": self.seed.row["price"], "paid_through": self.seed.row["paid_through"],
            }));
            next = next.saturating_add(shards);
        }
        let more = next < self.members;
        let last = items.last().map(|last| {
            json!({"uid": last["uid"], "due_shard": last["due_shard"], "due_at": last["due_at"]})
        });
        let mut page = json!({"Count": items.len(), "ScannedCount": items.len(), "Items": items});
        if let Some(last) = last.filter(|_| more) {
            page["LastEvaluatedKey"] = last;
        }
        page
    }

    fn item(&self, body: &Value) -> Value {
        let key = body["Key"].to_string();
        let Some(number) = Self::number(&key) else { return json!({}) };
        if key.contains("\"uid\"") && body["Key"].get("paid_at").is_none() {
            json!({"Item": self.like(&self.seed.row, number)})
        } else if key.contains("pay-") {
            json!({"Item": self.like(&self.seed.order, number)})
        } else {
            json!({})
        }
    }

    fn schedules(&self, page: u64) -> Value {
        let first = page.saturating_sub(1).saturating_mul(1_000);
        let last = first.saturating_add(1_000).min(self.members);
        let list: Vec<_> =
            (first..last).map(|it| self.like(&self.seed.schedule["response"], it)).collect();
        let next = if last < self.members { page.saturating_add(1) } else { 0 };
        json!({"code": 0, "message": null, "response": {
            "total": self.members, "previous": page.saturating_sub(1), "next": next, "list": list,
        }})
    }

    fn accounts(body: &Value) -> Value {
        let asked = body["localId"].as_array().cloned().unwrap_or_default();
        let users: Vec<_> = asked
            .into_iter()
            .map(|uid| json!({"localId": uid, "customAttributes": "{\"subscriber\":true}", "validSince": "0"}))
            .collect();
        json!({"users": users})
    }

    fn iamport(&self, path: &str, query: &str, body: &Value) -> (Duration, Value) {
        let page = query.split('&').find_map(|pair| pair.strip_prefix("page=")?.parse().ok());
        let number = Self::number(path);
        let empty = json!({"code": 0, "message": null, "response": {"total": 0, "previous": 0, "next": 0, "list": []}});
        match (path, number) {
            ("/subscribe/payments/schedule", None) if body.is_null() => {
                (IAMPORT_LIST, self.schedules(page.unwrap_or(1)))
            }
            ("/subscribe/payments/schedule", _) => {
                let asked = body["schedules"].as_array().cloned().unwrap_or_default();
                let list: Vec<_> = asked
                    .into_iter()
                    .map(|mut it| {
                        it["schedule_status"] = json!("scheduled");
                        it["customer_uid"] = body["customer_uid"].clone();
                        it["imp_uid"] = Value::Null;
                        it
                    })
                    .collect();
                (IAMPORT, json!({"code": 0, "message": null, "response": list}))
            }
            (path, Some(number)) if path.starts_with("/subscribe/payments/schedule/") => {
                (IAMPORT, self.like(&self.seed.schedule, number))
            }
            (path, Some(number)) if path.starts_with("/payments/findAll/") => {
                (IAMPORT, self.like(&self.seed.payment, number))
            }
            _ => (IAMPORT_LIST, empty),
        }
    }
}

async fn answer(State(world): State<Arc<World>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, 16 << 20).await else {
        return http::StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let target = parts.headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or("");
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let operation = target.rsplit('.').next().unwrap_or_default();
    let name = if target.is_empty() { kind(path) } else { operation.to_owned() };
    let (late, said) = match operation {
        "Query" => (TABLES, world.query(&body)),
        "GetItem" => (TABLES, world.item(&body)),
        "PutEvents" => {
            let many = body["Entries"].as_array().map_or(0, Vec::len);
            (TABLES, json!({"FailedEntryCount": 0, "Entries": vec![json!({"EventId": "1"}); many]}))
        }
        "" if path.ends_with("/token") => {
            (GOOGLE, json!({"access_token": "made", "expires_in": 3_600, "token_type": "Bearer"}))
        }
        "" if path.ends_with(":lookup") => (GOOGLE, World::accounts(&body)),
        "" if path == "/users/getToken" => {
            let now = Timestamp::now().as_second();
            let token = json!({"access_token": "made", "now": now, "expired_at": now.saturating_add(1_800)});
            (IAMPORT, json!({"code": 0, "message": null, "response": token}))
        }
        "" => world.iamport(path, query, &body),
        // What is written is taken.
        _ => (TABLES, json!({})),
    };
    *world.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    tokio::time::sleep(late).await;
    if target.is_empty() {
        return Json(said).into_response();
    }
    ([("content-type", "application/x-amz-json-1.0")], said.to_string()).into_response()
}

/// The way of a request, without the ids in it.
fn kind(path: &str) -> String {
    let parts = path.split('/').filter(|part| World::number(part).is_none());
    parts.collect::<Vec<_>>().join("/")
}
