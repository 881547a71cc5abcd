//! What a record means for an order: a registration is never a payment.

use billing::evidence::{self, ChargeEvidence, RegistrationEvidence};
use billing::{
    CustomerUid, Intent, MerchantUid, OpenCharge, OpenState, Record, RecordStatus, Registration,
    RegistrationState, SubscriptionId, Usage, Won,
};
use jiff::Timestamp;
use ulid::Ulid;

const SUBSCRIPTION: SubscriptionId = SubscriptionId::new(Ulid(7));
const CARD: CustomerUid = CustomerUid::Ours { subscription: SUBSCRIPTION, generation: 0 };

fn registration() -> Registration {
    Registration {
        merchant_uid: MerchantUid::Registration { subscription: SUBSCRIPTION, generation: 0 },
        customer_uid: CARD,
        intent: Intent::Subscribe,
        plan: "monthly".parse().unwrap(),
        amount: Won::new(9_900),
        opened_at: Timestamp::UNIX_EPOCH,
        look_at: Timestamp::UNIX_EPOCH,
        outcome: RegistrationState::Open,
    }
}

fn charge() -> OpenCharge {
    OpenCharge {
        merchant_uid: MerchantUid::Charge { subscription: SUBSCRIPTION, period: 0, attempt: 0 },
        customer_uid: CARD,
        amount: Won::new(9_900),
        plan: "monthly".parse().unwrap(),
        period: 0,
        opened_at: Timestamp::UNIX_EPOCH,
        outcome: OpenState::Charging { until: Timestamp::UNIX_EPOCH },
    }
}

fn paid(merchant_uid: MerchantUid, usage: Usage) -> Record {
    Record {
        imp_uid: "imp_000000000001".parse().unwrap(),
        merchant_uid: merchant_uid.to_string(),
        status: RecordStatus::Paid,
        usage,
        customer_uid: Some(CARD.to_string()),
        amount: Won::new(9_900),
        cancelled: Won::ZERO,
        currency: Some("KRW".to_owned()),
        at: Some(Timestamp::UNIX_EPOCH),
        fail_reason: None,
        card_name: None,
        card_number: None,
        receipt_url: None,
    }
}

fn contradicts(order: &OpenCharge, record: Record) -> bool {
    matches!(evidence::charge(order, &[record]), ChargeEvidence::Contradiction(_))
}

#[test]
fn a_paid_record_settles_a_charge_only_when_both_signs_agree() {
    let order = charge();
    for usage in [Usage::Payment, Usage::Scheduled] {
        assert!(matches!(
            evidence::charge(&order, &[paid(order.merchant_uid, usage)]),
            ChargeEvidence::Paid(_)
        ));
    }
    for usage in [Usage::Issue, Usage::Other] {
        assert!(contradicts(&order, paid(order.merchant_uid, usage)), "{usage:?}");
    }
}

#[test]
fn a_paid_record_settles_a_registration_only_when_it_says_issue() {
    let order = registration();
    let settled = |usage| evidence::registration(&order, &[paid(order.merchant_uid, usage)]);
    assert!(matches!(settled(Usage::Issue), RegistrationEvidence::Registered(_)));
    for usage in [Usage::Payment, Usage::Scheduled, Usage::Other] {
        assert!(matches!(settled(usage), RegistrationEvidence::Contradiction(_)), "{usage:?}");
    }
}

#[test]
fn another_amount_or_currency_or_a_second_payment_contradicts_the_order() {
    let order = charge();
    let right = paid(order.merchant_uid, Usage::Payment);
    assert!(contradicts(&order, Record { amount: Won::new(100), ..right.clone() }));
    assert!(contradicts(&order, Record { currency: Some("USD".to_owned()), ..right.clone() }));
    assert!(!contradicts(&order, Record { currency: None, ..right.clone() }), "we ask for won");
    assert!(matches!(
        evidence::charge(&order, &[right.clone(), right]),
        ChargeEvidence::Contradiction(_)
    ));
}

#[test]
fn anothers_card_does_not_settle_a_registration() {
    let order = registration();
    let other = Record {
        customer_uid: Some("card-other".to_owned()),
        ..paid(order.merchant_uid, Usage::Issue)
    };
    assert!(matches!(
        evidence::registration(&order, &[other]),
        RegistrationEvidence::Contradiction(_)
    ));
}

#[test]
fn a_record_of_another_order_says_nothing() {
    let other = paid(
        MerchantUid::Charge { subscription: SUBSCRIPTION, period: 0, attempt: 1 },
        Usage::Payment,
    );
    assert_eq!(evidence::charge(&charge(), &[other]), ChargeEvidence::Nothing);
}

#[test]
fn a_payment_after_a_decline_under_the_same_order_counts() {
    let order = charge();
    let failed =
        Record { status: RecordStatus::Failed, ..paid(order.merchant_uid, Usage::Payment) };
    let records = [failed, paid(order.merchant_uid, Usage::Scheduled)];
    assert!(matches!(evidence::charge(&order, &records), ChargeEvidence::Paid(_)));
}
