//! Rows from the past, and accounts that are gone.

use crate::deciding::{NOW, at, cancelled, member, secs};
use billing::{
    Access, Cancellation, Catalogue, Change, Entry, LostAccount, News, Plan, PriceChange,
    PriceVersion, State, Subscription, SubscriptionId, What, Won,
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
}

impl Stored {
    fn new() -> Self {
        Self { row: Subscription { version: 7, ..member() }, journal: Vec::new() }
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
            Asked::Announce | Asked::Nothing => {}
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
            prop_assert!(!row.recall(&stored.journal, &[], at(NOW)));
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
        row.recall(&stored.journal, &[], at(NOW));
        let wish = |row: &Subscription| row.cancellation.as_ref().map(|wish| wish.requested_at);
        prop_assert_eq!(wish(&row), wish(&stored.row));
        let agreed = |row: &Subscription| {
            row.price_change.as_ref().and_then(|change| change.agreed.as_ref()).map(|it| it.agreed_at)
        };
        // One that had not been asked yet is asked again first.
        if row.price_change.is_some() {
            prop_assert_eq!(agreed(&row), agreed(&stored.row));
        }
        prop_assert!(!row.recall(&stored.journal, &[], at(NOW)), "once is enough");
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
        let wish = Cancellation { requested_at: at(NOW), processed_at: None };
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
fn the_door_is_in_doubt_when_it_was_told_the_opposite_of_what_was_seen() {
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
        assert_eq!(next.doubt_access(seen, at(NOW)), doubted.is_some(), "{access:?} {seen}");
        let access = doubted.map_or(access, |enter| Access::Telling { enter, until: at(NOW) });
        assert_eq!(next, Subscription { access, ..row });
    }
}
