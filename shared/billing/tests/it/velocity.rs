//! How many cards one member may try.

use crate::acts::{catalogue, checkout_at};
use crate::deciding::{
    CARD, ID, NOW, REGISTRATION, at, charge, member, record, registration, secs,
};
use billing::{
    Brake, Card, CardWindows, Change, Charge, Counted, CustomerUid, DeclineClass, DeclinedCard,
    Intent, Known, MerchantUid, OpenState, Policy, RecordStatus, Refusal, Refused, Registration,
    RegistrationState, Seen, Step, Subscription, Usage, decide,
};
use jiff::{SignedDuration, Timestamp};

const FIRST: MerchantUid = MerchantUid::Charge { subscription: ID, period: 0, attempt: 0 };
const SOFT: &str = "[1254][실시간빌링실패|잔액부족]";

fn key(generation: u16) -> CustomerUid {
    CustomerUid::Ours { subscription: ID, generation }
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// What is stored next.
fn stored(subscription: &Subscription, seen: &Seen, now: Timestamp) -> Change {
    let step = decide(&Known {
        subscription,
        asked: &[],
        seen,
        now,
        policy: &Policy::default(),
        catalogue: &catalogue(),
        may_revoke: false,
        may_erase: false,
    });
    let Step::Commit(change) = step else { panic!("nothing is stored: {step:?}") };
    *change
}

/// Cards that were declined so many hours before now.
fn declined(ago: &[i64]) -> Vec<DeclinedCard> {
    let of = |(ago, generation): (&i64, u16)| DeclinedCard {
        customer_uid: key(generation),
        at: at(NOW) - hours(*ago),
    };
    ago.iter().zip(100..).map(of).collect()
}

/// Nothing was paid yet.
fn nobody_yet() -> Subscription {
    Subscription { periods_paid: 0, anchor: None, ..member() }
}

/// The first charge is under way, with a card registered so long ago.
fn first_charge(registered: SignedDuration) -> Subscription {
    let card = nobody_yet().card.unwrap();
    let card = Card { registered_at: at(NOW) - registered, ..card };
    let open = OpenState::Charging { until: at(NOW) };
    let first = Charge { merchant_uid: FIRST, period: 0, ..charge(open) };
    Subscription { card: Some(card), charges: vec![first], ..nobody_yet() }
}

/// What is stored when Iamport refuses the first charge with these words.
fn refused(subscription: &Subscription, words: &str) -> Subscription {
    refused_as_one_of(1, subscription, words)
}

/// The same where so many of that wording were counted in the hour.
fn refused_as_one_of(count: u64, subscription: &Subscription, words: &str) -> Subscription {
    let mut seen = Seen::default();
    for class in [DeclineClass::Provider, DeclineClass::Hard] {
        seen.counted.insert((FIRST, class), Counted { count, first: FIRST });
    }
    seen.records.insert(FIRST, Vec::new());
    seen.refused.insert(FIRST, Refused::Said(words.to_owned(), at(NOW)));
    stored(subscription, &seen, at(NOW)).subscription
}

#[test]
fn three_declined_cards_of_24_hours_are_enough_and_what_is_older_does_not_count() {
    let policy = Policy::default();
    let until = |ago: &[i64]| {
        let tried = Subscription { declined_cards: declined(ago), ..nobody_yet() };
        tried.takes_no_card_until(at(NOW), &policy).map(|until| until.duration_since(at(NOW)))
    };
    assert_eq!(until(&[]), None);
    assert_eq!(until(&[1, 2]), None);
    assert_eq!(until(&[1, 2, 3]), Some(hours(21)));
    assert_eq!(until(&[3, 1, 2]), Some(hours(21)), "in whatever order");
    assert_eq!(until(&[1, 2, 24]), None, "the third is a day ago");
    assert_eq!(until(&[1, 2, 3, 10]), Some(hours(21)), "as long as three count");
    let lenient = Policy { declined_cards_a_day: 4, ..Policy::default() };
    let tried = Subscription { declined_cards: declined(&[1, 2, 3]), ..nobody_yet() };
    assert_eq!(tried.takes_no_card_until(at(NOW), &lenient), None);
}

#[test]
fn a_card_that_is_declined_within_a_day_of_its_registration_is_noted_once() {
    let after = refused(&first_charge(hours(1)), SOFT);
    assert_eq!(after.declined_cards, [DeclinedCard { customer_uid: CARD, at: at(NOW) }]);
    assert!(after.has_declined(CARD) && !after.has_declined(key(1)));
    // What counts no more is forgotten with it, and what was noted is not noted again.
    let known = Subscription { declined_cards: declined(&[23, 24, 25]), ..first_charge(hours(1)) };
    let keys = |row: &Subscription| -> Vec<_> {
        row.declined_cards.iter().map(|card| card.customer_uid.generation().unwrap()).collect()
    };
    assert_eq!(keys(&refused(&known, SOFT)), [100, 0]);
    let first = DeclinedCard { customer_uid: CARD, at: at(NOW) - hours(1) };
    let known = Subscription { declined_cards: vec![first], ..first_charge(hours(2)) };
    assert_eq!(refused(&known, SOFT).declined_cards, [first]);
}

#[test]
fn trouble_of_the_shop_and_a_transient_decline_say_nothing_of_a_card() {
    for words in ["[8901] 미등록PG업체/거래정지업체", "[1195][실시간빌링실패|재시도 요망]"]
    {
        assert_eq!(refused(&first_charge(hours(1)), words).declined_cards, [], "{words}");
    }
}

#[test]
fn so_many_declines_that_they_are_not_believed_count_all_the_same() {
    for count in [1, 21] {
        let after = refused_as_one_of(count, &first_charge(hours(1)), "[1142][실패|분실/도난]");
        let held = after.dunning.last.unwrap().class == DeclineClass::Provider;
        assert_eq!((held, after.declined_cards.len()), (count == 21, 1), "{count}");
    }
}

#[test]
fn a_card_of_long_ago_that_fails_is_none_that_was_tried() {
    let open = OpenState::Charging { until: at(NOW) };
    for (ago, noted) in [(23, 1), (24, 0)] {
        let card = Card { registered_at: at(NOW) - hours(ago), ..member().card.unwrap() };
        let row = Subscription { card: Some(card), charges: vec![charge(open)], ..member() };
        let mut seen = Seen::default();
        let id = charge(open).merchant_uid;
        seen.records.insert(id, Vec::new());
        seen.refused.insert(id, Refused::Said(SOFT.to_owned(), at(NOW)));
        let after = stored(&row, &seen, at(NOW)).subscription;
        assert_eq!((after.declined_cards.len(), after.dunning.failures), (noted, 1), "{ago}");
    }
}

#[test]
fn a_card_that_comes_after_too_many_is_not_taken_and_its_key_goes() {
    for (ago, taken) in [(&[1, 2][..], true), (&[1, 2, 3], false)] {
        for intent in [Intent::Subscribe, Intent::ChangeCard] {
            let opened = Registration { intent, ..registration() };
            let row = match intent {
                Intent::Subscribe => Subscription { card: None, ..nobody_yet() },
                Intent::ChangeCard => member(),
            };
            let row = Subscription {
                registrations: vec![opened.clone()],
                declined_cards: declined(ago),
                ..row
            };
            let mut seen = Seen::default();
            let mut registered = record(REGISTRATION, RecordStatus::Paid, Usage::Issue);
            registered.customer_uid = Some(opened.customer_uid.to_string());
            seen.records.insert(REGISTRATION, vec![registered]);
            let after = stored(&row, &seen, at(NOW)).subscription;
            let held = after.card.as_ref().map(|card| card.customer_uid);
            assert_eq!(held == Some(opened.customer_uid), taken, "{intent:?} {ago:?}");
            assert_eq!(after.unwanted_keys.contains(&opened.customer_uid), !taken);
        }
    }
}

#[test]
fn so_many_windows_are_opened_on_a_day_and_as_many_on_the_next() {
    let open = |windows, now| {
        let row = Subscription { card: None, card_windows: windows, ..nobody_yet() };
        checkout_at(Some(row), now).map(|(after, _)| after.card_windows)
    };
    let (today, tomorrow) = ("2026-01-20".parse().unwrap(), "2026-01-21".parse().unwrap());
    let windows = |on, count| Some(CardWindows { on, count });
    assert_eq!(open(None, at(NOW)), Ok(windows(today, 1)));
    assert_eq!(open(windows(today, 19), at(NOW)), Ok(windows(today, 20)));
    assert_eq!(open(windows(today, 20), at(NOW)), Err(Refusal::TooManyRegistrations));
    assert_eq!(open(windows(today, 20), at(NOW) + hours(24)), Ok(windows(tomorrow, 1)));
}

#[test]
fn too_many_declined_cards_open_no_window_until_one_of_them_is_a_day_old() {
    let mut row = Subscription { declined_cards: declined(&[1, 2, 3]), ..member() };
    let until = at(NOW) + hours(21);
    let refused = row.open_card_change(at(NOW), &Policy::default());
    assert_eq!(refused.unwrap_err(), Refusal::TooManyDeclined { until });
    assert!(row.open_card_change(until - secs(1), &Policy::default()).is_err());
    assert!(row.open_card_change(until, &Policy::default()).is_ok());
}

#[test]
fn what_was_tried_goes_along_into_the_next_run() {
    let over = Subscription {
        ended_at: Some(at(NOW)),
        declined_cards: declined(&[1, 2]),
        card_windows: Some(CardWindows { on: "2026-01-20".parse().unwrap(), count: 5 }),
        ..member()
    };
    let (next, _) = checkout_at(Some(over.clone()), at(NOW)).unwrap();
    assert_eq!(next.declined_cards, over.declined_cards);
    assert_eq!(next.card_windows.unwrap().count, 6);
}

#[test]
fn a_window_is_looked_for_after_ten_thirty_and_ninety_minutes_and_given_up_after_two_hours() {
    let opened = Registration { opened_at: at(NOW), ..registration() };
    let mut row = Subscription { registrations: vec![opened.clone()], ..member() };
    row.registrations[0].look_at = at(NOW) + secs(600);
    let mut seen = Seen::default();
    seen.records.insert(REGISTRATION, Vec::new());
    for (minutes, next) in [(10, 30), (30, 90), (90, 120)] {
        row = stored(&row, &seen, at(NOW) + secs(minutes * 60)).subscription;
        assert_eq!(row.registrations[0].look_at, at(NOW) + secs(next * 60), "{minutes}");
    }
    let given_up = stored(&row, &seen, at(NOW) + secs(7_200));
    assert_eq!(given_up.subscription.registrations, []);
    let billing::Order::Registration { registration, .. } = &given_up.orders[0] else { panic!() };
    assert_eq!(registration.outcome, RegistrationState::Abandoned);
}

#[test]
fn the_brake_lets_nobody_pass_while_it_is_pulled() {
    let brake = |pulled| Brake {
        pulled,
        at: at(NOW),
        by: "admin".parse().unwrap(),
        reason: "why".to_owned(),
    };
    assert_eq!(brake(true).pass(), Err(Refusal::CheckoutsPaused));
    assert_eq!(brake(false).pass(), Ok(()));
}
