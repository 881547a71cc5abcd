//! The journal, and what else the admin's desk reads.

use crate::{
    due::watched,
    samples::{at, due, order, paying, payment, subscription, uid},
    world::{World, write},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use billing::{
    Act, Announcement, Change, ClosedState, Entry, News, State, Subscription, Uid, What, Won,
    next_day, start_of_day,
};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use ledger::{Error, JournalPlace, Ledger, Watched};
use std::collections::BTreeMap;

/// The subscription with an announcement more, as the domain adds one.
fn telling(mut subscription: Subscription, time: &str, news: News) -> Subscription {
    let number = subscription.outbox.len();
    subscription.outbox.push(Announcement {
        id: format!("{}-{}-{number}", subscription.id, subscription.version),
        at: at(time),
        uid: subscription.uid.clone(),
        subscription: subscription.id,
        by: None,
        news,
    });
    subscription
}

fn told(subscription: &Subscription, number: usize) -> Entry {
    let Announcement { id, at, uid, news, .. } = subscription.outbox[number].clone();
    Entry { uid, at, id, what: What::Told(news) }
}

async fn all(ledger: &Ledger, uid: &Uid) -> Vec<Entry> {
    ledger.journal(uid, 100, None).await.unwrap().0
}

#[tokio::test]
async fn an_announcement_is_noted_once_with_the_write_that_adds_it_and_stays() {
    let World { ledger, wire, .. } = World::new().await;
    let member = uid("member");
    let first = telling(subscription(&member), "2026-11-22T03:00:15.5Z", News::CardChanged);
    let told_first = told(&first, 0);
    wire.take();
    let stored = write(&ledger, &Change::of(first)).await.unwrap();
    assert_eq!(wire.operations(), ["GetItem", "TransactWriteItems"], "the reading is `write`'s");
    let resumed = News::Resumed { next_payment_date: date(2026, 12, 22) };
    let second = telling(stored, "2026-11-23T03:00:15Z", resumed);
    let told_second = told(&second, 1);
    let stored = write(&ledger, &Change::of(second)).await.unwrap();
    assert_eq!(all(&ledger, &member).await, [told_second.clone(), told_first.clone()]);

    wire.take();
    let silent = Subscription { outbox: Vec::new(), ..stored };
    write(&ledger, &Change::of(silent)).await.unwrap();
    assert_eq!(wire.operations(), ["GetItem", "PutItem"], "nothing new costs no transaction");
    assert_eq!(all(&ledger, &member).await, [told_second, told_first]);
}

#[tokio::test]
async fn an_act_is_noted_with_who_and_when_beside_a_payment() {
    let World { ledger, .. } = World::new().await;
    let member = uid("member");
    let mut change =
        paying(subscription(&member), payment(&member, "2026-11-22T03:00:15Z", "imp_1"));
    let act = Act::Refunded {
        imp_uid: "imp_1".parse().unwrap(),
        amount: None,
        reason: "요청 \"😀\"".to_owned(),
    };
    let (when, admin) = (at("2026-11-22T04:00:00Z"), uid("admin"));
    change.note_act(when, &admin, act.clone());
    change.note_act(when, &admin, Act::EndedAccess);
    write(&ledger, &change).await.unwrap();
    let entries = all(&ledger, &member).await;
    let noted: Vec<_> = entries.iter().rev().map(|entry| (entry.at, entry.what.clone())).collect();
    let did = |act| What::Did { by: admin.clone(), act };
    assert_eq!(noted, [(when, did(act)), (when, did(Act::EndedAccess))]);
    assert!(ledger.latest_payment(&member).await.unwrap().is_some());
}

#[tokio::test]
async fn what_concerns_nobody_in_particular_is_noted_too() {
    let World { ledger, .. } = World::new().await;
    let admin = uid("admin");
    let (from, to) = (date(2026, 11, 1), date(2026, 11, 22));
    let entry = Entry {
        uid: admin.clone(),
        at: "2026-11-22T03:00:15Z".parse().unwrap(),
        id: "01KA".to_owned(),
        what: What::Did {
            by: admin.clone(),
            act: Act::Reconciled { from, to, found: 2, mended: 1 },
        },
    };
    ledger.note(&entry).await.unwrap();
    assert_eq!(all(&ledger, &admin).await, std::slice::from_ref(&entry));
    assert_eq!(of_day(&ledger, to).await, [entry]);
}

#[tokio::test]
async fn who_was_too_late_notes_nothing() {
    let World { ledger, .. } = World::new().await;
    let member = uid("member");
    write(&ledger, &Change::of(subscription(&member))).await.unwrap();
    let late = telling(subscription(&member), "2026-11-22T03:00:15Z", News::CardChanged);
    ledger.commit(None, &Change::of(late)).await.unwrap_err();
    assert_eq!(all(&ledger, &member).await, []);
}

#[tokio::test]
async fn a_day_is_koreas_and_holds_all_members_oldest_first() {
    let World { ledger, .. } = World::new().await;
    let times = [
        ("a", "2026-11-21T14:59:59Z"),
        ("b", "2026-11-22T14:59:59.9Z"),
        ("c", "2026-11-21T15:00:00Z"),
        ("d", "2026-11-22T15:00:00Z"),
    ];
    for (member, time) in times {
        let telling = telling(subscription(&uid(member)), time, News::CardChanged);
        write(&ledger, &Change::of(telling)).await.unwrap();
    }
    let entries = of_day(&ledger, date(2026, 11, 22)).await;
    let found: Vec<_> = entries.iter().map(|e| (e.uid.as_str(), e.at.to_string())).collect();
    let expected = [("c", "2026-11-21T15:00:00Z"), ("b", "2026-11-22T14:59:59.9Z")];
    assert_eq!(found, expected.map(|(uid, at)| (uid, at.to_owned())));
    assert_eq!(of_day(&ledger, date(2026, 11, 24)).await, []);
}

#[tokio::test]
async fn a_day_is_read_from_a_moment_on() {
    let World { ledger, .. } = World::new().await;
    for (member, time) in [("a", "2026-11-22T03:00:14.9Z"), ("b", "2026-11-22T03:00:15Z")] {
        let telling = telling(subscription(&uid(member)), time, News::CardChanged);
        write(&ledger, &Change::of(telling)).await.unwrap();
    }
    let from = "2026-11-22T03:00:15Z".parse().unwrap();
    let entries = since(&ledger, from, start_of_day(date(2026, 11, 23))).await;
    assert_eq!(entries.iter().map(|entry| entry.uid.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[tokio::test]
async fn pages_of_a_journal_leave_nothing_out_and_a_foreign_cursor_is_refused() {
    let World { ledger, wire, .. } = World::new().await;
    let member = uid("member");
    let mut loud = subscription(&member);
    for _ in 0..5 {
        loud = telling(loud, "2026-11-22T03:00:15Z", News::CardChanged);
    }
    let mut expected: Vec<_> = (0..5).map(|number| told(&loud, number)).collect();
    expected.reverse();
    write(&ledger, &Change::of(loud)).await.unwrap();
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let (page, next) = ledger.journal(&member, 2, cursor.as_deref()).await.unwrap();
        seen.extend(page);
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    wire.take();
    let long = format!("2026-12-01T00:00:00Z#{}", "m".repeat(129));
    for key in ["", "nonsense", "2026-12-01T00:00:00Z#", "2026-12-01#id", &long] {
        let page = ledger.journal(&member, 10, Some(&URL_SAFE_NO_PAD.encode(key))).await;
        assert!(matches!(page, Err(Error::BadCursor)), "{key}: {page:?}");
    }
    assert_eq!(wire.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_members_orders_are_found_without_anyone_elses() {
    let World { ledger, .. } = World::new().await;
    let (member, other) = (uid("member"), uid("other"));
    let orders: Vec<_> =
        (0..3).map(|attempt| order(&member, attempt, ClosedState::Abandoned)).collect();
    let change = Change { orders: orders.clone(), ..Change::of(subscription(&member)) };
    write(&ledger, &change).await.unwrap();
    let others = vec![order(&other, 9, ClosedState::Abandoned)];
    write(&ledger, &Change { orders: others, ..Change::of(subscription(&other)) }).await.unwrap();
    assert_eq!(ledger.orders_of(&member).await.unwrap(), orders);
}

#[tokio::test]
async fn the_index_of_what_is_due_shows_what_the_figures_add_up() {
    let World { ledger, wire, .. } = World::new().await;
    let nothing_paid = due(&uid("new"), "2026-12-22T01:00:00Z");
    let active = Subscription {
        anchor: Some(date(2026, 11, 30)),
        periods_paid: 3,
        price: Won::new(12_000),
        ..due(&uid("active"), "2026-12-22T01:00:00Z")
    };
    for subscription in [nothing_paid, active, subscription(&uid("idle"))] {
        write(&ledger, &Change::of(subscription)).await.unwrap();
    }
    wire.take();
    let mut watched = watched(&ledger).await;
    watched.sort_by_key(|watched| watched.uid.clone());
    let price = Won::new(12_000);
    let paid_through = Some(date(2027, 2, 28));
    let due_at = at("2026-12-22T01:00:00Z");
    assert_eq!(
        watched,
        [
            Watched { uid: uid("active"), state: State::Active, price, paid_through, due_at },
            Watched {
                uid: uid("new"),
                state: State::None,
                price: Won::new(9_900),
                paid_through: None,
                due_at,
            },
        ]
    );
    assert!(wire.operations().iter().all(|operation| operation == "Query"));
}

/// All that happened on a day.
async fn of_day(ledger: &Ledger, date: Date) -> Vec<Entry> {
    since(ledger, start_of_day(date), next_day(start_of_day(date))).await
}

/// All that happened from a moment on, until the end of the day before another.
async fn since(ledger: &Ledger, since: Timestamp, until: Timestamp) -> Vec<Entry> {
    let (mut entries, mut place) = (Vec::new(), Some(JournalPlace::at(since)));
    while let Some(at) = place {
        let (page, next) = ledger.journal_page(at, until).await.unwrap();
        entries.extend(page.rows);
        place = next;
    }
    entries.retain(|entry| entry.at < until);
    entries.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    entries
}

#[tokio::test]
async fn an_entry_is_in_the_part_of_its_month_that_never_changes() {
    let World { ledger, client, tables, .. } = World::new().await;
    let members = ["a", "foobar", "Zk3vQ0xLr8YtB1nM5pWdE7uHfJ92", "member-0", "회원"];
    for member in members {
        let telling =
            telling(subscription(&uid(member)), "2026-11-30T15:00:00Z", News::CardChanged);
        write(&ledger, &Change::of(telling)).await.unwrap();
    }
    let rows = client.scan().table_name(&tables.journal).send().await.unwrap().items.unwrap();
    let parts: BTreeMap<_, _> = rows
        .iter()
        .map(|row| (row["uid"].as_s().unwrap().as_str(), row["day"].as_s().unwrap().as_str()))
        .collect();
    let expected = ["2026-12#0", "2026-12#0", "2026-12#1", "2026-12#2", "2026-12#1"];
    assert_eq!(members.map(|member| parts[member]), expected, "in Korea it is December");
}
