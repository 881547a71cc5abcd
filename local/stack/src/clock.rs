//! The simulation's clock: it runs like any other, and can be moved ahead.

use crate::journal::{Journal, JournalError};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

/// The clock. Clones are one and the same.
#[derive(Clone, Debug)]
pub struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    start: Timestamp,
    started: Instant,
    ahead: Mutex<SignedDuration>,
    journal: Option<Journal<SignedDuration>>,
}

impl Clock {
    /// A clock that shows `start` now. It runs on tokio's time, so on a paused runtime it stands.
    pub fn starting_at(start: Timestamp) -> Self {
        let inner =
            Inner { start, started: Instant::now(), ahead: Mutex::default(), journal: None };
        Self { inner: Arc::new(inner) }
    }

    /// The system's clock, ahead by as much as it was when the process last stopped.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn kept_in(file: &Path) -> Result<Self, JournalError> {
        let (journal, moves) = Journal::open(file)?;
        let ahead = moves.last().copied().unwrap_or_default();
        let inner = Inner {
            start: Timestamp::now(),
            started: Instant::now(),
            ahead: Mutex::new(ahead),
            journal: Some(journal),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        let ahead = *self.inner.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = SignedDuration::try_from(self.inner.started.elapsed()).unwrap_or_default();
        self.inner
            .start
            .saturating_add(ahead)
            .and_then(|moved| moved.saturating_add(elapsed))
            .unwrap_or(Timestamp::MAX)
    }

    /// Moves ahead to `target`; a target that is over changes nothing.
    ///
    /// # Errors
    /// When the move cannot be kept.
    pub fn move_to(&self, target: Timestamp) -> Result<(), JournalError> {
        let missing = target.duration_since(self.now());
        if missing.is_positive() {
            let mut ahead = self.inner.ahead.lock().unwrap_or_else(PoisonError::into_inner);
            *ahead = ahead.saturating_add(missing);
            if let Some(journal) = &self.inner.journal {
                journal.add(&ahead)?;
            }
        }
        Ok(())
    }

    /// The clock as the simulator, the stand-ins and the application take it.
    pub fn teller(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}
