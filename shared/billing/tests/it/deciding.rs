//! What is done next, in the states that are hard to come by from outside.

use crate::at_ten;
use billing::Step::{self, Do};
use billing::{
    Access, Announcement, Cancellation, Card, Catalogue, Change, Charge, ChargeState, ClosedState,
    Consent, CustomerUid, Decline, Effect, Intent, Known, Leased, MerchantUid, News, OpenState,
    Order, Plan, PriceChange, PriceVersion, Record, RecordStatus, RefundDue, Refused, Registration,
    RegistrationState, Resolution, Review, ScheduleSighting, Seen, SideEffect, Subscription,
    SubscriptionId, Undone, Usage, Verdict, Why, Won, decide, next_day, start_of_day,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use ulid::Ulid;

pub(crate) const ID: SubscriptionId = SubscriptionId::new(Ulid(7));
pub(crate) const CARD: CustomerUid = CustomerUid::Ours { subscription: ID, generation: 0 };
pub(crate) const CHARGE: MerchantUid =
    MerchantUid::Charge { subscription: ID, period: 1, attempt: 0 };
pub(crate) const REGISTRATION: MerchantUid =
    MerchantUid::Registration { subscription: ID, generation: 1 };

/// In the middle of the first period.
pub(crate) const NOW: &str = "2026-01-20T03:00:00Z";
/// When the second one is charged: at ten in Korea.
pub(crate) const RENEWAL: &str = "2026-02-15T01:00:00Z";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn secs(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// Paid from the 15th of January to the 15th of February, with a card.
pub(crate) fn member() -> Subscription {
    let consent = Consent {
        version: "2026-01".to_owned(),
        plan: "monthly".parse().unwrap(),
        price: Won::new(9_900),
        agreed_at: at("2026-01-15T01:00:00Z"),
    };
    Subscription {
        anchor: Some("2026-01-15".parse().unwrap()),
        periods_paid: 1,
        next_generation: 1,
        card: Some(Card {
            customer_uid: CARD,
            name: None,
            number: None,
            registered_at: at("2026-01-15T01:00:00Z"),
            expires: None,
            expiry_told: false,
        }),
        access: Access::Granted { at: at("2026-01-15T01:00:00Z") },
        ..Subscription::new("member".parse().unwrap(), ID, consent)
    }
}

pub(crate) fn with(outcome: OpenState) -> Subscription {
    Subscription { charges: vec![charge(outcome)], ..member() }
}

/// The charge of the second period.
pub(crate) fn charge<State>(outcome: State) -> Charge<State> {
    Charge {
        merchant_uid: CHARGE,
        customer_uid: CARD,
        amount: Won::new(9_900),
        plan: "monthly".parse().unwrap(),
        period: 1,
        opened_at: at("2026-01-15T01:00:00Z"),
        outcome,
    }
}

/// The order of the second period, closed.
pub(crate) fn closed(outcome: ClosedState) -> Order {
    Order::Charge { uid: "member".parse().unwrap(), charge: charge(outcome.into()) }
}

pub(crate) fn cancelled(subscription: Subscription) -> Subscription {
    let requested_at = at("2026-01-19T03:00:00Z");
    let cancellation = Some(Cancellation { requested_at, processed_at: None, ends_at: None });
    Subscription { cancellation, ..subscription }
}

/// A registration whose window was opened a minute ago.
pub(crate) fn registration() -> Registration {
    Registration {
        merchant_uid: REGISTRATION,
        customer_uid: CustomerUid::Ours { subscription: ID, generation: 1 },
        intent: Intent::ChangeCard,
        plan: "monthly".parse().unwrap(),
        amount: Won::new(9_900),
        opened_at: at(NOW) - secs(60),
        look_at: at(NOW) + secs(540),
        outcome: RegistrationState::Open,
    }
}

pub(crate) fn record(merchant_uid: MerchantUid, status: RecordStatus, usage: Usage) -> Record {
    Record {
        imp_uid: "imp_000000000001".parse().unwrap(),
        merchant_uid: merchant_uid.to_string(),
        status,
        usage,
        customer_uid: Some(CARD.to_string()),
        amount: Won::new(9_900),
        cancelled: Won::ZERO,
        currency: Some("KRW".to_owned()),
        at: Some(at(NOW) - secs(5)),
        fail_reason: None,
        card_name: Some("BC카드".to_owned()),
        card_number: Some("5365-****-****-1234".to_owned()),
        receipt_url: Some("https://receipt.example/1".to_owned()),
    }
}

pub(crate) fn refund() -> RefundDue {
    RefundDue {
        imp_uid: "imp_000000000009".parse().unwrap(),
        merchant_uid: MerchantUid::Charge { subscription: ID, period: 0, attempt: 0 },
        amount: Won::new(9_900),
        paid_at: at("2026-01-15T01:00:00Z"),
        reason: "환불".to_owned(),
        refused_since: None,
        by: None,
    }
}

pub(crate) fn announcement() -> Announcement {
    let mut told = member();
    told.version = 1;
    told.cancel(at(NOW)).unwrap();
    told.outbox.remove(0)
}

/// A question to the decision, with nothing seen yet.
struct Case {
    subscription: Subscription,
    asked: Option<Order>,
    seen: Seen,
    now: Timestamp,
    may_revoke: bool,
    changes: Vec<PriceVersion>,
}

fn case(subscription: Subscription) -> Case {
    Case {
        subscription,
        asked: None,
        seen: Seen::default(),
        now: at(NOW),
        may_revoke: false,
        changes: Vec::new(),
    }
}

impl Case {
    fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    fn records(mut self, id: MerchantUid, records: Vec<Record>) -> Self {
        self.seen.records.insert(id, records);
        self
    }

    fn schedule(mut self, sighting: ScheduleSighting) -> Self {
        self.seen.schedules.insert(CHARGE, sighting);
        self
    }

    fn leased(mut self) -> Self {
        self.seen.leased = Some(Leased::Order(CHARGE));
        self
    }

    fn failed(mut self, side_effect: SideEffect) -> Self {
        self.seen.failed.insert(side_effect);
        self
    }

    fn may_revoke(self) -> Self {
        Self { may_revoke: true, ..self }
    }

    /// What is done next. Whatever is stored, it is looked at again in time, and not before.
    fn step(&self) -> Step {
        let id = "monthly".parse().unwrap();
        let plan = Plan::new(id, "월 구독", Won::new(9_900));
        let plan = self.changes.iter().fold(plan, |plan, version| plan.change(*version));
        let step = decide(&Known {
            subscription: &self.subscription,
            asked: self.asked.as_slice(),
            seen: &self.seen,
            now: self.now,
            policy: &at_ten(),
            catalogue: &Catalogue { plans: vec![plan], terms_version: "2026-01".to_owned() },
            may_revoke: self.may_revoke,
            may_erase: true,
        });
        if let Step::Commit(change) = &step {
            let due = change.subscription.due_at;
            assert!(due.is_none_or(|due| due > self.now), "due in the past: {change:?}");
        }
        step
    }

    fn change(&self) -> Change {
        match self.step() {
            Step::Commit(change) => *change,
            other => panic!("nothing is stored: {other:?}"),
        }
    }

    /// The schedule is taken back: that it is given up is stored before Iamport is asked.
    fn stops(mut self) {
        let given_up = self.change();
        assert_eq!(given_up.subscription.wanted_from, 1, "{given_up:?}");
        assert_eq!((given_up.orders.len(), given_up.lease), (0, None), "and nothing else");
        self.subscription = given_up.subscription;
        assert_eq!(self.step(), Do(Effect::Unschedule(CARD, CHARGE)));
    }

    /// When it is looked at again.
    fn due(&self) -> Option<Timestamp> {
        match self.step() {
            Step::Commit(change) => change.subscription.due_at,
            Step::Rest(due) => due,
            other @ Step::Do(_) => panic!("it does not rest: {other:?}"),
        }
    }
}

/// How the only order of a change now stands, and the lease that goes with it.
fn only_order(change: &Change) -> (ChargeState, bool) {
    let orders: Vec<_> = change.opened.iter().chain(&change.orders).collect();
    let [Order::Charge { charge, .. }] = orders.as_slice() else {
        panic!("not one charge: {change:?}")
    };
    assert_eq!(charge.merchant_uid, CHARGE);
    if let Some(open) = change.subscription.charges.first() {
        assert_eq!(
            ChargeState::Open(open.outcome),
            charge.outcome,
            "the row and the subscription say the same"
        );
    }
    if let Some(lease) = change.lease {
        let ChargeState::Open(OpenState::Charging { until } | OpenState::Scheduling { until, .. }) =
            charge.outcome
        else {
            panic!("leased, and nobody else can tell: {change:?}")
        };
        assert_eq!(lease, (Leased::Order(CHARGE), until), "the lease and the row end together");
    }
    (charge.outcome.clone(), change.lease.is_some())
}

fn soon(now: &str) -> Timestamp {
    at(now) + at_ten().lease
}

#[test]
fn a_planned_charge_is_begun_at_its_time_and_closed_when_it_is_unwanted() {
    let planned = || with(OpenState::Planned { at: at(NOW) });
    assert_eq!(case(planned()).step(), Do(Effect::ReadOrder(CHARGE)));
    let stored = |state: ChargeState| {
        let mut case = case(planned());
        let order = Order::Charge { uid: member().uid, charge: charge(state) };
        case.seen.stored.insert(CHARGE, Some(order));
        case
    };
    let begun = stored(OpenState::Planned { at: at(NOW) }.into()).change();
    assert_eq!(only_order(&begun), (OpenState::Charging { until: soon(NOW) }.into(), true));
    assert_eq!(begun.subscription.charges.len(), 1);
    // It was made and closed, and the row put back to before that.
    let forgotten = stored(ClosedState::Abandoned.into()).change();
    assert_eq!((forgotten.orders.len(), forgotten.lease), (0, None));
    assert!(forgotten.subscription.charges.is_empty());
    let closed = case(cancelled(planned())).change();
    assert_eq!(only_order(&closed), (ClosedState::Abandoned.into(), false));
    assert!(closed.subscription.charges.is_empty());
    let early = case(planned()).at(at(NOW) - secs(1));
    assert_eq!(early.due(), Some(at(NOW)));
}

#[test]
fn a_charge_that_never_arrived_is_sent_again_if_it_is_wanted_and_else_closed() {
    let charging = || with(OpenState::Charging { until: at(RENEWAL) });
    let looked = |subscription| case(subscription).at(at(RENEWAL)).records(CHARGE, Vec::new());
    assert_eq!(case(charging()).at(at(RENEWAL)).step(), Do(Effect::LookUp(CHARGE)));
    let again = looked(charging()).change();
    assert_eq!(only_order(&again), (OpenState::Charging { until: soon(RENEWAL) }.into(), true));
    let closed = looked(cancelled(charging())).change();
    assert_eq!(only_order(&closed), (ClosedState::Abandoned.into(), false));
    // Whoever holds the lease may still be calling.
    let held = looked(charging()).at(at(RENEWAL) - secs(1));
    assert_eq!(held.due(), Some(at(RENEWAL)));
    // Its period is yet to come, as after a review that was settled early: it is planned anew for its time.
    let early = with(OpenState::Charging { until: at(NOW) });
    let early = case(early).records(CHARGE, Vec::new()).change();
    assert_eq!(only_order(&early), (ClosedState::Abandoned.into(), false));
}

#[test]
fn only_the_run_that_holds_the_lease_of_a_charge_sends_it() {
    let until = at(NOW) + secs(60);
    let charging = || with(OpenState::Charging { until });
    let sent = case(charging()).leased().step();
    assert_eq!(sent, Do(Effect::Charge(charge(OpenState::Charging { until }))));
    assert_eq!(case(charging()).step(), Do(Effect::LookUp(CHARGE)));
    let scheduling = || with(OpenState::Scheduling { at: at(RENEWAL), until });
    let placed = case(scheduling()).leased().step();
    assert!(matches!(placed, Do(Effect::Schedule(_, time)) if time == at(RENEWAL)), "{placed:?}");
    assert_eq!(case(scheduling()).step(), Do(Effect::LookUpSchedule(CHARGE)));
}

#[test]
fn a_schedule_that_is_not_there_is_placed_again_while_there_is_time_for_it() {
    let scheduling = |time| with(OpenState::Scheduling { at: time, until: at(NOW) });
    let missing = |subscription| case(subscription).schedule(ScheduleSighting::Missing);
    let again = missing(scheduling(at(RENEWAL))).change();
    let state = OpenState::Scheduling { at: at(RENEWAL), until: soon(NOW) };
    assert_eq!(only_order(&again), (state.into(), true));
    // The charge would not be left to Iamport any more.
    for time in [soon(NOW), at(NOW)] {
        assert_eq!(missing(scheduling(time)).step(), Do(Effect::LookUp(CHARGE)));
        let dead = missing(scheduling(time)).records(CHARGE, Vec::new()).change();
        assert_eq!(only_order(&dead), (ClosedState::Abandoned.into(), false));
    }
    // Nobody wants it: it is not placed again.
    let unwanted = missing(cancelled(scheduling(at(RENEWAL))));
    assert_eq!(unwanted.step(), Do(Effect::LookUp(CHARGE)));
    let held = missing(scheduling(at(RENEWAL))).at(at(NOW) - secs(1));
    assert_eq!(held.due(), Some(at(NOW)));
}

#[test]
fn a_schedule_that_was_seen_is_taken_for_placed() {
    let scheduling = with(OpenState::Scheduling { at: at(RENEWAL), until: at(NOW) });
    let placed = case(scheduling).schedule(ScheduleSighting::Standing).change();
    assert_eq!(only_order(&placed), (OpenState::Scheduled { at: at(RENEWAL) }.into(), false));
}

#[test]
fn a_schedule_is_left_alone_until_it_is_over_by_two_minutes() {
    let scheduled = || with(OpenState::Scheduled { at: at(RENEWAL) });
    let slack = at_ten().schedule_slack;
    let waits = case(scheduled()).at(at(RENEWAL) + slack - secs(1));
    assert_eq!(waits.due(), Some(at(RENEWAL) + slack));
    let over = |subscription| case(subscription).at(at(RENEWAL) + slack);
    assert_eq!(over(scheduled()).step(), Do(Effect::LookUp(CHARGE)));
    let nothing = || over(scheduled()).records(CHARGE, Vec::new());
    assert_eq!(nothing().step(), Do(Effect::LookUpSchedule(CHARGE)));
    let gone = nothing().schedule(ScheduleSighting::Missing).change();
    assert_eq!(only_order(&gone), (ClosedState::Abandoned.into(), false));
    let unpaid = over(scheduled()).schedule(ScheduleSighting::Missing);
    assert_eq!(unpaid.step(), Do(Effect::LookUp(CHARGE)));
    let ran = over(scheduled()).schedule(ScheduleSighting::Executed);
    assert_eq!(ran.step(), Do(Effect::LookUp(CHARGE)));
    assert_eq!(
        nothing().schedule(ScheduleSighting::Standing).due(),
        Some(at(RENEWAL) + slack + at_ten().patience)
    );
}

#[test]
fn a_schedule_nobody_wants_or_that_is_stuck_for_a_day_is_taken_back() {
    let scheduled = || with(OpenState::Scheduled { at: at(RENEWAL) });
    case(cancelled(scheduled())).stops();
    let stuck = at(RENEWAL) + at_ten().stuck_schedule;
    let seen = |now| {
        case(scheduled()).at(now).records(CHARGE, Vec::new()).schedule(ScheduleSighting::Standing)
    };
    seen(stuck).stops();
    assert!(matches!(seen(stuck - secs(1)).step(), Step::Commit(_)));
}

#[test]
fn a_schedule_that_is_gone_was_taken_back_at_the_console_unless_its_order_is_closed_already() {
    let gone = || case(with_schedule()).schedule(ScheduleSighting::TakenBack);
    assert_eq!(gone().step(), Do(Effect::LookUp(CHARGE)));
    let gone = || gone().records(CHARGE, Vec::new());
    assert_eq!(gone().step(), Do(Effect::ReadOrder(CHARGE)));
    // What somebody sent under its order is shown with it.
    let others = record(CHARGE, RecordStatus::Paid, Usage::Other);
    let sent = gone().records(CHARGE, vec![others.clone()]).change();
    assert_eq!(sent.subscription.reviews[0].facts, [others]);
    let uid = || member().uid;
    let open = || charge(OpenState::Scheduled { at: at(RENEWAL) }.into());
    for (stored, reviewed) in
        [(Some(open()), true), (None, true), (Some(charge(ClosedState::Abandoned.into())), false)]
    {
        let mut case = gone();
        let stored = stored.map(|charge| Order::Charge { uid: uid(), charge });
        case.seen.stored.insert(CHARGE, stored);
        let change = case.change();
        assert_eq!(change.subscription.reviews.len(), usize::from(reviewed));
        // Whatever closed it is written down; the row from the past forgets that it was open.
        assert_eq!(change.orders.len(), usize::from(reviewed));
        assert!(change.subscription.charges.is_empty());
    }
}

#[test]
fn money_that_comes_under_an_order_that_a_person_looks_at_is_added_to_what_they_see() {
    let closed = Order::Charge { uid: member().uid, charge: charge(ClosedState::Abandoned.into()) };
    let review = Review { facts: Vec::new(), ..review(CHARGE) };
    let others = record(CHARGE, RecordStatus::Paid, Usage::Other);
    let seen = |review: Review| {
        let row = Subscription { reviews: vec![review], ..member() };
        let case = Case { asked: Some(closed.clone()), ..case(row) };
        case.records(CHARGE, vec![others.clone()])
    };
    let change = seen(review.clone()).change();
    assert_eq!(change.subscription.reviews[0].facts, std::slice::from_ref(&others));
    assert_eq!(change.subscription.reviews.len(), 1);
    let known = Review { facts: vec![others.clone()], ..review };
    let row = Subscription { reviews: vec![known.clone()], ..member() };
    assert_eq!(seen(known).step(), case(row).step(), "once");
}

#[test]
fn a_charge_that_is_late_no_more_is_no_longer_before_a_person() {
    let late = OpenState::Scheduling { at: at(RENEWAL), until: at(NOW) };
    let review = Review { facts: Vec::new(), waits: true, ..review(CHARGE) };
    let row = Subscription { reviews: vec![review], ..with(late) };
    let placed = case(row).schedule(ScheduleSighting::Standing).change().subscription;
    assert!(matches!(placed.charges[0].outcome, OpenState::Scheduled { .. }));
    assert_eq!(placed.reviews, []);
}

#[test]
fn each_charge_that_is_late_comes_before_a_person_a_day_after_it_began_to_be() {
    let patience = at_ten().doubt_patience;
    let opened = at(NOW) - patience + secs(1);
    let row = |opened_at| {
        let unsent = OpenState::Charging { until: at(NOW) + secs(1) };
        let mut row = with(unsent);
        row.charges[0].opened_at = opened_at;
        // Something else was waited for before, and told.
        row.undone = Some(Undone { since: at(NOW) - patience - patience, told: true });
        row
    };
    assert_eq!(case(row(opened)).records(CHARGE, Vec::new()).due(), Some(at(NOW) + secs(1)));
    let late = case(row(opened - secs(1))).records(CHARGE, Vec::new()).change().subscription;
    assert_eq!((late.reviews.len(), late.reviews[0].waits), (1, true));
    assert_eq!(late.charges.len(), 1, "it is tried on");
    let again = case(Subscription { outbox: Vec::new(), ..late }).records(CHARGE, Vec::new());
    assert!(matches!(again.step(), Step::Rest(_)), "once: {:?}", again.step());
}

#[test]
fn what_is_in_doubt_is_looked_at_the_less_often_the_longer_it_lasts() {
    let slack = at_ten().schedule_slack;
    let run = at(RENEWAL) + slack;
    let hours = SignedDuration::from_hours;
    for (lasts, wait) in [
        (secs(60), at_ten().patience),
        (hours(4), at_ten().patience),
        (hours(24), hours(1)),
        (hours(20 * 24), hours(6)),
    ] {
        let row = Subscription {
            undone: Some(Undone { since: run, told: true }),
            reviews: vec![Review { facts: Vec::new(), waits: true, ..review(CHARGE) }],
            anchor: Some("2026-03-01".parse().unwrap()),
            ..with_schedule()
        };
        let seen = case(row).at(run + lasts).records(CHARGE, Vec::new());
        let seen = seen.schedule(ScheduleSighting::Executed);
        assert_eq!(seen.due(), Some(run + lasts + wait), "{lasts}");
    }
}

#[test]
fn an_order_is_closed_for_what_others_did_only_when_its_schedule_can_no_longer_run() {
    let until = at(NOW) + secs(60);
    let placed = || OpenState::Scheduled { at: at(RENEWAL) };
    let leased = || OpenState::Scheduling { at: at(RENEWAL), until };
    let slack = at_ten().schedule_slack;
    for status in [RecordStatus::Paid, RecordStatus::Failed] {
        let others = record(CHARGE, status, Usage::Other);
        let seen = |outcome, now| case(with(outcome)).at(now).records(CHARGE, vec![others.clone()]);
        let closed = |case: Case| match only_order(&case.change()).0 {
            ChargeState::Closed(ClosedState::Contradicted) => status == RecordStatus::Paid,
            ChargeState::Closed(ClosedState::Declined { .. }) => status == RecordStatus::Failed,
            _ => false,
        };
        // Iamport may be late with it.
        for now in [at(RENEWAL) - secs(1), at(RENEWAL) + secs(44), at(RENEWAL) + slack] {
            let standing = |outcome| seen(outcome, now).schedule(ScheduleSighting::Standing);
            if status == RecordStatus::Paid {
                seen(placed(), now).stops();
                standing(placed()).stops();
            } else if now < at(RENEWAL) + slack {
                assert_eq!(seen(placed(), now).due(), Some(at(RENEWAL) + slack));
                assert_eq!(standing(placed()).due(), Some(at(RENEWAL) + slack));
            } else {
                assert_eq!(seen(placed(), now).step(), Do(Effect::LookUpSchedule(CHARGE)));
            }
            assert_eq!(seen(leased(), now).step(), Do(Effect::LookUpSchedule(CHARGE)));
            assert_eq!(only_order(&standing(leased()).change()), (placed().into(), false));
            for sighting in
                [ScheduleSighting::TakenBack, ScheduleSighting::Missing, ScheduleSighting::Executed]
            {
                assert!(closed(seen(placed(), now).schedule(sighting.clone())), "{sighting:?}");
                assert!(closed(seen(leased(), now).schedule(sighting.clone())), "{sighting:?}");
            }
        }
        // Whoever holds the lease may still be placing it.
        let missing = |now| seen(leased(), now).schedule(ScheduleSighting::Missing);
        assert_eq!(missing(until - secs(1)).due(), Some(until));
        assert!(closed(missing(until)));
        let mut refused = missing(until - secs(1));
        refused.seen.refused.insert(CHARGE, Refused::Said("취소".to_owned(), at(NOW)));
        assert!(closed(refused), "this run was to place it");
    }
}

#[test]
fn what_others_did_says_nothing_of_a_call_under_way() {
    let until = at(NOW) + secs(60);
    let seen = |now, status, usage| {
        let charging = with(OpenState::Charging { until });
        case(charging).at(now).records(CHARGE, vec![record(CHARGE, status, usage)])
    };
    for status in [RecordStatus::Paid, RecordStatus::Failed] {
        assert_eq!(seen(until - secs(1), status, Usage::Other).due(), Some(until));
        let (outcome, _) = only_order(&seen(until, status, Usage::Other).change());
        assert!(matches!(
            outcome,
            ChargeState::Closed(ClosedState::Contradicted | ClosedState::Declined { .. })
        ));
    }
    // Iamport says that it was paid before, and shows only what others tried.
    let refused = |refused| {
        let mut case = seen(until - secs(1), RecordStatus::Failed, Usage::Other);
        case.seen.refused.insert(CHARGE, refused);
        case
    };
    assert_eq!(refused(Refused::PaidBefore).due(), Some(until));
    // Its no to our call is what counts.
    let decline = Decline::new("분실", at(NOW));
    let mut no = refused(Refused::Said(decline.reason.clone(), decline.at));
    no.seen.failed.insert(SideEffect::Count(CHARGE));
    assert_eq!(only_order(&no.change()).0, ClosedState::Declined { decline }.into());
    let ours = seen(until - secs(1), RecordStatus::Failed, Usage::Payment);
    assert!(matches!(
        only_order(&ours.change()).0,
        ChargeState::Closed(ClosedState::Declined { .. })
    ));
}

#[test]
fn what_others_tried_under_a_charge_that_is_only_planned_is_no_decline() {
    let failed = record(CHARGE, RecordStatus::Failed, Usage::Other);
    let planned =
        |time| case(with(OpenState::Planned { at: time })).records(CHARGE, vec![failed.clone()]);
    assert_eq!(planned(at(RENEWAL)).due(), Some(at(RENEWAL)), "it waits for its time");
    assert_eq!(planned(at(NOW)).step(), Do(Effect::ReadOrder(CHARGE)), "and is made then");
}

#[test]
fn what_a_schedule_left_itself_is_believed_at_once() {
    let failed = record(CHARGE, RecordStatus::Failed, Usage::Scheduled);
    let scheduled = with(OpenState::Scheduled { at: at(RENEWAL) });
    let seen = case(scheduled).at(at(RENEWAL)).records(CHARGE, vec![failed]);
    assert!(matches!(
        only_order(&seen.change()).0,
        ChargeState::Closed(ClosedState::Declined { .. })
    ));
}

#[test]
fn access_is_not_taken_away_while_a_charge_is_in_doubt() {
    let over = at("2026-02-22T15:00:00Z");
    let leased = || {
        let until = over + secs(60);
        let charges = vec![charge(OpenState::Charging { until })];
        let stopped = billing::Dunning { failures: 5, ..billing::Dunning::default() };
        Subscription { charges, dunning: stopped, ..member() }
    };
    let ended = |subscription| {
        let seen = case(subscription).at(over).may_revoke().records(CHARGE, Vec::new());
        seen.change().subscription.ended_at
    };
    assert_eq!(ended(leased()), None);
    assert_eq!(ended(Subscription { charges: Vec::new(), ..leased() }), Some(over));
    // What is only planned may not keep it: it is closed next.
    let planned = vec![charge(OpenState::Planned { at: over + secs(60) })];
    assert_eq!(ended(Subscription { charges: planned, ..leased() }), Some(over));
}

#[test]
fn nothing_is_begun_once_access_is_over() {
    let over = at("2026-02-22T15:00:00Z");
    let looked = |outcome, now| {
        let mut case = case(with(outcome)).at(now).records(CHARGE, Vec::new());
        let stored = Order::Charge { uid: member().uid, charge: charge(outcome).into() };
        case.seen.stored.insert(CHARGE, Some(stored));
        only_order(&case.change())
    };
    // A retry that no sweep has made, and a charge that never arrived.
    let late = at("2026-02-22T01:00:00Z");
    for outcome in [OpenState::Planned { at: late }, OpenState::Charging { until: late }] {
        let before = over - secs(1);
        let begun = OpenState::Charging { until: before + at_ten().lease };
        assert_eq!(looked(outcome, before), (begun.into(), true));
        assert_eq!(looked(outcome, over), (ClosedState::Abandoned.into(), false));
    }
}

#[test]
fn access_is_taken_away_only_by_a_run_that_may() {
    let over = at("2026-02-15T15:00:00Z");
    let member = || cancelled(member());
    assert_eq!(case(member()).at(over - secs(1)).may_revoke().due(), Some(over));
    let ended = case(member()).at(over).may_revoke().change().subscription;
    assert_eq!(ended.ended_at, Some(over));
    assert_eq!(ended.cancellation.unwrap().processed_at, Some(over));
    assert_eq!((ended.card, ended.unwanted_keys), (None, vec![CARD]));
    assert_eq!(case(member()).at(over).due(), Some(next_day(over)));
}

#[test]
fn the_ten_thousandth_attempt_is_not_made() {
    let last = |next_attempt| case(Subscription { next_attempt, ..member() });
    assert!(last(9_998).change().lease.is_some());
    assert!(last(9_999).change().lease.is_none());
}

#[test]
fn a_run_that_saw_three_schedules_come_to_nothing_leaves_the_next_to_a_later_one() {
    let places = |seen: u16| {
        let mut case = case(Subscription { next_attempt: seen, ..member() });
        case.seen.schedules.extend((0..seen).map(|attempt| {
            let id = MerchantUid::Charge { subscription: ID, period: 1, attempt };
            (id, ScheduleSighting::TakenBack)
        }));
        matches!(case.step(), Step::Commit(change) if change.lease.is_some())
    };
    assert_eq!([0, 1, 2, 3, 4].map(places), [true, true, true, false, false]);
}

#[test]
fn a_charge_of_another_period_is_not_wanted() {
    let paid_meanwhile = Subscription { periods_paid: 2, ..with_schedule() };
    assert_eq!(case(paid_meanwhile).step(), Do(Effect::Unschedule(CARD, CHARGE)));
}

#[test]
fn what_was_left_undone_is_looked_at_soon() {
    let undone = [
        case(Subscription { refunds: vec![refund()], ..with_schedule() })
            .failed(SideEffect::Refund(refund().imp_uid)),
        case(Subscription { outbox: vec![announcement()], ..with_schedule() })
            .failed(SideEffect::Bus),
        case(Subscription { access: Access::None, ..with_schedule() }).failed(SideEffect::Access),
        case(Subscription {
            unwanted_keys: vec![CustomerUid::Ours { subscription: ID, generation: 4 }],
            ..with_schedule()
        })
        .failed(SideEffect::Key(CustomerUid::Ours { subscription: ID, generation: 4 })),
        case(Subscription { ended_at: Some(at(NOW)), card: None, ..member() })
            .failed(SideEffect::Access),
    ];
    for case in undone {
        assert_eq!(case.due(), Some(soon(NOW)), "{:?}", case.seen.failed);
    }
    assert_eq!(
        case(with_schedule()).due(),
        Some(at("2026-01-15T15:00:00Z").max(at(RENEWAL) + at_ten().schedule_slack))
    );
}

/// With its renewal scheduled: nothing is to be done before that.
pub(crate) fn with_schedule() -> Subscription {
    with(OpenState::Scheduled { at: at(RENEWAL) })
}

#[test]
fn each_write_leaves_what_comes_next_due_soon() {
    // A registration that failed is stored before anything else is looked at.
    let write = |subscription: Subscription| {
        let failed = record(REGISTRATION, RecordStatus::Failed, Usage::Issue);
        case(Subscription { registrations: vec![registration()], ..subscription })
            .records(REGISTRATION, vec![failed])
    };
    let later = OpenState::Planned { at: at(RENEWAL) };
    assert_eq!(write(with(later)).due(), Some(at(RENEWAL)));
    for (what, subscription) in [
        ("a charge is to be begun", member()),
        ("a plan is to be closed", cancelled(with(later))),
        ("a plan is to be begun", with(OpenState::Planned { at: at(NOW) })),
        ("a schedule is to be taken back", cancelled(with_schedule())),
    ] {
        assert_eq!(write(subscription).due(), Some(soon(NOW)), "{what}");
    }
    let waiting = at(NOW) + at_ten().patience;
    let until = at(NOW);
    for outcome in [OpenState::Charging { until }, OpenState::Scheduling { at: at(RENEWAL), until }]
    {
        assert_eq!(write(with(outcome)).due(), Some(waiting));
    }
}

#[test]
fn it_rests_only_until_a_time_that_lies_ahead_and_is_early_enough() {
    let due = at(RENEWAL) + at_ten().schedule_slack;
    let stored = |due_at| case(Subscription { due_at, ..with_schedule() });
    assert_eq!(stored(Some(due)).step(), Step::Rest(Some(due)));
    assert_eq!(stored(Some(due - secs(1))).step(), Step::Rest(Some(due - secs(1))));
    for off in [None, Some(due + secs(1)), Some(at(NOW)), Some(at(NOW) - secs(1))] {
        assert_eq!(stored(off).change().subscription.due_at, Some(due), "{off:?}");
    }
}

#[test]
fn a_registration_is_looked_for_every_ten_minutes_until_no_window_can_be_open() {
    let open = |look_at| Subscription {
        registrations: vec![Registration { look_at, ..registration() }],
        ..with_schedule()
    };
    let waits = case(open(at(NOW) + secs(1)));
    assert_eq!(waits.due(), Some(at(NOW) + secs(1)));
    assert_eq!(case(open(at(NOW))).step(), Do(Effect::LookUp(REGISTRATION)));
    let again = case(open(at(NOW))).records(REGISTRATION, Vec::new()).change().subscription;
    let ten_minutes = at(NOW) + at_ten().patience;
    assert_eq!(again.registrations.first().unwrap().look_at, ten_minutes);
    assert_eq!(again.due_at, Some(ten_minutes));
    // What was not due to be looked for is not put off.
    let early = case(open(at(NOW) + secs(1))).records(REGISTRATION, Vec::new());
    assert_eq!(early.due(), Some(at(NOW) + secs(1)));
    let given_up = registration().opened_at + at_ten().window_life;
    let late = |now| case(open(at(NOW))).at(now).records(REGISTRATION, Vec::new()).change();
    assert_eq!(late(given_up - secs(1)).subscription.registrations.len(), 1);
    let closed = late(given_up);
    assert!(closed.subscription.registrations.is_empty());
    assert!(matches!(
        closed.orders.as_slice(),
        [Order::Registration { registration, .. }]
            if registration.outcome == RegistrationState::Abandoned
    ));
}

#[test]
fn a_registration_that_was_closed_is_taken_up_for_a_card_of_this_run_and_for_any_money() {
    let closed = |subscription, outcome| {
        let merchant_uid = MerchantUid::Registration { subscription, generation: 1 };
        let customer_uid = CustomerUid::Ours { subscription, generation: 1 };
        Registration { merchant_uid, customer_uid, outcome, ..registration() }
    };
    let seen = |closed: Registration, status, usage| {
        let id = closed.merchant_uid;
        let customer_uid = Some(closed.customer_uid.to_string());
        let records = vec![Record { customer_uid, ..record(id, status, usage) }];
        let order = Order::Registration { uid: "member".parse().unwrap(), registration: closed };
        let waiting = Registration {
            merchant_uid: MerchantUid::Registration { subscription: ID, generation: 2 },
            ..registration()
        };
        let member = Subscription { registrations: vec![waiting], ..with_schedule() };
        let case = Case { asked: Some(order), ..case(member) };
        let after = case.records(id, records).change().subscription;
        (after.card.unwrap().customer_uid.generation().unwrap(), after.reviews.len())
    };
    let (ours, over) = (ID, SubscriptionId::new(Ulid(6)));
    let failed = || RegistrationState::Failed { reason: "closed".to_owned() };
    for outcome in [failed(), RegistrationState::Abandoned] {
        let seen = |run, status, usage| seen(closed(run, outcome.clone()), status, usage);
        assert_eq!(seen(ours, RecordStatus::Paid, Usage::Issue), (1, 0));
        assert_eq!(seen(over, RecordStatus::Paid, Usage::Issue), (0, 0));
        assert_eq!(seen(ours, RecordStatus::Paid, Usage::Other), (0, 1));
        assert_eq!(seen(over, RecordStatus::Paid, Usage::Other), (0, 1));
        assert_eq!(seen(ours, RecordStatus::Failed, Usage::Issue), (0, 0));
    }
    let imp_uid = "imp_000000000001".parse().unwrap();
    // The row was put back to a moment before its card was taken.
    for (outcome, taken) in
        [(RegistrationState::Contradicted, 0), (RegistrationState::Registered { imp_uid }, 1)]
    {
        let seen = |usage| seen(closed(ours, outcome.clone()), RecordStatus::Paid, usage);
        assert_eq!((seen(Usage::Issue), seen(Usage::Other)), ((taken, 0), (0, 0)));
    }
}

#[test]
fn an_older_card_never_takes_the_place_of_a_newer_one() {
    let open = |held| {
        let mut subscription =
            Subscription { registrations: vec![registration()], ..with_schedule() };
        subscription.card.as_mut().unwrap().customer_uid =
            CustomerUid::Ours { subscription: ID, generation: held };
        let mut registered = record(REGISTRATION, RecordStatus::Paid, Usage::Issue);
        registered.customer_uid = Some(registration().customer_uid.to_string());
        case(subscription).records(REGISTRATION, vec![registered]).change().subscription
    };
    let generations = |subscription: &Subscription| {
        let held = subscription.card.as_ref().unwrap().customer_uid.generation().unwrap();
        let unwanted = &subscription.unwanted_keys;
        (held, unwanted.iter().map(|key| key.generation().unwrap()).collect::<Vec<_>>())
    };
    assert_eq!(generations(&open(0)), (1, vec![0]));
    assert_eq!(generations(&open(1)), (1, vec![]));
    assert_eq!(generations(&open(2)), (2, vec![1]));
}

#[test]
fn a_new_card_begins_the_retries_anew() {
    let dunning = billing::Dunning {
        failures: 2,
        transients: 3,
        stopped: true,
        retry_at: Some(at(RENEWAL)),
        asked: 0,
        last: None,
    };
    let subscription = Subscription { registrations: vec![registration()], dunning, ..member() };
    let mut registered = record(REGISTRATION, RecordStatus::Paid, Usage::Issue);
    registered.customer_uid = Some(registration().customer_uid.to_string());
    let taken = case(subscription).records(REGISTRATION, vec![registered]).change().subscription;
    let expected = billing::Dunning { failures: 2, ..billing::Dunning::default() };
    assert_eq!(taken.dunning, expected);
    assert_eq!(taken.due_at, Some(soon(NOW)), "it is charged next");
}

#[test]
fn money_is_booked_once_with_what_its_record_shows() {
    let charging = with(OpenState::Charging { until: at(NOW) });
    let paid = record(CHARGE, RecordStatus::Paid, Usage::Payment);
    let booked = case(charging).records(CHARGE, vec![paid.clone()]).change();
    let payment = booked.payment.clone().unwrap();
    let receipt = payment.receipt();
    assert_eq!(receipt.imp_uid(), &paid.imp_uid);
    assert_eq!((receipt.amount(), receipt.cancelled()), (Won::new(9_900), Won::ZERO));
    assert_eq!(receipt.card_name(), Some("BC카드"));
    assert_eq!(receipt.card_number(), Some("5365-****-****-1234"));
    assert_eq!(receipt.receipt_url(), Some("https://receipt.example/1"));
    assert_eq!((payment.uid(), payment.period()), (&booked.subscription.uid, 1));
    let dates = (payment.period_start().to_string(), payment.period_end().to_string());
    assert_eq!(dates, ("2026-02-15".to_owned(), "2026-03-15".to_owned()));
    assert_eq!(only_order(&booked), (ClosedState::Paid { imp_uid: paid.imp_uid }.into(), false));
    assert_eq!((booked.subscription.periods_paid, booked.subscription.next_attempt), (2, 0));
    assert!(booked.subscription.refunds.is_empty());
}

#[test]
fn a_payment_at_the_old_price_leaves_the_new_one_that_was_agreed_to_for_the_next() {
    let holds_from = "2026-02-01".parse().unwrap();
    let version = PriceVersion { holds_from, price: Won::new(12_900) };
    let consent = Consent { price: version.price, ..member().consent.unwrap() };
    let agreed = PriceChange { version, asked_at: at(NOW), agreed: Some(consent) };
    let charging = with(OpenState::Charging { until: at(NOW) });
    let charging = Subscription { price_change: Some(agreed.clone()), ..charging };
    let paid = record(CHARGE, RecordStatus::Paid, Usage::Payment);
    let case = Case { changes: vec![version], ..case(charging) };
    let booked = case.records(CHARGE, vec![paid]).change().subscription;
    assert_eq!((booked.periods_paid, booked.price), (2, Won::new(9_900)));
    assert_eq!(booked.price_change, Some(agreed));
}

#[test]
fn a_payment_after_declines_is_told_as_a_recovery() {
    for (failures, expected) in [(0, false), (1, true)] {
        let dunning = billing::Dunning { failures, ..billing::Dunning::default() };
        let charging = Subscription { dunning, ..with(OpenState::Charging { until: at(NOW) }) };
        let paid = record(CHARGE, RecordStatus::Paid, Usage::Payment);
        let booked = case(charging).records(CHARGE, vec![paid]).change().subscription;
        let [Announcement { news: News::Paid { recovered, .. }, .. }] = booked.outbox.as_slice()
        else {
            panic!("{:?}", booked.outbox)
        };
        assert_eq!(*recovered, expected);
    }
}

#[test]
fn the_first_charge_that_is_declined_forgets_its_card_and_another_may_come() {
    let mut new = Subscription {
        periods_paid: 0,
        anchor: None,
        access: Access::None,
        ..with(OpenState::Charging { until: at(NOW) })
    };
    new.card.as_mut().unwrap().registered_at = at(NOW) - secs(60);
    let first = Charge { period: 0, ..new.charges.first().unwrap().clone() };
    let declined = record(CHARGE, RecordStatus::Failed, Usage::Payment);
    let after = case(Subscription { charges: vec![first], ..new })
        .records(CHARGE, vec![declined])
        .change()
        .subscription;
    assert_eq!((after.card, after.unwanted_keys), (None, vec![CARD]));
    assert_eq!((after.dunning.failures, after.dunning.stopped), (1, false));
}

#[test]
fn what_is_open_about_another_period_keeps_no_period_from_being_charged() {
    let earlier = MerchantUid::Charge { subscription: ID, period: 0, attempt: 0 };
    let before =
        MerchantUid::Charge { subscription: SubscriptionId::new(Ulid(6)), period: 1, attempt: 0 };
    for (order, charged) in [(earlier, true), (before, true), (CHARGE, false)] {
        let due = RefundDue { merchant_uid: order, ..refund() };
        let owing = Subscription { refunds: vec![due], ..member() };
        let owing = case(owing).failed(SideEffect::Refund(refund().imp_uid));
        assert_eq!(owing.change().lease.is_some(), charged, "owed back: {order}");
        let review = Review {
            id: "it".to_owned(),
            merchant_uid: order,
            why: Why::ChargeUnknown,
            said: None,
            at: at(NOW),
            facts: Vec::new(),
            refund: None,
            waits: false,
            booked: None,
        };
        let open = case(Subscription { reviews: vec![review], ..member() });
        assert_eq!(open.change().lease.is_some(), charged, "in review: {order}");
    }
}

#[test]
fn a_passing_decline_is_tried_again_five_times_within_minutes_and_then_counts() {
    let policy = at_ten();
    let declined = |transients| {
        let dunning = billing::Dunning { transients, ..billing::Dunning::default() };
        let charging = Subscription { dunning, ..with(OpenState::Charging { until: at(NOW) }) };
        let fail_reason = Some("[1195] 빌링 미등록 거래".to_owned());
        let failed = Record { fail_reason, ..record(CHARGE, RecordStatus::Failed, Usage::Payment) };
        case(charging).records(CHARGE, vec![failed]).change().subscription.dunning
    };
    let again = declined(policy.transient_tries - 1);
    assert_eq!((again.transients, again.failures), (policy.transient_tries, 0));
    assert_eq!(again.retry_at, Some(at(NOW) + policy.transient_wait));
    let counted = declined(policy.transient_tries);
    assert_eq!((counted.transients, counted.failures), (0, 1));
}

#[test]
fn a_schedule_that_iamport_refuses_is_charged_by_us_on_its_day() {
    let until = at(NOW) + secs(60);
    let scheduling = with(OpenState::Scheduling { at: at(RENEWAL), until });
    let refused = |subscription| {
        let mut case = case(subscription).schedule(ScheduleSighting::Missing);
        case.seen.refused.insert(CHARGE, Refused::Said("no".to_owned(), at(NOW)));
        case.change()
    };
    let direct = refused(scheduling.clone());
    assert_eq!(only_order(&direct), (ClosedState::Abandoned.into(), false));
    assert_eq!(direct.subscription.dunning.retry_at, Some(at(RENEWAL)));
    let unwanted = refused(cancelled(scheduling));
    assert_eq!(only_order(&unwanted), (ClosedState::Abandoned.into(), false));
    assert_eq!(unwanted.subscription.dunning.retry_at, None);
}

#[test]
fn a_card_of_a_second_checkout_begins_nothing() {
    let taken = |subscription: Subscription| {
        let registration = Registration { intent: Intent::Subscribe, ..registration() };
        let registered = Record {
            customer_uid: Some(registration.customer_uid.to_string()),
            ..record(REGISTRATION, RecordStatus::Paid, Usage::Issue)
        };
        let subscription = Subscription { registrations: vec![registration], ..subscription };
        let after = case(subscription).records(REGISTRATION, vec![registered]).change();
        after.subscription.unwanted_keys.is_empty()
    };
    let new = Subscription { periods_paid: 0, anchor: None, card: None, ..member() };
    assert!(taken(new.clone()));
    assert!(!taken(Subscription { card: member().card, ..new.clone() }));
    assert!(!taken(Subscription { card: None, ..member() }));
    assert!(!taken(Subscription { ended_at: Some(at(NOW)), ..new }));
}

#[test]
fn a_card_of_an_earlier_run_is_not_taken_though_a_person_has_its_window_looked_at_again() {
    let earlier = SubscriptionId::new(Ulid(6));
    let id = MerchantUid::Registration { subscription: earlier, generation: 0 };
    let key = CustomerUid::Ours { subscription: earlier, generation: 0 };
    for intent in [Intent::Subscribe, Intent::ChangeCard] {
        let window = Registration { merchant_uid: id, customer_uid: key, intent, ..registration() };
        let registrations = vec![window];
        let subscription =
            Subscription { periods_paid: 0, anchor: None, card: None, registrations, ..member() };
        let registered = Record {
            customer_uid: Some(key.to_string()),
            ..record(id, RecordStatus::Paid, Usage::Issue)
        };
        let after = case(subscription).records(id, vec![registered]).change().subscription;
        assert_eq!((after.card, after.unwanted_keys), (None, vec![key]));
    }
}

#[test]
fn a_retry_is_planned_for_its_day_and_made_when_that_has_come() {
    let retried = |retry_at| {
        let dunning = billing::Dunning {
            failures: 1,
            retry_at: Some(retry_at),
            ..billing::Dunning::default()
        };
        case(Subscription { dunning, ..member() }).change()
    };
    let later = at(NOW) + secs(1);
    let planned = retried(later);
    assert_eq!(only_order(&planned), (OpenState::Planned { at: later }.into(), false));
    assert_eq!(planned.subscription.outbox.len(), 1, "the member is told of it");
    let made = retried(at(NOW));
    assert_eq!(only_order(&made), (OpenState::Charging { until: soon(NOW) }.into(), true));
}

#[test]
fn what_failed_before_days_that_were_given_are_over_is_tried_again_when_its_period_begins() {
    for retry_at in [at(NOW), at(NOW) + secs(60)] {
        let dunning = billing::Dunning {
            transients: 1,
            retry_at: Some(retry_at),
            ..billing::Dunning::default()
        };
        let given = Subscription { dunning, days_given: 1, ..member() };
        let begins = at_ten().charge_at(given.paid_through().unwrap(), &given.uid);
        let planned = case(given).change();
        assert_eq!(only_order(&planned), (OpenState::Planned { at: begins }.into(), false));
        let rests = case(planned.subscription).step();
        assert!(!matches!(rests, Step::Commit(_)), "it is not given up again: {rests:?}");
    }
}

#[test]
fn a_schedule_that_ran_before_we_knew_it_stood_is_looked_up_until_its_payment_is_seen() {
    let scheduling = || with(OpenState::Scheduling { at: at(NOW), until: at(NOW) });
    let ran = || case(scheduling()).schedule(ScheduleSighting::Executed);
    assert_eq!(ran().step(), Do(Effect::LookUp(CHARGE)));
    let waits = ran().records(CHARGE, Vec::new());
    assert_eq!(waits.due(), Some(at(NOW) + at_ten().patience));
}

#[test]
fn a_charge_too_close_for_a_schedule_is_planned_and_not_made_early() {
    let planned = |now: Timestamp| only_order(&case(member()).at(now).change());
    let lease = at_ten().lease;
    let scheduled = OpenState::Scheduling { at: at(RENEWAL), until: at(RENEWAL) - secs(1) };
    assert_eq!(planned(at(RENEWAL) - lease - secs(1)), (scheduled.into(), true));
    let waits = (OpenState::Planned { at: at(RENEWAL) }.into(), false);
    assert_eq!(planned(at(RENEWAL) - lease), waits);
    assert_eq!(planned(at(RENEWAL) - secs(1)), waits);
    let begun = OpenState::Charging { until: at(RENEWAL) + lease };
    assert_eq!(planned(at(RENEWAL)), (begun.into(), true));
}

#[test]
fn money_for_a_period_that_is_paid_is_owed_back() {
    let late = Subscription { periods_paid: 2, ..with(OpenState::Scheduled { at: at(NOW) }) };
    let paid = |cancelled| Record {
        cancelled: Won::new(cancelled),
        ..record(CHARGE, RecordStatus::Paid, Usage::Scheduled)
    };
    let owed = |record| {
        let change = case(late.clone()).records(CHARGE, vec![record]).change();
        assert!(change.payment.is_some(), "what moved is stored");
        assert_eq!(change.subscription.periods_paid, 2);
        change.subscription.refunds.iter().map(|due| due.amount).collect::<Vec<_>>()
    };
    assert_eq!(owed(paid(0)), [Won::new(9_900)]);
    assert_eq!(owed(paid(9_899)), [Won::new(9_900)]);
    assert_eq!(owed(paid(9_900)), []);
}

#[test]
fn money_of_a_run_that_is_over_pays_for_nothing() {
    let other =
        MerchantUid::Charge { subscription: SubscriptionId::new(Ulid(6)), period: 1, attempt: 0 };
    let closed = Charge { merchant_uid: other, ..charge(ClosedState::Abandoned) };
    let asked = Order::Charge {
        uid: "member".parse().unwrap(),
        charge: closed.with(closed.outcome.clone().into()),
    };
    let paid = record(other, RecordStatus::Paid, Usage::Payment);
    let change =
        Case { asked: Some(asked), ..case(with_schedule()) }.records(other, vec![paid]).change();
    assert_eq!(change.subscription.periods_paid, 1);
    assert_eq!(change.subscription.refunds.len(), 1);
    let payment = change.payment.unwrap();
    assert_eq!(payment.period_start(), payment.period_end());
}

#[test]
fn what_was_given_back_at_the_console_is_noted_once() {
    let imp_uid = record(CHARGE, RecordStatus::Paid, Usage::Payment).imp_uid;
    let order = closed(ClosedState::Paid { imp_uid: imp_uid.clone() });
    let asked = |cancelled, subscription| {
        let back = Record {
            cancelled: Won::new(cancelled),
            ..record(CHARGE, RecordStatus::Cancelled, Usage::Payment)
        };
        Case { asked: Some(order.clone()), ..case(subscription) }.records(CHARGE, vec![back])
    };
    let next = Subscription { periods_paid: 2, ..member() };
    let next = Subscription {
        charges: vec![Charge {
            merchant_uid: MerchantUid::Charge { subscription: ID, period: 2, attempt: 0 },
            period: 2,
            ..charge(OpenState::Scheduled { at: at("2026-03-15T01:00:00Z") })
        }],
        ..next
    };
    let noted = asked(4_000, next.clone()).change().refund.unwrap();
    assert_eq!((noted.imp_uid, noted.refunded), (imp_uid.clone(), Won::new(4_000)));
    assert!(asked(0, next.clone()).change().refund.is_none());
    for (known, again) in [(3_999, true), (4_000, false), (4_001, false)] {
        let mut seen = asked(4_000, next.clone());
        seen.seen.refunded.insert(imp_uid.clone(), Won::new(known));
        assert_eq!(seen.change().refund.is_some(), again, "{known}");
    }
    // Another payment under that order is not the one that was booked.
    let mut other = asked(4_000, next.clone());
    other.asked = Some(closed(ClosedState::Paid { imp_uid: "imp_000000000002".parse().unwrap() }));
    assert!(other.change().refund.is_none());
    // A refund of ours is noted when it is done.
    let due = RefundDue { imp_uid: imp_uid.clone(), ..refund() };
    let ours = Subscription { refunds: vec![due], ..next };
    let seen = asked(4_000, ours).failed(SideEffect::Refund(imp_uid));
    assert!(seen.change().refund.is_none());
}

#[test]
fn a_refund_is_asked_for_until_all_of_it_came_back() {
    let owing = || Subscription { refunds: vec![refund()], ..with_schedule() };
    assert_eq!(case(owing()).step(), Do(Effect::Refund(refund())));
    let back = |amount| {
        let mut case = case(owing());
        case.seen.refunded.insert(refund().imp_uid, Won::new(amount));
        case
    };
    assert_eq!(back(9_899).step(), Do(Effect::Refund(refund())));
    let done = back(9_900).change();
    assert_eq!(done.refund.unwrap().refunded, Won::new(9_900));
    assert!(done.subscription.refunds.is_empty());
}

#[test]
fn a_person_looks_at_a_refund_that_was_refused_for_six_hours() {
    let patience = at_ten().refund_patience;
    let refused = |since| {
        let due = RefundDue { refused_since: since, ..refund() };
        let mut case = case(Subscription { refunds: vec![due], ..with_schedule() });
        case.seen.refund_refused.insert(refund().imp_uid, "no".to_owned());
        case.failed(SideEffect::Refund(refund().imp_uid))
    };
    let noted = refused(None).change().subscription;
    assert_eq!(noted.refunds.first().unwrap().refused_since, Some(at(NOW)));
    let early = refused(Some(at(NOW) - patience + secs(1))).change().subscription;
    assert_eq!((early.refunds.len(), early.reviews.len()), (1, 0));
    let late = refused(Some(at(NOW) - patience)).change().subscription;
    assert_eq!((late.refunds.len(), late.reviews.len()), (0, 1));
}

#[test]
fn a_billing_key_in_use_is_not_deleted() {
    let keys = |subscription| {
        let unwanted = Subscription { unwanted_keys: vec![CARD], ..subscription };
        matches!(case(unwanted).step(), Do(Effect::DeleteKey(key)) if key == CARD)
    };
    assert!(!keys(with_schedule()));
    let over = || Subscription { card: None, ended_at: Some(at(NOW)), ..member() };
    assert!(keys(Subscription { access: Access::None, ..over() }));
    let open = vec![charge(OpenState::Charging { until: at(NOW) + secs(60) })];
    let charged = Subscription { charges: open, access: Access::None, ..over() };
    let waits = case(Subscription { unwanted_keys: vec![CARD], ..charged });
    assert!(matches!(waits.records(CHARGE, Vec::new()).step(), Step::Commit(_)));
}

#[test]
fn money_under_a_charge_that_was_closed_is_booked_or_goes_to_a_person_once() {
    let other = MerchantUid::Charge { subscription: ID, period: 1, attempt: 1 };
    let look = |outcome, usage, reviews, verdicts| {
        let order = closed(outcome);
        let planned = OpenState::Planned { at: at(RENEWAL) };
        let open = vec![Charge { merchant_uid: other, ..charge(planned) }];
        let member = Subscription { charges: open, reviews, verdicts, ..member() };
        let case = Case { asked: Some(order), ..case(member) };
        let case = case.records(CHARGE, vec![record(CHARGE, RecordStatus::Paid, usage)]);
        let after = case.change();
        (after.payment.is_some(), after.subscription.reviews.len(), after.orders.len())
    };
    let seen = |outcome, usage| look(outcome, usage, vec![], vec![]);
    let decline = || ClosedState::Declined { decline: Decline::new("한도 초과", at(NOW)) };
    for dead in [ClosedState::Abandoned, decline()] {
        assert_eq!(seen(dead.clone(), Usage::Payment), (true, 0, 1));
        assert_eq!(seen(dead, Usage::Other), (false, 1, 1));
    }
    assert_eq!(seen(ClosedState::Contradicted, Usage::Other), (false, 0, 0), "a person knows");
    let paid = ClosedState::Paid { imp_uid: "imp_000000000001".parse().unwrap() };
    assert_eq!(seen(paid, Usage::Payment), (false, 0, 0), "it is booked");
    // The order was read before another run opened the review, or before a person settled it.
    let stale = |reviews, verdicts| look(ClosedState::Abandoned, Usage::Other, reviews, verdicts).1;
    let earlier = MerchantUid::Charge { subscription: ID, period: 0, attempt: 0 };
    assert_eq!(stale(vec![review(CHARGE)], vec![]), 1);
    assert_eq!(stale(vec![review(earlier)], vec![]), 2);
    assert_eq!(stale(vec![], vec![verdict("imp_000000000001", true)]), 0);
}

pub(crate) fn review(merchant_uid: MerchantUid) -> Review {
    Review {
        id: "it".to_owned(),
        merchant_uid,
        why: Why::TwoPayments,
        said: None,
        at: at(NOW),
        facts: vec![record(merchant_uid, RecordStatus::Paid, Usage::Other)],
        refund: None,
        waits: false,
        booked: None,
    }
}

/// A person's word on a payment under the charge of the second period.
pub(crate) fn verdict(imp_uid: &str, counts: bool) -> Verdict {
    let order = closed(ClosedState::Contradicted);
    Verdict { order, imp_uid: imp_uid.parse().unwrap(), counts, by: None }
}

#[test]
fn what_is_booked_already_is_not_booked_again_whatever_a_person_says() {
    let said = |outcome| {
        let order = closed(outcome);
        let mut member = Subscription { reviews: vec![review(CHARGE)], ..member() };
        member
            .resolve("it", Resolution::Refund, &order, &"admin".parse().unwrap(), at(NOW))
            .unwrap();
        (member.reviews.len(), member.verdicts.len())
    };
    let paid = |id: &str| ClosedState::Paid { imp_uid: id.parse().unwrap() };
    assert_eq!(said(ClosedState::Contradicted), (0, 1));
    assert_eq!(said(paid("imp_000000000002")), (0, 1));
    assert_eq!(said(paid("imp_000000000001")), (0, 0));
    // Two words on one payment: the first holds.
    let id = "imp_000000000001";
    let verdicts = vec![verdict(id, true), verdict(id, false), verdict("imp_000000000002", false)];
    let records = vec![record(CHARGE, RecordStatus::Paid, Usage::Other)];
    let booked = case(Subscription { verdicts, ..member() }).records(CHARGE, records).change();
    assert_eq!((booked.subscription.periods_paid, booked.subscription.verdicts.len()), (2, 1));
}

#[test]
fn what_was_given_up_is_never_wanted_again_and_another_attempt_is_made() {
    // The cancellation was taken back while the schedule was being taken back: by whoever, it goes.
    let given_up = Subscription { next_attempt: 1, wanted_from: 1, ..with_schedule() };
    let mut taken_back = case(given_up);
    assert_eq!(taken_back.step(), Do(Effect::Unschedule(CARD, CHARGE)));
    taken_back.seen.taken_back.insert(CHARGE);
    assert_eq!(taken_back.step(), Do(Effect::LookUpSchedule(CHARGE)), "after a lost write");
    let closed = taken_back.schedule(ScheduleSighting::TakenBack).change();
    assert_eq!(only_order(&closed), (ClosedState::Abandoned.into(), false));
    let mut again = case(closed.subscription);
    let [opened] = &again.change().opened[..] else { panic!("another is begun") };
    let second = MerchantUid::Charge { subscription: ID, period: 1, attempt: 1 };
    assert_eq!(opened.merchant_uid(), second);
    // It is of its period: the next one begins with nothing given up.
    again.subscription.wanted_from = 1;
    let records = vec![record(second, RecordStatus::Paid, Usage::Scheduled)];
    let mut open = charge(OpenState::Scheduled { at: at(NOW) });
    open.merchant_uid = second;
    again.subscription.charges = vec![open];
    assert_eq!(again.records(second, records).change().subscription.wanted_from, 0);
}

#[test]
fn what_a_person_has_to_settle_stops_every_charge_of_its_period() {
    let standing = |period| {
        let about = MerchantUid::Charge { subscription: ID, period, attempt: 9 };
        case(Subscription { reviews: vec![review(about)], ..with_schedule() })
    };
    standing(1).stops();
    assert!(
        matches!(standing(0).step(), Step::Commit(change) if change.subscription.wanted_from == 0)
    );
}

#[test]
fn a_verdict_of_a_person_is_booked_as_said() {
    let id = "imp_000000000001";
    let order = closed(ClosedState::Contradicted);
    let said = |counts, merchant_uid, imp_uid: &str| {
        let verdict =
            Verdict { order: order.clone(), imp_uid: imp_uid.parse().unwrap(), counts, by: None };
        let subscription = Subscription { verdicts: vec![verdict], ..member() };
        let other = record(merchant_uid, RecordStatus::Paid, Usage::Other);
        let before = Record { imp_uid: "imp_0".parse().unwrap(), ..other.clone() };
        let change = case(subscription).records(CHARGE, vec![before, other]).change();
        assert!(change.subscription.verdicts.is_empty());
        change
    };
    let accepted = said(true, CHARGE, id);
    let paid = ClosedState::Paid { imp_uid: id.parse().unwrap() };
    assert_eq!(only_order(&accepted), (paid.into(), false));
    assert_eq!(accepted.payment.unwrap().receipt().imp_uid().as_str(), id);
    assert_eq!((accepted.subscription.periods_paid, accepted.subscription.refunds.len()), (2, 0));
    let refunded = said(false, CHARGE, id);
    assert!(refunded.payment.is_some());
    assert_eq!((refunded.subscription.periods_paid, refunded.subscription.refunds.len()), (1, 1));
    for gone in [said(true, CHARGE, "imp_000000000002"), said(true, REGISTRATION, id)] {
        assert!(gone.payment.is_none() && gone.orders.is_empty());
    }
}

#[test]
fn access_is_leased_then_told_and_what_it_heard_is_stored() {
    let paid = |access| Subscription { access, ..with_schedule() };
    let over = |access| Subscription { access, ended_at: Some(at(NOW)), card: None, ..member() };
    let (granted, revoked) = (Access::Granted { at: at(NOW) }, Access::Revoked { at: at(NOW) });
    for (before, enter, after) in [
        (paid(Access::None), true, granted),
        (paid(revoked), true, granted),
        (over(granted), false, revoked),
    ] {
        let leased = case(before).change();
        let telling = Access::Telling { enter, until: soon(NOW) };
        let lease = Some((Leased::Access, soon(NOW)));
        assert_eq!((leased.subscription.access, leased.lease), (telling, lease));
        assert_eq!(leased.subscription.due_at, Some(soon(NOW)));
        let mut held = case(leased.subscription);
        held.seen.leased = Some(Leased::Access);
        assert_eq!(held.step(), Do(if enter { Effect::Grant } else { Effect::Revoke }));
        held.seen.told = Some(at(NOW));
        assert_eq!(held.change().subscription.access, after);
    }
    // Nothing was paid, or it is over already: nobody has to be told.
    let new = Subscription { periods_paid: 0, card: None, access: Access::None, ..member() };
    assert_eq!(case(new).step(), Step::Rest(None));
    assert_eq!(case(over(revoked)).step(), Step::Rest(None));
}

#[test]
fn what_another_run_tells_about_access_is_waited_for_and_then_told_anew() {
    let until = at(NOW) + secs(60);
    for (told, enter) in [(true, true), (true, false), (false, true), (false, false)] {
        let access = Access::Telling { enter: told, until };
        let subscription = || {
            let subscription = Subscription { access, ..with_schedule() };
            let over = Subscription { ended_at: Some(at(NOW)), card: None, ..member() };
            if enter { subscription } else { Subscription { access, ..over } }
        };
        assert_eq!(case(subscription()).due(), Some(soon(NOW)));
        // What was heard counts only under a lease that still stands.
        let mut lost = case(subscription());
        lost.seen.told = Some(at(NOW));
        assert_eq!(lost.change().subscription.access, access);
        // This run's own lease is no leave to tell the opposite.
        let mut mine = case(subscription());
        mine.seen.leased = Some(Leased::Access);
        let tells = matches!(mine.step(), Do(Effect::Grant | Effect::Revoke));
        assert_eq!(tells, told == enter);
        mine.seen.told = Some(at(NOW));
        assert_eq!(mine.change().subscription.access == access, told != enter);
        // Its time is over: nobody tells on the old lease.
        let mut late = case(subscription()).at(until);
        late.seen.leased = Some(Leased::Access);
        let leased = late.change();
        let until = until + at_ten().lease;
        let telling = Access::Telling { enter, until };
        let lease = Some((Leased::Access, until));
        assert_eq!((leased.subscription.access, leased.lease), (telling, lease));
    }
}

#[test]
fn the_card_is_said_to_expire_a_month_before_and_once() {
    let expires: Date = "2026-03-31".parse().unwrap();
    let card = |told| {
        let mut subscription = with_schedule();
        let card = subscription.card.as_mut().unwrap();
        (card.expires, card.expiry_told) = (Some(expires), told);
        subscription
    };
    let month_before = start_of_day("2026-02-28".parse().unwrap());
    assert!(case(card(false)).due() < Some(month_before));
    let untouched = Subscription { charges: Vec::new(), next_attempt: 9_999, ..card(false) };
    let waits = case(untouched.clone()).at(month_before - secs(1));
    assert!(!waits.change().subscription.card.unwrap().expiry_told);
    let told = case(untouched).at(month_before).change().subscription;
    assert!(told.card.unwrap().expiry_told);
    assert!(
        matches!(told.outbox.as_slice(), [news] if news.news == News::CardExpiring { expires })
    );
}

#[test]
fn a_higher_price_is_asked_for_from_thirty_days_before_until_the_period_begins() {
    let version =
        |price| PriceVersion { holds_from: "2026-02-01".parse().unwrap(), price: Won::new(price) };
    let priced =
        |price, now| Case { changes: vec![version(price)], ..case(with_schedule()).at(now) };
    let from = start_of_day("2026-01-16".parse().unwrap());
    assert_eq!(priced(12_900, from - secs(1)).due(), Some(from));
    let asked = priced(12_900, from).change().subscription;
    let expected = PriceChange { version: version(12_900), asked_at: from, agreed: None };
    assert_eq!(asked.price_change, Some(expected));
    assert_eq!(asked.price, Won::new(9_900));
    // The price went back to what is paid today: nothing is asked any more.
    let mut back = priced(9_900, from);
    back.subscription.price_change.clone_from(&asked.price_change);
    let back = back.change().subscription;
    assert_eq!((back.price, back.price_change), (Won::new(9_900), None));
    // Asked is asked.
    let mut again = priced(12_900, from);
    again.subscription.price_change = asked.price_change;
    again.stops();
    let begun = start_of_day("2026-02-15".parse().unwrap());
    assert!(priced(12_900, begun - secs(1)).change().subscription.price_change.is_some());
    assert!(priced(12_900, begun).change().subscription.price_change.is_none());
    // A lower one needs no consent, and the schedule at the old one is looked for.
    assert_eq!(priced(7_900, from).step(), Do(Effect::LookUpSchedule(CHARGE)));
    let lower = priced(7_900, from).schedule(ScheduleSighting::Standing).change().subscription;
    assert_eq!((lower.price, lower.price_change), (Won::new(7_900), None));
    let lower = Subscription { price: Won::new(7_900), ..with_schedule() };
    Case { subscription: lower, ..priced(7_900, from) }.stops();
}

#[test]
fn a_schedule_taken_back_at_the_console_is_for_a_person_though_another_price_would_replace_it() {
    let version =
        |price| PriceVersion { holds_from: "2026-02-01".parse().unwrap(), price: Won::new(price) };
    let now = start_of_day("2026-01-16".parse().unwrap());
    let lower = Case { changes: vec![version(7_900)], ..case(with_schedule()).at(now) };
    let consent = Consent { price: Won::new(12_900), ..member().consent.unwrap() };
    let asked = PriceChange { version: version(12_900), asked_at: now, agreed: Some(consent) };
    // What was agreed to costs less by now.
    let row = Subscription { price: Won::new(9_900), price_change: Some(asked), ..with_schedule() };
    let mut agreed = Case { changes: vec![version(11_900)], ..case(row).at(now) };
    agreed.subscription.charges[0].amount = Won::new(12_900);
    for case in [lower, agreed] {
        assert_eq!(case.step(), Do(Effect::LookUpSchedule(CHARGE)));
        let case = case.schedule(ScheduleSighting::TakenBack).records(CHARGE, Vec::new());
        assert_eq!(case.step(), Do(Effect::ReadOrder(CHARGE)));
        let mut case = case;
        case.seen.stored.insert(CHARGE, None);
        let reviewed = case.change().subscription;
        assert_eq!(reviewed.reviews.len(), 1);
        // Then the price changes as listed, and nothing is charged before the person has spoken.
        case.subscription = reviewed;
        let repriced = case.change().subscription;
        assert_eq!(repriced.price_to_charge(), Some(case.changes[0].price));
    }
}

#[test]
fn a_schedule_that_stands_for_a_closed_order_is_taken_back_whatever_else_is_open() {
    let asked = Some(closed(ClosedState::Abandoned));
    let another = MerchantUid::Charge { subscription: ID, period: 1, attempt: 1 };
    let open = Charge { merchant_uid: another, ..charge(OpenState::Scheduled { at: at(RENEWAL) }) };
    for charges in [Vec::new(), vec![open]] {
        let row = Subscription { charges, ..member() };
        let orphan = Case { asked: asked.clone(), ..case(row) };
        let step = orphan.schedule(ScheduleSighting::Standing).step();
        assert_eq!(step, Do(Effect::Unschedule(CARD, CHARGE)));
    }
    // One that is carried is no orphan.
    let carried = Case { asked, ..case(with_schedule()) };
    let step = carried.schedule(ScheduleSighting::Standing).step();
    assert_ne!(step, Do(Effect::Unschedule(CARD, CHARGE)));
}

#[test]
fn a_schedule_that_was_paid_before_and_is_not_there_is_looked_for_as_money() {
    let scheduling = OpenState::Scheduling { at: at(RENEWAL), until: at(NOW) + secs(60) };
    let mut paid_before = case(with(scheduling)).schedule(ScheduleSighting::Missing);
    paid_before.seen.refused.insert(CHARGE, Refused::PaidBefore);
    assert_eq!(paid_before.step(), Do(Effect::LookUp(CHARGE)));
    let looked = paid_before.records(CHARGE, Vec::new());
    assert_ne!(looked.step(), Do(Effect::LookUp(CHARGE)), "once in a run");
}

#[test]
fn a_schedule_that_is_refused_for_what_somebody_paid_under_its_order_is_for_a_person_and_not_placed_again()
 {
    let until = at(NOW) + secs(60);
    let scheduling = with(OpenState::Scheduling { at: at(RENEWAL), until });
    let paid = |status, refused: Option<Refused>| {
        let records = vec![record(CHARGE, status, Usage::Other)];
        let mut case = case(scheduling.clone()).schedule(ScheduleSighting::Missing);
        case.seen.refused.extend(refused.map(|refused| (CHARGE, refused)));
        case.records(CHARGE, records)
    };
    // As long as the call may still arrive, nothing is known.
    assert_eq!(paid(RecordStatus::Paid, None).due(), Some(until));
    let over = paid(RecordStatus::Paid, Some(Refused::PaidBefore)).change();
    assert_eq!(only_order(&over), (ClosedState::Contradicted.into(), false));
    assert_eq!(over.subscription.reviews.len(), 1, "a person looks");
    // What was tried in vain is not what Iamport speaks of.
    assert_eq!(paid(RecordStatus::Failed, Some(Refused::PaidBefore)).due(), Some(until));
}

#[test]
fn what_nobody_wants_and_somebody_took_back_is_over() {
    let unwanted = case(cancelled(with_schedule())).schedule(ScheduleSighting::TakenBack);
    let over = unwanted.records(CHARGE, Vec::new()).change();
    assert_eq!(only_order(&over), (ClosedState::Abandoned.into(), false));
    assert_eq!(over.subscription.reviews, [], "no person is asked");
}

#[test]
fn a_card_of_which_nothing_comes_is_given_up_and_its_key_with_it() {
    let new = || Subscription { periods_paid: 0, anchor: None, access: Access::None, ..member() };
    let fresh = |row: Subscription| {
        let card = row.card.map(|card| Card { registered_at: at(NOW), ..card });
        Subscription { card, ..row }
    };
    // Withdrawn, and registered too long ago to be charged without a word.
    for row in [fresh(cancelled(new())), new()] {
        let given_up = case(row).change().subscription;
        assert_eq!((given_up.card, given_up.unwanted_keys), (None, vec![CARD]));
    }
    let charged = case(fresh(new())).change();
    assert!(charged.subscription.card.is_some() && charged.lease.is_some(), "else it is charged");
}
