//! The books by time.

use crate::{
    samples::{at, imp_uid, paying, payment, subscription, uid},
    world::{World, write},
};
use billing::{Announcement, Change, News, State, Subscription, Won};
use ledger::{Error, Ledger, PaymentLine, Whose};
use std::ops::Range;

fn days(from: &str, until: &str) -> Range<jiff::Timestamp> {
    at(from)..at(until)
}

/// All payments of these moments, as so large pages bring them.
async fn payments(ledger: &Ledger, time: &Range<jiff::Timestamp>, limit: u16) -> Vec<PaymentLine> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let (page, next) = ledger.payments_in(time, limit, cursor.as_deref()).await.unwrap();
        assert!(page.unreadable.is_empty());
        all.extend(page.rows);
        assert!(next.is_none() || next != cursor, "it goes on");
        cursor = next;
        if cursor.is_none() {
            return all;
        }
    }
}

fn ids(lines: &[PaymentLine]) -> Vec<String> {
    lines.iter().map(|line| line.imp_uid.to_string()).collect()
}

#[tokio::test]
async fn payments_of_all_members_come_once_each_in_their_order_whatever_a_page_holds() {
    let World { ledger, .. } = World::new().await;
    // Seven members, who are in all four parts of the index; four months, one of them without a payment.
    let mut expected = Vec::new();
    for number in 0..42_u32 {
        let member = uid(&format!("member-{}", number % 7));
        let month = [10, 11, 11, 13][usize::try_from(number % 4).unwrap()];
        let (year, month) = if month == 13 { (2027, 1) } else { (2026, month) };
        let time = format!("{year}-{month:02}-{:02}T15:00:{:02}Z", 1 + number % 27, number % 3);
        let paid = payment(&member, &time, &format!("imp_{number}"));
        let stored = ledger.subscription(&member).await.unwrap();
        let stored = stored.unwrap_or_else(|| subscription(&member));
        write(&ledger, &paying(stored, paid)).await.unwrap();
        expected.push((time, format!("imp_{number}")));
    }
    expected.sort();
    let whole = days("2026-01-01T00:00:00Z", "2027-02-01T00:00:00Z");
    let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
    for limit in [0, 2, 3, 7, 1_000] {
        assert_eq!(ids(&payments(&ledger, &whole, limit).await), expected, "pages of {limit}");
    }
    let line = payments(&ledger, &whole, 100).await.swap_remove(0);
    assert_eq!((line.amount, line.uid.is_some()), (Won::new(9_900), true));
}

#[tokio::test]
async fn a_day_begins_and_ends_in_korea_to_the_second() {
    let World { ledger, .. } = World::new().await;
    let member = uid("member");
    let mut stored = subscription(&member);
    for (time, id) in [
        ("2026-11-21T14:59:59.9Z", "imp_before"),
        ("2026-11-21T15:00:00.1Z", "imp_first"),
        ("2026-11-22T14:59:59.9Z", "imp_last"),
        ("2026-11-22T15:00:00Z", "imp_after"),
    ] {
        stored = write(&ledger, &paying(stored, payment(&member, time, id))).await.unwrap();
    }
    let day = days("2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z");
    assert_eq!(ids(&payments(&ledger, &day, 2).await), ["imp_first", "imp_last"]);
    let none = days("2026-11-22T15:00:00Z", "2026-11-22T15:00:00Z");
    assert_eq!(payments(&ledger, &none, 2).await, []);
}

#[tokio::test]
async fn what_was_given_back_is_found_among_all_that_happened() {
    let World { ledger, .. } = World::new().await;
    let member = uid("member");
    let mut all = subscription(&member);
    let refunded = News::Refunded { imp_uid: imp_uid("imp_1"), amount: Won::new(4_000) };
    let news = [News::CardChanged, News::TriedAgain, refunded, News::CardChanged];
    for (number, news) in news.into_iter().enumerate() {
        all.outbox.push(Announcement {
            id: format!("{}-0-{number}", all.id),
            at: at(&format!("2026-11-22T03:00:1{number}Z")),
            uid: member.clone(),
            subscription: all.id,
            by: None,
            news,
        });
    }
    let mut change = Change::of(all);
    // An act has the same name, and is no money.
    let act =
        billing::Act::Refunded { imp_uid: imp_uid("imp_1"), amount: None, reason: "-".into() };
    change.note_act(at("2026-11-22T03:00:12Z"), &uid("admin"), act);
    write(&ledger, &change).await.unwrap();
    let day = days("2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z");
    for limit in [2, 100] {
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let (page, next) = ledger.refunds_in(&day, limit, cursor.as_deref()).await.unwrap();
            found.extend(page.rows);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        let found: Vec<_> = found.iter().map(|it| (&it.whose, it.in_all)).collect();
        assert_eq!(found, [(&Whose::Member(member.clone()), Won::new(4_000))], "pages of {limit}");
    }
    let (entries, _) = ledger.entries_in(&day, 100, None).await.unwrap();
    assert_eq!(entries.rows.len(), 5);
}

#[tokio::test]
async fn what_is_kept_of_who_was_erased_stays_in_the_books_under_no_name() {
    let World { ledger, .. } = World::new().await;
    let member = uid("member");
    let paid = payment(&member, "2026-11-22T03:00:15.5Z", "imp_1");
    let all =
        Subscription { anchor: Some(jiff::civil::date(2026, 11, 22)), ..subscription(&member) };
    let mut change = paying(all, paid);
    change.subscription.outbox.push(Announcement {
        id: format!("{}-0-0", change.subscription.id),
        at: at("2026-11-23T03:00:15Z"),
        uid: member.clone(),
        subscription: change.subscription.id,
        by: None,
        news: News::Refunded { imp_uid: imp_uid("imp_1"), amount: Won::new(9_900) },
    });
    write(&ledger, &change).await.unwrap();
    let month = days("2026-10-31T15:00:00Z", "2026-11-30T15:00:00Z");
    let before = payments(&ledger, &month, 100).await;
    let stored = ledger.stored(&member).await.unwrap().unwrap();
    assert_ne!(stored.state(), State::Ended);
    assert!(ledger.erase(&stored, at("2026-11-24T03:00:00Z")).await.unwrap());
    let after = payments(&ledger, &month, 100).await;
    let nobodys = |line: &PaymentLine| PaymentLine {
        uid: None,
        card_name: None,
        card_number: None,
        receipt_url: None,
        ..line.clone()
    };
    assert_eq!(after, before.iter().map(nobodys).collect::<Vec<_>>());
    let (refunds, _) = ledger.refunds_in(&month, 100, None).await.unwrap();
    let [refund] = refunds.rows.as_slice() else { panic!("{refunds:?}") };
    let run = stored.id;
    assert_eq!((&refund.whose, refund.at), (&Whose::Erased(run), at("2026-11-23T03:00:15Z")));
    assert_eq!(ledger.refunds_kept(run).await.unwrap(), std::slice::from_ref(refund));
}

#[tokio::test]
async fn a_cursor_that_no_page_gave_is_refused() {
    let World { ledger, .. } = World::new().await;
    let day = days("2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z");
    for bad in ["nonsense", "", "MjAyNi0xMS0yMg", "MjAyNi0xMS0yMlQwMzowMDoxNVojIw=="] {
        let refused = ledger.payments_in(&day, 10, Some(bad)).await;
        assert!(matches!(refused, Err(Error::BadCursor)), "{bad}");
    }
}
