//! `rehearsal --seeds N [--from FIRST] [--trace]`: runs that many histories on all cores. Exits 0 only when
//! every oracle held.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::print_stdout,
    reason = "a tool for people"
)]

use clap::Parser;
use rehearsal::{History, Plant, run, shrink};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Rehearses whole histories under faults.
#[derive(Debug, Parser)]
struct Options {
    /// How many histories.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Shows each history line by line.
    #[arg(long)]
    trace: bool,
    /// A bug to plant, to see that it is found.
    #[arg(long)]
    plant: Option<Plant>,
    /// How many threads; all cores by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Does not make failing histories smaller.
    #[arg(long)]
    whole: bool,
    /// How many failing histories to show.
    #[arg(long, default_value_t = 3)]
    show: usize,
}

#[derive(Default)]
struct Total {
    histories: u64,
    members: u64,
    days: f64,
    requests: u64,
    charges: u64,
    faults: BTreeMap<&'static str, u64>,
    failed: BTreeMap<u64, Vec<rehearsal::Failure>>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let threads = options
        .threads
        .or_else(|| std::thread::available_parallelism().ok().map(Into::into))
        .unwrap_or(1);
    let next = AtomicU64::new(options.from);
    let total = Mutex::new(Total::default());
    let done = AtomicBool::new(false);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= options.from + options.seeds {
                            break;
                        }
                        one(seed, &options, &total);
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut shown = Instant::now();
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(100));
                if shown.elapsed() > Duration::from_secs(10) {
                    shown = Instant::now();
                    let total = total.lock().expect("whole");
                    progress(&total, began, threads);
                }
            }
        });
        for worker in workers {
            worker.join().expect("no history panics");
        }
        done.store(true, Ordering::Relaxed);
    });
    let total = total.into_inner().expect("whole");
    progress(&total, began, threads);
    report(&total);
    for (seed, failures) in total.failed.iter().take(options.show) {
        show(*seed, failures, &options);
    }
    if total.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(seed: u64, options: &Options, total: &Mutex<Total>) {
    let history = History::of(seed);
    let outcome = run(&history, options.plant, options.trace);
    let mut total = total.lock().expect("whole");
    for line in &outcome.trace {
        println!("{seed} {line}");
    }
    total.histories += 1;
    total.members += history.members.len() as u64;
    total.days += history.days();
    total.requests += outcome.requests;
    total.charges += outcome.charges as u64;
    for (kind, times) in outcome.faults {
        *total.faults.entry(kind).or_default() += times;
    }
    if !outcome.failures.is_empty() {
        total.failed.insert(seed, outcome.failures);
    }
}

fn progress(total: &Total, began: Instant, threads: usize) {
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{} histories, {:.1}/s a core, {} faults, {} failed",
        total.histories,
        total.histories as f64 / seconds / threads as f64,
        total.faults.values().sum::<u64>(),
        total.failed.len()
    );
}

fn report(total: &Total) {
    println!(
        "{} members, {:.0} simulated years, {} charges, {} requests",
        total.members,
        total.days / 365.0,
        total.charges,
        total.requests
    );
    for (kind, times) in &total.faults {
        println!("{times:>10}  {kind}");
    }
    let mut oracles: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (seed, failures) in &total.failed {
        for failure in failures {
            let seeds = oracles.entry(failure.oracle).or_default();
            if seeds.last() != Some(seed) {
                seeds.push(*seed);
            }
        }
    }
    for (oracle, seeds) in oracles {
        let shown: Vec<String> = seeds.iter().take(12).map(u64::to_string).collect();
        println!("FAILED {oracle}: {} histories: {}", seeds.len(), shown.join(" "));
    }
}

fn show(seed: u64, failures: &[rehearsal::Failure], options: &Options) {
    println!("\n=== seed {seed}");
    for failure in failures {
        println!("{}: {} ({})", failure.oracle, failure.what, failure.at);
    }
    let Some(first) = failures.first() else { return };
    let mut history = History::of(seed);
    if !options.whole {
        history = shrink(&history, first.oracle, options.plant);
    }
    for line in run(&history, options.plant, true).trace {
        println!("{line}");
    }
}
