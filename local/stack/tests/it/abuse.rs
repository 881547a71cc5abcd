//! People who try what they are not meant to: stolen cards by the hundred, windows that nobody uses.

use crate::world::{Answer, World};
use http::Method;
use serde_json::{Value, json};

const CHECKOUT: &str = "/checkout";
const OTHER_CARD: &str = "/subscription/card";

async fn open(world: &World, uid: &str, path: &str) -> Answer {
    let body = match path {
        CHECKOUT => json!({"plan": "monthly", "consent": {"version": "2026-01"}}),
        _ => json!({}),
    };
    world.post(path, uid, body).await
}

/// A card of this behaviour is entered in that window, and the browser asks what came of it.
async fn enter(world: &World, uid: &str, opened: &Value, card: &str) -> Answer {
    world.window(opened, json!({"card": card})).await;
    let answer = world.complete(uid, opened).await;
    world.settle().await;
    answer
}

async fn try_a_card(world: &World, uid: &str, path: &str, card: &str) -> Answer {
    let opened = open(world, uid, path).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    enter(world, uid, &opened.body, card).await
}

fn refused(answer: &Answer) -> (u16, &str, &str) {
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default();
    (answer.status, text("type"), text("again_at"))
}

#[tokio::test(start_paused = true)]
async fn the_fourth_card_of_a_day_is_refused_until_a_day_after_the_first() {
    let world = World::at("2026-01-31T15:30").await;
    for card in ["lost_or_stolen", "insufficient_funds", "expired"] {
        let answer = try_a_card(&world, "eve", CHECKOUT, card).await;
        assert_eq!(answer.status, 402, "{answer:?}");
        world.wait(10).await;
    }
    let fourth = open(&world, "eve", CHECKOUT).await;
    let until = "2026-02-01T06:30:00Z";
    assert_eq!(refused(&fourth), (429, "/problems/too-many-declined", until), "{fourth:?}");
    // Others are not held up, and she is not for ever.
    world.subscribe("minji").await;
    world.until("2026-02-01T15:29").await;
    assert_eq!(open(&world, "eve", CHECKOUT).await.status, 429);
    world.until("2026-02-01T15:30").await;
    assert_eq!(try_a_card(&world, "eve", CHECKOUT, "suspended").await.status, 402);
    assert_eq!(open(&world, "eve", CHECKOUT).await.status, 429, "one a window of a day, not three");
    world.until("2026-02-02T16:00").await;
    assert_eq!(try_a_card(&world, "eve", CHECKOUT, "approve").await.status, 200);
    world.check_books(&["eve", "minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn windows_that_were_open_before_are_no_way_around_it() {
    let world = World::at("2026-01-31T15:30").await;
    let mut windows = Vec::new();
    for _ in 0..5 {
        windows.push(world.checkout("eve").await);
    }
    for window in &windows[..3] {
        assert_eq!(enter(&world, "eve", window, "lost_or_stolen").await.status, 402);
    }
    // Even a good card: nothing is charged, and its key is not kept.
    let answer = enter(&world, "eve", &windows[3], "approve").await;
    assert_eq!(refused(&answer).1, "/problems/too-many-declined", "{answer:?}");
    world.until("2026-01-31T18:00").await;
    assert_eq!(world.stack.iamport.charges().len(), 0);
    assert_eq!(world.stack.iamport.customers().len(), 0, "no key is left");
    assert_eq!(world.subscription("eve").await["state"], "none");
}

#[tokio::test(start_paused = true)]
async fn a_change_of_card_counts_like_a_first_card() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    crate::declines::set_card(&world, "insufficient_funds");
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.subscription("minji").await["state"], "past_due");
    for _ in 0..3 {
        let answer = try_a_card(&world, "minji", OTHER_CARD, "lost_or_stolen").await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let fourth = open(&world, "minji", OTHER_CARD).await;
    assert_eq!(refused(&fourth).1, "/problems/too-many-declined", "{fourth:?}");
    // A day later a good card pays what is due, and access was not lost meanwhile.
    world.until("2026-03-01T13:00").await;
    assert_eq!(try_a_card(&world, "minji", OTHER_CARD, "approve").await.status, 200);
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-01"]);
    assert!(world.may_enter("minji"));
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn declined_first_charges_and_failed_registrations_are_counted() {
    let world = World::at("2026-01-31T15:30").await;
    let (written, _listening) = crate::sweeping::listening();
    let figures = || {
        let told = written.figures();
        let of = |name: &str| told.get(name).copied().unwrap_or(0);
        (of("FirstChargesDeclined"), of("RegistrationsFailed"))
    };
    for card in ["lost_or_stolen", "insufficient_funds"] {
        assert_eq!(try_a_card(&world, "eve", CHECKOUT, card).await.status, 402);
    }
    assert_eq!(figures(), (2, 0));
    let opened = world.checkout("mallory").await;
    world.window(&opened, json!({"action": "refused"})).await;
    let answer = world.complete("mallory", &opened).await;
    assert_eq!(refused(&answer).1, "/problems/card-not-registered", "{answer:?}");
    world.settle().await;
    assert_eq!(figures(), (0, 1));
    world.subscribe("minji").await;
    assert_eq!(figures(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_shops_trouble_is_no_declined_card() {
    let world = World::at("2026-01-31T15:30").await;
    for _ in 0..4 {
        assert_eq!(try_a_card(&world, "minji", CHECKOUT, "shop_suspended").await.status, 402);
    }
    assert_eq!(try_a_card(&world, "minji", CHECKOUT, "approve").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn many_accounts_that_try_one_kind_of_card_are_still_stopped_each_after_three() {
    let world = World::at("2026-01-31T15:30").await;
    // So many declines of one wording are held as the provider's trouble, and count all the same.
    for account in 0..8 {
        let uid = format!("eve{account}");
        for _ in 0..3 {
            let answer = try_a_card(&world, &uid, CHECKOUT, "lost_or_stolen").await;
            assert_eq!(answer.status, 402, "{answer:?}");
        }
        assert_eq!(open(&world, &uid, CHECKOUT).await.status, 429, "{uid}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_is_told_what_to_do_and_not_what_the_card_company_said() {
    let world = World::at("2026-01-31T15:30").await;
    for (uid, card, words) in [
        ("a", "insufficient_funds", "잔액부족"),
        ("b", "lost_or_stolen", "분실"),
        ("c", "suspended", "거래정지"),
    ] {
        let answer = try_a_card(&world, uid, CHECKOUT, card).await;
        assert_eq!(answer.status, 402);
        assert!(!answer.body.to_string().contains(words), "{answer:?}");
        assert!(!world.subscription(uid).await.to_string().contains(words));
        // The desk sees it.
        let desk = world.get(&format!("/admin/members/{uid}"), "admin").await;
        assert!(desk.body.to_string().contains(words), "{desk:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_opens_so_many_windows_a_day_and_as_many_the_next() {
    let world =
        World::with("2026-01-31T12:00", &[("POLICY", r#"{"card_windows_a_day": 3}"#)]).await;
    for _ in 0..3 {
        world.checkout("eve").await;
    }
    assert_eq!(refused(&open(&world, "eve", CHECKOUT).await).1, "/problems/too-many-registrations");
    world.until("2026-02-01T00:00").await;
    world.checkout("eve").await;
}

#[tokio::test(start_paused = true)]
async fn a_window_that_nobody_uses_is_looked_for_four_times_and_then_never() {
    let world = World::at("2026-01-31T15:30").await;
    world.checkout("eve").await;
    world.hosts.take_sent();
    world.until("2026-02-10T12:00").await;
    let sent = world.hosts.take_sent();
    // One whose token is over asks twice.
    let asks = |(_, call): &&(String, String)| call.contains("findAll") || call.contains("PutItem");
    let calls: Vec<_> =
        sent.iter().filter(asks).map(|(_, call)| call.contains("findAll")).collect();
    let looks = calls.chunk_by(|one, next| one == next).filter(|run| run[0]).count();
    assert_eq!(looks, 4, "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn an_order_that_anyone_can_point_at_is_looked_up_once_in_ten_seconds() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("eve").await;
    let registration = opened["merchant_uid"].as_str().unwrap().to_owned();
    let own = opened["request_pay"]["notice_url"].as_str().unwrap();
    let (_, own) = own.split_once("gateway.test").unwrap();
    world.subscribe("minji").await;
    let paid = world.payments("minji").await[0].clone();
    let charge = paid.merchant_uid.to_string();
    let webhooks = world.stack.iamport.webhooks();
    let proven = webhooks.iter().find(|it| it.merchant_uid == charge).unwrap().url.clone().unwrap();
    let (_, proven) = proven.split_once("gateway.test").unwrap();
    let send = async |path: &str, order: &str| {
        let body = json!({"imp_uid": paid.imp_uid, "merchant_uid": order, "status": "paid"});
        let mut answers = Vec::new();
        world.hosts.take_sent();
        for _ in 0..20 {
            let answer = world.send(Method::POST, path, None, Some(body.clone())).await;
            answers.push(answer.status);
        }
        let sent = world.hosts.take_sent();
        let looks = sent.iter().filter(|(_, call)| call.starts_with("GET /payments/")).count();
        (answers.iter().filter(|status| **status == 503).count(), looks)
    };
    world.wait(1).await;
    assert_eq!(send("/iamport-callback", &charge).await, (19, 1), "from a stranger");
    assert_eq!(send("/iamport-callback/schedule?k=guessed", &charge).await, (20, 0));
    assert_eq!(send(own, &charge).await, (20, 0), "another order's code proves nothing");
    assert_eq!(send(proven, &charge).await, (0, 20), "Iamport's own is always heard");
    assert_eq!(send(own, &registration).await, (19, 1), "a browser knows that address");
    let ten_seconds = jiff::SignedDuration::from_secs(10);
    world.stack.clock.move_to(world.stack.clock.now() + ten_seconds).unwrap();
    assert_eq!(send("/iamport-callback", &charge).await, (19, 1));
}

#[tokio::test(start_paused = true)]
async fn a_member_who_asks_again_and_again_costs_thirty_calls_a_minute() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("eve").await;
    let ask = async || {
        world.hosts.take_sent();
        for _ in 0..100 {
            assert_eq!(world.complete("eve", &opened).await.status, 202, "not known yet");
        }
        let sent = world.hosts.take_sent();
        sent.iter().filter(|(_, call)| call.contains("findAll")).count()
    };
    assert_eq!(ask().await, 30);
    world.wait(1).await;
    assert_eq!(ask().await, 30);
    world.wait(1).await;
    world.window(&opened, json!({"webhook": "lost"})).await;
    assert_eq!(world.complete("eve", &opened).await.status, 200, "whoever waits is answered");
}
