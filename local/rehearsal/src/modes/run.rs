//! Runs a history.

use crate::history::History;
use crate::network::bugs::Bug;
use crate::oracles::failures::Failure;
use crate::oracles::logs::Listening;
use crate::oracles::points::Points;
use crate::world::World;
use crate::world::export;
use crate::world::site::{RunOptions, Setup};
use std::collections::{BTreeMap, BTreeSet};

/// The result of a history.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The failed oracles.
    pub failures: Vec<Failure>,
    /// How often each kind of fault happened.
    pub faults: BTreeMap<&'static str, u64>,
    /// The names of the faults that happened.
    pub fired: BTreeSet<String>,
    /// Requests that were sent.
    pub requests: u64,
    /// Charges that moved money.
    pub charges: usize,
    /// What it covered.
    pub points: Points,
    /// The most writes of one member's row in a day, and the most without a change.
    pub writes: (u32, u32),
    /// The trace; empty unless asked for.
    pub trace: Vec<String>,
    /// What an auditor needs of the history at rest, as one line of JSON, if that was asked for.
    pub export: Option<String>,
}

/// Runs a history in this thread.
///
/// # Panics
/// When the program under test panics, or the stack cannot be put together.
pub fn run(history: &History, bug: Option<Bug>, options: RunOptions) -> Outcome {
    on_paused_time(async |logs| {
        let world = World::new(Setup::of(history, bug, options)).await;
        world.live(history).await;
        world.audit(&logs.text()).await;
        let export = options.exported.then(|| export::line(&world.site, history.seed)).flatten();
        Outcome { export, ..outcome(&world) }
    })
}

/// Runs this on a runtime of its own with a paused clock.
#[expect(clippy::expect_used, reason = "a rehearsal fails by panicking")]
pub(crate) fn on_paused_time<T>(run: impl AsyncFnOnce(&Listening) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let logs = Listening::begin();
    runtime.block_on(run(&logs))
}

/// Takes the result out of a world.
pub(crate) fn outcome(world: &World) -> Outcome {
    let mut books = world.site.books();
    let mut notes = world.site.record().notes();
    Outcome {
        failures: std::mem::take(&mut books.failures),
        faults: std::mem::take(&mut notes.faults),
        fired: std::mem::take(&mut notes.fired),
        requests: notes.requests,
        points: std::mem::take(&mut books.points),
        writes: books.writes.most,
        charges: world.site.stack.iamport.charges().len(),
        trace: notes.trace.take().unwrap_or_default(),
        export: None,
    }
}
