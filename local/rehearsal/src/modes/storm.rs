//! Storms the stack, as a process, with webhooks.

use crate::history::chance::Chance;
use crate::modes::http_audit::audit;
use crate::modes::process::{At, LoopbackGateway};
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tower::BoxError;

/// How often each webhook comes.
const TIMES: usize = 5;

/// A status, and how long the answer took.
type Answer = (u16, Duration);

/// The result of a storm of webhooks.
#[derive(Debug, Clone)]
pub struct StormReport {
    /// Answers by status; 0 for a request that broke.
    pub answers: BTreeMap<u16, u64>,
    /// The median time of an answer.
    pub p50: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// From the first request to the last answer.
    pub took: Duration,
    /// Charges that moved money.
    pub charges: usize,
    /// What did not hold.
    pub failures: Vec<String>,
}

/// A storm: `members` cards were registered without the application hearing of it; now the webhook of each
/// registration arrives five times, shuffled, over this many connections.
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
    let gateway = LoopbackGateway::new()?;
    let mut process = gateway.start(program, data).await?;
    let uids: Vec<String> = (0..members).map(|member| format!("zStorm{member}")).collect();
    let webhooks = shuffled(registrations(&gateway, &uids).await, Chance::of(seed, "storm"));
    let sent = webhooks.len();
    let began = Instant::now();
    let answers = send(&gateway, webhooks, connections).await?;
    let took = began.elapsed();
    gateway.advance(3_600).await.ok_or("the clock does not answer")?;
    let (charges, mut failures) = audit(&gateway, &uids).await;
    if (sent, charges) != (members.saturating_mul(TIMES), members) {
        failures.push(format!("{charges} charges for {members} members and {sent} webhooks"));
    }
    process.child.kill().await?;
    let mut times: Vec<Duration> = answers.iter().map(|(_, took)| *took).collect();
    times.sort_unstable();
    let of = |percent: usize| {
        let place = times.len().saturating_mul(percent) / 100;
        times.get(place).copied().unwrap_or_default()
    };
    let (p50, p99) = (of(50), of(99));
    let mut statuses = BTreeMap::<u16, u64>::new();
    for (status, _) in answers {
        let times = statuses.entry(status).or_default();
        *times = times.saturating_add(1);
    }
    Ok(StormReport { answers: statuses, p50, p99, took, charges, failures })
}

/// Registers a card for each member. Returns the webhooks, none of which was delivered.
async fn registrations(gateway: &LoopbackGateway, uids: &[String]) -> Vec<Value> {
    let registered = futures::stream::iter(uids.to_vec()).map(|uid| {
        let gateway = gateway.clone();
        async move {
            let token = gateway.sign_in(&uid).await?;
            gateway.register(&token, "lost").await
        }
    });
    let registered: Vec<Option<Value>> = registered.buffered(16).collect().await;
    let webhook = |told: Value| {
        let (imp_uid, order) = (told.get("imp_uid"), told.get("merchant_uid"));
        json!({"imp_uid": imp_uid, "merchant_uid": order, "status": "paid"})
    };
    registered.into_iter().flatten().map(webhook).collect()
}

/// Repeats and shuffles the webhooks.
fn shuffled(webhooks: Vec<Value>, mut chance: Chance) -> Vec<Value> {
    let each = webhooks.into_iter().flat_map(|webhook| std::iter::repeat_n(webhook, TIMES));
    let mut all: Vec<Value> = each.collect();
    for at in (1..all.len()).rev() {
        all.swap(at, chance.place(at.saturating_add(1)));
    }
    all
}

/// Sends all webhooks over this many connections.
async fn send(
    gateway: &LoopbackGateway,
    webhooks: Vec<Value>,
    connections: usize,
) -> Result<Vec<Answer>, BoxError> {
    let webhooks = Arc::new(Mutex::new(webhooks));
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let (gateway, webhooks) = (gateway.clone(), webhooks.clone());
            tokio::spawn(async move {
                let mut answers = Vec::new();
                loop {
                    let next = webhooks.lock().ok().and_then(|mut webhooks| webhooks.pop());
                    let Some(webhook) = next else { return answers };
                    let asked = Instant::now();
                    let path = "/iamport-callback";
                    let answer = gateway.call(At::Api, "POST", path, None, &webhook).await;
                    answers.push((answer.map_or(0, |(status, _)| status), asked.elapsed()));
                }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for worker in workers {
        answers.extend(worker.await?);
    }
    Ok(answers)
}
