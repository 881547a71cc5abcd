//! The index of what is due.

use crate::{
    samples::{at, cancelling, due, subscription, uid},
    world::{World, write},
};
use billing::{Change, State, Subscription, Uid};
use jiff::Timestamp;
use ledger::{Due, Ledger, Listed, SHARDS, Watched, shard};

const NOW: &str = "2026-12-22T01:00:00Z";

async fn store(ledger: &Ledger, subscription: Subscription) -> Subscription {
    write(ledger, &Change::of(subscription)).await.unwrap()
}

/// All that is due in a member's shard, in one page.
async fn due_by(ledger: &Ledger, uid: &Uid, now: &str) -> Vec<(Uid, Timestamp)> {
    said(ledger.due(at(now), shard(uid), 100, None).await.unwrap().0)
}

/// Who is due, and since when.
fn said(due: Listed<Due>) -> Vec<(Uid, Timestamp)> {
    due.rows.into_iter().map(|due| (due.uid, due.due_at)).collect()
}

/// Members of one shard.
fn neighbours(count: usize) -> Vec<Uid> {
    (0..)
        .map(|number| uid(&format!("member-{number}")))
        .filter(|uid| shard(uid) == 3)
        .take(count)
        .collect()
}

#[tokio::test]
async fn a_subscription_is_in_the_index_only_while_something_is_due() {
    let World { ledger, .. } = World::new().await;
    let member = uid("member");
    let stored = store(&ledger, subscription(&member)).await;
    assert_eq!(due_by(&ledger, &member, NOW).await, []);
    let stored = store(&ledger, Subscription { due_at: Some(at(NOW)), ..stored }).await;
    assert_eq!(due_by(&ledger, &member, NOW).await, [(member.clone(), at(NOW))]);
    store(&ledger, Subscription { due_at: None, ..stored }).await;
    assert_eq!(due_by(&ledger, &member, NOW).await, []);
}

#[tokio::test]
async fn nothing_is_due_before_its_second_and_nothing_is_late() {
    let World { ledger, .. } = World::new().await;
    let member = uid("member");
    let stored = store(&ledger, due(&member, "2026-12-22T01:00:00.9Z")).await;
    assert_eq!(due_by(&ledger, &member, "2026-12-22T00:59:59.9Z").await, []);
    assert_eq!(due_by(&ledger, &member, NOW).await, [(member.clone(), at(NOW))]);
    let read = ledger.subscription(&member).await.unwrap();
    assert_eq!(read, Some(stored), "the exact time is kept");
}

#[tokio::test]
async fn a_time_before_1970_is_due_at_once() {
    let World { ledger, .. } = World::new().await;
    let member = uid("member");
    store(&ledger, Subscription { due_at: Some(Timestamp::MIN), ..subscription(&member) }).await;
    assert_eq!(due_by(&ledger, &member, NOW).await, [(member, Timestamp::UNIX_EPOCH)]);
}

#[tokio::test]
async fn what_waits_longest_comes_first_and_pages_leave_nothing_out() {
    let World { ledger, wire, .. } = World::new().await;
    let members = neighbours(5);
    let times = [
        "2026-12-22T00:00:00Z",
        "2026-11-30T23:59:59Z",
        "2026-12-22T00:00:00Z",
        "2027-01-01T00:00:00Z",
        "1999-12-31T23:59:59Z",
    ];
    for (member, time) in members.iter().zip(times) {
        store(&ledger, due(member, time)).await;
    }
    let all = due_by(&ledger, &members[0], NOW).await;
    let times: Vec<_> = all.iter().map(|(_, due_at)| due_at.to_string()).collect();
    assert_eq!(
        times,
        [
            "1999-12-31T23:59:59Z",
            "2026-11-30T23:59:59Z",
            "2026-12-22T00:00:00Z",
            "2026-12-22T00:00:00Z",
        ]
    );
    assert_eq!((&all[0].0, &all[1].0), (&members[4], &members[1]));

    wire.take();
    let (first, cursor) = ledger.due(at(NOW), 3, 3, None).await.unwrap();
    assert_eq!(said(first), all[..3]);
    let (second, end) = ledger.due(at(NOW), 3, 3, cursor.as_ref()).await.unwrap();
    assert_eq!((said(second), end), (all[3..].to_vec(), None), "from within one second");
    assert_eq!(wire.operations(), ["Query", "Query"]);
}

#[tokio::test]
async fn a_page_goes_on_after_its_cursor_even_when_that_row_is_no_longer_due() {
    let World { ledger, .. } = World::new().await;
    let members = neighbours(2);
    let first = store(&ledger, due(&members[0], "2026-12-22T00:00:00Z")).await;
    store(&ledger, due(&members[1], "2026-12-22T00:00:01Z")).await;
    let (page, cursor) = ledger.due(at(NOW), 3, 1, None).await.unwrap();
    assert_eq!(said(page), [(members[0].clone(), at("2026-12-22T00:00:00Z"))]);
    store(&ledger, Subscription { due_at: None, ..first }).await;
    let (page, _) = ledger.due(at(NOW), 3, 1, cursor.as_ref()).await.unwrap();
    assert_eq!(said(page), [(members[1].clone(), at("2026-12-22T00:00:01Z"))]);
}

#[tokio::test]
async fn a_member_is_found_in_its_own_shard_and_in_no_other() {
    let World { ledger, .. } = World::new().await;
    let member = uid("member");
    store(&ledger, due(&member, NOW)).await;
    for other in 0..SHARDS {
        let found = ledger.due(at(NOW), other, 10, None).await.unwrap().0.rows;
        assert_eq!(found.len(), usize::from(other == shard(&member)), "shard {other}");
    }
}

#[tokio::test]
async fn the_earliest_of_all_shards_is_one_query_of_one_row_each() {
    let World { ledger, wire, .. } = World::new().await;
    assert_eq!(ledger.earliest_due().await.unwrap(), None);
    for number in 10..40 {
        let (member, due_at) =
            (uid(&format!("member-{number}")), format!("2026-12-22T01:00:{number}.5Z"));
        store(&ledger, due(&member, &due_at)).await;
    }
    wire.take();
    assert_eq!(ledger.earliest_due().await.unwrap(), Some(at("2026-12-22T01:00:10Z")));
    let sent = wire.take();
    assert_eq!(sent.len(), usize::from(SHARDS));
    assert!(sent.iter().all(|sent| sent.operation == "Query" && sent.body["Limit"] == 1));
}

#[tokio::test]
async fn the_members_are_those_who_have_access_whoever_else_is_watched() {
    let World { ledger, wire, .. } = World::new().await;
    assert_eq!(ledger.count_members().await.unwrap(), 0);
    for number in 0..20 {
        store(&ledger, due(&uid(&format!("checkout-{number}")), NOW)).await;
        store(&ledger, subscription(&uid(&format!("idle-{number}")))).await;
        let leaving = cancelling(&uid(&format!("cancelling-{number}")), NOW);
        store(&ledger, Subscription { due_at: Some(at(NOW)), ..leaving }).await;
    }
    wire.take();
    assert_eq!(ledger.count_members().await.unwrap(), 20);
    let sent = wire.take();
    assert_eq!(sent.len(), usize::from(SHARDS));
    assert!(sent.iter().all(|sent| sent.body["Select"] == "COUNT"));
    assert_eq!(watched(&ledger).await.len(), 40);
}

#[test]
fn a_members_shard_never_changes() {
    let shards = ["a", "foobar", "Zk3vQ0xLr8YtB1nM5pWdE7uHfJ92", "member-0", "회원"]
        .map(|text| shard(&uid(text)));
    assert_eq!((SHARDS, shards), (8, SHARDS_SEEN));
}

/// Computed by another program from the published definition of 64-bit FNV-1a.
const SHARDS_SEEN: [u8; 5] = [4, 0, 5, 6, 5];

#[test]
fn members_are_spread_over_all_shards() {
    let mut counts = [0_u32; 8];
    for number in 0..8_000 {
        counts[usize::from(shard(&uid(&format!("member-{number}"))))] += 1;
    }
    assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
}

#[tokio::test]
async fn who_is_due_is_known_to_have_paid_or_not() {
    let World { ledger, .. } = World::new().await;
    let (new, old) = (uid("member"), uid("other"));
    store(&ledger, due(&new, NOW)).await;
    store(&ledger, Subscription { periods_paid: 1, ..due(&old, NOW) }).await;
    for (member, paid) in [(new, false), (old, true)] {
        let found = ledger.due(at(NOW), shard(&member), 10, None).await.unwrap().0.rows;
        let found = found.iter().find(|due| due.uid == member).unwrap();
        assert_eq!(found.has_paid, paid, "{member}");
    }
}

/// All that is watched.
pub(crate) async fn watched(ledger: &Ledger) -> Vec<Watched> {
    let mut watched = Vec::new();
    for shard in 0..SHARDS {
        let (page, next) = ledger.watched_page(shard, None).await.unwrap();
        assert!(next.is_none());
        watched.extend(page.rows);
    }
    watched
}

#[tokio::test]
async fn pages_of_those_of_whom_it_is_so_leave_nobody_out_and_name_nobody_twice() {
    let World { ledger, .. } = World::new().await;
    let mut members = Vec::new();
    for number in 0..30 {
        let member = uid(&format!("member-{number}"));
        let ended = format!("2026-12-{:02}T00:00:00Z", 1 + number % 7);
        let row = if number % 3 == 0 {
            due(&member, &ended)
        } else {
            members.push(member.clone());
            Subscription { due_at: Some(at(&ended)), ..cancelling(&member, NOW) }
        };
        store(&ledger, row).await;
    }
    let all = async |limit| {
        let is_wanted = |member: &Watched| member.state == State::Cancelling;
        let (mut all, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
        loop {
            let page = ledger.watched_where(limit, cursor.as_deref(), is_wanted).await.unwrap();
            pages += 1;
            assert!(page.0.rows.len() <= usize::from(limit.max(1)));
            all.extend(page.0.rows.into_iter().map(|member| member.uid));
            cursor = page.1;
            if cursor.is_none() {
                return (all, pages);
            }
        }
    };
    members.sort();
    for (limit, pages) in [(0, 20), (1, 20), (3, 7), (4, 5), (20, 1), (50, 1)] {
        let (mut found, asked) = all(limit).await;
        found.sort();
        assert_eq!((found, asked), (members.clone(), pages), "{limit}");
    }
    let bad = ledger.watched_where(1, Some("eHg"), |_| true).await;
    assert!(matches!(bad, Err(ledger::Error::BadCursor)), "{bad:?}");
}
