//! What is stored together, and what may wait for the news.

use crate::at_ten;
use crate::deciding::{
    CARD, CHARGE, ID, NOW, RENEWAL, announcement, at, cancelled, member, record, secs, verdict,
    with,
};
use billing::{
    Catalogue, Change, Effect, Known, Leased, MerchantUid, OpenState, Plan, RecordStatus,
    ScheduleSighting, Seen, SideEffect, Step, Subscription, Usage, Won, decide, decide_ahead,
};

/// What is asked with these.
fn asked<T>(subscription: &Subscription, seen: &Seen, ask: impl Fn(&Known<'_>) -> T) -> T {
    let plan = Plan::new("monthly".parse().unwrap(), "월 구독", Won::new(9_900));
    let catalogue = Catalogue { plans: vec![plan], terms_version: "2026-01".to_owned() };
    ask(&Known {
        subscription,
        asked: &[],
        seen,
        now: at(NOW),
        policy: &at_ten(),
        catalogue: &catalogue,
        may_revoke: false,
        may_erase: false,
    })
}

fn stored_together(subscription: &Subscription, seen: &Seen) -> Change {
    match asked(subscription, seen, decide_ahead) {
        Step::Commit(change) => *change,
        other => panic!("nothing is stored: {other:?}"),
    }
}

/// A schedule that Iamport was just asked for and has, and news that waits.
fn scheduled() -> (Subscription, Seen) {
    let (now, renewal) = (at(NOW), at(RENEWAL));
    let until = now + at_ten().lease;
    let mut subscription = with(OpenState::Scheduling { until, at: renewal });
    subscription.outbox.push(announcement());
    let mut seen = Seen::default();
    seen.schedules.insert(CHARGE, ScheduleSighting::Standing);
    (subscription, seen)
}

#[test]
fn that_a_schedule_stands_is_stored_with_that_the_news_was_handed_over() {
    let (subscription, mut seen) = scheduled();
    assert!(matches!(asked(&subscription, &seen, decide), Step::Commit(_)));
    let news = subscription.outbox.clone();
    assert_eq!(asked(&subscription, &seen, decide_ahead), Effect::Announce(news.clone()).into());
    seen.announced.extend(news.into_iter().map(|news| news.id));
    let stored = stored_together(&subscription, &seen).subscription;
    assert_eq!(stored.charges[0].outcome, OpenState::Scheduled { at: at(RENEWAL) });
    assert_eq!(stored.outbox, []);
}

#[test]
fn where_the_bus_does_not_take_the_news_the_schedule_is_stored_without() {
    let (subscription, mut seen) = scheduled();
    seen.failed.insert(SideEffect::Bus);
    let stored = stored_together(&subscription, &seen).subscription;
    assert_eq!(stored.charges[0].outcome, OpenState::Scheduled { at: at(RENEWAL) });
    assert_eq!(stored.outbox, subscription.outbox);
}

#[test]
fn money_that_moved_is_stored_before_any_news_is_handed_over() {
    let mut subscription = with(OpenState::Scheduled { at: at(NOW) });
    subscription.outbox.push(announcement());
    let mut seen = Seen::default();
    let paid = record(CHARGE, RecordStatus::Paid, Usage::Scheduled);
    seen.records.insert(CHARGE, vec![paid]);
    let change = stored_together(&subscription, &seen);
    assert!(change.payment.is_some());
    let next = MerchantUid::Charge { subscription: ID, period: 2, attempt: 0 };
    assert_eq!(change.lease.unwrap().0, Leased::Order(next), "the next charge is begun with it");
}

#[test]
fn news_that_is_not_stored_yet_waits_until_it_is() {
    // A schedule that was taken back closes its charge, and nothing else is new.
    let mut subscription = cancelled(with(OpenState::Scheduled { at: at(RENEWAL) }));
    subscription.outbox.push(announcement());
    let mut seen = Seen::default();
    seen.taken_back.insert(CHARGE);
    seen.schedules.insert(CHARGE, ScheduleSighting::TakenBack);
    seen.records.insert(CHARGE, Vec::new());
    let announced = Effect::Announce(subscription.outbox.clone());
    assert_eq!(asked(&subscription, &seen, decide_ahead), announced.into());
    // A decline is news itself.
    let mut subscription = with(OpenState::Scheduled { at: at(NOW) });
    subscription.outbox.push(announcement());
    let failed = record(CHARGE, RecordStatus::Failed, Usage::Scheduled);
    let failed = billing::Record { fail_reason: Some("잔액부족".to_owned()), ..failed };
    let mut seen = Seen::default();
    seen.records.insert(CHARGE, vec![failed]);
    let stored = stored_together(&subscription, &seen).subscription;
    assert_eq!(stored.outbox[0], subscription.outbox[0]);
    assert!(stored.outbox.len() > 1, "the decline is told with it");
}

#[test]
fn what_a_member_asks_for_is_stored_with_the_lease_of_what_follows() {
    let before = cancelled(member());
    let mut change = Change::of(before.clone());
    assert!(change.subscription.resume(at(NOW)).unwrap());
    let all = asked(&before, &Seen::default(), |known| known.with_what_follows(change.clone()));
    assert_eq!(all.subscription.cancellation, None);
    let [opened] = all.subscription.charges.as_slice() else { panic!("{all:?}") };
    assert_eq!((opened.customer_uid, opened.merchant_uid), (CARD, CHARGE));
    assert_eq!(all.lease.unwrap().0, Leased::Order(CHARGE));
    assert_eq!(all.opened.len(), 1);
}

#[test]
fn one_payment_is_booked_in_a_write_and_the_other_in_the_next() {
    let (one, other) = ("imp_000000000001", "imp_000000000002");
    let verdicts = vec![verdict(one, false), verdict(other, false)];
    let subscription = Subscription { verdicts, ..member() };
    let paid = record(CHARGE, RecordStatus::Paid, Usage::Other);
    let second = billing::Record { imp_uid: other.parse().unwrap(), ..paid.clone() };
    let mut seen = Seen::default();
    seen.records.insert(CHARGE, vec![paid, second]);
    let booked = stored_together(&subscription, &seen);
    assert_eq!(booked.payment.as_ref().unwrap().receipt().imp_uid().as_str(), one);
    let [left] = booked.subscription.verdicts.as_slice() else { panic!("{booked:?}") };
    assert_eq!(left.imp_uid.as_str(), other);
    let booked = stored_together(&booked.subscription, &seen);
    assert_eq!(booked.payment.unwrap().receipt().imp_uid().as_str(), other);
    assert_eq!(booked.subscription.verdicts, []);
    assert_eq!(booked.subscription.refunds.len(), 2, "both go back");
}

#[test]
fn an_end_is_not_stored_with_a_charge_that_is_still_to_be_sent() {
    let over = at("2026-02-22T15:00:00Z");
    let told = billing::Undone { since: over - secs(200_000), told: true };
    let charging = with(OpenState::Charging { until: over - secs(200_000) });
    let subscription = Subscription { undone: Some(told), ..charging };
    let mut seen = Seen::default();
    seen.records.insert(CHARGE, Vec::new());
    let step = asked(&subscription, &seen, |known| {
        decide_ahead(&Known { now: over, may_revoke: true, ..*known })
    });
    let Step::Commit(change) = step else { panic!("nothing is stored: {step:?}") };
    assert_eq!(change.subscription.ended_at, Some(over));
    assert_eq!(change.lease.map(|(lease, _)| lease), Some(Leased::Access), "no charge is leased");
    assert_eq!(change.subscription.charges, []);
}
