//! The next charges, without making them. The golden files were counted by another program.

use crate::at_ten;
use billing::{
    Cancellation, Card, Catalogue, Consent, CustomerUid, Dunning, Expected, Plan, PriceChange,
    PriceVersion, Subscription, SubscriptionId, Won, forecast,
};
use jiff::{Timestamp, civil::Date};
use std::fmt::Write;
use ulid::Ulid;

const NOW: &str = "2026-01-15T06:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Paid for its first month, from that day on.
fn from(anchor: &str) -> Subscription {
    let id = SubscriptionId::new(Ulid(7));
    let consent = Consent {
        version: "2026-01".to_owned(),
        plan: "monthly".parse().unwrap(),
        price: Won::new(9_900),
        agreed_at: at(NOW),
    };
    let anchor: Date = anchor.parse().unwrap();
    Subscription {
        anchor: Some(anchor),
        periods_paid: 1,
        card: Some(Card {
            customer_uid: CustomerUid::Ours { subscription: id, generation: 0 },
            name: None,
            number: None,
            registered_at: at(NOW),
            expires: None,
            expiry_told: false,
        }),
        ..Subscription::new("member".parse().unwrap(), id, consent)
    }
}

fn next(subscription: &Subscription, now: &str, count: u16) -> Vec<Expected> {
    forecast(subscription, &catalogue(Vec::new()), &at_ten(), at(now), count)
}

fn catalogue(changes: Vec<PriceVersion>) -> Catalogue {
    let id = "monthly".parse().unwrap();
    let plan = Plan::new(id, "월 구독", Won::new(9_900));
    let plan = changes.into_iter().fold(plan, Plan::change);
    Catalogue { plans: vec![plan], terms_version: "2026-01".to_owned() }
}

fn version(holds_from: &str, price: u64) -> PriceVersion {
    PriceVersion { holds_from: holds_from.parse().unwrap(), price: Won::new(price) }
}

#[test]
fn the_next_24_charges_keep_the_anchors_day_and_clamp_to_the_months_end() {
    for (anchor, golden) in [
        ("2026-01-15", include_str!("../golden/forecast-2026-01-15.txt")),
        ("2026-01-28", include_str!("../golden/forecast-2026-01-28.txt")),
        ("2026-01-29", include_str!("../golden/forecast-2026-01-29.txt")),
        ("2026-01-30", include_str!("../golden/forecast-2026-01-30.txt")),
        ("2026-01-31", include_str!("../golden/forecast-2026-01-31.txt")),
        ("2027-02-28", include_str!("../golden/forecast-2027-02-28.txt")),
        ("2028-02-29", include_str!("../golden/forecast-2028-02-29.txt")),
        ("2026-03-31", include_str!("../golden/forecast-2026-03-31.txt")),
        ("2026-12-31", include_str!("../golden/forecast-2026-12-31.txt")),
    ] {
        let mut seen = String::new();
        for Expected { period, date, at, amount, needs_consent } in next(&from(anchor), NOW, 24) {
            assert!(!needs_consent);
            writeln!(seen, "{period} {date} {at} {}", amount.get()).unwrap();
        }
        assert_eq!(seen, golden, "{anchor}");
    }
}

#[test]
fn nothing_is_expected_of_what_does_not_go_on() {
    let whole = from("2026-01-31");
    let requested_at = at(NOW);
    for over in [
        Subscription { periods_paid: 0, anchor: None, ..whole.clone() },
        Subscription { ended_at: Some(requested_at), ..whole.clone() },
        Subscription {
            cancellation: Some(Cancellation { requested_at, processed_at: None, ends_at: None }),
            ..whole.clone()
        },
        Subscription { card: None, ..whole.clone() },
        Subscription {
            dunning: Dunning { failures: 1, stopped: true, ..Dunning::default() },
            ..whole.clone()
        },
    ] {
        assert_eq!(next(&over, NOW, 24), [], "{over:?}");
    }
}

#[test]
fn a_retry_is_expected_when_it_is_planned_and_what_follows_on_its_day() {
    let retry_at = Some(at("2026-03-01T01:00:00Z"));
    let late = Subscription {
        dunning: Dunning { failures: 1, retry_at, ..Dunning::default() },
        ..from("2026-01-31")
    };
    let times: Vec<_> = next(&late, "2026-02-28T02:00:00Z", 2)
        .into_iter()
        .map(|expected| (expected.date.to_string(), expected.at.to_string()))
        .collect();
    assert_eq!(
        times,
        [("2026-02-28", "2026-03-01T01:00:00Z"), ("2026-03-31", "2026-03-31T01:00:00Z")]
            .map(|(date, at)| (date.to_owned(), at.to_owned()))
    );
}

#[test]
fn what_is_overdue_is_expected_now() {
    let [first] = <[_; 1]>::try_from(next(&from("2026-01-31"), "2026-03-02T00:00:00Z", 1)).unwrap();
    assert_eq!(first.at, at("2026-03-02T00:00:00Z"));
}

/// Amounts, and whether each needs consent.
fn prices(subscription: &Subscription, now: &str, count: u16) -> Vec<(u64, bool)> {
    let catalogue = catalogue(vec![version("2026-04-01", 12_000), version("2026-06-01", 11_000)]);
    forecast(subscription, &catalogue, &at_ten(), at(now), count)
        .iter()
        .map(|expected| (expected.amount.get(), expected.needs_consent))
        .collect()
}

#[test]
fn a_higher_price_needs_consent_once_and_a_lower_one_none() {
    assert_eq!(
        prices(&from("2026-01-31"), NOW, 5),
        [(9_900, false), (9_900, false), (12_000, true), (12_000, false), (11_000, false)]
    );
}

#[test]
fn a_price_agreed_to_needs_no_consent_and_one_that_was_not_is_never_charged() {
    let mut asked = Subscription { periods_paid: 3, ..from("2026-01-31") };
    let change = PriceChange {
        version: version("2026-04-01", 12_000),
        asked_at: at("2026-03-31T15:00:00Z"),
        agreed: None,
    };
    asked.price_change = Some(change.clone());
    assert_eq!(prices(&asked, "2026-04-10T00:00:00Z", 2), [(12_000, true), (12_000, false)]);
    assert_eq!(prices(&asked, "2026-04-30T00:00:00Z", 2), [], "the day has come");
    let agreed = Some(Consent { price: Won::new(12_000), ..asked.consent.clone().unwrap() });
    asked.price_change = Some(PriceChange { agreed, ..change });
    assert_eq!(prices(&asked, "2026-04-10T00:00:00Z", 2), [(12_000, false), (12_000, false)]);
}

#[test]
fn a_price_that_came_too_late_is_not_charged_for_the_period_that_has_begun() {
    let changes = vec![version("2026-02-01", 7_900)];
    let late = "2026-02-14T15:00:00Z";
    let prices = |now| -> Vec<u64> {
        forecast(&from("2026-01-15"), &catalogue(changes.clone()), &at_ten(), at(now), 2)
            .iter()
            .map(|expected| expected.amount.get())
            .collect()
    };
    assert_eq!(prices("2026-02-14T14:59:59Z"), [7_900, 7_900]);
    assert_eq!(prices(late), [9_900, 7_900]);
}
