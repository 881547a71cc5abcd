//! Procedures of docs/runbook.md, acted out. Restoring a table is in `past.rs`.

use crate::tables::{change, row};
use crate::world::World;
use serde_json::{Value, json};

/// The titles on the desk of what happened to a member, the latest first.
async fn journal(world: &World, uid: &str) -> Vec<Value> {
    let path = format!("/admin/members/{uid}");
    world.get(&path, "admin").await.body["journal"].as_array().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn wrong_charge_all_that_is_left_goes_back_by_name_and_the_subscription_ends_in_its_time() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T12:00").await;
    let wrong = world.stack.iamport.charges()[1].clone();

    let refund = format!("/admin/payments/{}/refund", wrong.merchant_uid);
    let asked = json!({"amount": 9_900, "reason": "전화: 잘못된 결제"});
    assert_eq!(world.post(&refund, "admin", asked.clone()).await.status, 200);
    world.settle().await;
    // Pressed again it gives back nothing more, and says so.
    assert_eq!(world.post(&refund, "admin", asked).await.status, 409);
    let given_back = world.stack.iamport.charges()[1].cancelled_amount;
    assert_eq!(given_back, 9_900);
    world.check_books(&["minji"]).await;
    let noted = journal(&world, "minji").await;
    let by_name = |entry: &&Value| entry.to_string().contains("전화: 잘못된 결제");
    let entry = noted.iter().find(by_name).unwrap();
    assert!(entry.to_string().contains("\"admin\""), "{entry}");

    let asked = json!({"act": "cancel", "reason": "전화 요청"});
    assert_eq!(world.post("/admin/members/minji/acts", "admin", asked).await.status, 200);
    world.until("2026-05-01T12:00").await;
    assert_eq!(world.charged_on("minji").await.len(), 2, "nothing is charged any more");
    assert_eq!(world.subscription("minji").await["state"], "ended");
}

#[tokio::test(start_paused = true)]
async fn cancelling_for_a_member_who_cannot_sign_in_stops_the_charge_at_once() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:50").await;
    world.stack.google.delete("minji").unwrap();
    let asked = json!({
        "act": "cancel", "reason": "phone call of 28 February", "shown": "2026-02-28",
    });
    let answer = world.post("/admin/members/minji/acts", "admin", asked).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(world.standing(), [], "answered when the charge is stopped");
    world.until("2026-03-05T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    let cancelled = world.news().iter().filter(|news| *news == "cancel_requested").count();
    assert_eq!(cancelled, 1, "the night finds the account gone and has nothing to do");
}

#[tokio::test(start_paused = true)]
async fn access_that_ended_by_mistake_is_there_again_when_the_member_subscribes_again() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-03-01T01:00").await;
    assert!(!world.may_enter("minji"));
    assert_eq!(world.subscribe("minji").await.status, 200);
    assert!(world.may_enter("minji"));
    let charges = world.stack.iamport.charges();
    let refund = format!("/admin/payments/{}/refund", charges[1].merchant_uid);
    let asked = json!({"amount": 9_900, "reason": "이용 종료 오류 보상"});
    assert_eq!(world.post(&refund, "admin", asked).await.status, 200);
    world.until("2026-03-20T12:00").await;
    assert!(world.may_enter("minji"), "the month that was given back is a present");
    world.check_books(&["minji"]).await;
}

/// What the newer release wrote: a field at the top, one in the card, one in the open charge.
fn extend(row: &mut serde_json::Map<String, Value>) {
    let newer = || json!({"S": "newer"});
    row.insert("referred_by".to_owned(), newer());
    row["card"]["M"]["brand"] = newer();
    row["charges"]["L"][0]["M"]["route"] = newer();
}

#[tokio::test(start_paused = true)]
async fn going_back_a_release_keeps_what_the_newer_one_wrote_through_a_month_of_life() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let key = || json!({"uid": {"S": "minji"}});
    change(&world, "subscriptions", key(), extend).await;
    let opened = world.post("/subscription/card", "minji", json!({})).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    let kept = row(&world, "subscriptions", key()).await;
    assert_eq!(kept["charges"]["L"][0]["M"]["route"]["S"], "newer");
    world.until("2026-02-28T12:00").await;
    world.cancel("minji").await;
    let after = row(&world, "subscriptions", key()).await;
    assert_eq!(after["referred_by"]["S"], "newer");
    assert_eq!(after["card"]["M"]["brand"]["S"], "newer");
    assert_eq!(after.get("charges"), None, "that charge is paid");
    world.check_books(&["minji"]).await;
    world.until("2026-04-01T01:00").await;
    assert_eq!(world.subscription("minji").await["state"], "ended");
    let ended = row(&world, "subscriptions", key()).await;
    assert_eq!(ended["referred_by"]["S"], "newer");
}

#[test]
fn the_runbooks_command_names_a_member_as_the_logs_do() {
    let runbook = include_str!("../../../../docs/runbook.md");
    let mut lines = runbook.lines().map(str::trim_start);
    let command = lines.find(|line| line.starts_with("python3 -c 'import hmac")).unwrap();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &command.replace("THE-UID", "minji")]).env("SECRET", "a secret");
    let named = String::from_utf8(shell.output().unwrap().stdout).unwrap();
    let key = flows::OwnKey::new("a secret".to_owned().into());
    assert_eq!(named.trim(), key.pseudonym(&"minji".parse().unwrap()));
    assert_ne!(key.pseudonym(&"minji".parse().unwrap()), key.pseudonym(&"jisu".parse().unwrap()));
}
