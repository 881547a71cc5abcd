//! How a run stores what it decides, and when it rests: never before somebody is sure to come back in time.

use super::known::Known;
use super::step::{Change, Step};

/// Nothing to do: sees to it that someone looks again in time.
pub(super) fn rest(known: &Known<'_>) -> Step {
    let due = known.subscription.due(known.now, known.policy);
    let stored = known.subscription.due_at;
    let early_enough = match (stored, due) {
        (Some(stored), Some(due)) => known.now < stored && stored <= due,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if early_enough {
        Step::Rest(stored)
    } else {
        known.store(Change::of(known.subscription.clone()))
    }
}

impl Known<'_> {
    /// Stores a change, with the time at which to look again should this run die right after. What would
    /// leave everything as it is but that time is no step: a run that took it would never come to rest.
    pub(super) fn commit(&self, mut change: Change) -> Option<Step> {
        change.subscription.note_undone(self.now, self.policy);
        change.subscription.due_at = self.subscription.due_at;
        let nothing = change.subscription == *self.subscription && change.is_alone();
        (!nothing).then(|| self.store(change))
    }

    fn store(&self, mut change: Change) -> Step {
        change.subscription.due_at = change.subscription.due(self.now, self.policy);
        Step::Commit(Box::new(change))
    }
}
