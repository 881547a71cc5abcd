//! Values to store.

use billing::{
    Cancellation, Change, Charge, ChargeState, Consent, CustomerUid, ImpUid, MerchantUid, Order,
    Payment, Subscription, SubscriptionId, Uid, Won,
};
use jiff::{Timestamp, civil::date};
use ulid::Ulid;

pub(crate) const SUBSCRIPTION: SubscriptionId = SubscriptionId::new(Ulid(7));
pub(crate) const CARD: CustomerUid = CustomerUid { subscription: SUBSCRIPTION, generation: 0 };

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
        cancellation: Some(Cancellation { requested_at: at(requested_at), processed_at: None }),
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
    Payment {
        uid: uid.clone(),
        paid_at: at(paid_at),
        imp_uid: imp_uid(id),
        merchant_uid: MerchantUid::Charge { subscription: SUBSCRIPTION, period: 0, attempt: 0 },
        amount: Won::new(9_900),
        refunded: Won::ZERO,
        plan: "monthly".parse().unwrap(),
        period: 0,
        period_start: date(2026, 11, 22),
        period_end: date(2026, 12, 22),
        card_name: Some("BC카드".to_owned()),
        card_number: Some("910020*********9".to_owned()),
        receipt_url: None,
    }
}

pub(crate) fn paying(subscription: Subscription, payment: Payment) -> Change {
    Change { payment: Some(payment), ..Change::of(subscription) }
}
