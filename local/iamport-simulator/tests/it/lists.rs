//! The lists: whole or a page of them, searched, and not sent again before they change.

use iamport_simulator::Card;

use crate::world::World;

#[tokio::test]
async fn a_page_is_newest_first_and_says_how_many_there_are() {
    let world = World::new().await;
    for customer in ["c1", "c2", "c3"] {
        world.register(customer, Card::Approve).await;
    }
    let names = |text: &str| -> Vec<String> {
        let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        rows.iter().map(|row| row["customer_uid"].as_str().unwrap().to_owned()).collect()
    };
    for (query, total, expected) in [
        ("", "3", vec!["c1", "c2", "c3"]),
        ("?newest=2", "3", vec!["c3", "c2"]),
        ("?newest=2&skip=2", "3", vec!["c1"]),
        ("?newest=2&q=C2", "1", vec!["c2"]),
        ("?q=customer_uid", "0", vec![]),
    ] {
        let list = world.send("GET", &format!("/simulator/customers{query}"), &[], "").await;
        assert_eq!(list.headers["x-total-count"], total, "{query}");
        assert_eq!(names(&list.text), expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_that_has_not_changed_is_not_sent_again() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let first = world.send("GET", "/simulator/customers", &[], "").await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let known = [("If-None-Match", tag.as_str())];
    let again = world.send("GET", "/simulator/customers", &known, "").await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    world.register("c2", Card::Approve).await;
    assert_eq!(world.send("GET", "/simulator/customers", &known, "").await.status, 200);
}
