//! Runs each history twice, in two threads, and holds the two to one trace and one end, byte for byte.

use crate::history::History;
use crate::modes::many::each_seed;
use crate::modes::run::{Outcome, run};
use crate::world::site::RunOptions;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// What running histories twice showed.
#[derive(Debug, Clone, Default)]
pub struct Sameness {
    /// Each seed with a digest of its trace and of what its tables and Iamport's books hold at the end. It depends on
    /// nothing but the code and the seed: not on the thread, the machine or the build.
    pub digests: BTreeMap<u64, u64>,
    /// Where two runs of one seed first differed: a line of each.
    pub differences: BTreeMap<u64, (String, String)>,
}

impl Sameness {
    /// One number for them all.
    pub fn digest(&self) -> u64 {
        let lines = self.digests.iter().map(|(seed, digest)| format!("{seed} {digest:016x}"));
        billing::digest(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Runs each history once in one of so many threads and once in a new one.
pub fn same(
    seeds: Range<u64>,
    threads: usize,
    history: impl Fn(u64) -> History + Sync,
) -> Sameness {
    let found = Mutex::new(Sameness::default());
    let options = RunOptions { traced: true, exported: true, ..RunOptions::default() };
    let tell = |history: &History| told(run(history, None, options));
    each_seed(seeds, threads, |seed| {
        let history = history(seed);
        let first = tell(&history);
        let second = elsewhere(|| tell(&history));
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.digests.insert(seed, billing::digest(&first.join("\n")));
        if let Some(lines) = difference(&first, &second) {
            found.differences.insert(seed, lines);
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Does this in a thread of its own.
fn elsewhere<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| match scope.spawn(work).join() {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// All that is to be the same: each line of the trace, and the end.
fn told(outcome: Outcome) -> Vec<String> {
    outcome.trace.into_iter().chain(outcome.export).collect()
}

/// How much of a line is shown, in characters, before and from where it differs.
const SHOWN: (usize, usize) = (60, 120);

/// The first lines that differ, from shortly before they do.
fn difference(one: &[String], other: &[String]) -> Option<(String, String)> {
    let most = one.len().max(other.len());
    let line = |lines: &[String], at| lines.get(at).cloned().unwrap_or_default();
    let mut pairs = (0..most).map(|at| (line(one, at), line(other, at)));
    let (one, other) = pairs.find(|(one, other)| one != other)?;
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let shown = |line: &str| {
        let from = same.saturating_sub(SHOWN.0);
        line.chars().skip(from).take(SHOWN.0.saturating_add(SHOWN.1)).collect()
    };
    Some((shown(&one), shown(&other)))
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn what_is_longer_or_says_something_else_differs() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let one = lines("a b c");
        assert_eq!(difference(&one, &one), None);
        assert_eq!(difference(&one, &lines("a x c")), Some(("b".to_owned(), "x".to_owned())));
        assert_eq!(difference(&one, &lines("a b")), Some(("c".to_owned(), String::new())));
        let long = |end| vec![format!("{}{end}", "a".repeat(500))];
        let shown = |end| format!("{}{end}", "a".repeat(60));
        assert_eq!(difference(&long("b"), &long("c")), Some((shown("b"), shown("c"))));
    }
}
