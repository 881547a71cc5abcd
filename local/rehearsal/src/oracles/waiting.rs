//! *Waiting*: whatever partners say or fail to say, within [`LONGEST`] a subscription is at rest or a person has
//! been told.

use billing::{OpenState, Subscription};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long anything may wait: a day for a stuck schedule, a day for partners that do not resolve it, and one more
/// for the timers to notice, which can fail themselves.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3);

/// What each member is waiting for, and since when.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    since: BTreeMap<String, BTreeMap<String, Timestamp>>,
}

impl Waiting {
    /// A row was stored: waits that are new start now.
    pub(crate) fn stored(&mut self, subscription: &Subscription, now: Timestamp) {
        let mut before = self.since.remove(subscription.uid.as_str()).unwrap_or_default();
        let waits = waits(subscription, now);
        let since = waits
            .into_iter()
            .map(|(what, from)| {
                let since = before.remove(&what).unwrap_or(from.max(now));
                (what, since)
            })
            .collect();
        self.since.insert(subscription.uid.to_string(), since);
    }

    /// A row is readable again. While it was not, a person knew and nothing could be done, so all waits restart.
    pub(crate) fn begin_anew(&mut self, uid: &str, now: Timestamp) {
        for since in self.since.get_mut(uid).into_iter().flat_map(BTreeMap::values_mut) {
            *since = now.max(*since);
        }
    }

    /// The row is gone.
    pub(crate) fn forget(&mut self, uid: &str) {
        self.since.remove(uid);
    }

    /// Waits that have taken too long by now.
    pub(crate) fn too_long(&self, now: Timestamp) -> impl Iterator<Item = (&str, &str, Timestamp)> {
        self.since.iter().flat_map(move |(uid, waits)| {
            let long = waits.iter().filter(move |(_, since)| now.duration_since(**since) > LONGEST);
            long.map(|(what, since)| (uid.as_str(), what.as_str(), *since))
        })
    }
}

/// What a row is waiting for, and from when that counts. A row under review by a person waits for nothing else.
fn waits(subscription: &Subscription, now: Timestamp) -> Vec<(String, Timestamp)> {
    let told = subscription.undone.is_some_and(|undone| undone.told);
    if told || !subscription.reviews.is_empty() {
        return Vec::new();
    }
    let mut waits = Vec::new();
    for charge in &subscription.charges {
        let id = charge.merchant_uid;
        match charge.outcome {
            OpenState::Planned { at } => waits.push((format!("{id} planned"), at)),
            OpenState::Scheduled { at } => waits.push((format!("{id} scheduled"), at)),
            OpenState::Charging { .. } => waits.push((format!("{id} charging"), now)),
            OpenState::Scheduling { .. } => waits.push((format!("{id} scheduling"), now)),
        }
    }
    for registration in &subscription.registrations {
        waits.push((format!("{} open", registration.merchant_uid), registration.look_at));
    }
    for due in &subscription.refunds {
        waits.push((format!("{} owed", due.imp_uid), now));
    }
    for news in &subscription.outbox {
        waits.push((format!("{} unsaid", news.id), news.at));
    }
    if subscription.periods_paid == 0 && subscription.card.is_some() {
        waits.push(("the first charge".to_owned(), now));
    }
    waits
}
