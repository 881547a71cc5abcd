//! What members and admins ask for.

use crate::at_ten;
use crate::deciding::{
    CHARGE, ID, NOW, REGISTRATION, announcement, at, charge, closed, member, record, refund,
    registration, with_schedule,
};
use billing::{
    Access, Catalogue, Change, Chosen, ClosedState, Consent, LostAccount, MerchantUid, OpenCharge,
    OpenState, Order, Plan, Policy, PriceChange, PriceVersion, Record, RecordStatus, RefundDue,
    Refundable, Refusal, Registration, RegistrationState, Resolution, Review, ReviewRefusal, State,
    Subscription, SubscriptionId, Undone, Usage, Verdict, Why, Won,
};
use jiff::{SignedDuration, Timestamp};
use ulid::Ulid;

pub(crate) fn catalogue() -> Catalogue {
    let id = "monthly".parse().unwrap();
    let plan = Plan::new(id, "월 구독", Won::new(9_900));
    Catalogue { plans: vec![plan], terms_version: "2026-01".to_owned() }
}

fn checkout(existing: Option<Subscription>) -> Result<(Subscription, Registration), Refusal> {
    checkout_at(existing, at(NOW))
}

pub(crate) fn checkout_at(
    existing: Option<Subscription>,
    now: Timestamp,
) -> Result<(Subscription, Registration), Refusal> {
    Subscription::open_checkout(
        existing,
        &"member".parse().unwrap(),
        SubscriptionId::new(Ulid(8)),
        Chosen { plan: &"monthly".parse().unwrap(), terms_version: "2026-01" },
        &catalogue(),
        now,
        &at_ten(),
    )
}

fn review(facts: Vec<Record>, refund: Option<RefundDue>) -> Review {
    Review {
        id: "it".to_owned(),
        merchant_uid: CHARGE,
        why: Why::TwoPayments,
        said: None,
        at: at(NOW),
        facts,
        refund,
        waits: false,
        booked: None,
    }
}

#[test]
fn a_new_run_takes_along_what_is_owed_and_unsaid_and_nothing_else() {
    let order = Order::Charge {
        uid: "member".parse().unwrap(),
        charge: charge(ClosedState::Contradicted.into()),
    };
    let imp_uid = "imp_000000000001".parse().unwrap();
    let verdict = Verdict { order, imp_uid, counts: false, by: None };
    let over = Subscription {
        version: 41,
        ended_at: Some(at(NOW)),
        due_at: Some(at(NOW)),
        refunds: vec![refund()],
        reviews: vec![review(Vec::new(), None)],
        verdicts: vec![verdict],
        outbox: vec![announcement()],
        ..member()
    };
    let card = over.card.clone().unwrap().customer_uid;
    let (next, registration) = checkout(Some(over.clone())).unwrap();
    assert_eq!(next.id, SubscriptionId::new(Ulid(8)));
    assert_eq!((next.version, next.due_at, next.access), (41, over.due_at, over.access));
    assert_eq!((&next.refunds, &next.reviews), (&over.refunds, &over.reviews));
    assert_eq!((&next.verdicts, &next.outbox), (&over.verdicts, &over.outbox));
    assert_eq!(next.unwanted_keys, [card]);
    assert_eq!((next.periods_paid, next.anchor, next.ended_at), (0, None, None));
    assert_eq!((next.card, next.registrations), (None, vec![registration]));
}

#[test]
fn a_checkout_that_is_begun_again_is_agreed_to_again() {
    let old = Consent {
        version: "2025-06".to_owned(),
        plan: "yearly".parse().unwrap(),
        price: Won::new(99_000),
        agreed_at: at("2025-12-01T00:00:00Z"),
    };
    let id = SubscriptionId::new(Ulid(6));
    let begun = Subscription::new("member".parse().unwrap(), id, old);
    let (next, registration) = checkout(Some(begun)).unwrap();
    let agreed = Consent {
        version: "2026-01".to_owned(),
        plan: "monthly".parse().unwrap(),
        price: Won::new(9_900),
        agreed_at: at(NOW),
    };
    assert_eq!((next.id, &next.consent), (id, &Some(agreed.clone())));
    assert_eq!((&next.plan, next.price), (&agreed.plan, agreed.price));
    assert_eq!((&registration.plan, registration.amount), (&agreed.plan, agreed.price));
}

#[test]
fn no_checkout_is_opened_while_a_charge_of_the_last_run_is_open() {
    let open = charge(OpenState::Charging { until: at(NOW) });
    let over = Subscription { ended_at: Some(at(NOW)), charges: vec![open], ..member() };
    assert_eq!(checkout(Some(over.clone())).unwrap_err(), Refusal::PaymentInProgress);
    checkout(Some(Subscription { charges: Vec::new(), ..over.clone() })).unwrap();
    let undone = |told| Some(Undone { since: at(NOW), told });
    let waits = |told| checkout(Some(Subscription { undone: undone(told), ..over.clone() }));
    assert_eq!(waits(false).unwrap_err(), Refusal::PaymentInProgress);
    // What a person was told of goes along, and is looked for on.
    let (next, _) = waits(true).unwrap();
    assert_eq!((next.charges, next.undone), (over.charges.clone(), undone(true)));
}

#[test]
fn a_card_can_be_said_to_expire_today_and_not_before() {
    let mut subscription = member();
    let said = |subscription: &mut Subscription, date: &str| {
        subscription.card_expires(date.parse().unwrap(), at(NOW))
    };
    assert_eq!(said(&mut subscription, "2026-01-19"), Err(Refusal::Expired));
    assert_eq!(said(&mut subscription, "2026-01-20"), Ok(true));
    assert_eq!(said(&mut subscription, "2026-01-20"), Ok(false));
    subscription.card.as_mut().unwrap().expiry_told = true;
    assert_eq!(said(&mut subscription, "2026-01-31"), Ok(true));
    assert!(!subscription.card.unwrap().expiry_told, "it is announced anew");
}

#[test]
fn ten_registrations_can_be_open_and_ten_thousand_made() {
    let new = Subscription {
        periods_paid: 0,
        anchor: None,
        card: None,
        access: Access::None,
        ..member()
    };
    let with = |open, next_generation| {
        let registrations = vec![registration(); open];
        checkout(Some(Subscription { registrations, next_generation, ..new.clone() })).map(|_| ())
    };
    assert_eq!(with(9, 9_998), Ok(()));
    assert_eq!(with(10, 1), Err(Refusal::TooManyRegistrations));
    assert_eq!(with(0, 9_999), Err(Refusal::TooManyRegistrations));
}

#[test]
fn a_registration_is_looked_for_ten_minutes_after_its_window_was_opened() {
    let (_, opened) = checkout(None).unwrap();
    assert_eq!(opened.look_at, at(NOW) + at_ten().patience);
    assert_eq!(opened.amount, Won::new(9_900));
}

#[test]
fn the_ways_to_settle_a_review_follow_the_money_in_it() {
    let paid = |cancelled| Record {
        cancelled: Won::new(cancelled),
        ..record(CHARGE, RecordStatus::Paid, Usage::Other)
    };
    let key = record(CHARGE, RecordStatus::Paid, Usage::Issue);
    let failed = record(CHARGE, RecordStatus::Failed, Usage::Other);
    let actions = |facts| review(facts, None).actions();
    let nothing = [Resolution::LookAgain, Resolution::Dismiss];
    assert_eq!(actions(vec![]), nothing);
    assert_eq!(actions(vec![key.clone(), failed]), nothing);
    assert_eq!(actions(vec![paid(9_900)]), nothing, "all of it was given back");
    let one = [Resolution::LookAgain, Resolution::Accept, Resolution::Refund];
    assert_eq!(actions(vec![paid(9_899), key]), one);
    let two = [Resolution::LookAgain, Resolution::Refund];
    assert_eq!(actions(vec![paid(0), paid(0)]), two);
    let window = Review { merchant_uid: REGISTRATION, ..review(vec![paid(0)], None) };
    assert_eq!(window.actions(), two, "a window pays for no period");
    let refused = review(Vec::new(), Some(refund()));
    assert_eq!(refused.actions(), [Resolution::Refund, Resolution::Dismiss]);
}

#[test]
fn a_review_is_settled_only_as_it_can_be_and_with_its_own_order() {
    let reviews = vec![review(vec![record(CHARGE, RecordStatus::Paid, Usage::Other)], None)];
    let row = Subscription { reviews, ..with_schedule() };
    let contradicted = closed(ClosedState::Contradicted);
    let uid = row.uid.clone();
    let another = Order::Registration { uid, registration: registration() };
    for (id, resolution, order, refusal) in [
        ("none", Resolution::Accept, &contradicted, ReviewRefusal::NotOpen),
        ("it", Resolution::Dismiss, &contradicted, ReviewRefusal::NotAnAction),
        ("it", Resolution::Accept, &another, ReviewRefusal::NotAnAction),
    ] {
        let mut next = row.clone();
        assert_eq!(
            next.resolve(id, resolution, order, &"admin".parse().unwrap(), at(NOW)),
            Err(refusal)
        );
        assert_eq!(next, row, "nothing was changed");
    }
}

#[test]
fn a_verdict_counts_where_it_was_accepted_and_never_twice_what_the_order_was_paid_with() {
    let paid = record(CHARGE, RecordStatus::Paid, Usage::Other);
    let another = Record { imp_uid: "imp_000000000009".parse().unwrap(), ..paid.clone() };
    for (facts, resolution, order, counts) in [
        (vec![paid.clone()], Resolution::Accept, ClosedState::Contradicted, vec![true]),
        (vec![paid.clone()], Resolution::Refund, ClosedState::Contradicted, vec![false]),
        (
            vec![paid.clone(), another],
            Resolution::Refund,
            ClosedState::Paid { imp_uid: paid.imp_uid.clone() },
            vec![false],
        ),
    ] {
        let mut row = Subscription { reviews: vec![review(facts, None)], ..with_schedule() };
        let closed = row
            .resolve("it", resolution, &closed(order), &"admin".parse().unwrap(), at(NOW))
            .unwrap();
        assert_eq!(closed, None);
        let said: Vec<_> = row.verdicts.iter().map(|verdict| verdict.counts).collect();
        assert_eq!(said, counts);
    }
}

#[test]
fn only_what_was_waited_for_is_given_up_with_its_charge() {
    let waiting = Review { waits: true, ..review(Vec::new(), None) };
    let refused = review(Vec::new(), Some(refund()));
    let open = with_schedule();
    for (review, gives_up) in [(waiting, true), (refused, false)] {
        let mut row = Subscription { reviews: vec![review], ..open.clone() };
        let order = closed(ClosedState::Contradicted);
        let given_up = row
            .resolve("it", Resolution::Dismiss, &order, &"admin".parse().unwrap(), at(NOW))
            .unwrap();
        assert_eq!(given_up, gives_up.then(|| closed(ClosedState::Abandoned)));
        assert_eq!(row.charges.is_empty(), gives_up);
    }
    // Another charge is not what it is about.
    let waiting = Review { waits: true, ..review(Vec::new(), None) };
    let other = OpenCharge {
        merchant_uid: MerchantUid::Charge { subscription: ID, period: 1, attempt: 7 },
        ..open.charges[0].clone()
    };
    let charges = vec![other];
    let mut row = Subscription { reviews: vec![waiting], charges, ..open };
    let order = closed(ClosedState::Contradicted);
    assert_eq!(
        row.resolve("it", Resolution::Dismiss, &order, &"admin".parse().unwrap(), at(NOW)),
        Ok(None)
    );
    assert_eq!(row.charges.len(), 1);
}

#[test]
fn a_refund_that_a_person_asks_for_again_is_refused_anew_from_the_beginning() {
    let due = RefundDue { refused_since: Some(at(NOW)), ..refund() };
    let reviews = vec![review(Vec::new(), Some(due))];
    let mut subscription = Subscription { reviews, ..with_schedule() };
    let order = Order::Charge {
        uid: "member".parse().unwrap(),
        charge: charge(OpenState::Scheduled { at: at(NOW) }.into()),
    };
    subscription
        .resolve("it", Resolution::Refund, &order, &"admin".parse().unwrap(), at(NOW))
        .unwrap();
    let by = Some("admin".parse().unwrap());
    assert_eq!(subscription.refunds, [RefundDue { by, ..refund() }]);
    assert!(subscription.reviews.is_empty());
}

#[test]
fn what_a_person_wants_looked_at_again_is_looked_at_at_once() {
    let review = Review { merchant_uid: REGISTRATION, ..review(Vec::new(), None) };
    let mut subscription = Subscription { reviews: vec![review], ..member() };
    let contradicted = Registration { outcome: RegistrationState::Contradicted, ..registration() };
    let uid = subscription.uid.clone();
    let order = Order::Registration { uid, registration: contradicted };
    subscription
        .resolve("it", Resolution::LookAgain, &order, &"admin".parse().unwrap(), at(NOW))
        .unwrap();
    let open =
        Registration { outcome: RegistrationState::Open, look_at: at(NOW), ..registration() };
    assert_eq!(subscription.registrations, [open]);
}

#[test]
fn a_payment_is_owed_back_once_whatever_else_is() {
    let payment = |imp_uid: &str, refunded| Refundable {
        imp_uid: imp_uid.parse().unwrap(),
        merchant_uid: CHARGE,
        amount: Won::new(9_900),
        refunded: Won::new(refunded),
        paid_at: at(NOW),
    };
    let mut subscription = Subscription { refunds: vec![refund()], ..member() };
    assert!(!subscription.owe_back(
        &payment(refund().imp_uid.as_str(), 0),
        Won::new(9_900),
        "why",
        None,
        at(NOW)
    ));
    assert!(!subscription.owe_back(
        &payment("imp_000000000005", 9_900),
        Won::new(9_900),
        "why",
        None,
        at(NOW)
    ));
    assert!(subscription.owe_back(
        &payment("imp_000000000005", 9_899),
        Won::new(9_900),
        "why",
        None,
        at(NOW)
    ));
    let owed: Vec<_> = subscription.refunds.iter().map(|due| due.imp_uid.as_str()).collect();
    assert_eq!(owed, [refund().imp_uid.as_str(), "imp_000000000005"]);
}

#[test]
fn what_is_answered_is_in_the_journal_whatever_the_state() {
    let unpaid = Subscription { periods_paid: 0, anchor: None, ..member() };
    let cancelled = {
        let mut cancelled = member();
        cancelled.cancel(at(NOW)).unwrap();
        Subscription { outbox: Vec::new(), ..cancelled }
    };
    let payment = Refundable {
        imp_uid: "imp_000000000005".parse().unwrap(),
        merchant_uid: CHARGE,
        amount: Won::new(9_900),
        refunded: Won::ZERO,
        paid_at: at(NOW),
    };
    let acts: [&dyn Fn(&mut Subscription) -> bool; 4] = [
        &|row| row.cancel(at(NOW)) == Ok(true),
        &|row| row.resume(at(NOW)) == Ok(true),
        &|row| row.lose_account(LostAccount::Deleted, at(NOW)),
        &|row| row.owe_back(&payment, payment.amount, "why", None, at(NOW)),
    ];
    let mut answered = 0;
    for row in [member(), unpaid, cancelled] {
        for act in acts {
            let mut next = row.clone();
            if act(&mut next) {
                answered += 1;
                assert!(Change::of(next).entries().next().is_some(), "{row:?}");
            }
        }
    }
    assert_eq!(answered, 7);
}

#[test]
fn the_policy_holds_up_to_its_limits_and_not_beyond() {
    let hours = SignedDuration::from_hours;
    let fits = |change: &dyn Fn(&mut Policy)| {
        let mut policy = Policy::default();
        change(&mut policy);
        policy.mistake().is_none()
    };
    for (hour, fit) in [(0, true), (23, true), (24, false), (-1, false)] {
        assert_eq!(fits(&|it| it.charge_hour = hour), fit, "{hour}");
    }
    for (hour, window, fit) in [
        (10, hours(0), true),
        (0, hours(24), true),
        (22, hours(2), true),
        (22, hours(2) + SignedDuration::from_secs(1), false),
        (10, hours(-1), false),
    ] {
        let change = |it: &mut Policy| (it.charge_hour, it.charge_window) = (hour, window);
        assert_eq!(fits(&change), fit, "{hour} {window:?}");
    }
    for (days, fit) in [
        (vec![], true),
        (vec![1, 7], true),
        (vec![1, 8], false),
        (vec![3, 1], false),
        (vec![2, 2], false),
        (vec![0, 1], false),
    ] {
        assert_eq!(fits(&|it| it.retry_days.clone_from(&days)), fit, "{days:?}");
    }
    for (days, fit) in [(7, true), (27, true), (28, false), (6, false)] {
        assert_eq!(fits(&|it| it.grace_days = days), fit, "grace {days}");
    }
    for (days, fit) in [(0, true), (90, true), (91, false)] {
        assert_eq!(fits(&|it| it.consent_days = days), fit, "consent {days}");
    }
    for (wait, fit) in [
        (SignedDuration::from_secs(1), true),
        (SignedDuration::from_millis(999), false),
        (hours(24 * 7), true),
        (hours(24 * 7) + SignedDuration::from_nanos(1), false),
    ] {
        assert_eq!(fits(&|it| it.patience = wait), fit, "{wait:?}");
    }
}

/// Through the 15th of February, with or without the wish to end it.
fn until_february(cancelled: bool) -> Subscription {
    if cancelled { crate::deciding::cancelled(member()) } else { member() }
}

#[test]
fn a_checkout_is_opened_only_where_nothing_goes_on_and_nothing_is_in_doubt() {
    let after = "2026-02-23T15:00:00Z";
    let at_that_time = |existing: Subscription, now: &str| {
        checkout_at(Some(existing), at(now)).map(|(next, _)| next.id == ID)
    };
    let (same, next) = (Ok(true), Ok(false));
    let nothing_paid = Subscription { periods_paid: 0, anchor: None, card: None, ..member() };
    let with_a_card = Subscription { card: member().card, ..nothing_paid.clone() };
    let withdrawn = crate::deciding::cancelled(nothing_paid.clone());
    for (existing, now, expected) in [
        (member(), NOW, Err(Refusal::AlreadySubscribed)),
        (until_february(true), NOW, Err(Refusal::AlreadySubscribed)),
        // Past the grace, or the paid-through date: over, and ended with it.
        (member(), after, next),
        (until_february(true), "2026-02-15T15:00:00Z", next),
        (until_february(true), "2026-02-15T14:59:59Z", Err(Refusal::AlreadySubscribed)),
        (nothing_paid.clone(), NOW, same),
        (with_a_card, NOW, Err(Refusal::PaymentInProgress)),
        (withdrawn, NOW, next),
        (Subscription { ended_at: Some(at(NOW)), ..member() }, NOW, next),
    ] {
        assert_eq!(at_that_time(existing.clone(), now), expected, "{now} {existing:?}");
    }
    // Over, and a charge of it in doubt: nothing is begun beside it.
    let in_doubt = charge(OpenState::Charging { until: at(NOW) });
    let in_doubt = Subscription { charges: vec![in_doubt], ..member() };
    assert_eq!(at_that_time(in_doubt.clone(), after), Err(Refusal::PaymentInProgress));
    let told = Some(Undone { since: at(NOW), told: true });
    let told = Subscription { undone: told, ..in_doubt };
    assert!(at_that_time(told, after).is_ok(), "a person was told");
}

#[test]
fn another_card_is_for_a_subscription_that_goes_on() {
    let change = |mut row: Subscription, now: &str| {
        row.open_card_change(at(now), &at_ten()).map(|opened| opened.intent)
    };
    let opened = Ok(billing::Intent::ChangeCard);
    assert_eq!(change(member(), NOW), opened);
    assert_eq!(change(until_february(true), NOW), opened);
    assert_eq!(change(until_february(true), "2026-02-15T15:00:00Z"), Err(Refusal::TooLate));
    assert_eq!(change(member(), "2026-02-22T14:59:59Z"), opened, "the last second of the grace");
    assert_eq!(change(member(), "2026-02-22T15:00:00Z"), Err(Refusal::TooLate));
    let ended = Subscription { ended_at: Some(at(NOW)), ..member() };
    assert_eq!(change(ended, NOW), Err(Refusal::NoSubscription));
}

#[test]
fn what_has_begun_can_be_cancelled_once_and_what_has_not_cannot() {
    let cancel = |mut row: Subscription| {
        let asked = row.cancel(at(NOW));
        (asked, row.cancellation.is_some(), row.outbox.len())
    };
    let nothing = Subscription { periods_paid: 0, anchor: None, card: None, ..member() };
    let with_a_card = Subscription { card: member().card, ..nothing.clone() };
    let waiting = Subscription { registrations: vec![registration()], ..nothing.clone() };
    let in_doubt = charge(OpenState::Charging { until: at(NOW) });
    let charging = Subscription { charges: vec![in_doubt], ..nothing.clone() };
    let ended = Subscription { ended_at: Some(at(NOW)), ..member() };
    let no = (Err(Refusal::NoSubscription), false, 0);
    for (row, expected) in [
        (member(), (Ok(true), true, 1)),
        (until_february(true), (Ok(false), true, 0)),
        (with_a_card, (Ok(true), true, 1)),
        (waiting, (Ok(true), true, 1)),
        (charging, (Ok(true), true, 1)),
        (crate::deciding::cancelled(nothing.clone()), (Ok(false), true, 0)),
        (nothing, no),
        (ended, no),
    ] {
        assert_eq!(cancel(row.clone()), expected, "{row:?}");
    }
}

#[test]
fn a_cancellation_is_taken_back_until_the_last_second_of_the_paid_through_date() {
    let resume = |mut row: Subscription, now: &str| {
        let asked = row.resume(at(now));
        (asked, row.cancellation.is_none())
    };
    assert_eq!(resume(until_february(true), "2026-02-15T14:59:59Z"), (Ok(true), true));
    assert_eq!(
        resume(until_february(true), "2026-02-15T15:00:00Z"),
        (Err(Refusal::TooLate), false)
    );
    assert_eq!(resume(member(), NOW), (Ok(false), true));
    let nothing = Subscription { periods_paid: 0, anchor: None, ..member() };
    assert_eq!(resume(nothing, NOW), (Err(Refusal::NoSubscription), true));
}

#[test]
fn who_is_asked_agrees_to_that_price_under_those_terms_in_time_and_once() {
    let asked = || Subscription {
        price_change: Some(PriceChange {
            version: PriceVersion {
                holds_from: "2026-02-01".parse().unwrap(),
                price: Won::new(12_900),
            },
            asked_at: at(NOW),
            agreed: None,
        }),
        ..member()
    };
    let agree = |mut row: Subscription, price, terms, now: &str| {
        let said = row.agree(Won::new(price), terms, &catalogue(), at(now));
        let agreed = row.price_change.as_ref().and_then(|change| change.agreed.clone());
        assert_eq!(agreed.is_some(), said == Ok(true) || said == Ok(false), "{now}");
        said
    };
    let (yes, last) = ("2026-01", "2026-02-15T14:59:59Z");
    assert_eq!(agree(asked(), 12_900, yes, NOW), Ok(true));
    assert_eq!(agree(asked(), 12_900, yes, last), Ok(true), "the last second");
    assert_eq!(agree(asked(), 12_900, yes, "2026-02-14T03:00:00Z"), Ok(true), "the day before");
    assert_eq!(agree(asked(), 12_900, yes, "2026-02-15T15:00:00Z"), Err(Refusal::TooLate));
    assert_eq!(agree(asked(), 12_901, yes, NOW), Err(Refusal::AnotherPrice));
    assert_eq!(agree(asked(), 12_900, "2025-01", NOW), Err(Refusal::UnknownTerms));
    assert_eq!(agree(member(), 12_900, yes, NOW), Err(Refusal::NothingToAgreeTo));
    let leaving = crate::deciding::cancelled(asked());
    assert_eq!(agree(leaving, 12_900, yes, NOW), Err(Refusal::NothingToAgreeTo));
    let ended = Subscription { ended_at: Some(at(NOW)), ..asked() };
    assert_eq!(agree(ended, 12_900, yes, NOW), Err(Refusal::NoSubscription));
    let mut once = asked();
    assert_eq!(once.agree(Won::new(12_900), yes, &catalogue(), at(NOW)), Ok(true));
    assert_eq!(once.outbox.len(), 1);
    assert_eq!(agree(once, 12_900, yes, NOW), Ok(false));
}

#[test]
fn a_member_is_told_one_state_and_when_the_next_charge_is_due() {
    let first = "2026-02-15".parse().unwrap();
    let nothing = Subscription { periods_paid: 0, anchor: None, ..member() };
    let mut failed = member();
    failed.dunning.failures = 1;
    let mut retried = failed.clone();
    retried.dunning.retry_at = Some(at("2026-02-16T01:00:00Z"));
    let asked = |agreed| Subscription {
        price_change: Some(PriceChange {
            version: PriceVersion { holds_from: first, price: Won::new(12_900) },
            asked_at: at(NOW),
            agreed,
        }),
        ..member()
    };
    let agreed = asked(member().consent);
    let ended = Subscription { ended_at: Some(at(NOW)), ..member() };
    for (row, state, next) in [
        (nothing, State::None, None),
        (member(), State::Active, Some(first)),
        (failed, State::PastDue, None),
        (retried, State::PastDue, Some("2026-02-16".parse().unwrap())),
        (until_february(true), State::Cancelling, None),
        (asked(None), State::Active, None),
        (agreed, State::Active, Some(first)),
        (ended, State::Ended, None),
    ] {
        assert_eq!((row.state(), row.next_payment_date()), (state, next), "{row:?}");
        assert_eq!(row.is_live(), matches!(state, State::Active | State::PastDue));
    }
}
