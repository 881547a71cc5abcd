//! The index of cancellations that are asked for and not carried out.

use crate::{
    samples::{at, cancelling, subscription, uid},
    world::{World, write},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use billing::{Cancellation, Change, Subscription, Uid};
use ledger::{CancelRequest, Error, Ledger};

const ASKED_AT: &str = "2026-12-01T03:00:15.5Z";

async fn store(ledger: &Ledger, subscription: Subscription) -> Subscription {
    write(ledger, &Change::of(subscription)).await.unwrap()
}

fn request(uid: &Uid, requested_at: &str) -> CancelRequest {
    CancelRequest { uid: uid.clone(), requested_at: at(requested_at) }
}

/// A page, all of which can be read.
async fn page(
    ledger: &Ledger,
    limit: u16,
    after: Option<&str>,
) -> (Vec<CancelRequest>, Option<String>) {
    let (page, next) = ledger.cancelling(limit, after).await.unwrap();
    assert!(page.unreadable.is_empty());
    (page.rows, next)
}

#[tokio::test]
async fn a_cancellation_is_listed_from_its_request_until_access_ends() {
    let World { ledger, wire, .. } = World::new().await;
    let member = uid("member");
    let asked = cancelling(&member, ASKED_AT);
    let before = Subscription { cancellation: None, ..asked.clone() };
    let stored = store(&ledger, before).await;
    assert_eq!(page(&ledger, 10, None).await, (vec![], None));

    let asked = Subscription { version: stored.version, ..asked };
    let stored = store(&ledger, asked).await;
    wire.take();
    let listed = (vec![request(&member, "2026-12-01T03:00:15Z")], None);
    assert_eq!(page(&ledger, 10, None).await, listed);
    assert_eq!(wire.operations(), ["Query"]);

    let ended_at = at("2026-12-22T15:10:00Z");
    let wish =
        Cancellation { requested_at: at(ASKED_AT), processed_at: Some(ended_at), ends_at: None };
    store(&ledger, Subscription { ended_at: Some(ended_at), cancellation: Some(wish), ..stored })
        .await;
    assert_eq!(page(&ledger, 10, None).await, (vec![], None));
}

#[tokio::test]
async fn a_cancellation_that_was_taken_back_is_no_longer_listed() {
    let World { ledger, .. } = World::new().await;
    let stored = store(&ledger, cancelling(&uid("member"), ASKED_AT)).await;
    store(&ledger, Subscription { cancellation: None, ..stored }).await;
    assert_eq!(page(&ledger, 10, None).await, (vec![], None));
}

#[tokio::test]
async fn the_longest_waiting_comes_first_and_pages_leave_nothing_out() {
    let World { ledger, .. } = World::new().await;
    store(&ledger, subscription(&uid("bystander"))).await;
    let times = ["2026-12-03T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"];
    for (member, time) in ["회원#1", "b", "c"].iter().zip(times) {
        store(&ledger, cancelling(&uid(member), time)).await;
    }
    let all = [
        request(&uid("b"), times[1]),
        request(&uid("c"), times[2]),
        request(&uid("회원#1"), times[0]),
    ];
    let mut cursor: Option<String> = None;
    for (number, expected) in all.iter().enumerate() {
        let (page, next) = page(&ledger, 1, cursor.as_deref()).await;
        assert_eq!(page, std::slice::from_ref(expected));
        assert_eq!(next.is_some(), number < 2, "the last page has no cursor");
        cursor = next;
    }
    assert_eq!(page(&ledger, 3, None).await, (all.to_vec(), None));
}

#[tokio::test]
async fn a_cursor_that_is_not_ours_is_refused_and_nothing_is_sent() {
    let World { ledger, wire, .. } = World::new().await;
    let garbage = [
        String::new(),
        "%%%".to_owned(),
        URL_SAFE_NO_PAD.encode([0xff]),
        URL_SAFE_NO_PAD.encode("2026-12-01T00:00:00Z#"),
        URL_SAFE_NO_PAD.encode("member"),
        URL_SAFE_NO_PAD.encode("2026-12-01#member"),
        URL_SAFE_NO_PAD.encode(format!("2026-12-01T00:00:00Z#{}", "m".repeat(129))),
    ];
    for cursor in garbage {
        let page = ledger.cancelling(10, Some(&cursor)).await;
        assert!(matches!(page, Err(Error::BadCursor)), "{cursor}: {page:?}");
    }
    assert_eq!(wire.operations(), Vec::<String>::new());
}
