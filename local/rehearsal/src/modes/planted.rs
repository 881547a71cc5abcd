//! Measures how soon each planted bug is found by its oracle.

use crate::history::History;
use crate::modes::run::run;
use crate::network::bugs::Bug;
use crate::world::site::RunOptions;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// A history in which this bug can have an effect.
fn history(bug: Bug, seed: u64) -> History {
    match bug.actor() {
        Some(actor) => History::worldly(seed, Some(actor)),
        None => History::of(seed),
    }
}

/// After how many seeds the bug's oracle finds it, in a history where the oracle holds without the bug. `None` if it
/// takes more than `seeds`.
pub fn found_within(bug: Bug, seeds: u64) -> Option<u64> {
    let (_, oracle) = Bug::ALL.into_iter().find(|(other, _)| *other == bug)?;
    let finds = |seed: u64, bug_or_none| {
        let failures = run(&history(bug, seed), bug_or_none, RunOptions::default()).failures;
        failures.iter().any(|failure| failure.oracle == oracle)
    };
    let found = (0..seeds).find(|seed| finds(*seed, Some(bug)) && !finds(*seed, None));
    found.map(|seed| seed.saturating_add(1))
}

/// Looks for all bugs and reports each through `say`. Returns whether all were found.
pub fn find_all(
    threads: usize,
    seeds: u64,
    say: impl Fn(Bug, &'static str, Option<u64>) + Sync,
) -> bool {
    let bugs = Mutex::new(Bug::ALL.into_iter());
    let missed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = bugs.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((bug, oracle)) = next else { return };
                    let found = found_within(bug, seeds);
                    missed.fetch_or(found.is_none(), Ordering::Relaxed);
                    say(bug, oracle, found);
                }
            });
        }
    });
    !missed.into_inner()
}
