//! *Digests*: what is told in sums is counted in a digest that Slack took, and nothing else is.

use crate::history::time::{HOUR, plus};
use crate::oracles::failures::Finding;
use billing::{Digest, Entry, Telling, What, digest_due};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be told in sums, and what was.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    /// The entries of the journal that are told in sums, by their key, and whether they still stand.
    entries: BTreeMap<(String, String), (&'static str, Timestamp, bool)>,
    /// The digests that were put on the bus.
    digests: BTreeMap<String, Digest>,
    /// Until when the program says that it told.
    until: Option<Timestamp>,
}

impl Sums {
    /// An entry of the journal was stored.
    pub(crate) fn entry(&mut self, key: (String, String), entry: &Entry) {
        if let What::Told(news) = &entry.what
            && news.telling() == Telling::InSums
        {
            self.entries.insert(key, (news.name(), entry.at, true));
        }
    }

    /// An entry was deleted.
    pub(crate) fn forget(&mut self, key: &(String, String)) {
        if let Some((.., stands)) = self.entries.get_mut(key) {
            *stands = false;
        }
    }

    /// The journal was put back to what it was at that moment.
    pub(crate) fn put_back(&mut self, to: Timestamp) {
        for (_, at, stands) in self.entries.values_mut() {
            *stands &= *at < to;
        }
    }

    /// The row that says until when it was told.
    pub(crate) const fn told_until(&mut self, until: Option<Timestamp>) {
        self.until = until;
    }

    /// A digest was put on the bus.
    pub(crate) fn digest(&mut self, detail: &Value) {
        if let Ok(digest) = serde_json::from_value::<Digest>(detail.clone()) {
            self.digests.insert(digest.id.clone(), digest);
        }
    }

    /// When the next digest is due that has something in it.
    pub(crate) fn due(&self, every: SignedDuration) -> Option<Timestamp> {
        let untold = |at: &Timestamp| self.until.is_none_or(|until| *at >= until);
        let waiting = self.entries.values().filter(|(.., stands)| *stands).map(|(_, at, _)| *at);
        waiting.filter(untold).min().map(|at| digest_due(at, every))
    }

    /// Each digest that Slack took counts what the journal has of its time, and no more than it had; and of what happened
    /// more than two hours ago nothing is in no digest.
    pub(crate) fn check(&self, told: &BTreeSet<String>, now: Timestamp) -> Vec<Finding> {
        let mut found = Vec::new();
        let taken: Vec<_> = self.digests.values().filter(|it| told.contains(&it.id)).collect();
        let covers = |at: Timestamp| taken.iter().any(|it| it.from <= at && at < it.until);
        for (name, at, stands) in self.entries.values() {
            if *stands && plus(*at, 2 * HOUR) < now && !covers(*at) {
                found.push(("digests", format!("{name} of {at} is in no digest that Slack took")));
            }
        }
        for digest in taken {
            for (name, most) in self.within(digest, true) {
                let least = self.within(digest, false).get(name).copied().unwrap_or_default();
                let counted = digest.counts.get(name).copied().unwrap_or_default();
                if counted < least || counted > most {
                    let what = format!("{} counts {counted} {name}: {least} to {most}", digest.id);
                    found.push(("digests", what));
                }
            }
        }
        found
    }

    /// How much of each happened in a digest's time; of what was deleted since only if `all`.
    fn within(&self, digest: &Digest, all: bool) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::<_, u64>::new();
        for (name, at, stands) in self.entries.values() {
            if digest.from <= *at && *at < digest.until && (*stands || all) {
                let count = counts.entry(*name).or_default();
                *count = count.saturating_add(1);
            }
        }
        counts
    }
}
