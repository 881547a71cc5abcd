//! *Writes*: how often a member's row is written in a day, and how often without a change.

use billing::{Subscription, kst_date};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;

/// How many writes of a member's row in one day may change nothing but when to look again: one for every ten-minute
/// sweep, and as many again for webhooks, buttons and races.
pub(crate) const MOST_IDLE: u32 = 300;

/// How many writes of a member's row there may be in one day.
pub(crate) const MOST: u32 = 1_500;

/// The writes of a day.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    days: BTreeMap<String, (Date, u32, u32)>,
    /// The most writes a member had in one day, and the most without a change.
    pub(crate) most: (u32, u32),
}

impl Writes {
    /// A row was stored. Returns a complaint when that was once too often.
    pub(crate) fn stored(
        &mut self,
        before: Option<&Subscription>,
        after: &Subscription,
        alone: bool,
        now: Timestamp,
    ) -> Option<String> {
        let today = kst_date(now);
        let day = self.days.entry(after.uid.to_string()).or_insert((today, 0, 0));
        if day.0 != today {
            *day = (today, 0, 0);
        }
        day.1 = day.1.saturating_add(1);
        let idle = alone && before.is_some_and(|before| differs_in_time_only(before, after));
        day.2 = day.2.saturating_add(u32::from(idle));
        self.most = (self.most.0.max(day.1), self.most.1.max(day.2));
        let uid = &after.uid;
        if idle && day.2 == MOST_IDLE + 1 {
            Some(format!("{uid}: more than {MOST_IDLE} writes on {today} changed nothing"))
        } else if day.1 == MOST + 1 {
            Some(format!("{uid}: more than {MOST} writes on {today}"))
        } else {
            None
        }
    }
}

fn differs_in_time_only(before: &Subscription, after: &Subscription) -> bool {
    let mut before = before.clone();
    before.due_at = after.due_at;
    before.version = after.version;
    before == *after
}
