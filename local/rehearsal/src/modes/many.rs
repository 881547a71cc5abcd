//! Runs many histories on several threads and adds up the results.

use crate::history::History;
use crate::modes::run::{Outcome, run};
use crate::network::bugs::Bug;
use crate::oracles::failures::Failure;
use crate::oracles::points::Points;
use crate::world::site::RunOptions;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The results of many histories.
#[derive(Debug, Clone, Default)]
pub struct Total {
    /// How many there were.
    pub histories: u64,
    /// Their members.
    pub members: u64,
    /// Their length in days.
    pub days: f64,
    /// Requests that were sent.
    pub requests: u64,
    /// Charges that moved money.
    pub charges: usize,
    /// How often each kind of fault happened.
    pub faults: BTreeMap<&'static str, u64>,
    /// The failed oracles, by seed.
    pub failed: BTreeMap<u64, Vec<Failure>>,
    /// What the histories covered.
    pub points: Points,
    /// The most writes of one member's row in a day, and the most without a change.
    pub writes: (u32, u32),
}

/// Which histories to run, and how.
#[derive(Debug, Clone)]
pub struct Many<Make> {
    /// The seeds.
    pub seeds: Range<u64>,
    /// On how many threads.
    pub threads: usize,
    /// A bug to plant.
    pub bug: Option<Bug>,
    /// How to run each.
    pub options: RunOptions,
    /// Makes the history of a seed.
    pub history: Make,
}

impl<Make: Fn(u64) -> History + Sync> Many<Make> {
    /// Runs them all. `show` is given each outcome, `meanwhile` the total after each.
    pub fn run(
        &self,
        show: impl Fn(u64, &Outcome) + Sync,
        meanwhile: impl Fn(&Total) + Sync,
    ) -> Total {
        let total = Mutex::new(Total::default());
        each_seed(self.seeds.clone(), self.threads, |seed| {
            let history = (self.history)(seed);
            let outcome = run(&history, self.bug, self.options);
            let mut total = lock(&total);
            show(seed, &outcome);
            total.add(seed, &history, outcome);
            meanwhile(&total);
        });
        total.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does this for each seed, in so many threads; which thread takes which is by chance.
pub fn each_seed(seeds: Range<u64>, threads: usize, work: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    work(seed);
                }
            });
        }
    });
}

fn lock(total: &Mutex<Total>) -> MutexGuard<'_, Total> {
    total.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Total {
    #[expect(clippy::float_arithmetic, reason = "a figure for people")]
    fn add(&mut self, seed: u64, history: &History, outcome: Outcome) {
        self.histories = self.histories.saturating_add(1);
        let members = u64::try_from(history.members.len()).unwrap_or_default();
        self.members = self.members.saturating_add(members);
        self.days += history.days();
        self.requests = self.requests.saturating_add(outcome.requests);
        self.charges = self.charges.saturating_add(outcome.charges);
        for (kind, times) in outcome.faults {
            let sum = self.faults.entry(kind).or_default();
            *sum = sum.saturating_add(times);
        }
        for (point, times) in outcome.points {
            let sum = self.points.entry(point).or_default();
            *sum = sum.saturating_add(times);
        }
        let (most, idle) = outcome.writes;
        self.writes = (self.writes.0.max(most), self.writes.1.max(idle));
        if !outcome.failures.is_empty() {
            self.failed.insert(seed, outcome.failures);
        }
    }

    /// The seeds in which each oracle failed.
    pub fn by_oracle(&self) -> BTreeMap<&'static str, Vec<u64>> {
        let mut oracles: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (seed, failures) in &self.failed {
            for failure in failures {
                let seeds = oracles.entry(failure.oracle).or_default();
                if seeds.last() != Some(seed) {
                    seeds.push(*seed);
                }
            }
        }
        oracles
    }
}
