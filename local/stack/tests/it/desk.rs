//! The admin's desk: a member's timeline, the charges to come, the figures.

use crate::declines::set_card;
use crate::reconcile::behind_our_back;
use crate::world::{World, moment};
use http::Method;
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
        json!([
            {"date": "2026-03-30", "count": 1, "retries": 0, "amount": 9_900},
            {"date": "2026-03-31", "count": 1, "retries": 0, "amount": 9_900},
        ]),
        "31 March is the thirtieth day after it"
    );
    let days = figures["days"].as_array().unwrap();
    assert_eq!(days.len(), 29);
    let day = |date: &str| days.iter().find(|day| day["date"] == date).unwrap().clone();
    let none = json!({"transient": 0, "soft": 0, "provider": 0, "hard": 0, "unknown": 0});
    let quiet = json!({
        "date": "2026-02-27", "subscribed": 0, "ended": 0, "revoked_by_sweep": 0,
        "revoked_by_admin": 0, "lost": none, "paid": 0, "paid_amount": 0, "paid_for": {},
        "recovered": 0, "recovered_from": none, "declined": none, "refunded": 0, "refunded_amount": 0,
    });
    assert_eq!(day("2026-02-27"), quiet);
    assert_eq!(day("2026-02-28")["declined"]["soft"], 2);
    let last = day("2026-03-01");
    assert_eq!(
        [&last["ended"], &last["revoked_by_sweep"], &last["paid"], &last["paid_amount"]],
        [&json!(1), &json!(1), &json!(2), &json!(19_800)]
    );
    assert_eq!((&last["recovered"], &last["recovered_from"]["soft"]), (&json!(2), &json!(2)));
    assert_eq!(figures["total"]["paid_for"], json!({"monthly": 19_800}));
    let first = world.get("/admin/figures?from=2026-01-30&to=2026-01-31", "admin").await.body;
    assert_eq!(first["members_at_first"], 0);
    assert_eq!(first["churn_basis_points"], Value::Null);
    let subscribed = |day: usize| first["days"][day]["subscribed"].clone();
    assert_eq!((subscribed(0), subscribed(1)), (json!(2), json!(1)));
}

#[tokio::test(start_paused = true)]
async fn ranges_that_cannot_be_asked_about_are_refused() {
    let world = World::at("2026-11-30T15:30").await;
    for range in ["from=2026-11-30&to=2026-11-29", "to=2026-12-01", "from=2021-11-28&to=2021-12-01"]
    {
        let answer = world.get(&format!("/admin/figures?{range}"), "admin").await;
        let kind = &answer.body["type"];
        assert_eq!((answer.status, kind), (422, &json!("/problems/bad-range")), "{range}");
    }
    let farthest = world.get("/admin/figures?from=2021-11-29&to=2021-12-01", "admin").await;
    assert_eq!(farthest.status, 200, "{farthest:?}");
    let answer = world.get("/admin/figures?from=2026-02-30", "admin").await;
    assert_eq!((answer.status, &answer.body["type"]), (400, &json!("/problems/malformed-request")));
    let answer = world.get("/admin/figures", "admin").await.body;
    assert_eq!((&answer["from"], &answer["to"]), (&json!("2026-11-01"), &json!("2026-11-30")));
    let days = async |range: &str| {
        let figures = world.get(&format!("/admin/figures?{range}"), "admin").await.body;
        (figures["by_month"].clone(), figures["days"].as_array().unwrap().len())
    };
    assert_eq!(days("from=2026-08-01&to=2026-10-31").await, (json!(false), 92));
    assert_eq!(days("from=2026-08-01&to=2026-11-01").await, (json!(true), 4));
    assert_eq!(days("from=2021-11-30&to=2026-11-30").await, (json!(true), 61));
}

#[tokio::test(start_paused = true)]
async fn the_figures_are_the_same_before_and_after_they_are_counted() {
    let world = World::at("2026-01-30T23:30").await;
    let ask = async || {
        let figures = world.get("/admin/figures?from=2026-01-30", "admin").await.body;
        (figures["days"].clone(), figures["counted_until"].clone())
    };
    world.subscribe("minji").await;
    world.subscribe("jisu").await;
    // In two parts, each told with what was given back in all.
    for (amount, until) in [(3_000, "2026-01-30T23:40"), (4_000, "2026-02-01T09:00")] {
        let imp_uid = world.payments("minji").await[0].imp_uid.to_string();
        let body = json!({"imp_uid": imp_uid, "amount": amount});
        behind_our_back(&world, Method::POST, "/payments/cancel", body).await;
        world.settle().await;
        let (seen, now) = ask().await;
        assert_eq!(now, json!(world.stack.clock.now()));
        world.until(until).await;
        let (counted, _) = ask().await;
        let seen = seen.as_array().unwrap();
        assert_eq!(*seen, counted.as_array().unwrap()[..seen.len()], "{until}");
    }
    let (days, _) = ask().await;
    let refunded: u64 =
        days.as_array().unwrap().iter().filter_map(|day| day["refunded_amount"].as_u64()).sum();
    assert_eq!(refunded, 7_000);
    let counted = world.stack.app.gudok.books.ledger.counted().await.unwrap().unwrap();
    assert!(counted.until > crate::world::moment("2026-01-31T00:00"), "{counted:?}");
}

#[tokio::test(start_paused = true)]
async fn who_came_and_went_within_a_range_is_no_member_it_lost() {
    let world = World::at("2026-01-10T15:30").await;
    world.subscribe("old").await;
    world.until("2026-02-05T15:30").await;
    world.subscribe("new").await;
    world.cancel("new").await;
    world.until("2026-03-20T15:30").await;
    let figures = world.get("/admin/figures?from=2026-02-01&to=2026-03-20", "admin").await.body;
    let of = |name: &str| figures[name].as_u64();
    assert_eq!(
        (of("members_at_first"), of("left"), of("churn_basis_points")),
        (Some(1), Some(0), Some(0))
    );
    assert_eq!(figures["total"]["ended"], 1, "{figures}");
}

#[tokio::test(start_paused = true)]
async fn who_is_lost_to_a_declined_card_is_told_from_who_wanted_to_go() {
    let world = World::at("2026-01-10T15:30").await;
    world.subscribe("lost").await;
    world.subscribe("leaver").await;
    world.cancel("leaver").await;
    set_card(&world, "insufficient_funds");
    world.until("2026-02-12T15:30").await;
    let figures = world.get("/admin/figures", "admin").await.body;
    let retries: u64 = figures["renewals"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|day| day["retries"].as_u64())
        .sum();
    assert_eq!((&figures["past_due"], retries), (&json!(1), 1), "{figures}");
    world.until("2026-02-28T15:30").await;
    let figures = world.get("/admin/figures?from=2026-02-01", "admin").await.body;
    let total = &figures["total"];
    assert_eq!((&total["ended"], &total["lost"]["soft"]), (&json!(2), &json!(1)), "{total}");
    assert_eq!((&figures["left"], &figures["renewals"]), (&json!(2), &json!([])));
}
