//! Kills the stack, as a process, with `kill -9` in the middle of a burst, again and again.

use crate::history::chance::Chance;
use crate::modes::http_audit::audit;
use crate::modes::process::{LoopbackGateway, Process, text};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tower::BoxError;

const DAY: u64 = 86_400;

/// How long to wait at most until enough requests were answered.
const BURST_LIMIT: Duration = Duration::from_mins(1);

/// The result of killing the process again and again.
#[derive(Debug, Clone)]
pub struct KillReport {
    /// How often it was killed.
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

/// Kills the process in the middle of a burst of subscriptions, renewals and cancellations, this many times, and
/// checks what is left. `program` is this program; it is started with `serve`.
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
    let gateway = LoopbackGateway::new()?;
    let uids: Vec<String> = (0..members).map(|member| format!("zKill{member}")).collect();
    let (heard, mut broken) = (Arc::new(AtomicU64::new(0)), 0_u64);
    for round in 0..kills {
        let mut process = gateway.start(program, data).await?;
        let burst = burst(&process, (seed, round), &uids, &heard);
        let chance = Chance::of(seed, &format!("round {round}"));
        let time = time_flies(&process, chance.clone());
        wait(&heard, members, &chance).await;
        process.child.kill().await?;
        for acts in burst {
            acts.await?;
            broken = broken.saturating_add(1);
        }
        time.await?;
    }
    let mut process = gateway.start(program, data).await?;
    for _ in 0..3 {
        process.gateway.advance(DAY / 2).await.ok_or("the clock does not answer")?;
    }
    let (charges, failures) = audit(&process.gateway, &uids).await;
    process.child.kill().await?;
    let answered = heard.load(Ordering::Relaxed);
    Ok(KillReport { kills, answered, broken, charges, failures })
}

/// Has all members act at once.
fn burst(
    process: &Process,
    (seed, round): (u64, u64),
    uids: &[String],
    heard: &Arc<AtomicU64>,
) -> Vec<JoinHandle<()>> {
    let members = uids.iter().enumerate().map(|(member, uid)| {
        let (gateway, uid, heard) = (process.gateway.clone(), uid.clone(), heard.clone());
        let chance = Chance::of(seed, &format!("round {round} member {member}"));
        tokio::spawn(async move { member_acts(&gateway, &uid, &heard, chance).await })
    });
    members.collect()
}

/// Keeps moving the clock until the process is gone.
fn time_flies(process: &Process, mut jumps: Chance) -> JoinHandle<()> {
    let clock = process.gateway.clone();
    tokio::spawn(async move { while clock.advance(jumps.below(3 * DAY)).await.is_some() {} })
}

/// Waits until some requests were answered, however slow the machine is, and then for a random moment.
async fn wait(heard: &AtomicU64, members: usize, chance: &Chance) {
    let most = u64::try_from(members).unwrap_or(u64::MAX).saturating_mul(4);
    let more = chance.clone().below(most).saturating_add(1);
    let enough = heard.load(Ordering::Relaxed).saturating_add(more);
    let began = Instant::now();
    while heard.load(Ordering::Relaxed) < enough && began.elapsed() < BURST_LIMIT {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tokio::time::sleep(Duration::from_millis(chance.clone().below(300))).await;
}

/// A member does one thing after another until the process is gone.
async fn member_acts(gateway: &LoopbackGateway, uid: &str, heard: &AtomicU64, mut chance: Chance) {
    let Some(token) = gateway.sign_in(uid).await else { return };
    loop {
        let answer = match chance.below(6) {
            0 | 1 => subscribes(gateway, &token).await,
            2 => gateway.api("POST", "/subscription/cancel", &token, json!({})).await,
            3 | 4 => gateway.api("POST", "/subscription/resume", &token, json!({})).await,
            _ => gateway.api("GET", "/subscription", &token, Value::Null).await,
        };
        if answer.is_none() {
            return;
        }
        heard.fetch_add(1, Ordering::Relaxed);
    }
}

async fn subscribes(gateway: &LoopbackGateway, token: &str) -> Option<(u16, Value)> {
    let told = gateway.register(token, "now").await.unwrap_or_default();
    let order = text(&told, "merchant_uid");
    if order.is_empty() {
        return gateway.api("GET", "/plans", token, Value::Null).await;
    }
    let body = json!({});
    gateway.api("POST", &format!("/checkout/{order}/complete"), token, body).await
}
