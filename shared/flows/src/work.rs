//! What a run leaves to another: events that wake the sweep.

use crate::{Gudok, Trouble};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The source of events that wake the sweep; `gudok` is that of announcements.
pub const WORK: &str = "gudok.work";

/// What the sweep is woken for by itself, in the words of its timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "sweep", rename_all = "kebab-case")]
pub(crate) enum Work {
    /// The members of one shard.
    Shard {
        /// Which.
        shard: u8,
        /// Nobody is begun with after that.
        until: Timestamp,
    },
    /// What was left of the night.
    Nightly,
    /// What was left of a comparison.
    Reconcile {
        /// The part to go on with.
        part: Part,
    },
}

/// The parts of a comparison, in their order; the first is what members wanted, so that nothing is booked or charged
/// against it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What members were answered, and their accounts.
    #[default]
    Members,
    /// Payments and billing keys.
    Payments,
    /// Schedules.
    Schedules,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Members, Self::Payments, Self::Schedules];
}

impl Gudok {
    /// An event that wakes the sweep.
    pub(crate) fn work(&self, work: &Work) -> Result<PutEventsRequestEntry, Trouble> {
        let mut entry = self.event("sweep", work)?;
        entry.source = Some(WORK.to_owned());
        Ok(entry)
    }
}
