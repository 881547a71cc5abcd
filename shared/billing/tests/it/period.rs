//! Periods: Korean months, counted from the anchor.

use billing::{Policy, kst_at_hour, kst_date, period_start, start_of_day};
use jiff::{SignedDuration, ToSpan, civil::Date, civil::date};
use proptest::prelude::*;

/// The months since the year 0, so that "the next month" is one more.
fn month_number(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month())
}

#[test]
fn no_anchor_day_in_forty_years_skips_or_repeats_a_month() {
    for anchor in date(2020, 1, 1).series(1.day()).take_while(|day| *day < date(2060, 1, 1)) {
        for index in 0..=26 {
            let start = period_start(anchor, index);
            assert_eq!(
                month_number(start),
                month_number(anchor) + i32::from(index),
                "{anchor} {index}"
            );
            let clamped = anchor.day().min(start.days_in_month());
            assert_eq!(
                start.day(),
                clamped,
                "{anchor} {index}: clamped to the month's end, never further"
            );
        }
    }
}

#[test]
fn the_thirty_first_of_january_renews_on_the_last_of_february_and_then_on_the_thirty_first_of_march()
 {
    let starts = |anchor| [0, 1, 2, 3].map(|index| period_start(anchor, index));
    assert_eq!(
        starts(date(2026, 1, 31)),
        [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    );
    assert_eq!(
        starts(date(2028, 1, 31)),
        [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30)]
    );
}

#[test]
fn a_leap_day_comes_back_in_leap_years() {
    let starts = [12, 24, 36, 48].map(|index| period_start(date(2024, 2, 29), index));
    assert_eq!(
        starts,
        [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]
    );
}

proptest! {
    #[test]
    fn the_date_in_korea_changes_at_fifteen_hundred_utc(day in 0i64..14_610, second in 0i64..86_400) {
        let day = date(2020, 1, 1).saturating_add(day.days());
        let at = start_of_day(day) + jiff::SignedDuration::from_secs(second);
        prop_assert_eq!(kst_date(at), day);
        prop_assert_eq!(start_of_day(day).to_string(), format!("{}T15:00:00Z", day.yesterday().unwrap()));
        prop_assert_eq!(kst_date(kst_at_hour(day, 10)), day);
    }
}

#[test]
fn renewals_of_one_day_are_spread_evenly_over_the_window_and_a_member_keeps_their_second() {
    let policy = Policy::default();
    let day = Date::constant(2026, 2, 28);
    let ten = kst_at_hour(day, 10);
    // As Firebase makes them, and as sites do that bring their own.
    for name in [|n: u32| format!("{:028x}", u64::from(n) << 20), |n| format!("member-{n}")] {
        let mut minutes = [0_u32; 60];
        for number in 0..60_000 {
            let uid = name(number).parse().unwrap();
            let at = policy.charge_at(day, &uid);
            let second = at.duration_since(ten).as_secs();
            minutes[usize::try_from(second / 60).unwrap()] += 1;
            let next = policy.charge_at(Date::constant(2026, 3, 31), &uid);
            assert_eq!(next.duration_since(at).as_secs() % 86_400, 0);
        }
        assert!(minutes.iter().all(|minute| (800..1_200).contains(minute)), "{minutes:?}");
    }
    let at_once = Policy { charge_window: SignedDuration::ZERO, ..policy };
    assert_eq!(at_once.charge_at(day, &"minji".parse().unwrap()), ten);
}
