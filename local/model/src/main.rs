//! `model`: goes through every interleaving within each of the large bounds, then along paths by chance within the widest.
//! Exits with 0 only if nothing is broken and all there is to meet was met.

use clap::Parser;
use model::{
    Found, Interleavings, LARGE, Left, Order, Progress, Rules, Searched, WIDE, points, search,
};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// States share much, and this allocator is much faster at it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Goes through every interleaving.
#[derive(Debug, Parser)]
struct Options {
    /// Only within these bounds: so many faults, declines, wishes, acts of an operator, acts at the console, jumps of time.
    #[arg(long, value_delimiter = ',')]
    left: Vec<u8>,
    /// For how many seconds paths are taken by chance.
    #[arg(long, default_value_t = 120)]
    chance: u64,
    /// The seed of those.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// The shortest way to what is broken comes first; takes much memory.
    #[arg(long)]
    shortest: bool,
    /// Shows the state at the end of each way to what is broken.
    #[arg(long)]
    whole: bool,
}

impl Options {
    /// The bounds, in the order in which they are gone through.
    fn bounds(&self) -> Vec<Left> {
        match *self.left.as_slice() {
            [faults, declines, wishes, acts, console, jumps] => {
                vec![Left { faults, declines, wishes, acts, console, jumps }]
            }
            _ => LARGE.to_vec(),
        }
    }
}

/// All that was met, over all searches.
type Met = BTreeMap<&'static str, u64>;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let order = if options.shortest { Order::Breadth } else { Order::Depth };
    let (mut met, mut holds) = (Met::new(), true);
    for left in options.bounds() {
        holds &= go_through(&options, left, order, None, &mut met)?;
    }
    let seconds = Some(Duration::from_secs(options.chance)).filter(|it| !it.is_zero());
    if seconds.is_some() {
        holds &= go_through(&options, WIDE, Order::Chance(options.seed), seconds, &mut met)?;
    }
    eprintln!("met:");
    for (point, times) in &met {
        eprintln!("  {times:>10} × {point}");
    }
    let never: Vec<_> = points::ALL.iter().filter(|point| !met.contains_key(*point)).collect();
    eprintln!("never met: {never:?}; {} MB at most", peak_memory().unwrap_or_default());
    let all = options.left.is_empty() && seconds.is_some();
    Ok(if holds && (never.is_empty() || !all) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One search. Whether nothing is broken.
fn go_through(
    options: &Options,
    left: Left,
    order: Order,
    most: Option<Duration>,
    met: &mut Met,
) -> Result<bool, Box<dyn Error>> {
    eprintln!("{order:?} {left:?}");
    let model = Interleavings::new(Rules::new()?, left, None);
    let (points, started) = (Arc::clone(&model.points), Instant::now());
    let mut say = |Progress { states, depth, after }| {
        eprintln!("  {states} states, {depth} deep, after {} s", after.as_secs());
    };
    let searched = search(model, order, options.threads, most, None, Some(&mut say));
    for (point, times) in points.met() {
        let sum = met.entry(point).or_default();
        *sum = sum.saturating_add(times);
    }
    let Searched { states, steps, depth, worlds, found } = searched;
    let (after, broken) = (started.elapsed().as_secs(), found.len());
    eprintln!(
        "  in all {states} states, {steps} steps, {depth} deep, {worlds} worlds, {after} s: {broken} broken"
    );
    for Found { property, path, last, .. } in &found {
        eprintln!("  BROKEN: {property}");
        for what in path {
            eprintln!("    {what:?}");
        }
        if options.whole {
            eprintln!("{last:#?}");
        }
    }
    Ok(found.is_empty())
}

/// The most memory this process ever had, in megabytes; `None` where the system does not say.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    kilobytes.checked_div(1_000)
}
