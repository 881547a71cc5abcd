//! Rows from the past, and accounts that are gone.

use crate::deciding::{
    CARD, CHARGE, ID, NOW, REGISTRATION, RENEWAL, at, cancelled, charge, member, refund, review,
    secs, with_schedule,
};
use billing::{
    Access, Cancellation, Card, Catalogue, Change, Charge, ChargeState, ClosedState, Consent,
    CustomerUid, Entry, Intent, Kept, LostAccount, MerchantUid, News, OpenState, Order, Plan,
    PriceChange, PriceVersion, Record, RecordStatus, RefundDue, Refundable, Registration,
    RegistrationState, Resolution, Review, State, Subscription, SubscriptionId, Usage, What, Why,
    Won,
};
use jiff::Timestamp;
use proptest::prelude::*;
use ulid::Ulid;

/// What a member can be answered.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Cancel,
    Resume,
    Agree,
    /// Nothing yet: a price is announced, once.
    Announce,
    /// Nothing: the next period is paid, if it goes on.
    Pay,
    Nothing,
}

fn catalogue() -> Catalogue {
    let id = "monthly".parse().unwrap();
    let plan = Plan::new(id, "월 구독", Won::new(9_900));
    Catalogue { plans: vec![plan], terms_version: "2026-01".to_owned() }
}

/// A change of price that the member is asked about.
fn asked(now: Timestamp) -> PriceChange {
    let version =
        PriceVersion { holds_from: "2026-02-01".parse().unwrap(), price: Won::new(12_900) };
    PriceChange { version, asked_at: now, agreed: None }
}

/// What is stored, and what the journal then holds.
struct Stored {
    row: Subscription,
    journal: Vec<Entry>,
    payments: Vec<Refundable>,
}

impl Stored {
    fn new() -> Self {
        Self {
            row: Subscription { version: 7, ..member() },
            journal: Vec::new(),
            payments: Vec::new(),
        }
    }

    /// Asks, a minute after the write before, and stores what came of it, as the ledger does.
    fn ask(&mut self, asked_for: Asked) {
        let now = at(NOW) + secs(60) * i32::try_from(self.row.version).unwrap();
        let mut next = self.row.clone();
        match asked_for {
            Asked::Cancel => {
                next.cancel(now).unwrap();
            }
            Asked::Resume => {
                next.resume(now).unwrap();
            }
            Asked::Agree => {
                next.agree(Won::new(12_900), "2026-01", &catalogue(), now).ok();
            }
            Asked::Announce if next.price_change.is_none() => {
                next.price_change = Some(asked(now));
                let news = News::ConsentAsked {
                    price: Won::new(12_900),
                    from: "2026-02-15".parse().unwrap(),
                };
                self.tell(&next, now, news);
            }
            Asked::Pay if next.is_live() && next.price_to_charge().is_some() => {
                let paid = Refundable {
                    amount: next.price_to_charge().unwrap(),
                    ..payment(next.periods_paid, &now.to_string(), 0)
                };
                if let Some(change) = next.price_change.take() {
                    (next.price, next.consent) = (change.version.price, change.agreed);
                }
                next.periods_paid += 1;
                let (imp_uid, amount) = (paid.imp_uid.clone(), paid.amount);
                let paid_through = next.paid_through().unwrap();
                self.payments.push(paid);
                let news = News::Paid {
                    imp_uid,
                    amount,
                    paid_through,
                    recovered: false,
                    recovered_from: None,
                    plan: None,
                };
                self.tell(&self.row.clone(), now, news);
            }
            Asked::Announce | Asked::Pay | Asked::Nothing => {}
        }
        self.journal.extend(Change::of(next.clone()).entries());
        self.row = Subscription { version: next.version + 1, outbox: Vec::new(), ..next };
    }

    /// What the loop announces by itself.
    fn tell(&mut self, row: &Subscription, at: Timestamp, news: News) {
        let id = format!("{}-{}-9", row.id, row.version);
        self.journal.push(Entry { uid: row.uid.clone(), at, id, what: What::Told(news) });
    }
}

fn anything() -> impl Strategy<Value = Vec<Asked>> {
    let asked = prop_oneof![
        Just(Asked::Cancel),
        Just(Asked::Resume),
        Just(Asked::Agree),
        Just(Asked::Announce),
        Just(Asked::Pay),
        Just(Asked::Nothing),
    ];
    prop::collection::vec(asked, 0..12)
}

proptest! {
    #[test]
    fn a_row_that_was_not_put_back_is_left_as_it_is(asked in anything()) {
        let mut stored = Stored::new();
        for asked in asked {
            stored.ask(asked);
            let mut row = stored.row.clone();
            prop_assert!(!row.recall(&stored.journal, &stored.payments, at(NOW)));
            prop_assert_eq!(&row, &stored.row);
            prop_assert!(!row.has_lost_for_good(&stored.journal));
        }
    }

    #[test]
    fn whatever_row_is_put_back_the_last_answer_holds(asked in anything(), back in 0_usize..12) {
        let mut stored = Stored::new();
        let mut rows = vec![stored.row.clone()];
        for asked in asked {
            stored.ask(asked);
            rows.push(stored.row.clone());
        }
        let mut row = rows[back.min(rows.len() - 1)].clone();
        // Journals are read from the newest to the oldest.
        stored.journal.reverse();
        row.recall(&stored.journal, &stored.payments, at(NOW));
        let wish = |row: &Subscription| row.cancellation.as_ref().map(|wish| wish.requested_at);
        prop_assert_eq!(wish(&row), wish(&stored.row));
        prop_assert_eq!((row.periods_paid, row.refunds.len()), (stored.row.periods_paid, 0));
        let agreed = |row: &Subscription| {
            row.price_change.as_ref().and_then(|change| change.agreed.as_ref()).map(|it| it.agreed_at)
        };
        // One that had not been asked yet is asked again first.
        if row.price_change.is_some() {
            prop_assert_eq!(agreed(&row), agreed(&stored.row));
        }
        prop_assert!(!row.recall(&stored.journal, &stored.payments, at(NOW)), "once is enough");
    }
}

#[test]
fn what_was_taken_back_in_time_is_not_resumed_after_its_time() {
    let mut stored = Stored::new();
    stored.ask(Asked::Cancel);
    let old = stored.row.clone();
    stored.ask(Asked::Resume);
    let mut late = old.clone();
    assert!(!late.recall(&stored.journal, &[], at("2026-02-16T00:00:00Z")));
    assert_eq!(late, old);
}

#[test]
fn another_runs_answers_are_not_this_ones_and_a_whole_run_is_lost_for_good() {
    let mut stored = Stored::new();
    stored.ask(Asked::Cancel);
    let other = Subscription { id: SubscriptionId::new(Ulid(8)), ..Stored::new().row };
    let mut row = other.clone();
    assert!(!row.recall(&stored.journal, &[], at(NOW)));
    assert_eq!(row, other);
    assert!(other.has_lost_for_good(&stored.journal), "version 7 was written over already");
    assert!(!Subscription { version: 8, ..other }.has_lost_for_good(&stored.journal));
}

#[test]
fn what_nothing_else_tells_of_is_lost_for_good_with_its_row() {
    let merchant_uid = CHARGE;
    let resolution = Resolution::Dismiss;
    let paid_through = "2026-02-15".parse().unwrap();
    for (news, lost) in [
        (News::CardChanged, true),
        (News::ReviewOpened { merchant_uid, why: Why::TwoPayments, said: None }, true),
        (News::ReviewResolved { merchant_uid, resolution }, true),
        (News::CancelRequested { paid_through, account: None }, false),
        (News::CheckoutWithdrawn, false),
        (News::Revoked { paid_through, lost_to: None }, false),
    ] {
        let row = Subscription { version: 7, ..member() };
        let entry = |version| Entry {
            uid: row.uid.clone(),
            at: at(NOW),
            id: format!("{ID}-{version}-0"),
            what: What::Told(news.clone()),
        };
        assert_eq!(row.has_lost_for_good(&[entry(7)]), lost, "{news:?}");
        assert!(!row.has_lost_for_good(&[entry(6)]), "the row holds it");
    }
}

#[test]
fn an_entry_says_which_version_it_replaced_if_it_came_with_a_row() {
    let entry = |id: &str| {
        let what = What::Told(News::CardChanged);
        Entry { uid: "member".parse().unwrap(), at: at(NOW), id: id.to_owned(), what }
    };
    let id = SubscriptionId::new(Ulid(7));
    assert_eq!(entry(&format!("{id}-12-0")).replaced(), Some((id, 12)));
    assert_eq!(entry(&format!("{id}-12-act-1")).replaced(), Some((id, 12)));
    for other in [format!("{id}"), format!("{id}-12"), "x-1-0".to_owned(), format!("{id}-x-0")] {
        assert_eq!(entry(&other).replaced(), None, "{other}");
    }
}

#[test]
fn a_lost_account_cancels_whoever_is_to_be_charged_and_nobody_else() {
    for account in [LostAccount::Deleted, LostAccount::Disabled] {
        let mut lost = member();
        assert!(lost.lose_account(account, at(NOW)));
        let wish = Cancellation { requested_at: at(NOW), processed_at: None, ends_at: None };
        assert_eq!((lost.state(), lost.cancellation.clone()), (State::Cancelling, Some(wish)));
        let paid_through = "2026-02-15".parse().unwrap();
        let news = News::CancelRequested { paid_through, account: Some(account) };
        assert_eq!(lost.outbox.last().unwrap().news, news);
        let before = lost.clone();
        assert!(!lost.lose_account(account, at(NOW)));
        assert_eq!(lost, before, "once");
    }
    let never = Subscription { periods_paid: 0, anchor: None, ..member() };
    let ended = Subscription { ended_at: Some(at(NOW)), ..member() };
    for other in [never, ended, cancelled(member())] {
        let mut same = other.clone();
        assert!(!same.lose_account(LostAccount::Deleted, at(NOW)));
        assert_eq!(same, other);
    }
}

#[test]
fn access_is_in_doubt_when_it_was_told_the_opposite_of_what_was_seen() {
    let (granted, revoked) = (Access::Granted { at: at(NOW) }, Access::Revoked { at: at(NOW) });
    let telling = Access::Telling { enter: true, until: at(NOW) };
    let ended = Subscription { ended_at: Some(at(NOW)), ..member() };
    for (row, access, seen, doubted) in [
        (member(), granted, false, Some(true)),
        (member(), granted, true, None),
        (member(), telling, false, None),
        // Not told yet what holds now.
        (member(), revoked, false, None),
        (ended.clone(), revoked, true, Some(false)),
        (ended.clone(), revoked, false, None),
        (ended.clone(), Access::None, true, Some(false)),
        (ended, granted, true, None),
    ] {
        let row = Subscription { access, ..row };
        let mut next = row.clone();
        let entitled = row.ended_at.is_none();
        let told = match access {
            Access::Granted { .. } => entitled,
            Access::None | Access::Revoked { .. } => !entitled,
            Access::Telling { .. } => false,
        };
        assert_eq!(row.is_access_told(), told);
        assert_eq!(next.doubt_access(seen, at(NOW)), doubted.is_some(), "{access:?} {seen}");
        let access = doubted.map_or(access, |enter| Access::Telling { enter, until: at(NOW) });
        assert_eq!(next, Subscription { access, ..row });
    }
}

fn payment(number: u16, paid_at: &str, refunded: u64) -> Refundable {
    Refundable {
        imp_uid: format!("imp_{number}").parse().unwrap(),
        merchant_uid: MerchantUid::Charge { subscription: ID, period: number, attempt: 0 },
        amount: Won::new(9_900),
        refunded: Won::new(refunded),
        paid_at: at(paid_at),
    }
}

#[test]
fn what_was_paid_after_a_cancellation_that_is_recalled_pays_for_nothing_and_is_owed_back_once() {
    let first = payment(0, "2026-01-15T01:00:00Z", 0);
    // Ten seconds are how far the two clocks may be apart.
    for (paid_at, refunded, periods, owed) in [
        ("2026-02-15T00:59:49Z", 0, 2, 0),
        ("2026-02-15T00:59:50Z", 0, 1, 1),
        ("2026-02-15T01:00:30Z", 0, 1, 1),
        ("2026-02-15T01:00:30Z", 4_000, 1, 1),
        ("2026-02-15T01:00:30Z", 9_900, 1, 0),
    ] {
        let cancelled_at = at("2026-02-15T01:00:00.5Z");
        let mut row = Subscription { periods_paid: 2, version: 9, ..member() };
        let paid_through = "2026-02-15".parse().unwrap();
        let what = What::Told(News::CancelRequested { paid_through, account: None });
        let id = format!("{ID}-9-0");
        let entry = Entry { uid: row.uid.clone(), at: cancelled_at, id, what };
        let payments = [payment(1, paid_at, refunded), first.clone()];
        assert!(row.recall(std::slice::from_ref(&entry), &payments, at(RENEWAL)));
        assert_eq!((row.periods_paid, row.refunds.len()), (periods, owed), "{paid_at} {refunded}");
        assert!(row.refunds.iter().all(|due| due.imp_uid == payments[0].imp_uid));
        let once = row.clone();
        assert!(!row.recall(&[entry], &payments, at(RENEWAL)));
        assert_eq!(row, once);
    }
}

#[test]
fn a_checkout_that_was_withdrawn_and_then_paid_pays_for_nothing_and_is_owed_back_once() {
    let cancelled_at = at("2026-01-15T00:30:00Z");
    let begun = Subscription {
        periods_paid: 0,
        anchor: None,
        access: Access::None,
        version: 7,
        ..member()
    };
    let mut withdrawn = begun.clone();
    assert_eq!(withdrawn.cancel(cancelled_at), Ok(true));
    let journal: Vec<Entry> = Change::of(withdrawn).entries().collect();
    // Before the first charge, and after it.
    let mut row = begun.clone();
    assert!(row.recall(&journal, &[], at(NOW)));
    assert_eq!(row.cancellation.as_ref().map(|wish| wish.requested_at), Some(cancelled_at));
    let mut row = Subscription { version: 9, ..member() };
    let paid = payment(0, "2026-01-15T01:00:00Z", 0);
    assert!(row.recall(&journal, std::slice::from_ref(&paid), at(NOW)));
    assert_eq!((row.state(), row.anchor), (State::None, None));
    assert_eq!(row.refunds.len(), 1);
    assert!(!row.recall(&journal, &[paid], at(NOW)));
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_period_is_counted_again_if_this_run_goes_on_and_nothing_speaks_against_the_payment() {
    let row = Subscription { periods_paid: 1, version: 7, ..with_schedule() };
    let paid = payment(1, RENEWAL, 0);
    let told = |version: u64, run| Entry {
        uid: row.uid.clone(),
        at: at(RENEWAL),
        id: format!("{run}-{version}-0"),
        what: What::Told(News::Paid {
            imp_uid: paid.imp_uid.clone(),
            amount: paid.amount,
            paid_through: "2026-03-15".parse().unwrap(),
            recovered: false,
            recovered_from: None,
            plan: None,
        }),
    };
    let another = SubscriptionId::new(Ulid(8));
    let of_another = MerchantUid::Charge { subscription: another, period: 1, attempt: 0 };
    let of_another = Refundable { merchant_uid: of_another, ..paid.clone() };
    let cancelled_at = |time: &str| {
        Some(Cancellation { requested_at: at(time), processed_at: None, ends_at: None })
    };
    let owed = RefundDue { imp_uid: paid.imp_uid.clone(), ..refund() };
    for (what, row, entry, payment, counted) in [
        ("forgotten", row.clone(), told(7, ID), &paid, true),
        ("known to the row", row.clone(), told(6, ID), &paid, false),
        ("of another run", row.clone(), told(7, ID), &of_another, false),
        (
            "paid before the cancellation",
            Subscription { cancellation: cancelled_at("2026-02-16T01:00:00Z"), ..row.clone() },
            told(7, ID),
            &paid,
            true,
        ),
        (
            "paid after it",
            Subscription { cancellation: cancelled_at("2026-02-14T01:00:00Z"), ..row.clone() },
            told(7, ID),
            &paid,
            false,
        ),
        (
            "of a period that is not to pay",
            Subscription { periods_paid: 2, ..row.clone() },
            told(7, ID),
            &paid,
            false,
        ),
        (
            "over",
            Subscription { ended_at: Some(at(RENEWAL)), ..row.clone() },
            told(7, ID),
            &paid,
            false,
        ),
        (
            "owed back",
            Subscription { refunds: vec![owed], ..row.clone() },
            told(7, ID),
            &paid,
            false,
        ),
    ] {
        let mut next = row.clone();
        let changed = next.recall(&[entry], std::slice::from_ref(payment), at(RENEWAL));
        assert_eq!(changed, counted, "{what}");
        assert_eq!(next.periods_paid, row.periods_paid + u16::from(counted), "{what}");
        // The charge that paid it is open no more; the schedule, of that same order, ran.
        assert_eq!(next.charges.is_empty(), counted, "{what}");
    }
    let other = MerchantUid::Charge { subscription: ID, period: 1, attempt: 3 };
    let mut next = row.clone();
    next.charges[0].merchant_uid = other;
    assert!(next.recall(&[told(7, ID)], std::slice::from_ref(&paid), at(RENEWAL)));
    assert_eq!(next.charges.len(), 1, "another attempt is let go by the loop");
}

#[test]
fn an_end_is_forgotten_by_a_row_that_has_none_of_it() {
    let row = Subscription { version: 7, ..member() };
    let what =
        What::Told(News::Revoked { paid_through: "2026-02-15".parse().unwrap(), lost_to: None });
    let id = format!("{ID}-7-0");
    let journal = [Entry { uid: row.uid.clone(), at: at(NOW), id, what }];
    assert!(row.has_forgotten_its_end(&journal));
    assert!(!row.has_forgotten_its_end(&[]));
    let ended = Subscription { ended_at: Some(at(NOW)), ..row };
    assert!(!ended.has_forgotten_its_end(&journal));
}

#[test]
fn what_was_to_be_given_back_is_owed_back_again_until_it_was_given_back_or_a_person_sees_it() {
    let row = Subscription { periods_paid: 2, version: 7, ..member() };
    let paid = payment(1, "2026-02-15T01:00:00Z", 0);
    let mut decided = row.clone();
    assert!(decided.owe_back(&paid, paid.amount, "요청", None, at(RENEWAL)));
    let journal: Vec<Entry> = Change::of(decided.clone()).entries().collect();
    let back = |refunded| [Refundable { refunded: Won::new(refunded), ..paid.clone() }];
    let refund = decided.refunds.first().cloned();
    let reviews = vec![Review { refund, ..review(paid.merchant_uid) }];
    let before_a_person = Subscription { reviews, ..row.clone() };
    let stored = Subscription { version: 8, ..row.clone() };
    for (put_back, refunded, owed) in [
        (&row, 0, 1),
        (&row, 4_000, 1),
        (&row, 9_900, 0),
        (&decided, 0, 1),
        (&before_a_person, 0, 0),
        (&stored, 0, 0),
    ] {
        let mut row = put_back.clone();
        let changed = row.recall(&journal, &back(refunded), at(RENEWAL));
        assert_eq!(row.refunds.len(), owed, "{refunded}");
        assert_eq!(changed, row.refunds.len() > put_back.refunds.len());
    }
}

fn registered(intent: Intent, generation: u16, outcome: RegistrationState) -> Order {
    let registration = Registration {
        merchant_uid: MerchantUid::Registration { subscription: ID, generation },
        customer_uid: CustomerUid::Ours { subscription: ID, generation },
        intent,
        plan: "monthly".parse().unwrap(),
        amount: Won::new(9_900),
        opened_at: at("2026-01-15T00:59:00Z"),
        look_at: at("2026-01-15T00:59:00Z"),
        outcome,
    };
    Order::Registration { uid: member().uid, registration }
}

fn charged(period: u16, attempt: u16, outcome: impl Into<ChargeState>) -> Order {
    let merchant_uid = MerchantUid::Charge { subscription: ID, period, attempt };
    let charge = Charge { merchant_uid, period, ..charge(outcome.into()) };
    Order::Charge { uid: member().uid, charge }
}

fn paid(number: u16) -> ClosedState {
    ClosedState::Paid { imp_uid: format!("imp_{number}").parse().unwrap() }
}

fn rebuilt(
    row: Option<&Subscription>,
    orders: &[Order],
    paid: &[Refundable],
) -> Option<Subscription> {
    let kept = Kept { orders, payments: paid, terms_version: "2026-01" };
    Subscription::rebuilt(row, &member().uid, kept, at(NOW))
}

#[test]
fn a_row_that_is_gone_is_rebuilt_from_its_orders_and_payments() {
    let seen = |number| RegistrationState::Registered {
        imp_uid: format!("imp_9{number}").parse().unwrap(),
    };
    let scheduled = OpenState::Scheduled { at: at(RENEWAL) };
    let orders = [
        charged(1, 1, scheduled),
        charged(1, 0, ClosedState::Abandoned),
        charged(0, 0, paid(0)),
        registered(Intent::ChangeCard, 1, seen(1)),
        registered(Intent::ChangeCard, 2, RegistrationState::Open),
        registered(Intent::Subscribe, 0, seen(0)),
    ];
    let payments = [payment(0, "2026-01-15T01:00:00Z", 0)];
    let built = rebuilt(None, &orders, &payments).unwrap();
    let key = |generation| CustomerUid::Ours { subscription: ID, generation };
    let card = Card {
        customer_uid: key(1),
        registered_at: at("2026-01-15T00:59:00Z"),
        ..member().card.unwrap()
    };
    let Order::Charge { charge: open, .. } = orders[0].clone() else { unreachable!() };
    let Order::Registration { registration, .. } = orders[4].clone() else { unreachable!() };
    let expected = Subscription {
        due_at: Some(at(NOW)),
        consent: Some(Consent {
            agreed_at: at("2026-01-15T00:59:00Z"),
            ..member().consent.unwrap()
        }),
        card: Some(card),
        next_generation: 3,
        next_attempt: 2,
        registrations: vec![registration],
        charges: vec![open.with(scheduled)],
        access: Access::Telling { enter: false, until: at(NOW) },
        unwanted_keys: vec![key(0)],
        ..member()
    };
    assert_eq!(built, expected);
}

#[test]
fn money_without_its_row_is_looked_for_and_what_a_person_had_to_see_is_shown_again() {
    let seen = RegistrationState::Registered { imp_uid: "imp_90".parse().unwrap() };
    let orders = [
        registered(Intent::Subscribe, 0, seen),
        charged(0, 0, paid(0)),
        charged(1, 0, ClosedState::Contradicted),
    ];
    let built = rebuilt(None, &orders, &[]).unwrap();
    assert_eq!((built.state(), built.periods_paid), (State::None, 0));
    let open: Vec<_> = built.charges.iter().map(|charge| charge.outcome).collect();
    assert_eq!(open, [OpenState::Charging { until: at(NOW) }]);
    let reviewed: Vec<_> = built.reviews.iter().map(|review| review.merchant_uid).collect();
    assert_eq!(reviewed, [CHARGE]);
}

#[test]
fn a_row_that_knows_the_latest_run_is_not_rebuilt_and_an_older_run_keeps_what_it_owes() {
    let orders = [registered(Intent::Subscribe, 0, RegistrationState::Open)];
    assert_eq!(rebuilt(Some(&member()), &orders, &[]), None);
    assert_eq!(rebuilt(None, &[], &[]), None);
    let newer = Subscription { id: SubscriptionId::new(Ulid(8)), ..member() };
    assert_eq!(rebuilt(Some(&newer), &orders, &[]), None);
    let older = Subscription {
        id: SubscriptionId::new(Ulid(6)),
        version: 12,
        unwanted_keys: vec![CustomerUid::Ours {
            subscription: SubscriptionId::new(Ulid(6)),
            generation: 3,
        }],
        ..member()
    };
    let built = rebuilt(Some(&older), &orders, &[]).unwrap();
    assert_eq!((built.id, built.version, built.state()), (ID, 12, State::None));
    assert_eq!(built.registrations.len(), 1);
    assert!(built.unwanted_keys.starts_with(&older.unwanted_keys));
}

#[test]
fn a_row_from_before_its_first_payment_is_rebuilt_unless_the_payment_is_owed_back() {
    let seen = RegistrationState::Registered { imp_uid: "imp_90".parse().unwrap() };
    let orders = [registered(Intent::Subscribe, 0, seen), charged(0, 0, paid(0))];
    let row = Subscription { card: None, periods_paid: 0, anchor: None, version: 3, ..member() };
    let first = payment(0, "2026-01-15T01:00:00Z", 0);
    let built = rebuilt(Some(&row), &orders, std::slice::from_ref(&first)).unwrap();
    assert_eq!((built.state(), built.version), (State::Active, 3));
    let due = RefundDue {
        imp_uid: first.imp_uid.clone(),
        merchant_uid: first.merchant_uid,
        amount: first.amount,
        paid_at: first.paid_at,
        reason: String::new(),
        refused_since: None,
        by: None,
    };
    let owed = Subscription { refunds: vec![due.clone()], ..row.clone() };
    let given = Review { facts: Vec::new(), refund: Some(due), ..review(first.merchant_uid) };
    let refused = Subscription { reviews: vec![given], ..row.clone() };
    let back = Refundable { refunded: first.amount, ..first.clone() };
    for (row, payment) in [(&owed, &first), (&refused, &first), (&row, &back), (&member(), &first)]
    {
        assert_eq!(rebuilt(Some(row), &orders, std::slice::from_ref(payment)), None);
    }
}

#[test]
fn an_order_that_is_gone_is_known_from_the_row_a_payment_or_the_records() {
    let record = |status, usage| Record {
        customer_uid: Some(CARD.to_string()),
        ..crate::deciding::record(CHARGE, status, usage)
    };
    let (paid, failed) = (
        record(RecordStatus::Paid, Usage::Scheduled),
        record(RecordStatus::Failed, Usage::Scheduled),
    );
    let scheduled = OpenState::Scheduled { at: at(RENEWAL) };
    let open = crate::deciding::with(scheduled);
    let uid = member().uid;
    let found = open.lost_order(CHARGE, &[], None);
    assert_eq!(found, Some(Order::Charge { uid: uid.clone(), charge: charge(scheduled.into()) }));

    let plan = "yearly".parse().unwrap();
    let booked = Refundable {
        imp_uid: paid.imp_uid.clone(),
        merchant_uid: CHARGE,
        ..payment(1, RENEWAL, 0)
    };
    let outcome = ClosedState::Paid { imp_uid: paid.imp_uid.clone() };
    let expected = Charge {
        plan: "yearly".parse().unwrap(),
        opened_at: at(RENEWAL),
        ..charge(outcome.into())
    };
    let records = [failed.clone(), paid.clone()];
    let found = member().lost_order(CHARGE, &records, Some((&booked, &plan)));
    assert_eq!(found, Some(Order::Charge { uid, charge: expected }));

    assert_eq!(member().lost_order(CHARGE, &[paid], None), None, "money that nobody booked");
    let Some(Order::Charge { charge: declined, .. }) = member().lost_order(CHARGE, &[failed], None)
    else {
        panic!("what failed moved nothing")
    };
    assert!(matches!(declined.outcome, ChargeState::Closed(ClosedState::Declined { .. })));

    let issued = Record {
        merchant_uid: REGISTRATION.to_string(),
        ..record(RecordStatus::Paid, Usage::Issue)
    };
    let Some(Order::Registration { registration, .. }) =
        member().lost_order(REGISTRATION, std::slice::from_ref(&issued), None)
    else {
        panic!("a key was issued")
    };
    assert_eq!(
        registration.outcome,
        RegistrationState::Registered { imp_uid: issued.imp_uid.clone() }
    );
    for no_key in
        [record(RecordStatus::Failed, Usage::Issue), record(RecordStatus::Paid, Usage::Other)]
    {
        let no_key = Record { merchant_uid: REGISTRATION.to_string(), ..no_key };
        assert_eq!(member().lost_order(REGISTRATION, &[no_key], None), None);
    }
    let key = CustomerUid::Ours { subscription: ID, generation: 1 };
    assert_eq!((registration.customer_uid, registration.intent), (key, Intent::Subscribe));
    // As a change of card, one that is not in use could be taken up again, though its key is deleted.
    let mut changed = member();
    changed.card.as_mut().unwrap().customer_uid = key;
    let found = changed.lost_order(REGISTRATION, std::slice::from_ref(&issued), None);
    let Some(Order::Registration { registration, .. }) = found else { panic!("a key was issued") };
    assert_eq!(registration.intent, Intent::ChangeCard);
}

#[test]
fn a_registration_that_is_gone_is_known_from_its_number_or_the_row() {
    let issued = |id: MerchantUid| Record {
        customer_uid: Some(CARD.to_string()),
        merchant_uid: id.to_string(),
        ..crate::deciding::record(CHARGE, RecordStatus::Paid, Usage::Issue)
    };
    // The first card of a run is no change.
    let first = MerchantUid::Registration { subscription: ID, generation: 0 };
    let Some(Order::Registration { registration, .. }) =
        member().lost_order(first, &[issued(first)], None)
    else {
        panic!("a key was issued")
    };
    assert_eq!(registration.intent, Intent::Subscribe);
    // One that is open stands in the row.
    let open = |generation| {
        let customer_uid = CustomerUid::Ours { subscription: ID, generation };
        let merchant_uid = MerchantUid::Registration { subscription: ID, generation };
        let outcome = RegistrationState::Open;
        Registration { merchant_uid, customer_uid, outcome, ..registration.clone() }
    };
    let row = Subscription { registrations: vec![open(7), open(8)], ..member() };
    let found = row.lost_order(open(8).merchant_uid, &[], None);
    let uid = row.uid.clone();
    assert_eq!(found, Some(Order::Registration { uid, registration: open(8) }));
}

#[test]
fn what_was_taken_back_and_paid_in_time_goes_on_after_that_time() {
    let mut stored = Stored::new();
    stored.ask(Asked::Cancel);
    let old = stored.row.clone();
    stored.ask(Asked::Resume);
    let late = at("2026-02-16T00:00:00Z");
    let resumed = stored.journal.last().unwrap().at.to_string();
    for (paid, goes_on) in [
        (payment(1, &resumed, 0), true),
        (payment(1, &resumed, 9_900), false),
        (payment(1, "2026-01-15T01:00:00Z", 0), false),
        (payment(0, &resumed, 0), false),
    ] {
        let mut row = old.clone();
        assert_eq!(
            row.recall(&stored.journal, std::slice::from_ref(&paid), late),
            goes_on,
            "{paid:?}"
        );
        assert_eq!(row.cancellation.is_none(), goes_on);
    }
}
