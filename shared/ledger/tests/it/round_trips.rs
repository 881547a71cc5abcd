//! Every value comes back as it was stored, whole.

use crate::{
    samples::{
        CARD, SUBSCRIPTION, at, cancelling, charge, imp_uid, order, paying, payment_of, record,
        subscription, uid,
    },
    world::{World, write},
};
use aws_sdk_dynamodb::types::AttributeValue;
use billing::{
    Access, Announcement, Cancellation, Card, CardWindows, Change, Charge, ChargeState,
    ClosedState, Decline, DeclineClass, DeclinedCard, Dunning, Intent, LostAccount, MerchantUid,
    News, OpenState, Order, Overdue, PriceChange, PriceVersion, Record, RecordStatus, RefundDue,
    Registration, RegistrationState, Resolution, Review, Subscription, Uid, Undone, Usage, Verdict,
    Why, Won,
};
use jiff::{Timestamp, civil::date};
use ledger::BookedPayment;
use std::collections::BTreeMap;

pub(crate) const TIME: &str = "2026-11-22T03:00:15.987654321Z";

fn declines() -> [Decline; 5] {
    use DeclineClass::{Hard, Provider, Soft, Transient, Unknown};
    [Transient, Soft, Provider, Hard, Unknown].map(|class| Decline {
        class,
        reason: "[1254] 잔액부족 \"😀\"\n".to_owned(),
        at: at(TIME),
    })
}

fn charge_states() -> Vec<ChargeState> {
    let (at, until) = (at(TIME), Timestamp::MAX);
    let closed = [
        ClosedState::Paid { imp_uid: imp_uid("imp_1") },
        ClosedState::Abandoned,
        ClosedState::Contradicted,
    ];
    let declined = declines().map(|decline| ClosedState::Declined { decline });
    let closed = closed.into_iter().chain(declined).map(ChargeState::Closed);
    open_states(at, until).map(ChargeState::Open).into_iter().chain(closed).collect()
}

fn open_states(at: Timestamp, until: Timestamp) -> [OpenState; 4] {
    [
        OpenState::Planned { at },
        OpenState::Charging { until },
        OpenState::Scheduling { at, until },
        OpenState::Scheduled { at },
    ]
}

pub(crate) fn registrations() -> Vec<Registration> {
    let states = [
        RegistrationState::Open,
        RegistrationState::Registered { imp_uid: imp_uid("imp_1") },
        RegistrationState::Failed { reason: String::new() },
        RegistrationState::Abandoned,
        RegistrationState::Contradicted,
    ];
    let each = [Intent::Subscribe, Intent::ChangeCard].into_iter().flat_map(|intent| {
        states.clone().map(|outcome| Registration {
            merchant_uid: MerchantUid::Registration { subscription: SUBSCRIPTION, generation: 0 },
            customer_uid: CARD,
            intent,
            plan: "monthly".parse().unwrap(),
            amount: Won::new(u64::MAX),
            opened_at: at(TIME),
            look_at: at(TIME),
            outcome,
        })
    });
    each.zip(0..)
        .map(|(registration, generation)| Registration {
            merchant_uid: MerchantUid::Registration { subscription: SUBSCRIPTION, generation },
            ..registration
        })
        .collect()
}

pub(crate) fn charges() -> Vec<Charge> {
    let mut charges: Vec<_> = charge_states()
        .into_iter()
        .zip(0..)
        .map(|(state, attempt)| charge(attempt, state))
        .collect();
    charges.push(Charge {
        merchant_uid: MerchantUid::Charge {
            subscription: SUBSCRIPTION,
            period: 9_999,
            attempt: 9_999,
        },
        amount: Won::new(u64::MAX),
        period: 9_999,
        ..charge(0, ClosedState::Abandoned)
    });
    charges
}

fn every_news() -> Vec<News> {
    let (paid_through, imp_uid) = (date(2026, 12, 22), imp_uid("imp_1"));
    let merchant_uid = charge(0, ClosedState::Abandoned).merchant_uid;
    let [decline, ..] = declines();
    vec![
        News::Subscribed { plan: "monthly".parse().unwrap(), paid_through },
        News::Paid {
            imp_uid: imp_uid.clone(),
            amount: Won::new(9_900),
            paid_through,
            recovered: true,
            recovered_from: None,
            plan: None,
        },
        News::Declined { merchant_uid, decline: decline.clone(), retry_at: None },
        News::Declined { merchant_uid, decline, retry_at: Some(at(TIME)) },
        News::ProviderTrouble { merchant_uid, reason: "점검".to_owned(), held: true },
        News::CardChanged,
        News::CardExpiring { expires: paid_through },
        News::CancelRequested { paid_through, account: None },
        News::CancelRequested { paid_through, account: Some(LostAccount::Disabled) },
        News::Resumed { next_payment_date: paid_through },
        News::CheckoutWithdrawn,
        News::RefundDue { imp_uid: imp_uid.clone(), amount: Won::new(9_900) },
        News::Refunded { imp_uid, amount: Won::new(u64::MAX) },
        News::Revoked { paid_through, lost_to: None },
        News::ReviewOpened {
            merchant_uid,
            why: Why::RefundRefused,
            said: Some("취소할 수 없는 거래입니다".to_owned()),
        },
        News::Overdue { since: at(TIME), what: Overdue::Charge },
        News::ReviewResolved { merchant_uid, resolution: Resolution::LookAgain },
        News::RetryPlanned { merchant_uid, retry_at: at(TIME) },
        News::ConsentAsked { price: Won::new(12_900), from: paid_through },
        News::ConsentGiven { price: Won::new(12_900), terms_version: "2026-01".to_owned() },
    ]
}

fn review() -> Review {
    let merchant_uid = charge(0, ClosedState::Abandoned).merchant_uid;
    Review {
        id: format!("{merchant_uid}.7"),
        merchant_uid,
        why: Why::TwoPayments,
        said: Some("왜".to_owned()),
        at: at(TIME),
        facts: vec![Record {
            imp_uid: imp_uid("imp_1"),
            merchant_uid: merchant_uid.to_string(),
            status: RecordStatus::Paid,
            usage: Usage::Payment,
            customer_uid: None,
            amount: Won::new(9_900),
            cancelled: Won::ZERO,
            currency: Some("KRW".to_owned()),
            at: Some(at(TIME)),
            fail_reason: None,
            card_name: Some("BC카드".to_owned()),
            card_number: None,
            receipt_url: None,
        }],
        refund: None,
        waits: true,
        booked: Some(imp_uid("imp_2")),
    }
}

/// Every field filled, every list with every kind of thing in it.
#[expect(clippy::too_many_lines, reason = "one value, field by field")]
pub(crate) fn full(uid: &Uid) -> Subscription {
    let [.., decline] = declines();
    let announcement = |(number, news)| Announcement {
        id: format!("{SUBSCRIPTION}-0-{number}"),
        at: at(TIME),
        uid: uid.clone(),
        subscription: SUBSCRIPTION,
        by: Some(uid.clone()),
        news,
    };
    Subscription {
        due_at: Some(Timestamp::MAX),
        price: Won::new(u64::MAX),
        anchor: Some(date(2024, 2, 29)),
        periods_paid: 9_999,
        card: Some(Card {
            customer_uid: CARD,
            name: Some("BC카드".to_owned()),
            number: None,
            registered_at: at(TIME),
            expires: Some(date(2029, 5, 31)),
            expiry_told: true,
        }),
        next_generation: 9_999,
        next_attempt: 9_999,
        wanted_from: 9_998,
        registrations: registrations(),
        charges: open_states(at(TIME), Timestamp::MAX)
            .into_iter()
            .zip(0..)
            .map(|(state, attempt)| charge(attempt, state).with(state))
            .collect(),
        dunning: Dunning {
            failures: 255,
            transients: 255,
            last: Some(decline),
            stopped: true,
            retry_at: Some(at(TIME)),
            asked: 255,
        },
        days_given: u16::MAX,
        complimentary: Some(date(2026, 12, 31)),
        card_asked_on: Some(date(2026, 12, 1)),
        cancellation: Some(Cancellation {
            requested_at: at(TIME),
            processed_at: Some(at("2026-12-22T15:10:00.5Z")),
            ends_at: Some(at(TIME)),
        }),
        ended_at: Some(at("2026-12-22T15:10:00.5Z")),
        access: Access::Revoked { at: at(TIME) },
        refunds: vec![RefundDue {
            imp_uid: imp_uid("imp_1"),
            merchant_uid: charge(0, ClosedState::Abandoned).merchant_uid,
            amount: Won::new(9_900),
            paid_at: at(TIME),
            reason: "환불".to_owned(),
            refused_since: Some(at(TIME)),
            by: Some(uid.clone()),
        }],
        unwanted_keys: vec![CARD],
        price_change: Some(PriceChange {
            version: PriceVersion { holds_from: date(2026, 12, 1), price: Won::new(12_900) },
            asked_at: at(TIME),
            agreed: subscription(uid).consent,
        }),
        reviews: vec![review()],
        verdicts: vec![Verdict {
            order: order(uid, 0, ClosedState::Contradicted),
            imp_uid: imp_uid("imp_1"),
            counts: true,
            by: Some(uid.clone()),
        }],
        declined_cards: vec![DeclinedCard { customer_uid: CARD, at: at(TIME) }],
        card_windows: Some(CardWindows { on: date(2026, 12, 1), count: u16::MAX }),
        undone: Some(Undone { since: at(TIME), told: true }),
        outbox: every_news().into_iter().enumerate().map(announcement).collect(),
        ..subscription(uid)
    }
}

#[tokio::test]
async fn every_subscription_comes_back_whole() {
    let World { ledger, .. } = World::new().await;
    let longest = uid(&"회".repeat(128));
    let variants = [
        subscription(&longest),
        full(&longest),
        Subscription { access: Access::Granted { at: at(TIME) }, ..full(&longest) },
        Subscription { access: Access::Telling { enter: true, until: at(TIME) }, ..full(&longest) },
        Subscription { due_at: Some(Timestamp::UNIX_EPOCH), ..full(&longest) },
        Subscription { due_at: Some(Timestamp::MIN), ..full(&longest) },
        Subscription { card: None, dunning: Dunning::default(), ..full(&longest) },
        cancelling(&longest, TIME),
    ];
    for (variant, version) in variants.into_iter().zip(0..) {
        let variant = Subscription { version, ..variant };
        let stored = write(&ledger, &Change::of(variant.clone())).await.unwrap();
        assert_eq!(stored, Subscription { version: version + 1, ..variant });
        assert_eq!(ledger.subscription(&longest).await.unwrap(), Some(stored));
    }
}

#[tokio::test]
async fn every_order_comes_back_whole() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let charges = charges().into_iter().map(|charge| Order::Charge { uid: uid.clone(), charge });
    let registrations = registrations()
        .into_iter()
        .map(|registration| Order::Registration { uid: uid.clone(), registration });
    let orders: Vec<_> = charges.chain(registrations).collect();
    let change = Change { orders: orders.clone(), ..Change::of(subscription(&uid)) };
    write(&ledger, &change).await.unwrap();
    for order in orders {
        assert_eq!(ledger.order(&order.merchant_uid()).await.unwrap(), Some(order));
    }
}

#[tokio::test]
async fn every_payment_comes_back_whole() {
    let World { ledger, .. } = World::new().await;
    let uid = uid("member");
    let variants = [
        payment_of(
            &uid,
            &Record {
                amount: Won::new(u64::MAX),
                cancelled: Won::new(u64::MAX),
                receipt_url: Some("https://example.com/receipt?a=1&b=2".to_owned()),
                ..record(TIME, "imp_1")
            },
            u16::MAX,
        ),
        payment_of(
            &uid,
            &Record { card_name: None, card_number: None, ..record(TIME, "imp_2") },
            0,
        ),
    ];
    let mut stored = subscription(&uid);
    for payment in variants {
        stored = write(&ledger, &paying(stored, payment.clone())).await.unwrap();
        let booked = BookedPayment::from(&payment);
        let read = ledger.payment(&uid, booked.paid_at, &booked.imp_uid).await.unwrap();
        assert_eq!(read.as_ref(), Some(&booked));
        assert_eq!(ledger.latest_payment(&uid).await.unwrap(), Some(booked));
    }
}

#[tokio::test]
async fn a_person_who_reads_the_table_sees_state_and_dates() {
    let World { ledger, client, tables, .. } = World::new().await;
    let member = uid("member");
    let seen = async || {
        let key = AttributeValue::S(member.to_string());
        let get = client.get_item().table_name(&tables.subscriptions).key("uid", key);
        let row = get.send().await.unwrap().item.unwrap();
        let shown = ["state", "plan", "paid_through", "cancel_requested_at", "cancel_processed_at"]
            .into_iter()
            .filter_map(|name| Some((name, row.get(name)?.as_s().unwrap().clone())));
        shown.collect::<BTreeMap<_, _>>()
    };
    let shown = |pairs: &[(&'static str, &str)]| {
        pairs.iter().map(|(name, text)| (*name, (*text).to_owned())).collect::<BTreeMap<_, _>>()
    };

    let stored = write(&ledger, &Change::of(subscription(&member))).await.unwrap();
    assert_eq!(seen().await, shown(&[("plan", "monthly"), ("state", "none")]));

    let asked = Subscription { version: stored.version, ..cancelling(&member, TIME) };
    let stored = write(&ledger, &Change::of(asked)).await.unwrap();
    let asked = [
        ("cancel_requested_at", "2026-11-22T03:00:15Z"),
        ("paid_through", "2026-12-22"),
        ("plan", "monthly"),
        ("state", "cancelling"),
    ];
    assert_eq!(seen().await, shown(&asked));

    let ended_at = at("2026-12-22T15:10:00.5Z");
    let wish = Cancellation { requested_at: at(TIME), processed_at: Some(ended_at), ends_at: None };
    let ended =
        Subscription { ended_at: Some(ended_at), cancellation: Some(wish), ..stored.clone() };
    write(&ledger, &Change::of(ended)).await.unwrap();
    let ended = [
        ("cancel_processed_at", "2026-12-22T15:10:00Z"),
        ("cancel_requested_at", "2026-11-22T03:00:15Z"),
        ("paid_through", "2026-12-22"),
        ("plan", "monthly"),
        ("state", "ended"),
    ];
    assert_eq!(seen().await, shown(&ended));
}

#[tokio::test]
async fn a_row_that_is_not_ours_is_an_error_and_no_panic() {
    let World { ledger, client, tables, .. } = World::new().await;
    let (member, stray) = (uid("member"), order(&uid("member"), 0, ClosedState::Abandoned));
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = client.put_item().table_name(&tables.subscriptions).item("uid", text("member"));
    put.item("state", text("?")).send().await.unwrap();
    let put = client.put_item().table_name(&tables.orders);
    let put = put.item("merchant_uid", text(&stray.merchant_uid().to_string()));
    put.item("purpose", text("gift")).send().await.unwrap();
    let put = client.put_item().table_name(&tables.payments).item("uid", text("member"));
    put.item("paid_at", text("yesterday")).send().await.unwrap();

    let malformed = |error| matches!(error, ledger::Error::Malformed(..));
    assert!(malformed(ledger.subscription(&member).await.unwrap_err()));
    assert!(malformed(ledger.order(&stray.merchant_uid()).await.unwrap_err()));
    assert!(malformed(ledger.latest_payment(&member).await.unwrap_err()));
}
