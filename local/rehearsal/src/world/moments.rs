//! When a step is taken.

use crate::history::actions::{When, uid};
use crate::history::time::{HOUR, NIGHTLY, next_daily, plus};
use crate::world::site::Site;
use billing::{OpenState, Subscription};
use jiff::{Timestamp, ToSpan};

/// When a member's step is due; an hour from now if there is no such moment.
pub(crate) fn resolve(site: &Site, member: usize, when: When) -> Timestamp {
    let now = site.now();
    let books = site.books();
    let subscription = books.subscriptions.get(&uid(member));
    let paid_through = subscription.and_then(Subscription::paid_through);
    let policy = &books.configuration.policy;
    let renewal = subscription.zip(paid_through).map(|(it, date)| policy.charge_at(date, &it.uid));
    let (from, seconds) = match when {
        When::After(seconds) => (Some(now), seconds),
        When::Renewal(seconds) => (renewal, seconds),
        When::WithTheSchedule => (renewal, 0),
        When::Retry(seconds) => (subscription.and_then(planned_retry), seconds),
        When::LastDay(seconds) => {
            let end = paid_through.map(|date| billing::start_of_day(date.saturating_add(1.days())));
            (end, seconds)
        }
        When::AccessEnds(seconds) => {
            (subscription.and_then(|subscription| subscription.revoke_at(policy)), seconds)
        }
        When::Nightly(seconds) => (Some(next_daily(now, NIGHTLY)), seconds),
    };
    from.map_or_else(|| plus(now, HOUR), |from| plus(from, seconds)).max(now)
}

/// When a declined charge will be retried.
fn planned_retry(subscription: &Subscription) -> Option<Timestamp> {
    let planned = subscription.charges.iter().find_map(|charge| match charge.outcome {
        OpenState::Planned { at } => Some(at),
        OpenState::Charging { .. } | OpenState::Scheduling { .. } | OpenState::Scheduled { .. } => {
            None
        }
    });
    planned.or(subscription.dunning.retry_at)
}
