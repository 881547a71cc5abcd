//! What waits for too long, as a run sees it that can do nothing else.

use crate::at_ten;
use crate::deciding::{
    CHARGE, ID, NOW, RENEWAL, announcement, at, cancelled, charge, member, record, refund, secs,
    with, with_schedule,
};
use billing::{
    Access, Cancellation, Catalogue, Change, CustomerUid, Effect, Known, LostAccount, News,
    OpenCharge, OpenState, Overdue, Plan, RecordStatus, Seen, SideEffect, Step, Subscription,
    Undone, Usage, Won, decide,
};
use jiff::{SignedDuration, Timestamp};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn step(subscription: &Subscription, seen: &Seen, now: Timestamp) -> Step {
    let plan = Plan::new("monthly".parse().unwrap(), "월 구독", Won::new(9_900));
    decide(&Known {
        subscription,
        asked: &[],
        seen,
        now,
        policy: &at_ten(),
        catalogue: &Catalogue { plans: vec![plan], terms_version: "2026-01".to_owned() },
        may_revoke: false,
        may_erase: false,
    })
}

/// What a run stores that something failed without which nothing else can be done.
fn stuck(subscription: &Subscription, now: Timestamp) -> Option<Change> {
    let seen = Seen { is_stuck: true, ..Seen::default() };
    match step(subscription, &seen, now) {
        Step::Commit(change) => Some(*change),
        Step::Rest(_) => None,
        other @ Step::Do(_) => panic!("{other:?}"),
    }
}

const fn undone(since: Timestamp, told: bool) -> Undone {
    Undone { since, told }
}

#[test]
fn after_a_day_a_person_is_told_of_what_weighs_most() {
    let since = at(NOW) - DAY;
    let key = CustomerUid::Ours { subscription: ID, generation: 9 };
    let silent = Subscription { access: Access::None, ..with_schedule() };
    let keys = vec![key];
    for (what, row) in [
        (Overdue::Charge, with(OpenState::Charging { until: at(NOW) })),
        (Overdue::Charge, member()),
        (Overdue::Refund, Subscription { refunds: vec![refund()], ..silent.clone() }),
        (Overdue::Access, Subscription { unwanted_keys: keys.clone(), ..silent }),
        (
            Overdue::Key,
            Subscription { unwanted_keys: keys, outbox: vec![announcement()], ..with_schedule() },
        ),
        (Overdue::Record, Subscription { outbox: vec![announcement()], ..with_schedule() }),
    ] {
        let row = Subscription { undone: Some(undone(since, false)), ..row };
        let next = stuck(&row, at(NOW)).unwrap().subscription;
        let told = next.outbox.iter().map(|news| &news.news);
        let told: Vec<_> = told.filter(|news| matches!(news, News::Overdue { .. })).collect();
        assert_eq!(told, [&News::Overdue { since, what }]);
        assert_eq!(next.undone, Some(undone(since, true)));
        assert!(
            stuck(&next, at(NOW) + DAY)
                .is_none_or(|again| again.subscription.undone == next.undone)
        );
        let early = stuck(&row, at(NOW) - secs(1));
        assert!(early.is_none_or(|early| early.subscription.undone == row.undone), "{what:?}");
    }
}

#[test]
fn a_charge_is_late_from_its_time_on_or_once_it_is_not_wanted() {
    let slack = at_ten().schedule_slack;
    let (now, later) = (at(NOW), at(RENEWAL));
    for (late, row) in [
        (false, with(OpenState::Planned { at: later })),
        (true, with(OpenState::Planned { at: now })),
        (true, cancelled(with(OpenState::Planned { at: later }))),
        (false, with(OpenState::Scheduled { at: later })),
        (false, with(OpenState::Scheduled { at: now - slack + secs(1) })),
        (true, with(OpenState::Scheduled { at: now - slack })),
        (true, cancelled(with(OpenState::Scheduled { at: later }))),
        (true, with(OpenState::Charging { until: later })),
    ] {
        let stored = stuck(&row, now).map(|change| change.subscription.undone);
        assert_eq!(stored, late.then(|| Some(undone(now, false))), "{:?}", row.charges);
    }
}

#[test]
fn a_charge_comes_before_a_person_a_day_after_its_own_time_whatever_else_waits() {
    // A refund has waited for long, and a person knows.
    let waits = Subscription {
        refunds: vec![refund()],
        undone: Some(undone(at(NOW) - DAY - DAY, true)),
        ..member()
    };
    let reviews = |ran: Timestamp| {
        let charges = vec![charge(OpenState::Scheduled { at: ran })];
        let row = Subscription { charges, ..waits.clone() };
        stuck(&row, at(NOW)).map_or(0, |change| change.subscription.reviews.len())
    };
    assert_eq!(reviews(at(NOW) - DAY + secs(1)), 0);
    assert_eq!(reviews(at(NOW) - DAY), 1);
}

#[test]
fn what_is_announced_is_announced_once_and_then_dropped() {
    let news = announcement();
    let row = Subscription { outbox: vec![news.clone()], due_at: Some(at(NOW)), ..with_schedule() };
    let announce = Step::Do(Effect::Announce(vec![news.clone()]));
    assert_eq!(step(&row, &Seen::default(), at(NOW)), announce);
    let seen = Seen { announced: [news.id].into(), ..Seen::default() };
    let Step::Commit(change) = step(&row, &seen, at(NOW)) else { panic!("it is dropped") };
    assert_eq!(change.subscription.outbox, []);
    let seen = Seen { failed: [SideEffect::Bus].into(), ..Seen::default() };
    assert_ne!(step(&row, &seen, at(NOW)), announce, "a later run tries again");
}

#[test]
fn a_member_whose_account_was_seen_to_be_gone_is_cancelled() {
    let seen = Seen { account: Some(LostAccount::Deleted), ..Seen::default() };
    let Step::Commit(change) = step(&with_schedule(), &seen, at(NOW)) else {
        panic!("it is cancelled")
    };
    let wish = Cancellation { requested_at: at(NOW), processed_at: None, ends_at: None };
    assert_eq!(change.subscription.cancellation, Some(wish));
}

#[test]
fn a_decline_at_the_very_moment_of_a_retry_is_tried_again_at_the_next() {
    let due = at(RENEWAL);
    let now = due + DAY;
    let charging: OpenCharge = charge(OpenState::Charging { until: now });
    let row = Subscription { charges: vec![charging], ..member() };
    let failed = record(CHARGE, RecordStatus::Failed, Usage::Other);
    let failed =
        billing::Record {
            fail_reason: Some("[1254]한도초과".to_owned()), at: Some(now), ..failed
        };
    let seen = Seen { records: [(CHARGE, vec![failed])].into(), ..Seen::default() };
    let Step::Commit(change) = step(&row, &seen, now) else { panic!("it is booked") };
    assert_eq!(change.subscription.dunning.retry_at, Some(due + DAY + DAY + DAY));
}

#[test]
fn nobody_is_kept_out_while_a_first_charge_may_have_paid() {
    let until = at(NOW) + secs(60);
    let charges = vec![OpenCharge { period: 0, ..charge(OpenState::Charging { until }) }];
    let unpaid = Subscription { periods_paid: 0, anchor: None, ..member() };
    // Iamport has nothing yet, and somebody else holds the lease of the charge.
    let seen = Seen { records: [(CHARGE, Vec::new())].into(), ..Seen::default() };
    let keeps_out = |row: &Subscription| match step(row, &seen, at(NOW)) {
        Step::Commit(change) => {
            matches!(change.subscription.access, Access::Telling { enter: false, .. })
        }
        Step::Do(_) | Step::Rest(_) => false,
    };
    let waiting = Subscription { charges, ..unpaid.clone() };
    assert!(!keeps_out(&waiting));
    let told = Subscription { undone: Some(undone(at(NOW) - DAY, true)), ..waiting };
    assert!(keeps_out(&told), "what was looked for in vain keeps nobody in");
    assert!(keeps_out(&Subscription { card: None, ..unpaid }));
}
