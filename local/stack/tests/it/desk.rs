//! The admin's desk: a member's timeline, the charges to come, the figures.

use crate::declines::set_card;
use crate::world::{World, moment};
use serde_json::{Value, json};

/// What happened, the newest first: what and by whom.
pub fn happened(member: &Value) -> Vec<(String, Option<String>)> {
    let entries = member["journal"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            let by = entry["by"].as_str().map(ToOwned::to_owned);
            (format!("{} {}", entry["entry"], entry["type"]).replace('"', ""), by)
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_desk_shows_a_members_whole_life_and_who_ended_it() {
    let world = World::with("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    world.subscribe("minji").await;
    world.until("2026-02-28T12:00").await;
    world.cancel("minji").await;
    world.until("2026-04-01T09:00").await;
    assert_eq!(world.press().await.status, 200);
    world.settle().await;

    let answer = world.get("/admin/members/minji", "admin").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let member = answer.body;
    let told = |what: &str| (format!("told {what}"), None);
    let mut seen = happened(&member);
    // Of one second, both orders are right.
    seen[..2].sort();
    assert_eq!(
        seen,
        [
            ("did ended_access".to_owned(), Some("admin".to_owned())),
            told("revoked"),
            told("cancel_requested"),
            told("paid"),
            told("paid"),
            told("subscribed"),
        ]
    );
    assert_eq!(member["journal"][0]["at"], moment("2026-04-01T09:00").to_string());
    assert_eq!(member["journal"][3]["details"]["amount"], 9_900);
    let subscription = &member["subscription"];
    assert_eq!(subscription["state"], "ended");
    assert_eq!(subscription["access"], "revoked");
    assert_eq!(subscription["card"], Value::Null);
    assert_eq!(subscription["paid_through"], "2026-03-31");
    let amounts = |rows: &Value| rows.as_array().unwrap().len();
    assert_eq!(amounts(&member["payments"]), 2);
    let orders: Vec<_> = member["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|order| format!("{} {}", order["purpose"], order["state"]).replace('"', ""))
        .collect();
    assert_eq!(orders, ["charge abandoned", "charge paid", "charge paid", "subscribe registered"]);
    // The newest first, whatever it is for.
    let again = world.checkout("minji").await;
    let member = world.get("/admin/members/minji", "admin").await.body;
    assert_eq!(member["orders"][0]["merchant_uid"], again["merchant_uid"]);
}

#[tokio::test(start_paused = true)]
async fn an_open_schedule_a_decline_and_the_retry_are_on_the_desk() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let member = world.get("/admin/members/minji", "admin").await.body;
    let [open] = member["subscription"]["open_charges"].as_array().unwrap().as_slice() else {
        panic!("{member}");
    };
    assert_eq!(
        (&open["state"], &open["at"]),
        (&json!("scheduled"), &json!(moment("2026-02-28T10:00").to_string()))
    );
    set_card(&world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    let member = world.get("/admin/members/minji", "admin").await.body;
    let dunning = &member["subscription"]["dunning"];
    assert_eq!(member["subscription"]["state"], "past_due");
    assert_eq!((&dunning["failures"], &dunning["decline"]), (&json!(1), &json!("soft")));
    assert_eq!(dunning["retry_at"], moment("2026-03-01T10:00").to_string());
}

#[tokio::test(start_paused = true)]
async fn the_desk_is_for_admins_and_knows_only_members() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    for path in ["/admin/members/minji", "/admin/members/minji/forecast", "/admin/figures"] {
        let answer = world.get(path, "minji").await;
        assert_eq!((answer.status, &answer.body["type"]), (403, &json!("/problems/admins-only")));
    }
    for path in ["/admin/members/nobody", "/admin/members/nobody/forecast"] {
        let answer = world.get(path, "admin").await;
        assert_eq!(
            (answer.status, &answer.body["type"]),
            (404, &json!("/problems/no-such-member"))
        );
    }
    let answer = world.get("/admin/members/minji?cursor=nonsense", "admin").await;
    assert_eq!((answer.status, &answer.body["type"]), (400, &json!("/problems/malformed-request")));
}

#[tokio::test(start_paused = true)]
async fn the_journal_pages_from_the_newest_to_the_first() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    for _ in 0..30 {
        world.cancel("minji").await;
        world.wait(1).await;
        world.post("/subscription/resume", "minji", json!({})).await;
        world.wait(1).await;
    }
    let first = world.get("/admin/members/minji", "admin").await.body;
    assert_eq!(first["journal"].as_array().unwrap().len(), 50);
    let path = format!("/admin/members/minji?cursor={}", first["cursor"].as_str().unwrap());
    let second = world.get(&path, "admin").await.body;
    let rest = happened(&second);
    assert_eq!((rest.len(), &second["cursor"]), (12, &Value::Null));
    assert_eq!(rest.last().unwrap().0, "told subscribed");
}

#[tokio::test(start_paused = true)]
async fn what_the_forecast_says_is_what_is_charged() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let forecast = world.get("/admin/members/minji/forecast", "admin").await.body;
    let expected = forecast["charges"].as_array().unwrap();
    assert_eq!(expected.len(), 24);
    world.until("2027-01-31T12:00").await;
    let mut charged = world.charged_on("minji").await;
    charged.remove(0);
    let dates: Vec<_> = expected.iter().map(|charge| charge["date"].as_str().unwrap()).collect();
    assert_eq!(charged, dates[..12]);
    world.cancel("minji").await;
    let none = world.get("/admin/members/minji/forecast", "admin").await.body;
    assert_eq!(none, json!({"charges": []}));
}

#[tokio::test(start_paused = true)]
async fn the_figures_add_up_to_what_happened() {
    let world = World::at("2026-01-30T15:30").await;
    world.subscribe("leaver").await;
    world.subscribe("late").await;
    world.until("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("leaver").await;
    let today = world.get("/admin/figures?from=2026-01-31&to=2026-01-31", "admin").await.body;
    assert_eq!(
        [&today["members"], &today["cancelling"], &today["monthly"]],
        [&json!(3), &json!(1), &json!(19_800)],
        "who cancelled is not charged again"
    );
    set_card(&world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    set_card(&world, "approve");
    world.until("2026-03-01T12:00").await;

    let figures = world.get("/admin/figures?from=2026-02-01&to=2026-03-01", "admin").await;
    assert_eq!(figures.status, 200, "{figures:?}");
    let figures = figures.body;
    assert_eq!(
        [&figures["members"], &figures["cancelling"], &figures["past_due"], &figures["monthly"]],
        [&json!(2), &json!(0), &json!(0), &json!(19_800)]
    );
    assert_eq!(figures["members_at_first"], 3);
    assert_eq!(figures["churn_basis_points"], 3_333);
    assert_eq!(
        figures["renewals"],
        json!([{"date": "2026-03-30", "count": 1, "amount": 9_900}]),
        "31 March is the 31st day"
    );
    let days = figures["days"].as_array().unwrap();
    assert_eq!(days.len(), 29);
    let day = |date: &str| days.iter().find(|day| day["date"] == date).unwrap().clone();
    let quiet = json!({
        "date": "2026-02-27", "subscribed": 0, "ended": 0, "revoked_by_sweep": 0,
        "revoked_by_admin": 0, "paid": 0, "paid_amount": 0, "recovered": 0,
        "declined": {"transient": 0, "soft": 0, "provider": 0, "hard": 0, "unknown": 0},
        "refunded": 0, "refunded_amount": 0,
    });
    assert_eq!(day("2026-02-27"), quiet);
    assert_eq!(day("2026-02-28")["declined"]["soft"], 2);
    let last = day("2026-03-01");
    assert_eq!(
        [&last["ended"], &last["revoked_by_sweep"], &last["paid"], &last["paid_amount"]],
        [&json!(1), &json!(1), &json!(2), &json!(19_800)]
    );
    assert_eq!(last["recovered"], 2);
    let first = world.get("/admin/figures?from=2026-01-30&to=2026-01-31", "admin").await.body;
    assert_eq!(first["members_at_first"], 0);
    assert_eq!(first["churn_basis_points"], Value::Null);
    let subscribed = |day: usize| first["days"][day]["subscribed"].clone();
    assert_eq!((subscribed(0), subscribed(1)), (json!(2), json!(1)));
}

#[tokio::test(start_paused = true)]
async fn ranges_that_cannot_be_asked_about_are_refused() {
    let world = World::at("2026-11-30T15:30").await;
    for range in [
        "from=2026-11-30&to=2026-11-29",
        "from=2026-08-01&to=2026-11-01",
        "to=2026-12-01",
        "from=2025-11-28&to=2025-12-01",
    ] {
        let answer = world.get(&format!("/admin/figures?{range}"), "admin").await;
        let kind = &answer.body["type"];
        assert_eq!((answer.status, kind), (422, &json!("/problems/bad-range")), "{range}");
    }
    let farthest = world.get("/admin/figures?from=2025-11-29&to=2025-12-01", "admin").await;
    assert_eq!(farthest.status, 200, "{farthest:?}");
    let answer = world.get("/admin/figures?from=2026-02-30", "admin").await;
    assert_eq!((answer.status, &answer.body["type"]), (400, &json!("/problems/malformed-request")));
    let answer = world.get("/admin/figures", "admin").await.body;
    assert_eq!((&answer["from"], &answer["to"]), (&json!("2026-11-01"), &json!("2026-11-30")));
    let longest = world.get("/admin/figures?from=2026-08-01&to=2026-10-31", "admin").await;
    assert_eq!(longest.body["days"].as_array().unwrap().len(), 92);
}
