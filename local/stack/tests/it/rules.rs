//! The rules with numbers are configuration, read once and checked.

use crate::world::{World, moment};
use gudok_local::Stack;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test(start_paused = true)]
async fn each_member_is_charged_at_a_second_of_their_own_within_the_window() {
    let world = World::with("2026-01-15T09:00", &[("POLICY", "{}")]).await;
    let members = ["minji", "jisu", "haneul"];
    for uid in members {
        world.subscribe(uid).await;
    }
    let standing = world.stack.iamport.schedules();
    let times: BTreeSet<i64> = standing.iter().map(|schedule| schedule.schedule_at).collect();
    assert_eq!(times.len(), members.len());
    let ten = crate::world::moment("2026-02-15T10:00").as_second();
    assert!(times.iter().all(|at| (ten..ten + 3_600).contains(at)), "{times:?}");
    world.until("2026-02-15T11:05").await;
    for uid in members {
        assert_eq!(world.charged_on(uid).await, ["2026-01-15", "2026-02-15"]);
    }
    let next: BTreeSet<i64> =
        world.stack.iamport.schedules().iter().map(|it| it.schedule_at).collect();
    let of_march = times.iter().map(|at| at + 28 * 86_400);
    assert!(next.is_superset(&of_march.collect()), "at the same second of the next month");
    world.check_books(&members).await;
}

#[tokio::test(start_paused = true)]
async fn retries_and_grace_follow_the_configured_days() {
    let policy =
        r#"{"retry_days": [2, 4], "grace_days": 5, "charge_hour": 18, "charge_window": "0s"}"#;
    let world = World::with("2026-01-15T09:00", &[("POLICY", policy)]).await;
    world.subscribe("minji").await;
    assert_eq!(world.standing(), [("2026-02-15 18:00".to_owned(), 9_900)]);
    for (customer, _) in world.stack.iamport.customers() {
        let card = serde_json::from_value(json!("insufficient_funds")).unwrap();
        world.stack.iamport.set_card(&customer.customer_uid, card).unwrap();
    }
    world.until("2026-02-20T23:59").await;
    let declined: Vec<_> = serde_json::to_value(world.stack.iamport.payments())
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .filter(|payment| payment["status"] == "failed")
        .map(|payment| {
            let at = jiff::Timestamp::from_second(payment["failed_at"].as_i64().unwrap()).unwrap();
            at.to_zoned(billing::SEOUL).strftime("%m-%d %H").to_string()
        })
        .collect();
    assert_eq!(declined, ["02-15 18", "02-17 18", "02-19 18"]);
    assert!(world.may_enter("minji"), "the fifth day of grace is the last day of access");
    world.until("2026-02-21T00:11").await;
    assert!(!world.may_enter("minji"));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_does_not_fit_names_itself_and_stops_the_start() {
    for (name, value, says) in [
        ("POLICY", "[]", "POLICY is not a JSON object"),
        ("POLICY", r#"{"retry_day": [1]}"#, "POLICY is not a JSON object"),
        ("POLICY", r#"{"retry_days": [3, 1]}"#, "POLICY is not fit: retry_days ascending, from 1"),
        ("POLICY", r#"{"retry_days": [9]}"#, "POLICY is not fit: no retry_days after"),
        ("POLICY", r#"{"charge_hour": 24}"#, "POLICY is not fit: charge_hour from 0 to 23"),
        (
            "POLICY",
            r#"{"hard_declines_an_hour": 0}"#,
            "POLICY is not fit: hard_declines_an_hour from 1",
        ),
        ("POLICY", r#"{"patience": "0s"}"#, "POLICY is not fit: durations from a second to a week"),
        ("POLICY", r#"{"lease": "20s"}"#, "IAMPORT_TIMEOUT_SECONDS is not shorter than"),
        ("PLANS", "[]", "PLANS is not a JSON list"),
        (
            "PLANS",
            r#"[{"id": "monthly", "name": "월 구독", "price": 9}]"#,
            "PLANS is not a JSON list",
        ),
        (
            "POLICY",
            r#"{"declined_cards_a_day": 0}"#,
            "POLICY is not fit: declined_cards_a_day and card_windows_a_day from 1",
        ),
        ("ACCESS_CLAIM", "admin", "ACCESS_CLAIM is not a claim of its own"),
        ("ACCESS_CLAIM", "firebase", "ACCESS_CLAIM is not a claim of its own"),
        ("ADMIN_POLICY", r#"{"session": "30s"}"#, "ADMIN_POLICY is not a JSON object"),
        ("ADMIN_POLICY", r#"{"sesion": "12h"}"#, "ADMIN_POLICY is not a JSON object"),
        ("APP_CHECK", r#"["1:9:web:a"]"#, "APP_CHECK is not a JSON object"),
        ("APP_CHECK", r#"{"project_number": "9", "apps": []}"#, "APP_CHECK is not a JSON object"),
        ("APP_CHECK", r#"{"project_number": "", "apps": ["1::web:a"]}"#, "APP_CHECK is not a JSON"),
        (
            "APP_CHECK",
            r#"{"project_number": "gudok", "apps": ["1:gudok:web:a"]}"#,
            "APP_CHECK is not a JSON object",
        ),
        (
            "APP_CHECK",
            r#"{"project_number": "9", "apps": ["1:9:web:a", "1:8:web:a"]}"#,
            "APP_CHECK is not a JSON object",
        ),
        (
            "APP_CHECK",
            r#"{"project_number": "9", "apps": ["1:9:web:a"], "enforced": true}"#,
            "APP_CHECK is not a JSON object",
        ),
        ("VERIFIED_EMAIL", "yes", "VERIFIED_EMAIL is not `optional` or `required`"),
        ("REVOCATION", "never", "REVOCATION is not `auto` or `review`"),
        ("IAMPORT_TIMEOUT_SECONDS", "soon", "IAMPORT_TIMEOUT_SECONDS is not a number"),
    ] {
        let start = Stack::in_process(moment("2026-01-15T09:00"), 1, &[(name, value)]).await;
        let error = start.map(|_| ()).unwrap_err();
        let mut told = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            told = format!("{told}: {error}");
            cause = error.source();
        }
        assert!(told.contains(says), "{value}: {told}");
    }
}
