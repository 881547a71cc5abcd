//! A table that is put back to an earlier moment: what members were answered since then holds all the same,
//! and one night puts the books right (docs/runbook.md, Restoring a table).

use crate::reconcile::reconcile;
use crate::tables::{dynamodb, put_back, row};
use crate::world::{World, moment};
use gudok_local::faults::Fault;
use serde_json::{Value, json};
use std::sync::Arc;

fn key() -> Value {
    json!({"uid": {"S": "minji"}})
}

async fn saved(world: &World) -> Value {
    row(world, "subscriptions", key()).await
}

async fn stored(world: &World) -> billing::Subscription {
    let uid = "minji".parse().unwrap();
    world.stack.app.gudok.books.ledger.subscription(&uid).await.unwrap().unwrap()
}

/// One night's comparison, which finds what was forgotten and recalls it; a second finds nothing.
async fn recalled(world: &World, day: &str) {
    let before = stored(world).await;
    let seen = reconcile(world, day, day, true).await;
    assert!(seen.0.contains(&"past_row".to_owned()), "{seen:?}");
    assert_eq!(stored(world).await, before, "a dry run changes nothing");
    let (kinds, mended) = reconcile(world, day, day, false).await;
    assert!(mended.iter().all(|mended| *mended), "{kinds:?} {mended:?}");
    assert!(kinds.contains(&"past_row".to_owned()), "{kinds:?}");
    assert_eq!(reconcile(world, day, day, false).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_was_made_since_is_not_made_again() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    crate::declines::set_card(&world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    // The first retry is planned for the next day. It is declined, and the second one is paid.
    let past = saved(&world).await;
    world.until("2026-03-01T12:00").await;
    crate::declines::set_card(&world, "approve");
    world.until("2026-03-03T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-03"]);
    put_back(&world, "subscriptions", &past).await;
    world.until("2026-03-03T13:00").await;
    assert_eq!(world.stack.iamport.charges().len(), 2, "nothing is charged again");
    world.until("2026-03-05T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-03"]);
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-31");
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_is_recalled_at_its_own_time_and_nothing_is_charged() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    let old = saved(&world).await;
    world.cancel("minji").await;
    world.settle().await;
    let asked_at = stored(&world).await.cancellation.unwrap().requested_at;
    world.wait(60).await;
    put_back(&world, "subscriptions", &old).await;
    assert_eq!(world.subscription("minji").await["state"], "active");
    recalled(&world, "2026-02-10").await;
    assert_eq!(stored(&world).await.cancellation.unwrap().requested_at, asked_at);
    assert_eq!(world.standing(), []);
    world.until("2026-03-10T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    assert_eq!(world.subscription("minji").await["state"], "ended");
    let cancelled = world.news().iter().filter(|news| *news == "cancel_requested").count();
    assert_eq!(cancelled, 1, "it is told once");
}

#[tokio::test(start_paused = true)]
async fn the_night_by_itself_recalls_it_before_the_charge() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-27T12:00").await;
    let old = saved(&world).await;
    world.cancel("minji").await;
    put_back(&world, "subscriptions", &old).await;
    world.until("2026-03-10T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
    assert_eq!(world.subscription("minji").await["state"], "ended");
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_that_was_taken_back_stays_taken_back() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-02-10T12:00").await;
    let old = saved(&world).await;
    world.post("/subscription/resume", "minji", json!({})).await;
    put_back(&world, "subscriptions", &old).await;
    recalled(&world, "2026-02-10").await;
    world.until("2026-03-10T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn who_takes_a_cancellation_back_once_more_meets_the_charge_that_was_forgotten() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-02-10T12:00").await;
    let old = saved(&world).await;
    let resume = || world.post("/subscription/resume", "minji", json!({}));
    assert_eq!(resume().await.status, 200);
    put_back(&world, "subscriptions", &old).await;
    let again = resume().await;
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(world.standing(), [("2026-02-28 10:00".to_owned(), 9_900)]);
    world.until("2026-03-10T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_is_recalled_however_much_happened_since() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    let old = saved(&world).await;
    world.cancel("minji").await;
    world.settle().await;
    put_back(&world, "subscriptions", &old).await;
    // More than a page of what says nothing of the row.
    let told = rows(&world, "journal").await.into_iter().find(|entry| entry["type"]["S"] == "paid");
    let mut entry = told.unwrap();
    for number in 100..220 {
        let at = format!("2026-02-10T03:10:{:02}Z", number % 60);
        let id = format!("later-{number}");
        entry["at"] = json!({"S": format!("{at}#{id}")});
        entry["at_exact"] = json!({"S": at});
        entry["id"] = json!({"S": id});
        put_back(&world, "journal", &entry).await;
    }
    world.wait(60).await;
    recalled(&world, "2026-02-10").await;
    assert_eq!(world.subscription("minji").await["state"], "cancelling");
}

#[tokio::test(start_paused = true)]
async fn an_end_is_recalled_with_the_cancellation_before_it() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:30").await;
    let old = saved(&world).await;
    world.cancel("minji").await;
    world.until("2026-03-01T00:20").await;
    assert_eq!(world.subscription("minji").await["state"], "ended");
    put_back(&world, "subscriptions", &old).await;
    let found = reconcile(&world, "2026-02-28", "2026-03-01", false).await;
    assert_eq!(
        (found.0.last().unwrap().as_str(), found.1.last()),
        ("past_row", Some(&true)),
        "{found:?}"
    );
    assert_eq!(world.subscription("minji").await["state"], "ended");
    assert!(!world.may_enter("minji"));
    assert_eq!(world.standing(), []);
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
}

#[tokio::test(start_paused = true)]
async fn consent_is_recalled() {
    let plans = r#"[{"id": "monthly", "name": "월 구독", "price": 9900,
        "changes": [{"holds_from": "2026-04-01", "price": 12900}]}]"#;
    let world = World::with("2026-01-15T09:00", &[("PLANS", plans)]).await;
    world.subscribe("minji").await;
    world.until("2026-03-20T12:00").await;
    let old = saved(&world).await;
    let consent = json!({"price": 12_900, "version": "2026-01"});
    world.post("/subscription/consent", "minji", consent).await;
    let given = stored(&world).await.price_change.unwrap().agreed;
    put_back(&world, "subscriptions", &old).await;
    recalled(&world, "2026-03-20").await;
    assert_eq!(stored(&world).await.price_change.unwrap().agreed, given);
    world.until("2026-04-16T12:00").await;
    let amounts: Vec<_> =
        world.payments("minji").await.iter().map(|payment| payment.amount.get()).collect();
    assert_eq!(amounts, [9_900, 9_900, 9_900, 12_900]);
}

#[tokio::test(start_paused = true)]
async fn a_card_that_is_forgotten_is_for_a_person() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    let old = saved(&world).await;
    let opened = world.post("/subscription/card", "minji", json!({})).await.body;
    world.window(&opened, json!({})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 200);
    world.settle().await;
    put_back(&world, "subscriptions", &old).await;
    let found = reconcile(&world, "2026-02-10", "2026-02-10", true).await;
    assert!(found.0.contains(&"past_row".to_owned()), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_card_is_changed_though_the_row_has_forgotten_a_window_that_was_opened() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let old = saved(&world).await;
    let change = || world.post("/subscription/card", "minji", json!({}));
    let forgotten = change().await;
    put_back(&world, "subscriptions", &old).await;
    let opened = change().await;
    assert_eq!((forgotten.status, opened.status), (201, 201), "{opened:?}");
    assert_ne!(opened.body["merchant_uid"], forgotten.body["merchant_uid"]);
    world.window(&opened.body, json!({})).await;
    assert_eq!(world.complete("minji", &opened.body).await.status, 200);
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn who_cancels_or_resumes_while_the_night_looks_is_not_taken_for_the_past() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    for act in ["cancel", "resume", "cancel", "resume"] {
        let path = format!("/subscription/{act}");
        assert_eq!(world.post(&path, "minji", json!({})).await.status, 200);
        world.settle().await;
        let found = reconcile(&world, "2026-02-10", "2026-02-10", false).await;
        assert_eq!(found, (vec![], vec![]), "{act}");
    }
    world.stack.clock.move_to(moment("2026-02-10T13:00")).unwrap();
    assert_eq!(world.subscription("minji").await["state"], "active");
}

const TABLES: [&str; 4] = ["subscriptions", "orders", "payments", "journal"];

/// All rows of a table, as they are stored.
async fn rows(world: &World, table: &str) -> Vec<Value> {
    let answer = dynamodb(world, "Scan", json!({"TableName": table})).await;
    answer["Items"].as_array().unwrap().clone()
}

/// What tells the rows of a table apart.
fn key_of(table: &str, row: &Value) -> Value {
    match table {
        "subscriptions" => json!({"uid": row["uid"]}),
        "orders" => json!({"merchant_uid": row["merchant_uid"]}),
        "payments" => json!({"uid": row["uid"], "paid_at": row["paid_at"]}),
        _ => json!({"uid": row["uid"], "at": row["at"]}),
    }
}

/// Puts a whole table back to these rows.
async fn restore(world: &World, table: &str, to: &[Value]) {
    for row in rows(world, table).await {
        let key = json!({"TableName": table, "Key": key_of(table, &row)});
        dynamodb(world, "DeleteItem", key).await;
    }
    for row in to {
        put_back(world, table, row).await;
    }
}

/// Minji renews and cancels, Hana changes the card, Jisoo subscribes: all of that after the moment to which the
/// table is put back, and before the night.
async fn lived_through(table: &str) -> World {
    let world = World::at("2026-01-31T15:30").await;
    for member in ["minji", "hana"] {
        world.subscribe(member).await;
    }
    world.until("2026-02-28T09:00").await;
    let then = rows(&world, table).await;
    world.until("2026-02-28T11:00").await;
    world.cancel("minji").await;
    let opened = world.post("/subscription/card", "hana", json!({})).await.body;
    world.window(&opened, json!({})).await;
    assert_eq!(world.complete("hana", &opened).await.status, 200);
    world.subscribe("jisoo").await;
    world.until("2026-02-28T20:00").await;
    restore(&world, table, &then).await;
    world
}

#[tokio::test(start_paused = true)]
async fn whichever_table_is_put_back_one_night_puts_the_books_right() {
    for table in TABLES {
        let world = lived_through(table).await;
        world.until("2026-03-01T01:00").await;
        let members = ["minji", "hana", "jisoo"];
        world.check_books(&members).await;
        let states = [world.subscription("minji").await, world.subscription("hana").await];
        let shown = states.map(|it| [it["state"].clone(), it["paid_through"].clone()]);
        let expected = [["cancelling", "2026-03-31"], ["active", "2026-03-31"]];
        assert_eq!(json!(shown), json!(expected), "{table}");
        let jisoo = world.subscription("jisoo").await;
        assert_eq!(json!([jisoo["state"], jisoo["paid_through"]]), json!(["active", "2026-03-28"]));
        assert_eq!(jisoo["card"]["name"], "BC카드", "{table}");
        assert!(members.iter().all(|member| world.may_enter(member)), "{table}");
        let again = reconcile(&world, "2026-02-28", "2026-02-28", true).await;
        assert_eq!(again, (vec![], vec![]), "{table}: the next night finds nothing");

        // And life goes on: nobody is charged twice, and who left is not charged at all.
        world.until("2026-04-30T12:00").await;
        world.check_books(&members).await;
        let charged = |uid| world.charged_on(uid);
        assert_eq!(charged("minji").await, ["2026-01-31", "2026-02-28"], "{table}");
        let each = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"];
        assert_eq!(charged("hana").await, each, "{table}");
        let each = ["2026-02-28", "2026-03-28", "2026-04-28"];
        assert_eq!(charged("jisoo").await, each, "{table}");
        assert_eq!(world.subscription("minji").await["state"], "ended", "{table}");
        assert!(!world.may_enter("minji"), "{table}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_paid_after_a_cancellation_that_was_forgotten_is_given_back() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:30").await;
    let old = saved(&world).await;
    world.hosts.inject(Arc::new(|request| {
        let iamport = ["/users", "/subscribe", "/payments"];
        let there = |prefix: &&str| request.uri().path().starts_with(*prefix);
        if iamport.iter().any(there) { Some(Fault::NotSent) } else { None }
    }));
    world.cancel("minji").await;
    world.until("2026-02-28T10:02").await;
    put_back(&world, "subscriptions", &old).await;
    world.hosts.clear();
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-31", "it was booked");
    world.until("2026-03-01T01:00").await;
    let charges = world.stack.iamport.charges();
    let given_back: Vec<_> = charges.iter().map(|charge| charge.cancelled_amount).collect();
    assert_eq!(given_back, [0, 9_900]);
    world.check_books(&["minji"]).await;
    world.until("2026-03-02T01:00").await;
    assert_eq!(world.subscription("minji").await["state"], "ended");
    assert!(!world.may_enter("minji"));
}

#[tokio::test(start_paused = true)]
async fn whom_the_row_and_the_journal_forget_is_found_by_what_stands_at_iamport() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    for table in ["subscriptions", "journal"] {
        restore(&world, table, &[]).await;
    }
    world.until("2026-02-02T01:00").await;
    let found = world.subscription("minji").await;
    assert_eq!((&found["state"], &found["paid_through"]), (&json!("active"), &json!("2026-02-28")));
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_is_owed_back_is_booked_again_when_its_row_is_gone() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:59").await;
    let then = rows(&world, "payments").await;
    // Iamport neither takes the schedule back nor gives the money back.
    world.hosts.inject(Arc::new(|request| {
        let silent = ["/subscribe/payments/unschedule", "/payments/cancel"];
        if silent.contains(&request.uri().path()) { Some(Fault::NotSent) } else { None }
    }));
    world.cancel("minji").await;
    world.until("2026-02-28T12:00").await;
    assert_eq!(stored(&world).await.refunds.len(), 1, "it is booked and owed back");
    assert_eq!(world.payments("minji").await.len(), 2);
    restore(&world, "payments", &then).await;
    world.hosts.clear();
    world.until("2026-02-28T14:00").await;
    let payments = world.payments("minji").await;
    assert_eq!(payments.len(), 2, "before the night");
    assert_eq!(payments[1].refunded, payments[1].amount);
    assert_eq!(stored(&world).await.refunds, []);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_subscribes_over_a_payment_that_the_row_does_not_know() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let key = json!({"TableName": "subscriptions", "Key": key()});
    dynamodb(&world, "DeleteItem", key).await;
    let open = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
    let answer = world.post("/checkout", "minji", open.clone()).await;
    let expected = (409, &json!("/problems/payment-in-progress"));
    assert_eq!((answer.status, &answer.body["type"]), expected, "{answer:?}");
    world.until("2026-02-01T01:00").await;
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-02-28");
    let answer = world.post("/checkout", "minji", open).await;
    let expected = (409, &json!("/problems/already-subscribed"));
    assert_eq!((answer.status, &answer.body["type"]), expected, "{answer:?}");
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
}

#[tokio::test(start_paused = true)]
async fn nobody_subscribes_over_a_payment_of_a_run_that_the_row_does_not_know() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.cancel("minji").await;
    world.until("2026-03-01T01:00").await;
    let old = saved(&world).await;
    // In the second of two windows: the first has begun the run already.
    world.checkout("minji").await;
    world.subscribe("minji").await;
    put_back(&world, "subscriptions", &old).await;
    let open = json!({"plan": "monthly", "consent": {"version": "2026-01"}});
    let answer = world.post("/checkout", "minji", open).await;
    let expected = (409, &json!("/problems/payment-in-progress"));
    assert_eq!((answer.status, &answer.body["type"]), expected, "{answer:?}");
    world.until("2026-03-02T01:00").await;
    let found = world.subscription("minji").await;
    assert_eq!((&found["state"], &found["paid_through"]), (&json!("active"), &json!("2026-04-01")));
    world.until("2026-04-02T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-01", "2026-04-01"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_review_is_settled_though_the_order_that_it_is_about_is_gone_with_its_table() {
    let world = World::at("2026-01-15T09:00").await;
    world.subscribe("minji").await;
    let review = crate::reviews::stuck_schedule(&world).await;
    restore(&world, "orders", &[]).await;
    world.hosts.clear();
    let settled = crate::reviews::resolve(&world, &review, "dismiss").await;
    assert_eq!(settled.status, 200, "{settled:?}");
    assert_eq!(world.charged_on("minji").await, ["2026-01-15", "2026-02-18"]);
    assert_eq!(world.standing(), [("2026-03-15 10:00".to_owned(), 9_900)]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_review_of_a_charge_that_is_closed_is_settled_though_its_order_is_gone() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    let charge = stored(&world).await.charges[0].merchant_uid.to_string();
    let revoke = iamport_simulator::ConsoleAct::RevokeSchedule { merchant_uid: charge };
    world.stack.iamport.console(&revoke).unwrap();
    world.until("2026-02-02T01:00").await;
    let review = world.get("/admin/reviews", "admin").await.body["reviews"][0].clone();
    restore(&world, "orders", &[]).await;
    let settled = crate::reviews::resolve(&world, &review, "dismiss").await;
    assert_eq!(settled.status, 200, "{settled:?}");
    assert_eq!(stored(&world).await.reviews, []);
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    world.check_books(&["minji"]).await;
}
