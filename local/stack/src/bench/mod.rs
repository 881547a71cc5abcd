//! Measures the functions' release binaries: how they start, and what an event costs, beside a function that does
//! nothing. All of it in one run, and the starts in turns, so that a noisy machine is noisy for all.

mod process;

use crate::binaries::{BinariesError, FUNCTIONS, Lambda, Outcome, World};
use process::{cpu, resident};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The function that does nothing.
const HELLO: &str = "hello";

/// Events that are measured: the function, its sample, and what it is.
const EVENTS: [(&str, &str, &str); 6] = [
    ("account", "plans", "`GET /plans`"),
    ("account", "subscription", "`GET /subscription`"),
    ("account", "payments", "`GET /payments`"),
    ("cancellation", "cancel-no-subscription", "`POST /subscription/cancel`, asked again"),
    ("iamport-webhook", "schedule", "a webhook of a payment that is booked"),
    ("iamport-webhook", "strange-order", "a webhook of an order that is none of ours"),
];

/// Before an event is measured, so many of it.
const WARM: u32 = 20;

/// Measures the release binaries and prints tables.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "bench")]
pub struct BenchOptions {
    /// How often each binary is started.
    #[arg(long, default_value_t = 20)]
    starts: u32,
    /// How many events of each kind.
    #[arg(long, default_value_t = 500)]
    events: u32,
    /// Where the binaries are.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// Where the sample events are.
    #[arg(long, default_value = "events")]
    samples: PathBuf,
}

/// A start, until the first event is asked for.
#[derive(Debug, Clone, Copy)]
struct Start {
    took: Duration,
    cpu: Duration,
    /// Bytes.
    resident: u64,
}

/// Measures, and gives the tables as they stand in the documents.
///
/// # Errors
/// When a binary is missing or does not start.
pub async fn bench(options: &BenchOptions) -> Result<String, BinariesError> {
    let world = World::open().await?;
    let mut tables = starts(&world, options).await?;
    tables.push('\n');
    tables.push_str(&events(&world, options).await?);
    Ok(tables)
}

async fn starts(world: &World, options: &BenchOptions) -> Result<String, BinariesError> {
    let names: Vec<&str> = std::iter::once(HELLO).chain(FUNCTIONS.map(|(name, _)| name)).collect();
    let mut all: Vec<Vec<Start>> = vec![Vec::new(); names.len()];
    for _ in 0..options.starts {
        for (name, starts) in names.iter().zip(&mut all) {
            starts.push(start(world, &options.binaries.join(name)).await?);
        }
    }
    let hello = all.first().map(|starts| middle(starts, |start| start.took)).unwrap_or_default();
    let mut table = String::from(
        "| function | start, ms | of a bare function's | CPU, ms | memory, MB | compressed, MB |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for (name, starts) in names.iter().zip(&all) {
        let took = middle(starts, |start| start.took);
        let cpu = middle(starts, |start| start.cpu);
        let resident = middle(starts, |start| start.resident);
        let size = compressed(&options.binaries.join(name))?;
        line(
            &mut table,
            &[
                format!("`{name}`"),
                milliseconds(took),
                ratio(took, hello),
                milliseconds(cpu),
                megabytes(resident),
                megabytes(size),
            ],
        );
    }
    Ok(table)
}

async fn start(world: &World, binary: &Path) -> Result<Start, BinariesError> {
    let (lambda, took) = started(world, binary).await?;
    let pid = lambda.pid().unwrap_or_default();
    let io = |error| BinariesError::Io(binary.display().to_string(), error);
    Ok(Start { took, cpu: cpu(pid).map_err(io)?, resident: resident(pid).map_err(io)? })
}

async fn started(world: &World, binary: &Path) -> Result<(Lambda, Duration), BinariesError> {
    let mut lambda = world.start(binary).await?;
    if let Some(took) = lambda.ready().await {
        return Ok((lambda, took));
    }
    let said = std::io::Error::other(format!("it does not start: {}", world.said()));
    Err(BinariesError::Io(binary.display().to_string(), said))
}

async fn events(world: &World, options: &BenchOptions) -> Result<String, BinariesError> {
    let member = world.member("bench").await?;
    let hello = (HELLO, "a bare function", json!({}));
    let mut measured = vec![hello];
    for (function, sample, what) in EVENTS {
        measured.push((function, what, member.sample(&options.samples, function, sample)?));
    }
    let mut table =
        String::from("| event | median, ms | 99 of 100, ms | CPU, ms |\n|---|--:|--:|--:|\n");
    for (function, what, event) in measured {
        let binary = options.binaries.join(function);
        let (mut walls, cpu) = event_cost(world, &binary, &event, options.events).await?;
        walls.sort();
        let at = |hundredth: usize| {
            let place = walls.len().saturating_mul(hundredth).div_euclid(100);
            walls.get(place.min(walls.len().saturating_sub(1))).copied().unwrap_or_default()
        };
        line(
            &mut table,
            &[what.to_owned(), milliseconds(at(50)), milliseconds(at(99)), milliseconds(cpu)],
        );
    }
    Ok(table)
}

/// How long each took, and the CPU of one.
async fn event_cost(
    world: &World,
    binary: &Path,
    event: &Value,
    times: u32,
) -> Result<(Vec<Duration>, Duration), BinariesError> {
    let io = |error| BinariesError::Io(binary.display().to_string(), error);
    let (mut lambda, _) = started(world, binary).await?;
    let pid = lambda.pid().unwrap_or_default();
    let event = event.to_string().into_bytes();
    for _ in 0..WARM {
        answered(&mut lambda, &event).await.map_err(io)?;
    }
    let before = cpu(pid).map_err(io)?;
    let mut walls = Vec::new();
    for _ in 0..times {
        let began = Instant::now();
        answered(&mut lambda, &event).await.map_err(io)?;
        walls.push(began.elapsed());
    }
    let spent = cpu(pid).map_err(io)?.saturating_sub(before);
    Ok((walls, spent.checked_div(times).unwrap_or_default()))
}

async fn answered(lambda: &mut Lambda, event: &[u8]) -> std::io::Result<()> {
    let outcome = lambda.invoke(event.to_vec()).await;
    let Outcome::Response(reply) = &outcome else {
        return Err(std::io::Error::other(format!("{outcome:?}")));
    };
    let status = reply.get("statusCode").and_then(Value::as_u64);
    match status {
        Some(500..) => Err(std::io::Error::other(reply.to_string())),
        Some(_) | None => Ok(()),
    }
}

/// As others would download it.
fn compressed(binary: &Path) -> Result<u64, BinariesError> {
    let io = |error| BinariesError::Io(binary.display().to_string(), error);
    let made = std::process::Command::new("gzip").args(["-9", "-c"]).arg(binary).output();
    let made = made.map_err(io)?;
    Ok(u64::try_from(made.stdout.len()).unwrap_or(u64::MAX))
}

/// The one in the middle.
fn middle<T: Ord + Copy + Default>(starts: &[Start], of: impl Fn(&Start) -> T) -> T {
    let mut all: Vec<T> = starts.iter().map(of).collect();
    all.sort();
    all.get(all.len().div_euclid(2)).copied().unwrap_or_default()
}

fn line(table: &mut String, cells: &[String]) {
    for part in ["| ", &cells.join(" | "), " |\n"] {
        table.push_str(part);
    }
}

fn milliseconds(time: Duration) -> String {
    hundredths(time.as_micros().div_euclid(10))
}

fn megabytes(bytes: u64) -> String {
    hundredths(u128::from(bytes).div_euclid(10_000))
}

fn ratio(one: Duration, other: Duration) -> String {
    let ratio = one.as_nanos().saturating_mul(100).checked_div(other.as_nanos());
    ratio.map_or_else(String::new, hundredths)
}

fn hundredths(number: u128) -> String {
    format!("{}.{:02}", number.div_euclid(100), number.rem_euclid(100))
}
