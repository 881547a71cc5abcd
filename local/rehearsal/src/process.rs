//! The real thing: the stack as a process on loopback, killed with `kill -9` in the middle of a burst, and
//! under a storm of webhooks; then the oracles that can be asked over HTTP.

use crate::chance::Chance;
use bytes::Bytes;
use edge::transport::{Transport, to_the_world};
use futures::StreamExt;
use http::Request;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tower::{BoxError, ServiceExt};

const DAY: u64 = 86_400;

/// What came of killing a process again and again.
#[derive(Debug, Clone)]
pub struct KillReport {
    /// Times it was killed.
    pub kills: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that broke.
    pub broken: u64,
    /// Charges that moved money.
    pub charges: usize,
    /// What did not hold.
    pub failures: Vec<String>,
}

/// What came of a storm of webhooks.
#[derive(Debug, Clone)]
pub struct StormReport {
    /// Answers by status; 0 for a request that broke.
    pub answers: BTreeMap<u16, u64>,
    /// Half of the answers came faster.
    pub p50: Duration,
    /// Of a hundred answers ninety-nine came faster.
    pub p99: Duration,
    /// From the first to the last.
    pub took: Duration,
    /// Charges that moved money.
    pub charges: usize,
    /// What did not hold.
    pub failures: Vec<String>,
}

/// The stack as a process, and the way to it.
struct Process {
    child: Child,
    door: Door,
}

/// The way to the process. Its ports stay the same when it is started again.
#[derive(Clone)]
struct Door {
    wire: Transport,
    ports: [u16; 3],
}

impl Door {
    fn new() -> Result<Self, BoxError> {
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

    async fn start(&self, program: &Path, data: &Path) -> Result<Process, BoxError> {
        let child = Command::new(program)
            .arg("serve")
            .args(["--api-port", &self.ports[0].to_string()])
            .args(["--simulator-port", &self.ports[1].to_string()])
            .args(["--dynamodb-port", &self.ports[2].to_string()])
            .arg("--data")
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let give_up = Instant::now() + Duration::from_mins(1);
        while tokio::net::TcpStream::connect(("127.0.0.1", self.ports[1])).await.is_err() {
            if Instant::now() > give_up {
                return Err("the process does not start".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Process { child, door: self.clone() })
    }

    /// Sends a request; `None` when it breaks.
    async fn call(
        &self,
        port: usize,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Option<(u16, Value)> {
        let uri = format!("http://127.0.0.1:{}{path}", self.ports[port]);
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
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

    async fn api(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Value,
    ) -> Option<(u16, Value)> {
        self.call(0, method, path, Some(token), &body).await
    }

    async fn simulator(&self, method: &str, path: &str, body: Value) -> Option<Value> {
        let (status, body) = self.call(1, method, path, None, &body).await?;
        (status < 300).then_some(body)
    }

    async fn sign_in(&self, uid: &str) -> Option<String> {
        let body = json!({"uid": uid, "email": format!("{uid}@privat.example"), "admin": false});
        let answer = self.simulator("POST", "/simulator/sign-in", body).await?;
        answer["id_token"].as_str().map(str::to_owned)
    }

    /// Opens a checkout and registers a card; what the browser is told.
    async fn register(&self, token: &str, webhook: &str) -> Option<Value> {
        let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
        let (_, opened) = self.api("POST", "/checkout", token, body).await?;
        let window =
            json!({"request_pay": opened["request_pay"], "card": "approve", "webhook": webhook});
        self.simulator("POST", "/simulator/card-window", window).await
    }

    async fn advance(&self, seconds: u64) -> Option<Value> {
        self.simulator("POST", "/simulator/clock", json!({"advance_seconds": seconds})).await
    }

    /// Everything that moved is what the members are shown; nobody paid a period twice; each live
    /// subscription has one schedule and no other stands.
    async fn audit(&self, uids: &[String]) -> (usize, Vec<String>) {
        let mut failures = Vec::new();
        let charges =
            self.simulator("GET", "/simulator/charges", Value::Null).await.unwrap_or_default();
        let mut moved = BTreeSet::new();
        let mut kept: BTreeMap<(String, String), u32> = BTreeMap::new();
        for charge in charges.as_array().into_iter().flatten() {
            let order = charge["merchant_uid"].as_str().unwrap_or_default();
            moved.insert(format!("{order} {} -{}", charge["amount"], charge["cancelled_amount"]));
            let mut parts = order.split('-').skip(1).map(str::to_owned);
            let period = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            if charge["cancelled_amount"].as_i64() < charge["amount"].as_i64() {
                *kept.entry(period).or_default() += 1;
            }
        }
        for (period, times) in kept.into_iter().filter(|(_, times)| *times > 1) {
            failures.push(format!("{period:?} was charged {times} times"));
        }
        let number = moved.len();
        let mut live = 0;
        for uid in uids {
            let Some(token) = self.sign_in(uid).await else {
                failures.push(format!("{uid} cannot sign in"));
                continue;
            };
            let mut path = "/payments".to_owned();
            while let Some((200, page)) = self.api("GET", &path, &token, Value::Null).await {
                for payment in page["payments"].as_array().into_iter().flatten() {
                    let order = payment["merchant_uid"].as_str().unwrap_or_default();
                    let row = format!("{order} {} -{}", payment["amount"], payment["refunded"]);
                    if !moved.remove(&row) {
                        failures.push(format!("{uid} is shown {row}, which did not move so"));
                    }
                }
                let Some(cursor) = page["cursor"].as_str() else { break };
                path = format!("/payments?cursor={cursor}");
            }
            let shown = self.api("GET", "/subscription", &token, Value::Null).await;
            if shown.is_some_and(|(_, shown)| shown["state"] == "active") {
                live += 1;
            }
        }
        failures.extend(moved.into_iter().map(|row| format!("{row} moved and nobody is shown it")));
        let schedules =
            self.simulator("GET", "/simulator/schedules", Value::Null).await.unwrap_or_default();
        let standing = schedules.as_array().into_iter().flatten();
        let standing =
            standing.filter(|schedule| schedule["schedule_status"] == "scheduled").count();
        if standing != live {
            failures.push(format!("{standing} schedules stand for {live} live subscriptions"));
        }
        (number, failures)
    }
}

/// Kills the process in the middle of a burst of subscriptions, renewals and cancellations, so many times,
/// and looks what is left. `program` is this program, which is started with `serve`.
///
/// # Errors
/// When the process does not start.
pub async fn kill(
    program: &Path,
    data: &Path,
    seed: u64,
    kills: u64,
    members: usize,
) -> Result<KillReport, BoxError> {
    let door = Door::new()?;
    let uids: Vec<String> = (0..members).map(|member| format!("zKill{member}")).collect();
    let (heard, mut broken) = (Arc::new(AtomicU64::new(0)), 0);
    for round in 0..kills {
        let mut process = door.start(program, data).await?;
        let chance = Chance::of(seed, &format!("round {round}"));
        let burst: Vec<_> = uids
            .iter()
            .enumerate()
            .map(|(member, uid)| {
                let (door, uid, heard) = (process.door.clone(), uid.clone(), heard.clone());
                let chance = Chance::of(seed, &format!("round {round} member {member}"));
                tokio::spawn(async move { member_acts(&door, &uid, &heard, chance).await })
            })
            .collect();
        let clock = process.door.clone();
        let mut jumps = chance.clone();
        let time =
            tokio::spawn(
                async move { while clock.advance(jumps.below(3 * DAY)).await.is_some() {} },
            );
        // Not before some were answered, however slow the machine is; then at any moment.
        let enough = heard.load(Ordering::Relaxed) + chance.clone().below(4 * members as u64) + 1;
        let give_up = Instant::now() + Duration::from_mins(1);
        while heard.load(Ordering::Relaxed) < enough && Instant::now() < give_up {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.clone().below(300))).await;
        process.child.kill().await?;
        for acts in burst {
            acts.await?;
            broken += 1;
        }
        time.await?;
    }
    let mut process = door.start(program, data).await?;
    for _ in 0..3 {
        process.door.advance(DAY / 2).await.ok_or("the clock does not answer")?;
    }
    let (charges, failures) = process.door.audit(&uids).await;
    process.child.kill().await?;
    let answered = heard.load(Ordering::Relaxed);
    Ok(KillReport { kills, answered, broken, charges, failures })
}

/// A member does one thing after the other until nobody answers.
async fn member_acts(door: &Door, uid: &str, heard: &AtomicU64, mut chance: Chance) {
    let Some(token) = door.sign_in(uid).await else { return };
    loop {
        let answer = match chance.below(6) {
            0 | 1 => {
                let told = door.register(&token, "now").await;
                match told.as_ref().and_then(|told| told["merchant_uid"].as_str()) {
                    None => door.api("GET", "/plans", &token, Value::Null).await,
                    Some(order) => {
                        let path = format!("/checkout/{order}/complete");
                        let body = json!({"imp_uid": told.as_ref().map(|told| &told["imp_uid"])});
                        door.api("POST", &path, &token, body).await
                    }
                }
            }
            2 => door.api("POST", "/subscription/cancel", &token, json!({})).await,
            3 | 4 => door.api("POST", "/subscription/resume", &token, json!({})).await,
            _ => door.api("GET", "/subscription", &token, Value::Null).await,
        };
        if answer.is_none() {
            return;
        }
        heard.fetch_add(1, Ordering::Relaxed);
    }
}

/// A storm: `members` cards were registered and nobody has heard of it; now each registration's webhook
/// comes five times, shuffled, from so many connections at once.
///
/// # Errors
/// When the process does not start.
pub async fn storm(
    program: &Path,
    data: &Path,
    seed: u64,
    members: usize,
    connections: usize,
) -> Result<StormReport, BoxError> {
    let door = Door::new()?;
    let mut process = door.start(program, data).await?;
    let uids: Vec<String> = (0..members).map(|member| format!("zStorm{member}")).collect();
    let registered: Vec<Option<Value>> = futures::stream::iter(uids.clone())
        .map(|uid| {
            let door = door.clone();
            async move {
                let token = door.sign_in(&uid).await?;
                door.register(&token, "lost").await
            }
        })
        .buffered(16)
        .collect()
        .await;
    let mut webhooks = Vec::new();
    for told in registered.iter().flatten() {
        let hint = json!({"imp_uid": told["imp_uid"], "merchant_uid": told["merchant_uid"], "status": "paid"});
        webhooks.extend(std::iter::repeat_n(hint, 5));
    }
    let mut chance = Chance::of(seed, "storm");
    for at in (1..webhooks.len()).rev() {
        let other = usize::try_from(chance.below(at as u64 + 1)).unwrap_or_default();
        webhooks.swap(at, other);
    }
    let sent = webhooks.len();
    let began = Instant::now();
    let webhooks = Arc::new(std::sync::Mutex::new(webhooks));
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let (door, webhooks) = (door.clone(), webhooks.clone());
            tokio::spawn(async move {
                let mut answers = Vec::new();
                loop {
                    let next = webhooks.lock().ok().and_then(|mut webhooks| webhooks.pop());
                    let Some(hint) = next else { return answers };
                    let asked = Instant::now();
                    let answer = door.call(0, "POST", "/iamport-callback", None, &hint).await;
                    answers.push((answer.map_or(0, |(status, _)| status), asked.elapsed()));
                }
            })
        })
        .collect();
    let (mut answers, mut times) = (BTreeMap::<u16, u64>::new(), Vec::new());
    for worker in workers {
        for (status, took) in worker.await? {
            *answers.entry(status).or_default() += 1;
            times.push(took);
        }
    }
    let took = began.elapsed();
    times.sort_unstable();
    let of = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    door.advance(3_600).await.ok_or("the clock does not answer")?;
    let (charges, mut failures) = door.audit(&uids).await;
    if (sent, charges) != (5 * members, members) {
        failures.push(format!("{charges} charges for {members} members and {sent} webhooks"));
    }
    process.child.kill().await?;
    Ok(StormReport { answers, p50: of(50), p99: of(99), took, charges, failures })
}
