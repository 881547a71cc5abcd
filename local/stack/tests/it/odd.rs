//! Answers of Iamport that lack something or are odd in another way, and subscriptions that are over and have
//! not ended yet.

use crate::reconcile::{behind_our_back, reconcile};
use crate::world::World;
use gudok_local::wire::Host;
use http::{Method, Request};
use iamport_simulator::Switch;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Subscribes and renews once while Iamport answers like this.
async fn renewed(switch: Switch) -> World {
    let world = World::at("2026-01-31T15:30").await;
    world.stack.iamport.turn(switch, true).unwrap();
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({})).await;
    let answer = world.complete("minji", &opened).await;
    let reviews = world.get("/admin/reviews", "admin").await.body;
    assert_eq!(answer.status, 200, "{switch:?}: {answer:?} {reviews:#}");
    world.settle().await;
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.subscription("minji").await["paid_through"], "2026-03-31", "{switch:?}");
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"], "{switch:?}");
    world
}

#[tokio::test(start_paused = true)]
async fn a_payment_without_a_currency_or_a_time_or_the_sign_of_a_billing_key_is_booked_once() {
    for switch in [
        Switch::AgainWithoutUsage,
        Switch::CurrencyNull,
        Switch::NoStartedAt,
        Switch::PlainCardNumbers,
    ] {
        renewed(switch).await.check_books(&["minji"]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_without_a_time_counts_as_of_its_order_and_never_as_of_1970() {
    let world = renewed(Switch::PaidAtNull).await;
    for payment in world.payments("minji").await {
        assert!(payment.paid_at > crate::world::moment("2026-01-31T00:00"), "{payment:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_card_number_is_stored_with_six_digits_and_four_whatever_iamport_sends() {
    let world = renewed(Switch::PlainCardNumbers).await;
    let shown = world.subscription("minji").await["card"]["number"].clone();
    let stored = world.payments("minji").await;
    let numbers = stored.iter().filter_map(|payment| payment.card_number.as_deref());
    let numbers: Vec<&str> = numbers.chain(shown.as_str()).collect();
    assert_eq!(numbers.len(), 3, "both payments' and the one that is shown");
    for number in numbers {
        let masked: String = number.chars().map(|it| if it == '*' { '*' } else { '9' }).collect();
        assert_eq!(masked, "999999******9999", "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_our_charge_is_believed_if_nothing_in_it_speaks_of_another_use_or_key() {
    for (field, value, status) in [
        ("customer_uid_usage", Value::Null, 200),
        ("customer_uid_usage", json!("issue"), 202),
        ("customer_uid", json!("another"), 202),
    ] {
        let world = World::at("2026-01-31T15:30").await;
        let said = value.clone();
        world.hosts.intercept(Arc::new(move |request: Request<bytes::Bytes>, host: Host| {
            let said = said.clone();
            Box::pin(async move {
                let charges = request.uri().path() == "/subscribe/payments/again";
                let answer = host(request).await;
                if !charges {
                    return Ok(answer);
                }
                let mut answer: Value = serde_json::from_slice(answer.body())?;
                answer["response"]["customer_uid_usage"] = Value::Null;
                answer["response"][field] = said;
                Ok(http::Response::new(answer.to_string().into()))
            })
        }));
        let opened = world.checkout("minji").await;
        world.window(&opened, json!({"webhook": "lost"})).await;
        let answer = world.complete("minji", &opened).await;
        assert_eq!(answer.status, status, "{field} {value}: {answer:?}");
        world.hosts.clear();
        // What it is then comes to light where it is looked up.
        world.wait(30).await;
        assert_eq!(world.charged_on("minji").await, ["2026-01-31"], "{field} {value}");
        world.check_books(&["minji"]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_on_the_last_page_under_an_order_is_found() {
    let world = World::at("2026-01-31T15:30").await;
    // Iamport gives a record a page, and the one that counts last.
    world.hosts.intercept(Arc::new(|mut request: Request<bytes::Bytes>, host: Host| {
        let uri = request.uri().to_string().replace("limit=1000", "limit=1&sorting=started");
        *request.uri_mut() = uri.parse().unwrap();
        Box::pin(async move { Ok(host(request).await) })
    }));
    let opened = world.checkout("minji").await;
    for _ in 0..3 {
        world.window(&opened, json!({"action": "refused", "webhook": "lost"})).await;
        world.wait(1).await;
    }
    world.window(&opened, json!({"webhook": "lost"})).await;
    assert_eq!(world.complete("minji", &opened).await.status, 200);
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_whose_key_was_deleted_and_that_left_no_payment_is_a_decline() {
    let world = World::at("2026-01-31T15:30").await;
    world.stack.iamport.turn(Switch::GoneKeyLeavesNoRecord, true).unwrap();
    world.subscribe("minji").await;
    let key = world.stack.iamport.customers()[0].0.customer_uid.clone();
    let path = format!("/subscribe/customers/{key}");
    behind_our_back(&world, Method::DELETE, &path, json!({})).await;
    world.until("2026-02-28T12:00").await;
    assert_eq!(world.subscription("minji").await["state"], "past_due");
    assert!(world.news().contains(&"declined".to_owned()), "{:?}", world.news());
    // Nothing pays it, and the grace ends.
    world.until("2026-03-09T01:00").await;
    assert_eq!(world.subscription("minji").await["state"], "ended");
    assert!(!world.may_enter("minji"));
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_ran_and_whose_payment_is_not_shown_yet_is_no_decline() {
    let world = World::at("2026-01-31T15:30").await;
    world.subscribe("minji").await;
    world.until("2026-02-28T09:59").await;
    let lost = json!({"webhooks": "lost", "count": 100});
    world.stack.iamport.inject(serde_json::from_value(lost).unwrap()).unwrap();
    world.hosts.intercept(Arc::new(|request: Request<bytes::Bytes>, host: Host| {
        Box::pin(async move {
            if !request.uri().path().starts_with("/payments/findAll/pay-") {
                return Ok(host(request).await);
            }
            let nothing =
                json!({"code": -1, "message": "존재하지 않는 결제정보입니다.", "response": null});
            let mut answer = http::Response::new(nothing.to_string().into());
            *answer.status_mut() = http::StatusCode::NOT_FOUND;
            Ok(answer)
        })
    }));
    world.until("2026-02-28T14:00").await;
    assert_eq!(world.stack.iamport.charges().len(), 2);
    assert_eq!(world.subscription("minji").await["state"], "active");
    assert!(!world.news().contains(&"declined".to_owned()), "{:?}", world.news());
    world.hosts.clear();
    world.until("2026-02-28T20:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-02-28"]);
    world.check_books(&["minji"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_leaves_after_its_claim_is_over_is_not_sent() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({})).await;
    // The token takes longer than the claim holds.
    let clock = world.stack.clock.clone();
    world.hosts.inject(Arc::new(move |request| {
        if request.uri().path().ends_with("getToken") {
            let later = clock.now() + jiff::SignedDuration::from_mins(3);
            clock.move_to(later).unwrap();
        }
        None
    }));
    world.complete("minji", &opened).await;
    world.hosts.clear();
    let charged = world.stack.iamport.charges().len();
    assert!(charged <= 1, "{charged}");
    world.until("2026-01-31T17:00").await;
    world.check_books(&["minji"]).await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31"]);
}

/// Cancelled, paid until yesterday, and not ended: the sweep leaves that to a person.
async fn over() -> World {
    let world = World::with("2026-01-31T15:30", &[("REVOCATION", "review")]).await;
    world.subscribe("minji").await;
    world.until("2026-02-10T12:00").await;
    world.cancel("minji").await;
    world.until("2026-03-01T02:00").await;
    assert_eq!(world.subscription("minji").await["state"], "cancelling");
    world
}

#[tokio::test(start_paused = true)]
async fn what_is_over_cannot_be_taken_back_and_takes_no_other_card() {
    let world = over().await;
    let problem = |answer: crate::world::Answer| (answer.status, answer.body["type"].clone());
    let late = (409, json!("/problems/too-late-to-resume"));
    assert_eq!(problem(world.post("/subscription/resume", "minji", json!({})).await), late);
    assert_eq!(problem(world.post("/subscription/card", "minji", json!({})).await), late);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_ended_by_the_checkout_that_begins_it_anew() {
    let world = over().await;
    let answer = world.subscribe("minji").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let anew = world.subscription("minji").await;
    assert_eq!(json!([anew["state"], anew["paid_through"]]), json!(["active", "2026-04-01"]));
    assert!(world.may_enter("minji"));
    world.check_books(&["minji"]).await;
    world.until("2026-04-02T01:00").await;
    assert_eq!(world.charged_on("minji").await, ["2026-01-31", "2026-03-01", "2026-04-01"]);
    assert_eq!(reconcile(&world, "2026-03-01", "2026-04-01", false).await, (vec![], vec![]));
}

#[tokio::test(start_paused = true)]
async fn no_charge_and_no_schedule_leaves_a_field_of_the_buyer_empty() {
    let world = World::at("2026-01-31T15:30").await;
    let sent: Arc<Mutex<Vec<Value>>> = Arc::default();
    let seen = sent.clone();
    world.hosts.inject(Arc::new(move |request| {
        let body = || serde_json::from_slice::<Value>(request.body()).unwrap();
        match request.uri().path() {
            "/subscribe/payments/again" => seen.lock().unwrap().push(body()),
            "/subscribe/payments/schedule" => {
                seen.lock().unwrap().push(body()["schedules"][0].clone());
            }
            _ => {}
        }
        None
    }));
    world.subscribe("minji").await;
    let sent = sent.lock().unwrap().clone();
    assert_eq!(sent.len(), 2, "{sent:?}");
    for body in sent {
        for field in ["buyer_name", "buyer_email", "buyer_tel"] {
            assert!(body[field].as_str().is_some_and(|it| !it.is_empty()), "{field}: {body}");
        }
    }
}
