//! `rehearsal --seeds N [--from FIRST] [--trace]`: runs that many histories on all cores. `rehearsal crash`:
//! kills each flow at each of its requests. `rehearsal planted`: shows that every oracle can fail. Exits with 0
//! only if every oracle held and each planted bug was found.

use clap::Parser;
use rehearsal::{
    Actor, Bug, Failure, Flow, History, Many, Moved, Points, RunOptions, Total, each_seed,
    find_all, fuzz, kill, markdown, missing, moving, number, run, same, shrink, storm,
};
use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most histories to try for each planted bug.
const MOST_SEEDS: u64 = 2_000;

/// How often progress is printed.
const PROGRESS: Duration = Duration::from_secs(10);

type Trouble = Box<dyn Error + Send + Sync>;

/// The loop allocates a lot, and this allocator is much faster at it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rehearses whole histories under faults.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
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
    plant: Option<Bug>,
    /// How many threads; all cores by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Does not make failing histories smaller.
    #[arg(long)]
    whole: bool,
    /// On the embedded `DynamoDB` instead of tables in memory: slow.
    #[arg(long)]
    embedded: bool,
    /// Writes what the histories covered, as tables in Markdown, into this file.
    #[arg(long)]
    points: Option<std::path::PathBuf>,
    /// Fails when there is a point that no history covered.
    #[arg(long)]
    every_point: bool,
    /// Writes a line of JSON for each history that came to rest, with its tables and Iamport's books, into this file;
    /// `-` for the standard output, and what is for people goes to the other one then.
    #[arg(long)]
    stream: Option<std::path::PathBuf>,
    /// Runs each history twice, in two threads, and prints a digest of its trace and its end; fails where the two differ.
    #[arg(long)]
    digest: bool,
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

    const fn run_options(&self, traced: bool) -> RunOptions {
        RunOptions { traced, embedded: self.embedded, exported: false }
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
    /// Histories of moving in from another system that goes on charging: as many as --seeds says.
    Moving,
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

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.command {
        Some(Command::Crash) => Ok(crash()),
        Some(Command::Planted) => Ok(planted(options.threads())),
        Some(Command::Moving) => Ok(move_in(&options)),
        Some(Command::Fuzz { requests }) => Ok(strangers(options.from, requests)),
        Some(Command::Kill { .. } | Command::Storm { .. } | Command::Serve(_)) => real(options),
        None if options.digest => Ok(digests(&options)),
        None => histories(&options),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(format_args!("FAILED {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether what is said to people goes to the standard error, for the standard output has what programs read.
static TO_PEOPLE_BESIDE: AtomicBool = AtomicBool::new(false);

/// Prints a line.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people")]
fn say(line: impl Display) {
    if TO_PEOPLE_BESIDE.load(Ordering::Relaxed) {
        eprintln!("{line}");
    } else {
        println!("{line}");
    }
}

/// Where the histories' lines go.
type Stream = Mutex<Box<dyn Write + Send>>;

fn stream(to: &Path) -> Result<Stream, Trouble> {
    if to != Path::new("-") {
        return Ok(Mutex::new(Box::new(File::create(to)?)));
    }
    TO_PEOPLE_BESIDE.store(true, Ordering::Relaxed);
    Ok(Mutex::new(Box::new(io::stdout())))
}

/// Prints failures. Returns whether there were none.
fn all_held(failures: &[String]) -> bool {
    for failure in failures {
        say(format_args!("FAILED {failure}"));
    }
    failures.is_empty()
}

/// Runs histories. Returns whether every oracle held.
fn histories(options: &Options) -> Result<bool, Trouble> {
    let threads = options.threads();
    let stream = options.stream.as_deref().map(stream).transpose()?;
    let many = Many {
        seeds: options.from..options.from.saturating_add(options.seeds),
        threads,
        bug: options.plant,
        options: RunOptions { exported: stream.is_some(), ..options.run_options(options.trace) },
        history: |seed| options.history(seed),
    };
    let (began, said) = (Instant::now(), Mutex::new(Instant::now()));
    // Whoever reads the lines has gone away.
    let broken = AtomicBool::new(false);
    let tell = |seed, outcome: &rehearsal::Outcome| {
        for line in &outcome.trace {
            say(format_args!("{seed} {line}"));
        }
        if let (Some(stream), Some(line)) = (&stream, &outcome.export) {
            let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
            broken.fetch_or(writeln!(stream, "{line}").is_err(), Ordering::Relaxed);
        }
    };
    let total = many.run(tell, |total| {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.elapsed() > PROGRESS {
            *said = Instant::now();
            progress(total, began, threads);
        }
    });
    progress(&total, began, threads);
    report(&total);
    for (seed, failures) in total.failed.iter().take(options.show) {
        show(*seed, failures, options);
    }
    let complete = points(&total.points, options)?;
    Ok(total.failed.is_empty() && complete && !broken.into_inner())
}

/// Runs each history twice. Returns whether no two runs differed.
fn digests(options: &Options) -> bool {
    let seeds = options.from..options.from.saturating_add(options.seeds);
    let found = same(seeds, options.threads(), |seed| options.history(seed));
    for (seed, digest) in &found.digests {
        say(format_args!("{seed} {digest:016x}"));
    }
    for (seed, (one, other)) in &found.differences {
        say(format_args!("FAILED {seed} is not the same twice:\n  {one}\n  {other}"));
    }
    let (number, differences) = (found.digests.len(), found.differences.len());
    let all = found.digest();
    say(format_args!("{number} histories twice, {differences} differ, all {all:016x}"));
    found.differences.is_empty()
}

/// Reports coverage. Returns whether it is complete, if that was asked for.
fn points(points: &Points, options: &Options) -> Result<bool, Trouble> {
    if let Some(file) = &options.points {
        std::fs::write(file, markdown(points))?;
    }
    if options.points.is_none() && !options.every_point {
        return Ok(true);
    }
    let missing = missing(points);
    say(format_args!("{} points, {} of them never covered", number(), missing.len()));
    for point in &missing {
        say(format_args!("NEVER {point}"));
    }
    Ok(missing.is_empty() || !options.every_point)
}

/// Runs all crash points. Returns whether every oracle held.
fn crash() -> bool {
    let (mut points, mut failed) = (0_usize, 0_usize);
    for flow in Flow::ALL {
        let report = flow.crash();
        say(format_args!("{flow:?}: {} requests, {} ways to die", report.requests, report.tried));
        points = points.saturating_add(report.tried);
        failed = failed.saturating_add(report.failures.len());
        for (crash, failure) in report.failures {
            let when = if crash.after { "after" } else { "before" };
            let (at, again) = (crash.request, crash.again);
            let (oracle, what) = (failure.oracle, failure.what);
            say(format_args!("  FAILED {when} request {at}, again: {again}: {oracle}: {what}"));
        }
    }
    say(format_args!("{points} crash points, {failed} failed"));
    failed == 0
}

/// Looks for the planted bugs. Returns whether all were found.
fn planted(threads: usize) -> bool {
    find_all(threads, MOST_SEEDS, |bug, oracle, found| match found {
        Some(seeds) => say(format_args!("{bug:?}: found by \"{oracle}\" after {seeds} seeds")),
        None => say(format_args!("{bug:?}: NOT FOUND by \"{oracle}\"")),
    })
}

/// Has members moved in. Returns whether all was right at the end of each history.
fn move_in(options: &Options) -> bool {
    let seeds = options.from..options.from.saturating_add(options.seeds);
    let (total, failed) = (Mutex::new(Moved::default()), Mutex::new(0_u64));
    each_seed(seeds, options.threads(), |seed| {
        let moved = moving(seed);
        for failure in &moved.failures {
            say(format_args!("FAILED {seed} {failure}"));
        }
        let wrong = u64::from(!moved.failures.is_empty());
        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
        *failed = failed.saturating_add(wrong);
        total.lock().unwrap_or_else(PoisonError::into_inner).add(&moved);
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Moved { members, taken_over, handed_back, charged_there, settled, faults, .. } = total;
    say(format_args!(
        "{} histories, {members} members, {taken_over} taken over at the end, {handed_back} handed back, \
         {charged_there} charges of the other system after that, {settled} reviews settled, {faults} faults, {failed} failed",
        options.seeds
    ));
    failed == 0
}

/// Sends mutated requests. Returns whether nothing broke.
fn strangers(seed: u64, requests: u64) -> bool {
    let report = fuzz(seed, requests);
    say(format_args!("sent {:?}, answers {:?}", report.sent, report.answers));
    all_held(&report.failures)
}

/// Runs the modes that need real processes.
fn real(options: Options) -> Result<bool, Trouble> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let program = std::env::current_exe()?;
    let data = tempfile::tempdir()?;
    let failures = runtime.block_on(in_processes(options, &program, data.path()))?;
    Ok(all_held(&failures))
}

/// Kills, storms, or serves. Returns what was wrong.
async fn in_processes(
    options: Options,
    program: &Path,
    data: &Path,
) -> Result<Vec<String>, Trouble> {
    match options.command {
        Some(Command::Kill { kills, members }) => {
            let report = kill(program, data, options.from, kills, members).await?;
            say(format_args!(
                "killed {} times; {} requests answered, {} broken, {} charges",
                report.kills, report.answered, report.broken, report.charges
            ));
            Ok(report.failures)
        }
        Some(Command::Storm { members, connections }) => {
            let report = storm(program, data, options.from, members, connections).await?;
            say(format_args!(
                "answers {:?} in {:.1?}: p50 {:.1?}, p99 {:.1?}; {} charges",
                report.answers, report.took, report.p50, report.p99, report.charges
            ));
            Ok(report.failures)
        }
        Some(Command::Serve(stack)) => {
            gudok_local::serve(stack, &[]).await?;
            Ok(Vec::new())
        }
        Some(Command::Crash | Command::Planted | Command::Moving | Command::Fuzz { .. }) | None => {
            Ok(Vec::new())
        }
    }
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a figure for people"
)]
fn progress(total: &Total, began: Instant, threads: usize) {
    let seconds = began.elapsed().as_secs_f64();
    let speed = total.histories as f64 / seconds / threads as f64;
    let faults: u64 = total.faults.values().sum();
    let (histories, failed) = (total.histories, total.failed.len());
    say(format_args!(
        "{histories} histories, {speed:.1}/s a core, {faults} faults, {failed} failed"
    ));
}

#[expect(clippy::float_arithmetic, reason = "a figure for people")]
fn report(total: &Total) {
    say(format_args!(
        "{} members, {:.0} simulated years, {} charges, {} requests",
        total.members,
        total.days / 365.0,
        total.charges,
        total.requests
    ));
    let (most, idle) = total.writes;
    say(format_args!(
        "at most {most} writes of a member's row in a day, {idle} of them for nothing"
    ));
    for (kind, times) in &total.faults {
        say(format_args!("{times:>10}  {kind}"));
    }
    for (oracle, seeds) in total.by_oracle() {
        let shown: Vec<String> = seeds.iter().take(12).map(u64::to_string).collect();
        let number = seeds.len();
        say(format_args!("FAILED {oracle}: {number} histories: {}", shown.join(" ")));
    }
}

/// Prints a failed history, made smaller unless that is unwanted.
fn show(seed: u64, failures: &[Failure], options: &Options) {
    say(format_args!("\n=== seed {seed}"));
    for failure in failures {
        say(format_args!("{}: {} ({})", failure.oracle, failure.what, failure.at));
    }
    let Some(first) = failures.first() else { return };
    let mut history = options.history(seed);
    if !options.whole {
        history = shrink(&history, first.oracle, options.plant);
    }
    for line in run(&history, options.plant, options.run_options(true)).trace {
        say(line);
    }
}
