//! The functions' clock, which may be seconds off.

use crate::history::time::plus;
use gudok_local::clock::Clock;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The functions' clock. Clones share it.
#[derive(Clone)]
pub(crate) struct FunctionsClock {
    clock: Clock,
    ahead: Arc<AtomicI64>,
}

impl FunctionsClock {
    /// A clock that is accurate.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, ahead: Arc::default() }
    }

    /// The time it shows.
    pub(crate) fn now(&self) -> Timestamp {
        plus(self.clock.now(), self.ahead.load(Ordering::Relaxed))
    }

    /// Sets how many seconds it is ahead.
    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.ahead.store(seconds, Ordering::Relaxed);
    }

    /// The clock in the form the application expects.
    pub(crate) fn teller(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}
