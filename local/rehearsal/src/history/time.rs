//! Moments, and durations in seconds.

use jiff::{SignedDuration, Timestamp};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

/// The nightly sweep: 00:10 in Korea, in seconds of a UTC day.
pub(crate) const NIGHTLY: i64 = 15 * HOUR + 10 * MINUTE;

/// The nightly reconciliation: 00:40 in Korea, in seconds of a UTC day.
pub(crate) const RECONCILE: i64 = NIGHTLY + 30 * MINUTE;

/// The catch-up sweep runs every ten minutes, at five past.
pub(crate) const CATCH_UP_EVERY: i64 = 10 * MINUTE;
pub(crate) const CATCH_UP_OFFSET: i64 = 5 * MINUTE;

/// How long after the last fault everything has to be in order.
pub(crate) const PEACE: SignedDuration = SignedDuration::from_hours(24 * 15);

/// This many seconds later.
pub(crate) fn plus(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at)
}

/// This many days later.
pub(crate) fn plus_days(at: Timestamp, days: i64) -> Timestamp {
    plus(at, days.saturating_mul(DAY))
}

/// The earlier of two optional moments.
pub(crate) fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// The first tick at or after `at`, with one tick every `every` seconds, shifted by `offset`.
pub(crate) const fn next_tick(at: i64, every: i64, offset: i64) -> i64 {
    let since = at.saturating_sub(offset).rem_euclid(every);
    if since == 0 { at } else { at.saturating_sub(since).saturating_add(every) }
}

/// The first moment at or after `at` that is this many seconds into a UTC day.
pub(crate) fn next_daily(at: Timestamp, second_of_day: i64) -> Timestamp {
    let next = next_tick(at.as_second(), DAY, second_of_day);
    Timestamp::from_second(next).unwrap_or(Timestamp::MAX)
}
