//! Runs a history and tells what came of it.

use crate::audit::audit;
use crate::books::Failure;
use crate::history::History;
use crate::logs::Listening;
use crate::plant::Plant;
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};

/// What came of a history.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The oracles that did not hold.
    pub failures: Vec<Failure>,
    /// How often what went wrong.
    pub faults: BTreeMap<&'static str, u64>,
    /// The names of the faults that happened.
    pub fired: BTreeSet<String>,
    /// Requests on the wire.
    pub requests: u64,
    /// Charges that moved money.
    pub charges: usize,
    /// The history, line by line; empty unless asked for.
    pub trace: Vec<String>,
}

/// Runs a history in this thread.
///
/// # Panics
/// When the program under test panics, or the stack cannot be put together.
pub fn run(history: &History, plant: Option<Plant>, traced: bool) -> Outcome {
    on_paused_time(history.seed, async |logs| {
        let world = World::new(
            history.seed,
            history.start,
            history.members.len(),
            history.climate.clone(),
            plant,
            traced,
        )
        .await;
        world.live(history).await;
        audit(&world, &logs.text()).await;
        outcome(&world)
    })
}

/// Runs this on a runtime of its own, whose time stands still unless everyone waits.
pub(crate) fn on_paused_time<T>(seed: u64, run: impl AsyncFnOnce(&Listening) -> T) -> T {
    // The AWS SDK's pauses have jitter, from this thread's source of chance.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let logs = Listening::begin();
    runtime.block_on(run(&logs))
}

pub(crate) fn outcome(world: &World) -> Outcome {
    let mut inner = world.sky.lock();
    Outcome {
        failures: std::mem::take(&mut inner.books.failures),
        faults: std::mem::take(&mut inner.faults),
        fired: std::mem::take(&mut inner.fired),
        requests: inner.requests,
        charges: world.stack.iamport.charges().len(),
        trace: inner.trace.take().unwrap_or_default(),
    }
}
