//! Korean dates: the periods of a subscription are counted from its anchor, in Asia/Seoul.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// Korea's only time zone.
pub const SEOUL: TimeZone = jiff::tz::get!("Asia/Seoul");

/// The date in Korea at that moment.
pub fn kst_date(at: Timestamp) -> Date {
    at.to_zoned(SEOUL).date()
}

/// The moment at which `hour` (0–23) strikes in Korea on that date.
pub fn kst_at_hour(date: Date, hour: i8) -> Timestamp {
    date.at(hour.clamp(0, 23), 0, 0, 0)
        .to_zoned(SEOUL)
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The moment at which that date begins in Korea.
pub fn start_of_day(date: Date) -> Timestamp {
    kst_at_hour(date, 0)
}

/// The moment at which the next day begins in Korea.
pub fn next_day(at: Timestamp) -> Timestamp {
    start_of_day(kst_date(at).saturating_add(1.days()))
}

/// The first day of period `index`: `anchor` plus `index` months, clamped to the month's end and always
/// counted from the anchor, so that 31 January gives 28 February and then 31 March.
///
/// Dates beyond the year 9999 are its last day.
pub fn period_start(anchor: Date, index: u16) -> Date {
    anchor.saturating_add(i64::from(index).months())
}
