//! Fuzzes the functions' binaries over Lambda's Runtime API, and says what came of it.

use clap::Parser;
use gudok_local::BinariesError;
use gudok_local::fuzz::{FuzzOptions, fuzz};
use std::process::ExitCode;
use std::time::Instant;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is the program's output")]
async fn main() -> Result<ExitCode, BinariesError> {
    let started = Instant::now();
    let report = fuzz(&FuzzOptions::parse()).await?;
    let events: u64 = report.events.values().sum();
    let took = started.elapsed();
    for failure in &report.failures {
        println!("{failure}");
    }
    for (outcome, times) in &report.outcomes {
        println!("{times:>9}  {outcome}");
    }
    println!("{events} events in {:.1} s; {} failures", took.as_secs_f32(), report.failures.len());
    Ok(if report.failures.is_empty() && events > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
