//! What differs between our books and what partners show.

use crate::at_ten;
use crate::deciding::{
    CARD, CHARGE, ID, NOW, REGISTRATION, at, charge, closed, member, record, refund, registration,
    secs, with,
};
use billing::compare::{
    self, Account, AccountDiffers, Claim, PaymentDiffers, ScheduleDiffers, StandingSchedule,
};
use billing::{
    ClosedState, CustomerUid, MerchantUid, OpenState, Order, Record, RecordStatus, Registration,
    RegistrationState, ScheduleSighting, State, Subscription, Usage, Won,
};
use jiff::Timestamp;

const LATER: &str = "2026-02-15T01:00:00Z";

fn claim(order: &Order, record: &Record, now: Timestamp) -> Claim {
    compare::claim(order, record, now, &at_ten())
}

fn paid() -> Record {
    record(CHARGE, RecordStatus::Paid, Usage::Scheduled)
}

fn paid_with(record: &Record) -> Order {
    closed(ClosedState::Paid { imp_uid: record.imp_uid.clone() })
}

fn registered(outcome: RegistrationState) -> Order {
    let registration = Registration { outcome, ..registration() };
    Order::Registration { uid: "member".parse().unwrap(), registration }
}

/// Old enough that nobody has it in hand any more.
fn old() -> Timestamp {
    paid().at.unwrap() + at_ten().patience
}

#[test]
fn money_that_is_not_the_orders_payment_is_unrecorded_once_nobody_can_have_it_in_hand() {
    let order = closed(ClosedState::Abandoned);
    assert_eq!(claim(&order, &paid(), old()), Claim::Unrecorded);
    assert_eq!(claim(&order, &paid(), old() - secs(1)), Claim::Nothing);
    let undated = Record { at: None, ..paid() };
    assert_eq!(claim(&order, &undated, at(NOW)), Claim::Unrecorded, "nobody waits for its time");
    let another = Record { imp_uid: "imp_000000000002".parse().unwrap(), ..paid() };
    assert_eq!(claim(&paid_with(&another), &paid(), old()), Claim::Unrecorded);
}

#[test]
fn an_orders_payment_has_its_row_however_young_it_is() {
    let row = Claim::Row { paid_at: paid().at.unwrap() };
    assert_eq!(claim(&paid_with(&paid()), &paid(), paid().at.unwrap()), row);
    let undated = Record { at: None, ..paid() };
    let opened_at = charge(()).opened_at;
    assert_eq!(claim(&paid_with(&undated), &undated, old()), Claim::Row { paid_at: opened_at });
    let given_back = Record { status: RecordStatus::Cancelled, ..paid() };
    assert_eq!(claim(&paid_with(&paid()), &given_back, old()), row);
}

#[test]
fn what_is_no_money_and_what_a_person_knows_claims_nothing() {
    for status in [RecordStatus::Ready, RecordStatus::Failed, RecordStatus::Other] {
        let record = Record { status, ..paid() };
        assert_eq!(claim(&closed(ClosedState::Abandoned), &record, at(LATER)), Claim::Nothing);
    }
    assert_eq!(claim(&closed(ClosedState::Contradicted), &paid(), at(LATER)), Claim::Nothing);
    let issued = record(REGISTRATION, RecordStatus::Paid, Usage::Issue);
    assert_eq!(claim(&registered(RegistrationState::Open), &issued, at(LATER)), Claim::Nothing);
    let money = record(REGISTRATION, RecordStatus::Paid, Usage::Payment);
    let told = registered(RegistrationState::Contradicted);
    assert_eq!(claim(&told, &money, at(LATER)), Claim::Nothing);
    let open = registered(RegistrationState::Open);
    assert_eq!(claim(&open, &money, at(LATER)), Claim::Unrecorded);
    assert_eq!(claim(&open, &money, at(NOW)), Claim::Nothing, "it was paid this moment");
}

#[test]
fn a_row_differs_when_it_is_gone_or_knows_of_less_than_was_given_back() {
    let given_back = Record { cancelled: Won::new(5_000), ..paid() };
    let here = Won::new(4_999);
    assert_eq!(compare::payment(&given_back, None), Some(PaymentDiffers::Unrecorded));
    let less = Some(PaymentDiffers::GivenBack { here });
    assert_eq!(compare::payment(&given_back, Some(here)), less);
    assert_eq!(compare::payment(&given_back, Some(Won::new(5_000))), None);
    assert_eq!(compare::payment(&given_back, Some(Won::new(9_900))), None);
    let owing = Subscription { refunds: vec![refund()], ..member() };
    assert!(owing.owes_back(&refund().imp_uid) && !owing.owes_back(&paid().imp_uid));
}

#[test]
fn a_registration_leaves_a_key_once_nobody_can_have_it_in_hand() {
    let policy = at_ten();
    let issued = record(REGISTRATION, RecordStatus::Paid, Usage::Issue);
    assert!(compare::leaves_a_key(&issued, old(), &policy));
    assert!(!compare::leaves_a_key(&issued, old() - secs(1), &policy));
    assert!(!compare::leaves_a_key(&paid(), old(), &policy));
}

#[test]
fn a_key_is_referred_to_by_the_card_by_what_is_open_and_by_what_is_to_be_deleted() {
    let key = CustomerUid::Ours { subscription: ID, generation: 1 };
    assert!(member().refers_to(CARD) && !member().refers_to(key));
    assert!(Subscription { unwanted_keys: vec![key], ..member() }.refers_to(key));
    assert!(Subscription { registrations: vec![registration()], ..member() }.refers_to(key));
    let open = with(OpenState::Planned { at: at(LATER) });
    assert!(Subscription { card: None, ..open }.refers_to(CARD));
}

#[test]
fn a_schedule_that_stands_is_orphaned_double_changed_or_as_it_should_be() {
    let asked = StandingSchedule { at: Some(at(LATER)), amount: Won::new(9_900) };
    let another = MerchantUid::Charge { subscription: ID, period: 1, attempt: 1 };
    let scheduled = [charge(OpenState::Scheduled { at: at(LATER) })];
    let charging = [charge(OpenState::Charging { until: at(LATER) })];
    let differs = |id, charges, schedule| compare::standing(id, charges, schedule);
    assert_eq!(differs(CHARGE, &[], asked), Some(ScheduleDiffers::Orphaned));
    assert_eq!(differs(another, &charging, asked), Some(ScheduleDiffers::Orphaned));
    assert_eq!(differs(another, &scheduled, asked), Some(ScheduleDiffers::Double));
    assert_eq!(differs(CHARGE, &scheduled, asked), None);
    assert_eq!(differs(CHARGE, &charging, asked), None, "it ran, and is looked for");
    for changed in [
        StandingSchedule { at: Some(at(NOW)), ..asked },
        StandingSchedule { at: None, ..asked },
        StandingSchedule { amount: Won::new(9_901), ..asked },
    ] {
        assert_eq!(differs(CHARGE, &scheduled, changed), Some(ScheduleDiffers::Changed));
    }
}

#[test]
fn a_schedule_that_is_carried_is_missing_changed_or_as_it_should_be() {
    let carried = charge(OpenState::Scheduled { at: at(LATER) });
    let asked = StandingSchedule { at: Some(at(LATER)), amount: Won::new(9_900) };
    let moved = StandingSchedule { at: Some(at(NOW)), ..asked };
    let differs = |sighting, schedule| compare::carried(&carried, &sighting, schedule);
    let missing = Some(ScheduleDiffers::Missing);
    assert_eq!(differs(ScheduleSighting::Missing, None), missing);
    assert_eq!(differs(ScheduleSighting::TakenBack, Some(asked)), missing);
    assert_eq!(differs(ScheduleSighting::Standing, Some(asked)), None);
    assert_eq!(differs(ScheduleSighting::Standing, Some(moved)), Some(ScheduleDiffers::Changed));
    assert_eq!(differs(ScheduleSighting::Executed, Some(moved)), None);
    assert_eq!(differs(ScheduleSighting::Failed("no".to_owned()), Some(moved)), None);
}

#[test]
fn an_account_is_lost_only_to_who_is_charged_and_lets_in_whom_it_should() {
    let account = |is_disabled, lets_in| Some(Account { is_disabled, lets_in });
    for state in [State::Active, State::PastDue] {
        assert_eq!(compare::account(state, None), Some(AccountDiffers::Lost));
        assert_eq!(compare::account(state, account(true, true)), Some(AccountDiffers::Lost));
    }
    for state in [State::None, State::Cancelling, State::Ended] {
        assert_eq!(compare::account(state, None), None);
    }
    for (state, enters) in [(State::Active, true), (State::Cancelling, true), (State::Ended, false)]
    {
        assert_eq!(compare::account(state, account(false, enters)), None);
        let claim = Some(AccountDiffers::Claim(!enters));
        assert_eq!(compare::account(state, account(false, !enters)), claim);
    }
}
