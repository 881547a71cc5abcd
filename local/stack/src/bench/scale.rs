//! How the sweep does at a size: its release binary against a stand-in that makes up members as they are asked for, so that
//! a million cost nothing to store. The stand-in answers as late as the real ones would, is read only (what is written is
//! taken and forgotten), and every member is the same but for the ids: all are of one date. Its figures say what a run
//! reads, how long it waits and what it keeps in memory, not whether it is right.

mod made_up;
mod seed;

use super::process::{cpu, peak};
use super::table::{Table, megabytes};
use crate::binaries::{self, BinariesError, Lambda, Outcome};
use crate::clock::Clock;
use crate::google::Google;
use crate::stack::Addresses;
use axum::Router;
use axum::serve::ListenerExt;
use jiff::{SignedDuration, Timestamp};
use made_up::World;
use seed::seed;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How long a run may take: Lambda's limit.
const PATIENCE: Duration = Duration::from_mins(15);

/// Over how many seconds the schedules of a month are spread.
const A_MONTH: u64 = 30 * 86_400;

/// And those of one date.
const AN_HOUR: u64 = 3_600;

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

/// Measures.
///
/// # Errors
/// When something cannot be started.
pub async fn scale(options: &ScaleOptions) -> Result<String, BinariesError> {
    let mut table = Table::of(&[
        "run",
        "members",
        "runs",
        "seconds",
        "memory, MB",
        "CPU, s",
        "requests",
        "outcome",
    ]);
    let now = Timestamp::now();
    let ahead = seed(now.saturating_sub(SignedDuration::from_hours(24 * 27)).unwrap_or(now), false);
    let ahead = ahead.await?;
    for members in &options.members {
        for (what, spread, event) in [
            ("nightly", A_MONTH, "nightly"),
            ("comparison, of all dates", A_MONTH, "reconcile"),
            ("comparison, of one date", AN_HOUR, "reconcile"),
        ] {
            let world = World::of(ahead.clone(), *members, spread);
            line(&mut table, options, what, world, json!({"sweep": event})).await?;
        }
    }
    let lost = seed(now.saturating_sub(SignedDuration::from_hours(24 * 33)).unwrap_or(now), true);
    let now = Timestamp::now();
    let until = now.saturating_add(SignedDuration::from_mins(14)).unwrap_or(now);
    let event = json!({"sweep": "shard", "shard": 0, "until": until});
    let world = World::of(lost.await?, options.due.saturating_mul(u64::from(ledger::SHARDS)), 1);
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
    let routes = Router::new().fallback(made_up::answer).with_state(world.clone());
    let server = tokio::spawn(async move { drop(axum::serve(listener, routes).await) });
    let mut environment = environment(&address)?;
    environment.push(("RUST_LOG", "error".to_owned()));
    let log = std::env::temp_dir().join(format!("gudok-scale-{}", std::process::id()));
    let binary = options.binaries.join("sweep");
    let mut lambda = Lambda::start(&binary, &[], &environment, &log).await.map_err(io)?;
    lambda.ready().await;
    let pid = lambda.pid().unwrap_or_default();
    let began = Instant::now();
    let mut outcome = lambda.invoke_within(event.to_string().into_bytes(), PATIENCE).await;
    let mut runs = 1_u64;
    // As the event that wakes the next has it.
    while let Outcome::Response(report) = &outcome
        && report.get("next").is_some_and(|next| !next.is_null())
    {
        let event = json!({"sweep": "reconcile", "id": report.get("id")});
        outcome = lambda.invoke_within(event.to_string().into_bytes(), PATIENCE).await;
        runs = runs.saturating_add(1);
    }
    let took = began.elapsed();
    let (memory, cpu) = (peak(pid).map_err(io)?, cpu(pid).map_err(io)?);
    server.abort();
    let requests = world.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let many: u64 = requests.values().sum();
    tracing::info!(?requests, "asked");
    table.line(&[
        what.to_owned(),
        world.members.to_string(),
        runs.to_string(),
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
    let clock = Clock::starting_at(Timestamp::now());
    let google =
        Google::in_memory("demo-gudok", clock.teller()).map_err(crate::StackError::from)?;
    Ok(binaries::environment(&addresses, &google))
}
