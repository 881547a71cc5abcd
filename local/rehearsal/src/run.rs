//! Runs a history and tells what came of it.

use crate::audit::audit;
use crate::books::Failure;
use crate::history::History;
use crate::logs::Listening;
use crate::plant::Plant;
use crate::points::Points;
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
    /// What it came by.
    pub points: Points,
    /// The most writes of one member's row on one day, and the most that changed nothing.
    pub writes: (u32, u32),
    /// The history, line by line; empty unless asked for.
    pub trace: Vec<String>,
}

/// How a history is run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Way {
    /// Whether it is told line by line.
    pub traced: bool,
    /// Whether on the embedded `DynamoDB`, which is slow, or on tables in memory.
    pub embedded: bool,
}

/// Runs a history in this thread.
///
/// # Panics
/// When the program under test panics, or the stack cannot be put together.
pub fn run(history: &History, plant: Option<Plant>, way: Way) -> Outcome {
    on_paused_time(async |logs| {
        let world = World::new(
            history.seed,
            history.start,
            history.members.len(),
            history.climate.clone(),
            plant,
            way,
        )
        .await;
        world.live(history).await;
        audit(&world, &logs.text()).await;
        outcome(&world)
    })
}

/// Runs this on a runtime of its own, whose time stands still unless everyone waits.
pub(crate) fn on_paused_time<T>(run: impl AsyncFnOnce(&Listening) -> T) -> T {
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
        points: std::mem::take(&mut inner.books.points),
        writes: inner.books.writes.most,
        charges: world.stack.iamport.charges().len(),
        trace: inner.trace.take().unwrap_or_default(),
    }
}
