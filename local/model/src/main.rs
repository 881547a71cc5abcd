//! `model`: explores every interleaving within the bounds that are asked for. Exits with 0 only if nothing is broken and
//! all that has to be met was met.

use clap::Parser;
use model::{Interleavings, Left, Order, Progress, Rules, search};
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

/// States share much, and this allocator is much faster at it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Explores every interleaving.
#[derive(Debug, Parser)]
struct Options {
    /// How many calls, writes and runs may go wrong.
    #[arg(long, default_value_t = 2)]
    faults: u8,
    /// How many charges may be declined.
    #[arg(long, default_value_t = 1)]
    declines: u8,
    /// How often the member asks for something.
    #[arg(long, default_value_t = 2)]
    wishes: u8,
    /// How often an operator does something.
    #[arg(long, default_value_t = 1)]
    acts: u8,
    /// How often somebody does something at Iamport's console.
    #[arg(long, default_value_t = 1)]
    console: u8,
    /// How often time jumps.
    #[arg(long, default_value_t = 3)]
    jumps: u8,
    /// How many threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Breadth first: the shortest way comes first, and it takes more memory.
    #[arg(long)]
    shortest: bool,
    /// Paths by chance from this seed, for as long as is said.
    #[arg(long)]
    chance: Option<u64>,
    /// Stops after so many seconds, wherever it is.
    #[arg(long)]
    seconds: Option<u64>,
    /// Shows the states at the end of what is found.
    #[arg(long)]
    whole: bool,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let Options { faults, declines, wishes, acts, console, jumps, .. } = options;
    let left = Left { faults, declines, wishes, acts, console, jumps };
    let model = Interleavings::new(Rules::new()?, left, None);
    let points = Arc::clone(&model.points);
    let started = std::time::Instant::now();
    let mut say = |Progress { states, depth, after }| {
        eprintln!("{states} states, {depth} deep, after {} s", after.as_secs());
    };
    let order = match options.chance {
        Some(seed) => Order::Chance(seed),
        None if options.shortest => Order::Breadth,
        None => Order::Depth,
    };
    let most = options.seconds.map(std::time::Duration::from_secs);
    let searched = search(model, order, options.threads, most, None, Some(&mut say));
    for found in &searched.found {
        eprintln!("BROKEN: {}", found.property);
        for what in &found.path {
            eprintln!("  {what:?}");
        }
        if options.whole {
            eprintln!("{:#?}", found.last);
            if let Some(last) = &found.last {
                let mut world = last.world.clone();
                let again = Interleavings::new(Rules::new()?, left, None);
                let broken = again.end(&mut world);
                eprintln!("in the end {broken:?}:\n{world:#?}");
            }
        }
    }
    for (point, times) in points.met() {
        eprintln!("{times:>10} × {point}");
    }
    eprintln!(
        "{} states, {} steps, {} deep, {} worlds, {} s, never met: {:?}",
        searched.states,
        searched.steps,
        searched.depth,
        searched.worlds,
        started.elapsed().as_secs(),
        points.never()
    );
    Ok(if searched.found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
