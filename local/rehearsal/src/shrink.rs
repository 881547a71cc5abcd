//! Makes a failing history smaller: fewer members, steps, faults and months, as long as the same oracle
//! still fails.

use crate::history::History;
use crate::plant::Plant;
use crate::run::{Way, run};
use std::collections::BTreeSet;

/// No more runs than this are spent.
const MOST_RUNS: usize = 400;

struct Shrinking<'a> {
    oracle: &'a str,
    plant: Option<Plant>,
    runs: usize,
}

/// The smallest history found in which this oracle still fails.
pub fn shrink(history: &History, oracle: &str, plant: Option<Plant>) -> History {
    let mut shrinking = Shrinking { oracle, plant, runs: 0 };
    let mut best = history.clone();
    for member in 0..best.members.len() {
        shrinking.attempt(&mut best, |smaller| smaller.members[member].clear());
    }
    while best.members.len() > 1 && best.members.last().is_some_and(Vec::is_empty) {
        let before = best.members.len();
        shrinking.attempt(&mut best, |smaller| {
            smaller.members.pop();
        });
        if best.members.len() == before {
            break;
        }
    }
    // All faults at once, then fewer and fewer.
    let fired: Vec<String> = run(&best, plant, Way::default()).fired.into_iter().collect();
    let mut kept = best.clone();
    kept.climate.only = Some(fired.iter().cloned().collect());
    if shrinking.fails(&kept) {
        best = kept;
        shrinking.thin_faults(&mut best, fired);
    }
    for _ in 0..2 {
        for member in 0..best.members.len() {
            let mut chunk = best.members[member].len();
            while chunk > 0 {
                let mut at = 0;
                while at < best.members[member].len() {
                    let end = (at + chunk).min(best.members[member].len());
                    let before = best.members[member].len();
                    shrinking.attempt(&mut best, |smaller| {
                        smaller.members[member].drain(at..end);
                    });
                    if best.members[member].len() == before {
                        at += chunk;
                    }
                }
                chunk /= 2;
            }
            for step in 0..best.members[member].len() {
                while !best.members[member][step].company.is_empty() {
                    let before = best.members[member][step].company.len();
                    shrinking.attempt(&mut best, |smaller| {
                        smaller.members[member][step].company.pop();
                    });
                    if best.members[member][step].company.len() == before {
                        break;
                    }
                }
            }
        }
        let left: Vec<String> = best.climate.only.clone().unwrap_or_default().into_iter().collect();
        if best.climate.only.is_some() {
            shrinking.thin_faults(&mut best, left);
        }
        shrinking.attempt(&mut best, |smaller| smaller.climate.latency = false);
        shrinking.attempt(&mut best, |smaller| smaller.climate.persistence = 0);
        shrinking.attempt(&mut best, |smaller| smaller.climate.decline_is_error = false);
        shrinking.attempt(&mut best, |smaller| smaller.climate.review = false);
        shrinking.attempt(&mut best, |smaller| smaller.climate.price = None);
        for _ in 0..6 {
            shrinking.attempt(&mut best, |smaller| {
                let half = smaller.end.duration_since(smaller.start).as_secs() / 2;
                let half = jiff::SignedDuration::from_secs(half);
                smaller.end = smaller.start.saturating_add(half).unwrap_or(smaller.end);
            });
        }
    }
    best
}

impl Shrinking<'_> {
    fn fails(&mut self, history: &History) -> bool {
        self.runs += 1;
        self.runs <= MOST_RUNS
            && run(history, self.plant, Way::default())
                .failures
                .iter()
                .any(|failure| failure.oracle == self.oracle)
    }

    fn attempt(&mut self, best: &mut History, change: impl FnOnce(&mut History)) {
        if self.runs > MOST_RUNS {
            return;
        }
        let mut smaller = best.clone();
        change(&mut smaller);
        if self.fails(&smaller) {
            *best = smaller;
        }
    }

    fn thin_faults(&mut self, best: &mut History, mut faults: Vec<String>) {
        let mut chunk = faults.len();
        while chunk > 0 {
            let mut at = 0;
            while at < faults.len() && self.runs <= MOST_RUNS {
                let end = (at + chunk).min(faults.len());
                let mut fewer = faults.clone();
                fewer.drain(at..end);
                let mut smaller = best.clone();
                smaller.climate.only = Some(fewer.iter().cloned().collect::<BTreeSet<_>>());
                if self.fails(&smaller) {
                    *best = smaller;
                    faults = fewer;
                } else {
                    at += chunk;
                }
            }
            chunk /= 2;
        }
    }
}
