//! What is recorded of a history while it runs: its faults, its trace, its books.

use crate::oracles::books::Books;
use crate::oracles::failures::Finding;
use gudok_local::clock::Clock;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More requests than any history sends; one that sends more never comes to rest. The longest, of 24 months,
/// send 30,000.
const MOST_REQUESTS: u64 = 200_000;

/// What is recorded of a history. Clones share it.
#[derive(Clone)]
pub(crate) struct Record {
    clock: Clock,
    books: Arc<Mutex<Books>>,
    notes: Arc<Mutex<Notes>>,
}

/// Counters, the trace and the like.
#[derive(Default)]
pub(crate) struct Notes {
    /// How often each kind of fault happened.
    pub(crate) faults: BTreeMap<&'static str, u64>,
    /// The names of the faults that happened, so that they can be left out one by one.
    pub(crate) fired: BTreeSet<String>,
    /// If given, only these faults happen.
    pub(crate) only: Option<BTreeSet<String>>,
    /// What must not be logged.
    pub(crate) secrets: BTreeSet<String>,
    /// What was put on the bus and not yet scheduled for delivery.
    pub(crate) events: Vec<Value>,
    pub(crate) requests: u64,
    /// The history line by line, if a trace is kept.
    pub(crate) trace: Option<Vec<String>>,
}

impl Record {
    /// An empty record.
    pub(crate) fn new(clock: Clock, books: Books, notes: Notes) -> Self {
        Self { clock, books: Arc::new(Mutex::new(books)), notes: Arc::new(Mutex::new(notes)) }
    }

    /// What the oracles know.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The counters, the trace and the like.
    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The true time; the functions' clock may differ.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Adds a line to the trace.
    pub(crate) fn say(&self, line: impl FnOnce() -> String) {
        // Whoever builds the line may look at the notes too.
        if self.notes().trace.is_none() {
            return;
        }
        let (line, now) = (line(), self.now().to_zoned(billing::SEOUL));
        if let Some(trace) = &mut self.notes().trace {
            trace.push(format!("{} {line}", now.strftime("%Y-%m-%d %H:%M:%S%.3f")));
        }
    }

    /// Records that an oracle did not hold.
    pub(crate) fn fail(&self, oracle: &'static str, what: String) {
        self.say(|| format!("✗ {oracle}: {what}"));
        let now = self.now();
        self.books().fail(oracle, now, what);
    }

    /// Records that oracles did not hold.
    pub(crate) fn fail_all(&self, found: impl IntoIterator<Item = Finding>) {
        for (oracle, what) in found {
            self.fail(oracle, what);
        }
    }

    /// Counts something that went wrong.
    pub(crate) fn count(&self, kind: &'static str) {
        self.count_many(kind, 1);
    }

    /// Counts something that went wrong this many times.
    pub(crate) fn count_many(&self, kind: &'static str, times: usize) {
        let mut notes = self.notes();
        let before = notes.faults.entry(kind).or_default();
        *before = before.saturating_add(u64::try_from(times).unwrap_or_default());
    }

    /// Whether a drawn fault may happen; records it if so.
    pub(crate) fn allows(&self, kind: &'static str, name: &str) -> bool {
        let mut notes = self.notes();
        if notes.only.as_ref().is_some_and(|only| !only.contains(name)) {
            return false;
        }
        notes.fired.insert(name.to_owned());
        drop(notes);
        self.count(kind);
        true
    }

    /// How many things have gone wrong so far.
    pub(crate) fn faults(&self) -> u64 {
        self.notes().faults.values().sum()
    }

    /// Counts a request.
    pub(crate) fn sent(&self) {
        let mut notes = self.notes();
        notes.requests = notes.requests.saturating_add(1);
    }

    /// Whether more requests were sent than any history needs.
    pub(crate) fn is_endless(&self) -> bool {
        self.notes().requests > MOST_REQUESTS
    }

    /// What must not be logged.
    pub(crate) fn keep_secret(&self, secret: impl Into<String>) {
        self.notes().secrets.insert(secret.into());
    }
}
