//! What a run leaves to another: events that wake the sweep.

use crate::{Gudok, Trouble};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;
use serde::Serialize;

/// The source of events that wake the sweep; `gudok` is that of announcements.
pub const WORK: &str = "gudok.work";

/// What the sweep is woken for by itself, in the words of its timers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// A comparison that is begun and not over.
    Reconcile {
        /// Which.
        id: String,
    },
}

impl Gudok {
    /// An event that wakes the sweep.
    pub(crate) fn work(&self, work: &Work) -> Result<PutEventsRequestEntry, Trouble> {
        let mut entry = self.event("sweep", work)?;
        entry.source = Some(WORK.to_owned());
        Ok(entry)
    }
}
