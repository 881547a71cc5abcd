//! Facts about what is told in sums.

use billing::{Decline, Digest, Digesting, Entry, Leaving, News, What, Won, digest_due, kst_date};
use jiff::{SignedDuration, Timestamp};

const HALF_AN_HOUR: SignedDuration = SignedDuration::from_mins(30);

fn at(time: &str) -> Timestamp {
    format!("2026-11-22T{time}Z").parse().unwrap()
}

fn entry(uid: &str, time: &str, news: News) -> Entry {
    let uid = uid.parse().unwrap();
    Entry { uid, at: at(time), id: time.to_owned(), what: What::Told(news) }
}

fn paid(amount: u64) -> News {
    News::Paid {
        imp_uid: "imp_1".parse().unwrap(),
        amount: Won::new(amount),
        paid_through: kst_date(at("00:00:00")),
        recovered: false,
        recovered_from: None,
        plan: None,
    }
}

/// All digests of these entries.
fn digests(since: Option<&str>, now: &str, entries: &[Entry]) -> Vec<Digest> {
    let mut digesting = Digesting::due(since.map(at), at(now), HALF_AN_HOUR).unwrap();
    for entry in entries {
        digesting.add(entry);
    }
    let digests: Vec<_> = digesting.digests().collect();
    digests
}

#[test]
fn what_happened_is_counted_by_kind_and_its_money_summed() {
    let declined = |reason: &str| News::Declined {
        merchant_uid: "pay-01KAQ3X0000000000000000000-1-0".parse().unwrap(),
        decline: Decline::new(reason, at("03:00:00")),
        retry_at: None,
    };
    let last_day = kst_date(at("00:00:00"));
    let found = digests(
        Some("03:00:00"),
        "03:35:00",
        &[
            entry("a", "03:00:00", paid(9_900)),
            entry("b", "03:10:00", paid(12_900)),
            entry("c", "03:10:00", declined("분실된 카드입니다")),
            entry("d", "03:11:00", declined("잔액부족")),
            entry("e", "03:12:00", declined("잔액부족")),
            entry("f", "03:20:00", News::CancelRequested { paid_through: last_day, account: None }),
            entry("f", "03:20:00", News::ErasureRequested),
            entry("f", "03:29:59", News::CheckoutWithdrawn),
            entry("g", "03:30:00", paid(1)),
        ],
    );
    let [digest] = found.as_slice() else { panic!("{found:?}") };
    let counts: Vec<_> =
        digest.counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(counts, [("cancel_requested", 1), ("declined", 3), ("paid", 2)]);
    assert_eq!(digest.paid, Won::new(22_800));
    assert_eq!(digest.declined.values().copied().collect::<Vec<_>>(), [2, 1]);
    assert_eq!(digest.cancelled, [Leaving { uid: "f".parse().unwrap(), paid_through: last_day }]);
    assert_eq!((digest.from, digest.until), (at("03:00:00"), at("03:30:00")));
}

#[test]
fn a_digest_is_the_same_whenever_it_is_made() {
    let entries = ["03:01:00", "03:29:59", "03:30:00", "05:10:00", "05:40:00"]
        .map(|time| entry("a", time, paid(1)));
    let late = digests(Some("03:00:00"), "05:50:00", &entries);
    let times: Vec<_> = late.iter().map(|it| (it.from, it.until, it.counts["paid"])).collect();
    let expected = [
        (at("03:00:00"), at("03:30:00"), 2),
        (at("03:30:00"), at("04:00:00"), 1),
        (at("05:00:00"), at("05:30:00"), 1),
    ];
    assert_eq!(times, expected, "and there is none where nothing happened");
    assert_eq!(digests(Some("03:00:00"), "03:35:00", &entries), late[..1]);
    assert_eq!(digests(Some("03:30:00"), "04:06:00", &entries), late[1..2]);
    assert_eq!(late[0].id, "digest-2026-11-22T03:00:00Z");
}

#[test]
fn nothing_is_counted_before_its_index_has_it() {
    let due = |since, now| Digesting::due(Some(at(since)), at(now), HALF_AN_HOUR).is_some();
    assert!(!due("03:00:00", "03:34:59"));
    assert!(due("03:00:00", "03:35:00"));
    assert!(!due("03:30:00", "03:35:00"), "that was told");
    assert!(!due("03:30:00", "03:10:00"), "a clock that went back tells nothing twice");
    assert_eq!(digest_due(at("03:00:00"), HALF_AN_HOUR), at("03:35:00"));
    assert_eq!(digest_due(at("03:29:59"), HALF_AN_HOUR), at("03:35:00"));
}

#[test]
fn whoever_was_never_told_is_told_of_a_day() {
    let first = Digesting::due(None, at("03:34:59"), HALF_AN_HOUR).unwrap();
    let a_day_before = at("03:00:00") - SignedDuration::from_hours(24);
    assert_eq!((first.from(), first.until()), (a_day_before, at("03:00:00")));
}

#[test]
fn twenty_who_cancelled_are_named_and_all_are_counted() {
    let news = News::CancelRequested { paid_through: kst_date(at("00:00:00")), account: None };
    let entries: Vec<_> =
        (0..25).map(|number| entry(&format!("m{number}"), "03:01:00", news.clone())).collect();
    let found = digests(Some("03:00:00"), "03:35:00", &entries);
    assert_eq!(found[0].counts["cancel_requested"], 25);
    let named: Vec<_> = found[0].cancelled.iter().map(|it| it.uid.to_string()).collect();
    assert_eq!(named, (0..20).map(|number| format!("m{number}")).collect::<Vec<_>>());
}
