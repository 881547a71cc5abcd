//! The index of what only a person can settle.

use crate::{
    samples::{SUBSCRIPTION, at, subscription, uid},
    world::{World, write},
};
use billing::{Change, MerchantUid, Review, Subscription, Uid, Why};
use ledger::{Ledger, OpenReview};

async fn store(ledger: &Ledger, subscription: Subscription) -> Subscription {
    write(ledger, &Change::of(subscription)).await.unwrap()
}

fn reviewing(uid: &Uid, opened_at: &[&str]) -> Subscription {
    let merchant_uid = MerchantUid::Registration { subscription: SUBSCRIPTION, generation: 0 };
    let review = |opened_at: &&str| Review {
        id: format!("{merchant_uid}.{opened_at}"),
        merchant_uid,
        why: Why::TwoPayments,
        said: None,
        at: at(opened_at),
        facts: Vec::new(),
        refund: None,
        waits: false,
        booked: None,
    };
    Subscription { reviews: opened_at.iter().map(review).collect(), ..subscription(uid) }
}

/// A page, all of which can be read.
async fn page(
    ledger: &Ledger,
    limit: u16,
    after: Option<&str>,
) -> (Vec<OpenReview>, Option<String>) {
    let (page, next) = ledger.reviewing(limit, after).await.unwrap();
    assert!(page.unreadable.is_empty());
    (page.rows, next)
}

#[tokio::test]
async fn a_member_is_listed_while_something_is_open_since_the_oldest() {
    let World { ledger, wire, .. } = World::new().await;
    let member = uid("member");
    let two = reviewing(&member, &["2026-12-02T00:00:00Z", "2026-12-01T00:00:00.5Z"]);
    let stored = store(&ledger, two).await;
    wire.take();
    let listed = OpenReview { uid: member.clone(), opened_at: at("2026-12-01T00:00:00Z") };
    assert_eq!(page(&ledger, 10, None).await, (vec![listed], None));
    assert_eq!(wire.operations(), ["Query"]);
    store(&ledger, Subscription { reviews: Vec::new(), ..stored }).await;
    assert_eq!(page(&ledger, 10, None).await, (vec![], None));
}

#[tokio::test]
async fn the_longest_waiting_comes_first_and_pages_leave_nothing_out() {
    let World { ledger, .. } = World::new().await;
    store(&ledger, subscription(&uid("bystander"))).await;
    let times = ["2026-12-03T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"];
    for (member, time) in ["a", "b", "c"].iter().zip(times) {
        store(&ledger, reviewing(&uid(member), &[time])).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let (page, next) = page(&ledger, 1, cursor.as_deref()).await;
        seen.extend(page.into_iter().map(|review| review.uid.to_string()));
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["b", "c", "a"]);
}
