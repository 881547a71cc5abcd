//! The digest: what happened, in sums, for people who cannot read a line for each payment.

use crate::{DeclineClass, Entry, News, Telling, Uid, What, Won};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many cancellations are told with their names; of the others only how many there are.
const NAMED: usize = 20;

/// An entry is read this long after it happened: its write, and the index that follows the journal, take moments.
pub const SETTLED: SignedDuration = SignedDuration::from_mins(5);

/// So far back is read when nothing was ever told or counted: the runs of the first hours may all have failed.
pub const FIRST: SignedDuration = SignedDuration::from_hours(24);

/// What happened between two moments, of that which is told in sums ([`Telling::InSums`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The same each time it is told.
    pub id: String,
    /// From when on.
    pub from: Timestamp,
    /// Until when; what happened at that moment is in the next.
    pub until: Timestamp,
    /// How much of each, by its name on the bus.
    pub counts: BTreeMap<String, u64>,
    /// What was paid in all.
    pub paid: Won,
    /// The declines, by class.
    pub declined: BTreeMap<DeclineClass, u64>,
    /// The first who cancelled.
    pub cancelled: Vec<Leaving>,
}

/// Somebody who cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// Who.
    pub uid: Uid,
    /// The last day of access.
    pub paid_through: Date,
}

impl Digest {
    /// Of these moments, and of nothing yet.
    fn of(from: Timestamp, until: Timestamp) -> Self {
        Self {
            id: format!("digest-{from}"),
            from,
            until,
            counts: BTreeMap::new(),
            paid: Won::ZERO,
            declined: BTreeMap::new(),
            cancelled: Vec::new(),
        }
    }

    fn count(&mut self, uid: &Uid, news: &News) {
        one_more(self.counts.entry(news.name().to_owned()).or_default());
        if let News::Paid { amount, .. } = news {
            self.paid = self.paid.checked_add(*amount).unwrap_or(self.paid);
        } else if let News::Declined { decline, .. } = news {
            one_more(self.declined.entry(decline.class).or_default());
        } else if let News::CancelRequested { paid_through, .. } = news
            && self.cancelled.len() < NAMED
        {
            let (uid, paid_through) = (uid.clone(), *paid_through);
            self.cancelled.push(Leaving { uid, paid_through });
        }
    }
}

const fn one_more(count: &mut u64) {
    *count = count.saturating_add(1);
}

/// Makes digests of a journal that is read in whatever order. Where one ends and the next begins does not depend on when
/// it is read, so that what is told twice is the same.
#[derive(Debug)]
pub struct Digesting {
    from: Timestamp,
    until: Timestamp,
    every: SignedDuration,
    /// By when they end.
    digests: BTreeMap<Timestamp, Digest>,
}

impl Digesting {
    /// What is to be digested now, if `since` is until when it was; `None` if it is too early. Without it, the last
    /// day is.
    pub fn due(since: Option<Timestamp>, now: Timestamp, every: SignedDuration) -> Option<Self> {
        let until = floor(now.saturating_sub(SETTLED).ok()?, every);
        let from = since.unwrap_or(floor(until.saturating_sub(FIRST).ok()?, every));
        let digests = BTreeMap::new();
        (from < until).then_some(Self { from, until, every, digests })
    }

    /// From when on the journal is read.
    pub const fn from(&self) -> Timestamp {
        self.from
    }

    /// Until when it is read, and was once it is told.
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// Counts what happened.
    pub fn add(&mut self, entry: &Entry) {
        let What::Told(news) = &entry.what else { return };
        if news.telling() != Telling::InSums || entry.at < self.from || entry.at >= self.until {
            return;
        }
        let begins = floor(entry.at, self.every);
        let ends = begins.saturating_add(self.every).unwrap_or(Timestamp::MAX);
        let from = begins.max(self.from);
        let digest = self.digests.entry(ends).or_insert_with(|| Digest::of(from, ends));
        digest.count(&entry.uid, news);
    }

    /// The digests, the first first, once all was read.
    pub fn digests(self) -> impl Iterator<Item = Digest> {
        self.digests.into_values()
    }
}

/// The last multiple of this at a moment.
fn floor(at: Timestamp, every: SignedDuration) -> Timestamp {
    let into = at.as_second().checked_rem_euclid(every.as_secs()).unwrap_or_default();
    Timestamp::from_second(at.as_second().saturating_sub(into)).unwrap_or(at)
}

/// When the digest in which that is counted is due.
pub fn digest_due(at: Timestamp, every: SignedDuration) -> Timestamp {
    let ends = floor(at, every).saturating_add(every);
    ends.and_then(|ends| ends.saturating_add(SETTLED)).unwrap_or(Timestamp::MAX)
}
