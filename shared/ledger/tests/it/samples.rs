//! Values to store.

use billing::{
    Cancellation, Change, Charge, ChargeState, ClosedState, Consent, CustomerUid, ImpUid,
    MerchantUid, Order, Payment, Record, RecordStatus, Subscription, SubscriptionId, Uid, Usage,
    Won,
    evidence::{self, ChargeEvidence},
};
use jiff::{Timestamp, civil::date};
use ulid::Ulid;

pub(crate) const SUBSCRIPTION: SubscriptionId = SubscriptionId::new(Ulid(7));
pub(crate) const CARD: CustomerUid =
    CustomerUid::Ours { subscription: SUBSCRIPTION, generation: 0 };

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn uid(text: &str) -> Uid {
    text.parse().unwrap()
}

pub(crate) fn imp_uid(text: &str) -> ImpUid {
    text.parse().unwrap()
}

pub(crate) fn subscription(uid: &Uid) -> Subscription {
    let consent = Consent {
        version: "2026-01".to_owned(),
        plan: "monthly".parse().unwrap(),
        price: Won::new(9_900),
        agreed_at: at("2026-11-22T03:00:00Z"),
    };
    Subscription::new(uid.clone(), SUBSCRIPTION, consent)
}

pub(crate) fn due(uid: &Uid, due_at: &str) -> Subscription {
    Subscription { due_at: Some(at(due_at)), ..subscription(uid) }
}

/// Paid until 22 December 2026, and asked to end.
pub(crate) fn cancelling(uid: &Uid, requested_at: &str) -> Subscription {
    Subscription {
        anchor: Some(date(2026, 11, 22)),
        periods_paid: 1,
        cancellation: Some(Cancellation {
            requested_at: at(requested_at),
            processed_at: None,
            ends_at: None,
        }),
        ..subscription(uid)
    }
}

pub(crate) fn charge(attempt: u16, outcome: impl Into<ChargeState>) -> Charge {
    Charge {
        merchant_uid: MerchantUid::Charge { subscription: SUBSCRIPTION, period: 0, attempt },
        customer_uid: CARD,
        amount: Won::new(9_900),
        plan: "monthly".parse().unwrap(),
        period: 0,
        opened_at: at("2026-11-22T03:00:01.5Z"),
        outcome: outcome.into(),
    }
}

pub(crate) fn order(uid: &Uid, attempt: u16, outcome: impl Into<ChargeState>) -> Order {
    Order::Charge { uid: uid.clone(), charge: charge(attempt, outcome) }
}

pub(crate) fn payment(uid: &Uid, paid_at: &str, id: &str) -> Payment {
    payment_of(uid, &record(paid_at, id), 0)
}

/// Iamport's word on money that moved for the first charge.
pub(crate) fn record(paid_at: &str, id: &str) -> Record {
    Record {
        imp_uid: imp_uid(id),
        merchant_uid: charge(0, ClosedState::Abandoned).merchant_uid.to_string(),
        status: RecordStatus::Paid,
        usage: Usage::Payment,
        customer_uid: Some(CARD.to_string()),
        amount: Won::new(9_900),
        cancelled: Won::ZERO,
        currency: Some("KRW".to_owned()),
        at: Some(at(paid_at)),
        fail_reason: None,
        card_name: Some("BC카드".to_owned()),
        card_number: Some("910020*********9".to_owned()),
        receipt_url: None,
    }
}

/// The payment that this record proves, for the first charge at the record's amount.
pub(crate) fn payment_of(uid: &Uid, record: &Record, period: u16) -> Payment {
    let charge = Charge { amount: record.amount, ..charge(0, ClosedState::Abandoned) };
    let settled = evidence::charge(&charge, std::slice::from_ref(record));
    let ChargeEvidence::Paid(receipt) = settled else { panic!("{settled:?}") };
    let (start, end) = (date(2026, 11, 22), date(2026, 12, 22));
    Payment::of(&receipt, uid, &"monthly".parse().unwrap(), period, start, end)
}

pub(crate) fn paying(subscription: Subscription, payment: Payment) -> Change {
    Change { payment: Some(payment), ..Change::of(subscription) }
}
