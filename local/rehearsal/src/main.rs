//! `rehearsal --seeds N [--from FIRST] [--trace]`: runs that many histories on all cores. `rehearsal crash`:
//! kills each flow at each of its requests. `rehearsal planted`: shows that every oracle can fail. Exits 0
//! only when every oracle held, and each planted bug was found.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::struct_excessive_bools,
    reason = "a tool for people"
)]

use clap::Parser;
use rehearsal::{
    Actor, Flow, History, Plant, Points, Way, fuzz, kill, markdown, missing, number, run, shrink,
    storm,
};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The loop allocates a great deal: this one is much quicker at it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rehearses whole histories under faults.
#[derive(Debug, Parser)]
struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// How many histories.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// With people in them who pay in ways that are not offered, and an admin who settles what comes of it.
    #[arg(long)]
    tampered: bool,
    /// With operators, people at consoles, partners that hang, accounts that are deleted.
    #[arg(long)]
    worldly: bool,
    /// Some of each kind.
    #[arg(long)]
    mixed: bool,
    /// Of those with a world around them, with this one in every history and no other.
    #[arg(long)]
    actor: Option<Actor>,
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
    /// On the embedded `DynamoDB` instead of tables in memory: slow.
    #[arg(long)]
    embedded: bool,
    /// Writes what the histories came by, as tables in Markdown, into this file.
    #[arg(long)]
    points: Option<std::path::PathBuf>,
    /// Fails when there is a point that no history came by.
    #[arg(long)]
    every_point: bool,
    /// How many failing histories to show.
    #[arg(long, default_value_t = 3)]
    show: usize,
}

impl Options {
    fn threads(&self) -> usize {
        self.threads
            .or_else(|| std::thread::available_parallelism().ok().map(Into::into))
            .unwrap_or(1)
    }

    fn history(&self, seed: u64) -> History {
        if self.mixed {
            History::mixed(seed)
        } else if self.worldly || self.actor.is_some() {
            History::worldly(seed, self.actor)
        } else if self.tampered {
            History::tampered(seed)
        } else {
            History::of(seed)
        }
    }
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Kills each flow of the story at each of its requests.
    Crash,
    /// Plants a bug for each oracle and looks how soon it is found.
    Planted,
    /// Kills the stack, as a process, in the middle of a burst.
    Kill {
        /// How many times.
        #[arg(long, default_value_t = 20)]
        kills: u64,
        /// How many members.
        #[arg(long, default_value_t = 8)]
        members: usize,
    },
    /// A storm of webhooks against the stack as a process: five for each member.
    Storm {
        /// How many members.
        #[arg(long, default_value_t = 2_000)]
        members: usize,
        /// How many connections at once.
        #[arg(long, default_value_t = 64)]
        connections: usize,
    },
    /// Sends what strangers can send, twisted at random.
    Fuzz {
        /// How many requests.
        #[arg(long, default_value_t = 100_000)]
        requests: u64,
    },
    /// The stack, to be killed.
    #[command(hide = true)]
    Serve(gudok_local::Options),
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
    points: Points,
    writes: (u32, u32),
}

fn main() -> ExitCode {
    let options = Options::parse();
    match options.command {
        Some(Command::Crash) => return crash(),
        Some(Command::Planted) => return planted(options.threads()),
        Some(Command::Fuzz { requests }) => return strangers(options.from, requests),
        Some(Command::Kill { .. } | Command::Storm { .. } | Command::Serve(_)) => {
            return real(options);
        }
        None => {}
    }
    let threads = options.threads();
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
    let complete = points(&total.points, &options);
    if total.failed.is_empty() && complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Tells what the histories came by; whether that is all there is, where it is asked for.
fn points(points: &Points, options: &Options) -> bool {
    if let Some(file) = &options.points {
        std::fs::write(file, markdown(points)).expect("the file can be written");
    }
    if options.points.is_none() && !options.every_point {
        return true;
    }
    let missing = missing(points);
    println!("{} points, {} of them never come by", number(), missing.len());
    for point in &missing {
        println!("NEVER {point}");
    }
    missing.is_empty() || !options.every_point
}

/// Kills each flow everywhere.
fn crash() -> ExitCode {
    let (mut points, mut failed) = (0, 0);
    for flow in Flow::ALL {
        let report = flow.crash();
        println!("{flow:?}: {} requests, {} ways to die", report.requests, report.tried);
        points += report.tried;
        failed += report.failures.len();
        for (at, after, again, failure) in report.failures {
            let when = if after { "after" } else { "before" };
            println!(
                "  FAILED {when} request {at}, again: {again}: {}: {}",
                failure.oracle, failure.what
            );
        }
    }
    println!("{points} crash points, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What strangers send.
fn strangers(seed: u64, requests: u64) -> ExitCode {
    let report = fuzz(seed, requests);
    println!("sent {:?}, answers {:?}", report.sent, report.answers);
    for failure in &report.failures {
        println!("FAILED {failure}");
    }
    if report.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The real thing, in processes.
fn real(options: Options) -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let program = std::env::current_exe().expect("this program");
    let data = tempfile::tempdir().expect("a folder");
    let failures = runtime.block_on(async {
        match options.command {
            Some(Command::Kill { kills, members }) => {
                let report = kill(&program, data.path(), options.from, kills, members).await?;
                println!(
                    "killed {} times; {} requests answered, {} broken, {} charges",
                    report.kills, report.answered, report.broken, report.charges
                );
                Ok(report.failures)
            }
            Some(Command::Storm { members, connections }) => {
                let report =
                    storm(&program, data.path(), options.from, members, connections).await?;
                println!(
                    "answers {:?} in {:.1?}: p50 {:.1?}, p99 {:.1?}; {} charges",
                    report.answers, report.took, report.p50, report.p99, report.charges
                );
                Ok(report.failures)
            }
            Some(Command::Serve(stack)) => {
                gudok_local::serve(stack, &[]).await.map(|()| Vec::new()).map_err(Into::into)
            }
            Some(Command::Crash | Command::Planted | Command::Fuzz { .. }) | None => Ok(Vec::new()),
        }
    });
    let failures: Vec<String> = failures
        .unwrap_or_else(|error: Box<dyn std::error::Error + Send + Sync>| vec![error.to_string()]);
    for failure in &failures {
        println!("FAILED {failure}");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Looks how soon each planted bug is found.
fn planted(threads: usize) -> ExitCode {
    let plants = Mutex::new(Plant::ALL.into_iter());
    let missed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = plants.lock().expect("whole").next();
                    let Some((plant, oracle)) = next else { return };
                    if let Some(seeds) = plant.found_within(2_000) {
                        println!("{plant:?}: found by \"{oracle}\" after {seeds} seeds");
                    } else {
                        println!("{plant:?}: NOT FOUND by \"{oracle}\"");
                        missed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    if missed.into_inner() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(seed: u64, options: &Options, total: &Mutex<Total>) {
    let history = options.history(seed);
    let outcome =
        run(&history, options.plant, Way { traced: options.trace, embedded: options.embedded });
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
    for (point, times) in outcome.points {
        *total.points.entry(point).or_default() += times;
    }
    total.writes = (total.writes.0.max(outcome.writes.0), total.writes.1.max(outcome.writes.1));
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
    println!(
        "at most {} writes of a member's row in a day, {} of them for nothing",
        total.writes.0, total.writes.1
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
    let mut history = options.history(seed);
    if !options.whole {
        history = shrink(&history, first.oracle, options.plant);
    }
    for line in run(&history, options.plant, Way { traced: true, embedded: options.embedded }).trace
    {
        println!("{line}");
    }
}
