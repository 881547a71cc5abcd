//! Money that nobody waits for: under an order that is closed, or that a person spoke on.

use crate::at_ten;
use crate::deciding::{CHARGE, ID, NOW, at, cancelled, closed, member, record, secs};
use billing::{
    Catalogue, Change, ChargeState, ClosedState, Known, MerchantUid, Order, Plan, Record,
    RecordStatus, Seen, Step, Subscription, Usage, Verdict, Why, Won, decide,
};

/// What is stored, if anything, when this order is pointed at.
fn stored(subscription: &Subscription, asked: &[Order], seen: &Seen) -> Option<Change> {
    let plan = Plan::new("monthly".parse().unwrap(), "월 구독", Won::new(9_900));
    let step = decide(&Known {
        subscription,
        asked,
        seen,
        now: at(NOW),
        policy: &at_ten(),
        catalogue: &Catalogue { plans: vec![plan], terms_version: "2026-01".to_owned() },
        may_revoke: false,
        may_erase: false,
    });
    match step {
        Step::Commit(change) => Some(*change),
        Step::Do(_) | Step::Rest(_) => None,
    }
}

fn seen(records: Vec<Record>) -> Seen {
    Seen { records: [(CHARGE, records)].into(), ..Seen::default() }
}

fn paid() -> Record {
    record(CHARGE, RecordStatus::Paid, Usage::Scheduled)
}

/// A second payment under the same order.
fn another() -> Record {
    Record { imp_uid: "imp_000000000002".parse().unwrap(), ..paid() }
}

fn paid_order() -> Order {
    closed(ClosedState::Paid { imp_uid: paid().imp_uid })
}

/// A member of whom nothing else is to be done.
fn settled() -> Subscription {
    let mut settled = Subscription { periods_paid: 2, ..crate::deciding::with_schedule() };
    let next = MerchantUid::Charge { subscription: ID, period: 2, attempt: 0 };
    for charge in &mut settled.charges {
        (charge.merchant_uid, charge.period) = (next, 2);
    }
    settled
}

#[test]
fn an_order_that_was_put_back_is_closed_again_and_what_came_of_its_payment_stands() {
    let imp_uid = paid().imp_uid;
    let booked = Seen { booked: [imp_uid.clone()].into(), ..seen(vec![paid()]) };
    let change = stored(&member(), &[closed(ClosedState::Abandoned)], &booked).unwrap();
    assert_eq!((change.payment, change.subscription.periods_paid), (None, 1));
    assert_eq!(change.orders, [paid_order()]);
    let change = stored(&member(), &[closed(ClosedState::Abandoned)], &seen(vec![paid()])).unwrap();
    assert_eq!(change.payment.unwrap().receipt().imp_uid(), &imp_uid);
    assert_eq!(change.subscription.periods_paid, 2, "it pays the period that is to pay");
}

#[test]
fn a_second_payment_under_a_paid_order_comes_before_a_person_once() {
    let both = seen(vec![paid(), another()]);
    let change = stored(&settled(), &[paid_order()], &both).unwrap();
    let [review] = &change.subscription.reviews[..] else { panic!("{change:?}") };
    assert_eq!((&review.why, &review.booked), (&Why::PaidOnceMore, &Some(paid().imp_uid)));
    let once = Subscription { reviews: vec![review.clone()], ..settled() };
    let again = stored(&once, &[paid_order()], &both);
    assert!(again.is_none_or(|again| again.subscription.reviews == once.reviews));
    // One that is owed back, or was given back, is nobody's question.
    let mut owed = settled();
    let due = billing::Refundable {
        imp_uid: another().imp_uid,
        merchant_uid: CHARGE,
        amount: Won::new(9_900),
        refunded: Won::ZERO,
        paid_at: at(NOW),
    };
    assert!(owed.owe_back(&due, due.amount, "why", None, at(NOW)));
    let back = Record { cancelled: Won::new(9_900), ..another() };
    for (row, records) in [(owed, vec![paid(), another()]), (settled(), vec![paid(), back])] {
        let change = stored(&row, &[paid_order()], &seen(records));
        assert!(change.is_none_or(|change| change.subscription.reviews.is_empty()));
    }
    // What this run has given back is still kept in what it saw before.
    for (back, reviews) in [(9_900, 0), (9_899, 1)] {
        let refunded = [(another().imp_uid, Won::new(back))].into();
        let seen = Seen { refunded, ..seen(vec![paid(), another()]) };
        let change = stored(&settled(), &[paid_order()], &seen);
        assert_eq!(change.map_or(0, |change| change.subscription.reviews.len()), reviews);
    }
}

#[test]
fn a_payment_whose_row_is_gone_is_booked_again_and_nothing_else_is_changed() {
    let gone = Seen { unbooked: [paid().imp_uid].into(), ..seen(vec![paid()]) };
    let change = stored(&settled(), &[paid_order()], &gone).unwrap();
    assert_eq!(change.payment.unwrap().receipt().imp_uid(), &paid().imp_uid);
    assert_eq!(change.subscription.periods_paid, 2);
}

#[test]
fn what_an_order_was_paid_with_first_stays_what_it_was_paid_with() {
    let verdict = |order: Order, record: &Record| {
        let verdict = Verdict { order, imp_uid: record.imp_uid.clone(), counts: false, by: None };
        Subscription { verdicts: vec![verdict], ..settled() }
    };
    let both = seen(vec![paid(), another()]);
    let change = stored(&verdict(paid_order(), &another()), &[], &both).unwrap();
    assert_eq!(change.orders, []);
    assert_eq!(change.subscription.refunds.len(), 1);
    let contradicted = closed(ClosedState::Contradicted);
    let change = stored(&verdict(contradicted, &another()), &[], &both).unwrap();
    let [Order::Charge { charge, .. }] = &change.orders[..] else { panic!("{change:?}") };
    let imp_uid = another().imp_uid;
    assert_eq!(charge.outcome, ChargeState::Closed(ClosedState::Paid { imp_uid }));
}

#[test]
fn what_moved_after_a_cancellation_is_owed_back_and_in_doubt_so_is_what_has_no_time() {
    let row = cancelled(member());
    let cancelled_at = row.cancellation.as_ref().unwrap().requested_at;
    for (moved_at, kept) in [
        (Some(cancelled_at - secs(11)), true),
        (Some(cancelled_at), false),
        (Some(cancelled_at + secs(60)), false),
        (None, false),
    ] {
        let record = Record { at: moved_at, ..paid() };
        let order = closed(ClosedState::Abandoned);
        let change = stored(&row, &[order], &seen(vec![record])).unwrap();
        assert!(change.payment.is_some());
        let next = change.subscription;
        let counted = (next.periods_paid, next.refunds.len());
        assert_eq!(counted, if kept { (2, 0) } else { (1, 1) }, "{moved_at:?}");
    }
}
