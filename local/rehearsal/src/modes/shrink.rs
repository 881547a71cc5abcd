//! Makes a failing history smaller: fewer members, steps, faults and months, as long as the same oracle
//! still fails.

use crate::history::History;
use crate::history::actions::Step;
use crate::modes::run::run;
use crate::network::bugs::Bug;
use crate::world::site::RunOptions;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// The most runs that are spent on this.
const MOST_RUNS: usize = 400;

/// The smallest failing history so far.
struct Shrinking<'a> {
    oracle: &'a str,
    bug: Option<Bug>,
    best: History,
    runs: usize,
}

/// The smallest history found in which this oracle still fails.
pub fn shrink(history: &History, oracle: &str, bug: Option<Bug>) -> History {
    let mut shrinking = Shrinking { oracle, bug, best: history.clone(), runs: 0 };
    shrinking.fewer_members();
    shrinking.only_faults_that_happened();
    for _ in 0..2 {
        for member in 0..shrinking.best.members.len() {
            shrinking.fewer_steps(member);
            shrinking.less_meanwhile(member);
        }
        shrinking.fewer_faults();
        shrinking.simpler_conditions();
        shrinking.shorter();
    }
    shrinking.best
}

impl Shrinking<'_> {
    fn is_spent(&self) -> bool {
        self.runs > MOST_RUNS
    }

    fn fails(&mut self, history: &History) -> bool {
        self.runs = self.runs.saturating_add(1);
        let fails = |oracle| {
            let outcome = run(history, self.bug, RunOptions::default());
            outcome.failures.iter().any(|failure| failure.oracle == oracle)
        };
        !self.is_spent() && fails(self.oracle)
    }

    /// Keeps a change if the history still fails with it. Returns whether it does.
    fn attempt(&mut self, change: impl FnOnce(&mut History)) -> bool {
        let mut smaller = self.best.clone();
        change(&mut smaller);
        let fails = !self.is_spent() && self.fails(&smaller);
        if fails {
            self.best = smaller;
        }
        fails
    }

    /// The steps of a member in the best history.
    fn steps(&self, member: usize) -> &[Step] {
        self.best.members.get(member).map_or(&[], Vec::as_slice)
    }

    fn fewer_members(&mut self) {
        for member in 0..self.best.members.len() {
            self.attempt(|smaller| {
                if let Some(steps) = smaller.members.get_mut(member) {
                    steps.clear();
                }
            });
        }
        let idle = |history: &History| history.members.last().is_some_and(Vec::is_empty);
        while self.best.members.len() > 1 && idle(&self.best) {
            let fewer = self.attempt(|smaller| drop(smaller.members.pop()));
            if !fewer {
                break;
            }
        }
    }

    /// Names all faults that happened, so that they can be left out one by one.
    fn only_faults_that_happened(&mut self) {
        let fired = run(&self.best, self.bug, RunOptions::default()).fired;
        if self.attempt(|smaller| smaller.conditions.only = Some(fired)) {
            self.fewer_faults();
        }
    }

    /// Leaves out as many faults as possible.
    fn fewer_faults(&mut self) {
        let Some(faults) = self.best.conditions.only.clone() else { return };
        let mut faults: Vec<String> = faults.into_iter().collect();
        let mut chunk = faults.len();
        while chunk > 0 {
            let mut at = 0;
            while at < faults.len() && !self.is_spent() {
                let mut fewer = faults.clone();
                drain(&mut fewer, at, chunk);
                let only: BTreeSet<String> = fewer.iter().cloned().collect();
                if self.attempt(|smaller| smaller.conditions.only = Some(only)) {
                    faults = fewer;
                } else {
                    at = at.saturating_add(chunk);
                }
            }
            chunk /= 2;
        }
    }

    fn fewer_steps(&mut self, member: usize) {
        let mut chunk = self.steps(member).len();
        while chunk > 0 {
            let mut at = 0;
            while at < self.steps(member).len() {
                let fewer = self.attempt(|smaller| {
                    if let Some(steps) = smaller.members.get_mut(member) {
                        drain(steps, at, chunk);
                    }
                });
                if !fewer {
                    at = at.saturating_add(chunk);
                }
            }
            chunk /= 2;
        }
    }

    fn less_meanwhile(&mut self, member: usize) {
        for number in 0..self.steps(member).len() {
            let busy =
                |steps: &[Step]| steps.get(number).is_some_and(|it| !it.meanwhile.is_empty());
            while busy(self.steps(member)) {
                let less = self.attempt(|smaller| {
                    let steps = smaller.members.get_mut(member);
                    if let Some(step) = steps.and_then(|steps| steps.get_mut(number)) {
                        step.meanwhile.pop();
                    }
                });
                if !less {
                    break;
                }
            }
        }
    }

    fn simpler_conditions(&mut self) {
        self.attempt(|smaller| smaller.conditions.latency = false);
        self.attempt(|smaller| smaller.conditions.rates.retries = 0);
        self.attempt(|smaller| smaller.conditions.decline_is_error = false);
        self.attempt(|smaller| smaller.conditions.review = false);
        self.attempt(|smaller| smaller.conditions.price = None);
    }

    fn shorter(&mut self) {
        for _ in 0..6 {
            self.attempt(|smaller| {
                let half = smaller.end.duration_since(smaller.start).as_secs() / 2;
                let end = smaller.start.saturating_add(SignedDuration::from_secs(half));
                smaller.end = end.unwrap_or(smaller.end);
            });
        }
    }
}

/// Removes up to `many` elements from `at` on.
fn drain<T>(from: &mut Vec<T>, at: usize, many: usize) {
    let end = at.saturating_add(many).min(from.len());
    from.drain(at.min(end)..end);
}
