//! The guard over declines: a card is called dead only while few are.

use crate::at_ten;
use crate::deciding::{CHARGE, ID, RENEWAL, at, cancelled, record, secs, with};
use billing::Step::{self, Do};
use billing::{
    Catalogue, Change, ChargeState, ClosedState, Counted, Decline, DeclineClass, Effect, Known,
    MerchantUid, News, OpenState, Order, Plan, RecordStatus, Seen, SideEffect, Subscription, Usage,
    Won, decide,
};
use jiff::Timestamp;

const DEAD: &str = "유효기간 경과 카드";
const SHOP: &str = "[8901] 미등록PG업체/거래정지업체";
const ANOTHER: MerchantUid = MerchantUid::Charge { subscription: ID, period: 9, attempt: 0 };

/// The second period's charge was declined with these words, a minute after ten.
fn declined_with(words: &str) -> Seen {
    let mut declined = record(CHARGE, RecordStatus::Failed, Usage::Scheduled);
    (declined.fail_reason, declined.at) = (Some(words.to_owned()), Some(at(RENEWAL)));
    Seen { records: [(CHARGE, vec![declined])].into(), ..Seen::default() }
}

fn decline(words: &str) -> Decline {
    Decline::new(words, at(RENEWAL))
}

fn step(subscription: &Subscription, seen: &Seen) -> Step {
    let plan = Plan::new("monthly".parse().unwrap(), "월 구독", Won::new(9_900));
    decide(&Known {
        subscription,
        asked: &[],
        seen,
        now: at(RENEWAL) + secs(60),
        policy: &at_ten(),
        catalogue: &Catalogue { plans: vec![plan], terms_version: "2026-01".to_owned() },
        may_revoke: false,
        may_erase: false,
    })
}

fn scheduled() -> Subscription {
    with(OpenState::Scheduled { at: at(RENEWAL) })
}

fn booked(seen: &Seen) -> Change {
    match step(&scheduled(), seen) {
        Step::Commit(change) => *change,
        other => panic!("nothing is stored: {other:?}"),
    }
}

fn counted(mut seen: Seen, class: DeclineClass, count: u64, first: MerchantUid) -> Seen {
    seen.counted.insert((CHARGE, class), Counted { count, first });
    seen
}

/// The class it is booked with, when it is tried again, and whether a person is told at once.
fn outcome(change: &Change) -> (DeclineClass, Option<Timestamp>, Option<bool>) {
    let [Order::Charge { charge, .. }] = change.orders.as_slice() else { panic!("{change:?}") };
    let ChargeState::Closed(ClosedState::Declined { decline }) = &charge.outcome else {
        panic!("{charge:?}")
    };
    let dunning = &change.subscription.dunning;
    assert_eq!(dunning.last.as_ref(), Some(decline), "the row and the subscription say the same");
    assert_eq!(dunning.stopped, dunning.retry_at.is_none());
    let told = change.subscription.outbox.iter().find_map(|told| match told.news {
        News::ProviderTrouble { held, .. } => Some(held),
        _ => None,
    });
    (decline.class, dunning.retry_at, told)
}

fn tomorrow() -> Timestamp {
    at(RENEWAL) + secs(86_400)
}

#[test]
fn a_hard_decline_is_counted_before_it_is_booked() {
    let seen = declined_with(DEAD);
    assert_eq!(step(&scheduled(), &seen), Do(Effect::Count(CHARGE, decline(DEAD))));
    let seen = counted(seen, DeclineClass::Hard, 20, ANOTHER);
    assert_eq!(outcome(&booked(&seen)), (DeclineClass::Hard, None, None));
}

#[test]
fn more_hard_declines_than_are_believed_are_held_and_tried_again() {
    let seen = counted(declined_with(DEAD), DeclineClass::Hard, 21, ANOTHER);
    let held = Decline { class: DeclineClass::Provider, ..decline(DEAD) };
    assert_eq!(
        step(&scheduled(), &seen),
        Do(Effect::Count(CHARGE, held)),
        "how many are held so far?"
    );
    let first = counted(seen.clone(), DeclineClass::Provider, 1, CHARGE);
    assert_eq!(outcome(&booked(&first)), (DeclineClass::Provider, Some(tomorrow()), Some(true)));
    let second = counted(seen, DeclineClass::Provider, 2, ANOTHER);
    assert_eq!(outcome(&booked(&second)), (DeclineClass::Provider, Some(tomorrow()), None));
}

#[test]
fn the_shops_trouble_is_told_with_the_first_of_an_hour() {
    let seen = declined_with(SHOP);
    assert_eq!(step(&scheduled(), &seen), Do(Effect::Count(CHARGE, decline(SHOP))));
    // A run that died after counting leaves this order the first, though there are more by now.
    let first = counted(seen.clone(), DeclineClass::Provider, 7, CHARGE);
    assert_eq!(outcome(&booked(&first)), (DeclineClass::Provider, Some(tomorrow()), Some(false)));
    let later = counted(seen, DeclineClass::Provider, 8, ANOTHER);
    assert_eq!(outcome(&booked(&later)), (DeclineClass::Provider, Some(tomorrow()), None));
}

#[test]
fn what_is_no_ones_last_word_is_booked_without_counting() {
    for (words, class) in [("[1254] 잔액부족", DeclineClass::Soft), ("?", DeclineClass::Unknown)]
    {
        assert_eq!(outcome(&booked(&declined_with(words))), (class, Some(tomorrow()), None));
    }
    // Nobody waits for it either.
    let unwanted = step(&cancelled(scheduled()), &declined_with(DEAD));
    assert!(matches!(unwanted, Step::Commit(_)), "{unwanted:?}");
}

#[test]
fn a_count_that_fails_keeps_nothing_from_being_booked() {
    for (words, expected) in [
        (DEAD, (DeclineClass::Hard, None, None)),
        (SHOP, (DeclineClass::Provider, Some(tomorrow()), Some(false))),
    ] {
        let mut seen = declined_with(words);
        seen.failed.insert(SideEffect::Count(CHARGE));
        assert_eq!(outcome(&booked(&seen)), expected, "{words}");
    }
}

#[test]
fn declines_are_of_one_kind_if_only_blanks_and_figures_tell_them_apart() {
    let kind = |words| decline(words).kind();
    assert_eq!(kind("한도 초과 9,900원"), kind("한도초과  12,900원"));
    assert_eq!(kind("카드사 문의 1588-1788"), kind("카드사 문의 1566-6900"));
    assert_ne!(kind("[1142] 분실"), kind("[1143] 분실"), "a code is no figure");
    assert_ne!(kind("분실"), kind("도난"));
    let held = Decline { class: DeclineClass::Provider, ..decline("분실") };
    assert_ne!(kind("분실"), held.kind(), "what is held is counted by itself");
}
