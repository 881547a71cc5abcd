//! A fuzzer of Lambda's Runtime API: hands the functions' binaries the events of `events/`, twisted at random,
//! and looks at what comes back. No event may end a process, and each that is JSON is answered, never with a
//! 5xx. Everything the functions meet is the local stack, on loopback.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "events are counted, and JSON that lacks a field is null"
)]

mod twist;

use crate::binaries::{BinariesError, FUNCTIONS, Lambda, Outcome, World};
use fastrand::Rng;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// So many events a member is used for, and then there is another: nobody opens more than some registrations.
const OF_A_MEMBER: u64 = 2_000;

/// Why a webhook is wanted again whose address proves nothing: the one 5xx that a stranger may get.
const JUST_LOOKED_UP: &str = "/problems/just-looked-up";

/// No more failures than this are told.
const TOLD: usize = 20;

/// So many events for who takes two seconds for each message.
const PACED: u64 = 15;

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
    #[arg(long, default_value = "target/fast")]
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

/// Runs it.
///
/// # Errors
/// When it cannot begin; what functions do is in the report.
pub async fn fuzz(options: &FuzzOptions) -> Result<FuzzReport, BinariesError> {
    let world = World::open().await?;
    let mut report = FuzzReport::default();
    Fuzz { world: &world, report: &mut report }.all(options).await?;
    Ok(report)
}

/// The fuzzer at work.
struct Fuzz<'a> {
    world: &'a World,
    report: &'a mut FuzzReport,
}

impl Fuzz<'_> {
    async fn all(&mut self, options: &FuzzOptions) -> Result<(), BinariesError> {
        let chosen: Vec<_> = FUNCTIONS
            .into_iter()
            .filter(|(name, _)| options.function.as_deref().is_none_or(|only| only == *name))
            .collect();
        let many = u64::try_from(chosen.len()).unwrap_or_default();
        for (function, is_http) in chosen {
            let events = options.events.checked_div(many).unwrap_or_default();
            // It takes the time for each message that Slack wants.
            let events = if function == "announce" { events.min(PACED) } else { events };
            let mut chance = Rng::with_seed(options.seed);
            let binary = options.binaries.join(function);
            let mut left = events;
            while left > 0 {
                let now = left.min(OF_A_MEMBER);
                let member = self.world.member(&format!("{function}-{left}")).await?;
                let samples = member.samples(&options.samples, function)?;
                let part = Part { function, is_http, binary: &binary, samples: &samples };
                self.part(&part, now, &mut chance).await?;
                left = left.saturating_sub(now);
            }
        }
        Ok(())
    }

    /// So many events for one function's process, which is started again if it ends.
    async fn part(
        &mut self,
        part: &Part<'_>,
        events: u64,
        chance: &mut Rng,
    ) -> Result<(), BinariesError> {
        let (world, report) = (self.world, &mut *self.report);
        let mut lambda: Lambda = world.start(part.binary, &[]).await?;
        for _ in 0..events {
            let event = twist::twisted(part.samples, chance);
            let outcome = lambda.invoke(event.clone()).await;
            *report.events.entry(part.function).or_default() += 1;
            match judge(part, &event, &outcome) {
                Ok(kind) => *report.outcomes.entry(kind).or_default() += 1,
                Err(why) => {
                    let event = String::from_utf8_lossy(&event);
                    let said = world.said();
                    report.failures.push(format!("{}: {why}\n  {event}\n  {said}", part.function));
                    if report.failures.len() >= TOLD {
                        return Ok(());
                    }
                }
            }
            if matches!(outcome, Outcome::Exit(_) | Outcome::Silence | Outcome::NoStart(_)) {
                lambda = world.start(part.binary, &[]).await?;
            }
        }
        Ok(())
    }
}

/// What is done with one function.
struct Part<'a> {
    function: &'static str,
    is_http: bool,
    binary: &'a Path,
    samples: &'a [Value],
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

/// A reply is one that API Gateway takes, and no 5xx but the one that asks for a webhook again; a refusal is a problem.
fn reply_of(reply: &Value) -> Result<String, String> {
    let status = reply["statusCode"].as_u64().filter(|status| (200..=503).contains(status));
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
        Some(kind) if status >= 500 && kind != JUST_LOOKED_UP => Err(format!("{status} {kind}")),
        Some(kind) if kind.starts_with("/problems/") => Ok(format!("{status} {kind}")),
        Some(_) | None => Err(format!("not a problem: {reply}")),
    }
}
