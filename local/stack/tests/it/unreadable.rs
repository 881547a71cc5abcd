//! A row that cannot be read harms its own member and nobody else, in whatever list it stands.

use crate::reconcile::reconcile;
use crate::reviews::ordinary;
use crate::sweeping::{listening, logged};
use crate::tables::{change, dynamodb};
use crate::world::{World, moment};
use gudok_local::faults::Fault;
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use sweep::Done;

/// How a row is spoilt.
#[derive(Debug, Clone, Copy)]
enum Spoilt {
    /// It lacks what every row has.
    Lacking,
    /// It has what a later release writes.
    Newer,
}

const WAYS: [Spoilt; 2] = [Spoilt::Lacking, Spoilt::Newer];

/// Spoils a member's subscription behind our back.
async fn spoil(world: &World, uid: &str, way: Spoilt) {
    change(world, "subscriptions", json!({"uid": {"S": uid}}), |row| match way {
        Spoilt::Lacking => {
            row.remove("price").unwrap();
        }
        Spoilt::Newer => {
            row.insert("state".to_owned(), json!({"S": "frozen"}));
            row.insert("access".to_owned(), json!({"M": {"state": {"S": "ajar"}}}));
        }
    })
    .await;
}

async fn woken(world: &World, timer: &str) -> Done {
    let event = json!({"sweep": timer});
    sweep::handle(&world.stack.app, event, Timestamp::MAX).await.unwrap()
}

/// Three members since 31 January.
async fn three(world: &World) {
    for uid in ["minji", "jisu", "hana"] {
        world.subscribe(uid).await;
    }
}

fn lose_every_webhook(world: &World) {
    let lost = json!({"webhooks": "lost", "count": 100});
    world.stack.iamport.inject(serde_json::from_value(lost).unwrap()).unwrap();
}

/// Iamport runs the schedules of February, and nobody hears of it.
async fn renew_unseen(world: &World) {
    lose_every_webhook(world);
    world.stack.clock.move_to(moment("2026-02-28T10:30")).unwrap();
    world.stack.iamport.run_due(moment("2026-02-28T10:30")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_catch_up_sees_to_everybody_else() {
    for way in WAYS {
        let world = World::at("2026-01-31T15:30").await;
        three(&world).await;
        spoil(&world, "minji", way).await;
        renew_unseen(&world).await;
        let (written, _listening) = listening();
        let Done::Swept(report) = woken(&world, "catch-up").await else { panic!() };
        assert_eq!((report.looked_at, report.troubled), (3, 1), "{way:?}");
        assert_eq!(written.figures()["UnreadableRows"], 1, "{way:?}");
        for uid in ["jisu", "hana"] {
            assert_eq!(world.charged_on(uid).await, ["2026-01-31", "2026-02-28"], "{way:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_nightly_sweep_ends_everybody_else_who_is_over() {
    for way in WAYS {
        let world = World::at("2026-01-31T15:30").await;
        three(&world).await;
        world.subscribe("later").await;
        for uid in ["minji", "jisu", "hana"] {
            world.cancel(uid).await;
        }
        // One is due now, one on a later hour of the day, for whom nothing is to be done yet.
        spoil(&world, "minji", way).await;
        change(&world, "subscriptions", json!({"uid": {"S": "later"}}), |row| {
            row.insert("due_at".to_owned(), json!({"S": "2026-03-01T01:00:00Z"}));
        })
        .await;
        spoil(&world, "later", way).await;
        world.stack.clock.move_to(moment("2026-03-01T00:10")).unwrap();
        let (written, _listening) = listening();
        let Done::Swept(report) = woken(&world, "nightly").await else { panic!() };
        assert_eq!((report.revoked, report.troubled), (2, 2), "{way:?} {report:?}");
        assert_eq!(written.figures()["UnreadableRows"], 2, "{way:?}");
        for uid in ["jisu", "hana"] {
            assert!(!world.may_enter(uid), "{way:?}");
        }
        assert!(world.may_enter("minji"), "{way:?}");
        world.settle().await;
        assert!(world.news().contains(&"sweep_done".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn the_button_shows_everybody_else_who_is_over() {
    for way in WAYS {
        let world = World::with("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
        three(&world).await;
        for uid in ["minji", "jisu", "hana"] {
            world.cancel(uid).await;
        }
        spoil(&world, "minji", way).await;
        world.stack.clock.move_to(moment("2026-03-01T09:00")).unwrap();
        let (written, _listening) = listening();
        let path = "/admin/cancellations/process";
        let answer = world.post(path, "admin", json!({"dry_run": true})).await;
        assert_eq!(answer.status, 200, "{way:?} {answer:?}");
        let mut over: Vec<_> = answer.body["revocations"].as_array().unwrap().iter().collect();
        over.sort_by_key(|it| it["uid"].to_string());
        let over: Vec<_> = over.iter().map(|it| it["uid"].as_str().unwrap()).collect();
        assert_eq!(over, ["hana", "jisu"], "{way:?}");
        assert_eq!(written.figures()["UnreadableRows"], 1, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_comparison_mends_what_is_everybody_elses() {
    for way in WAYS {
        let world = World::at("2026-01-31T15:30").await;
        three(&world).await;
        let schedules = serde_json::to_value(world.stack.iamport.schedules()).unwrap();
        for schedule in schedules.as_array().unwrap() {
            let body = json!({
                "customer_uid": schedule["customer_uid"], "merchant_uid": [schedule["merchant_uid"]],
            });
            let path = "/subscribe/payments/unschedule";
            crate::reconcile::behind_our_back(&world, Method::POST, path, body).await;
        }
        assert_eq!(world.standing(), []);
        spoil(&world, "minji", way).await;
        let found = reconcile(&world, "2026-01-31", "2026-01-31", false).await;
        let missing = vec!["missing_schedule".to_owned(); 2];
        assert_eq!(found, (missing, vec![true; 2]), "{way:?}");
        // What a person took back at the console is asked about.
        let asked = world.get("/admin/reviews", "admin").await.body;
        assert_eq!(asked["reviews"].as_array().unwrap().len(), 2, "{way:?}");

        // Nor does an order's row.
        let order = world.payments("jisu").await[0].merchant_uid.to_string();
        change(&world, "orders", json!({"merchant_uid": {"S": order}}), |row| {
            row.remove("amount").unwrap();
        })
        .await;
        lose_every_webhook(&world);
        for uid in ["jisu", "hana"] {
            let imp_uid = world.payments(uid).await[0].imp_uid.to_string();
            let body = json!({"imp_uid": imp_uid, "amount": 3_000});
            crate::reconcile::behind_our_back(&world, Method::POST, "/payments/cancel", body).await;
        }
        let (written, _listening) = logged();
        let Done::Reconciled(report) = woken(&world, "reconcile").await else { panic!() };
        assert!(report.troubled >= 2, "{way:?} {report:?}");
        let of_the_order = json!({"name": "order", "merchant_uid": order});
        let named = written.take().iter().filter(|line| line["span"] == of_the_order).count();
        assert_eq!(named, 1, "{way:?}: it is logged with the order that it is about");
        assert_eq!(world.payments("hana").await[0].refunded.get(), 3_000, "{way:?}");
        assert_eq!(world.payments("jisu").await[0].refunded.get(), 0, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_desk_lists_everybody_elses_cancellation() {
    for way in WAYS {
        let world = World::at("2026-01-31T15:30").await;
        three(&world).await;
        for uid in ["minji", "jisu"] {
            world.cancel(uid).await;
        }
        spoil(&world, "minji", way).await;
        let (written, _listening) = listening();
        let answer = world.get("/admin/cancellations", "admin").await;
        assert_eq!(answer.status, 200, "{way:?} {answer:?}");
        let listed = answer.body["cancellations"].as_array().unwrap();
        let listed: Vec<_> = listed.iter().map(|it| it["uid"].as_str().unwrap()).collect();
        assert_eq!(listed, ["jisu"], "{way:?}");
        assert_eq!(written.figures()["UnreadableRows"], 1, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_desk_lists_everybody_elses_reviews() {
    for way in WAYS {
        let world = World::at("2026-01-31T15:30").await;
        three(&world).await;
        let orders: Vec<_> =
            world.stack.iamport.schedules().into_iter().map(|it| it.merchant_uid).collect();
        for order in &orders {
            ordinary(&world, order, "approve").await;
        }
        world.until("2026-02-20T12:00").await;
        let all = world.get("/admin/reviews", "admin").await;
        assert_eq!(all.body["reviews"].as_array().unwrap().len(), 3, "{all:?}");
        spoil(&world, "minji", way).await;
        let (written, _listening) = listening();
        let answer = world.get("/admin/reviews", "admin").await;
        assert_eq!(answer.status, 200, "{way:?} {answer:?}");
        assert_eq!(answer.body["reviews"].as_array().unwrap().len(), 2, "{way:?}");
        assert_eq!(written.figures()["UnreadableRows"], 1, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_figures_count_everybody_else() {
    for way in WAYS {
        let world = World::at("2026-01-31T15:30").await;
        three(&world).await;
        spoil(&world, "minji", way).await;
        // And one entry of the journal that a later release wrote.
        let query = json!({
            "TableName": "journal", "KeyConditionExpression": "uid = :uid",
            "ExpressionAttributeValues": {":uid": {"S": "jisu"}},
        });
        let mut entry = dynamodb(&world, "Query", query).await["Items"][0].clone();
        entry["type"] = json!({"S": "thawed"});
        dynamodb(&world, "PutItem", json!({"TableName": "journal", "Item": entry})).await;
        let (written, _listening) = listening();
        let answer = world.get("/admin/figures", "admin").await;
        assert_eq!(answer.status, 200, "{way:?} {answer:?}");
        assert_eq!(answer.body["members"], 2, "{way:?} {answer:?}");
        assert_eq!(written.figures()["UnreadableRows"], 2, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_with_a_key_that_cannot_be_read_hides_nobody_who_is_due() {
    let world = World::at("2026-01-31T15:30").await;
    three(&world).await;
    change(&world, "subscriptions", json!({"uid": {"S": "minji"}}), |row| {
        row.insert("due_at".to_owned(), json!({"S": "2026-02-01 at noon"}));
    })
    .await;
    renew_unseen(&world).await;
    let Done::Swept(report) = woken(&world, "catch-up").await else { panic!() };
    assert_eq!((report.looked_at, report.troubled), (2, 1), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn tables_that_answer_nobody_are_an_error() {
    let world = World::at("2026-01-31T15:30").await;
    three(&world).await;
    world.stack.clock.move_to(moment("2026-03-01T00:10")).unwrap();
    world.hosts.inject(Arc::new(|request| {
        let target = request.headers().get("x-amz-target");
        let reads = target.is_some_and(|target| target.to_str().unwrap().ends_with(".GetItem"));
        if reads { Some(Fault::status(500)) } else { None }
    }));
    for timer in ["nightly", "reconcile"] {
        let event = json!({"sweep": timer});
        sweep::handle(&world.stack.app, event, Timestamp::MAX).await.unwrap_err();
    }
    let answer =
        world.post("/admin/cancellations/process", "admin", json!({"dry_run": true})).await;
    assert_eq!((answer.status, &answer.body["status"]), (503, &Value::from(503)));
}

#[tokio::test(start_paused = true)]
async fn tables_that_do_not_answer_for_one_member_keep_nobody_else_from_being_ended() {
    let world = World::with("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    three(&world).await;
    for uid in ["minji", "jisu", "hana"] {
        world.cancel(uid).await;
    }
    world.stack.clock.move_to(moment("2026-03-01T09:00")).unwrap();
    world.hosts.inject(Arc::new(|request| {
        let target = request.headers().get("x-amz-target");
        let reads = target.is_some_and(|target| target.to_str().unwrap().ends_with(".GetItem"));
        let hers = || String::from_utf8_lossy(request.body()).contains("minji");
        if reads && hers() { Some(Fault::status(500)) } else { None }
    }));
    let answer = world.would_end().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let over = answer.body["revocations"].as_array().unwrap().iter();
    let mut over: Vec<_> = over.map(|it| it["uid"].as_str().unwrap()).collect();
    over.sort_unstable();
    assert_eq!(over, ["hana", "jisu"]);
}
