//! Who looked at whom at the desk is noted, and outlives the member without naming them.

use crate::tables::dynamodb;
use crate::world::World;
use gudok_local::faults::Fault;
use serde_json::{Value, json};
use std::sync::Arc;

/// What was noted in a month, the first first: by whom, where, and whose.
pub async fn looks(world: &World, month: &str) -> Vec<(String, String, Vec<String>)> {
    let query = json!({
        "TableName": "retained",
        "KeyConditionExpression": "subscription = :month",
        "ExpressionAttributeValues": {":month": {"S": format!("looks-{month}")}},
    });
    let rows = dynamodb(world, "Query", query).await["Items"].as_array().unwrap().clone();
    let text = |value: &Value| value["S"].as_str().unwrap().to_owned();
    let row = |row: &Value| {
        let whose = row["whose"]["L"].as_array().unwrap().iter().map(text).collect();
        (text(&row["by"]), text(&row["page"]), whose)
    };
    rows.iter().map(row).collect()
}

pub fn pseudonyms(world: &World, uids: &[&str]) -> Vec<String> {
    let of = |uid: &&str| world.stack.app.gudok.key.pseudonym(&uid.parse().unwrap());
    uids.iter().map(of).collect()
}

#[tokio::test(start_paused = true)]
async fn each_answer_that_shows_members_is_noted_with_who_saw_whom_in_one_row() {
    let world = World::at("2026-01-31T15:30").await;
    for uid in ["hana", "minji"] {
        world.subscribe(uid).await;
        world.cancel(uid).await;
    }
    let (both, minji) = (pseudonyms(&world, &["hana", "minji"]), pseudonyms(&world, &["minji"]));
    for (path, page, whose) in [
        ("/admin/find?q=minji%40example.com", "find", &minji),
        ("/admin/members?state=cancelling", "members", &both),
        ("/admin/cancellations", "cancellations", &both),
        ("/admin/members/minji", "member", &minji),
        ("/admin/members/minji/forecast", "forecast", &minji),
    ] {
        let before = looks(&world, "2026-01").await.len();
        world.wait(1).await;
        assert_eq!(world.get(path, "admin").await.status, 200, "{path}");
        let noted = looks(&world, "2026-01").await;
        let look = ("admin".to_owned(), page.to_owned(), whose.clone());
        assert_eq!(noted[before..], [look], "{path}");
    }
    let before = looks(&world, "2026-01").await;
    for path in [
        "/admin/find?q=nobody",
        "/admin/members?state=past_due",
        "/admin/standing",
        "/admin/figures",
        "/admin/members/nobody",
        "/admin/members/nobody/forecast",
    ] {
        world.get(path, "admin").await;
    }
    assert_eq!(looks(&world, "2026-01").await, before, "nobody was shown");
    world.until("2026-02-01T00:30").await;
    assert_eq!(world.get("/admin/members/minji", "admin").await.status, 200);
    assert_eq!(looks(&world, "2026-02").await.len(), 1, "months are Korea's");
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_noted_to_see_a_member_does_not() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.hosts.inject(Arc::new(|request| {
        let body = String::from_utf8_lossy(request.body());
        body.contains("looks-2026-01").then_some(Fault::NotSent)
    }));
    for path in [
        "/admin/members/minji",
        "/admin/members/minji/forecast",
        "/admin/find?q=minji",
        "/admin/members?state=cancelling",
        "/admin/cancellations",
    ] {
        let answer = world.get(path, "admin").await;
        let refused = (answer.status, &answer.body["type"]);
        assert_eq!(refused, (503, &json!("/problems/unavailable")), "{path}");
    }
    world.hosts.clear();
}

#[tokio::test(start_paused = true)]
async fn a_look_goes_by_itself_after_two_years_and_names_nobody_who_was_erased() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji-who-leaves").await;
    assert_eq!(world.get("/admin/members/minji-who-leaves", "admin").await.status, 200);
    let scan = async || dynamodb(&world, "Scan", json!({"TableName": "retained"})).await;
    let stored = scan().await["Items"].as_array().unwrap().clone();
    let look = stored.iter().find(|row| row["page"]["S"] == "member").unwrap().clone();
    let two_years =
        (world.stack.clock.now() + jiff::SignedDuration::from_hours(731 * 24)).as_second();
    assert_eq!(look["delete_at"]["N"], two_years.to_string());
    assert!(!stored.iter().any(|row| row.to_string().contains("minji-who-leaves")), "{look}");
    let shown = json!({"paid_through": "2026-02-28"});
    let asked = world.post("/subscription/erase", "minji-who-leaves", shown).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    world.wait(15).await;
    let kept = scan().await["Items"].as_array().unwrap().clone();
    assert!(kept.contains(&look), "that somebody looked is still known");
    assert!(!kept.iter().any(|row| row.to_string().contains("minji-who-leaves")));
}
