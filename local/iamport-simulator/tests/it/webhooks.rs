//! Which webhooks there are, where they go and when.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::Response;
use iamport_simulator::{Card, Switch, WebhookFormat, WebhookState};
use serde_json::json;
use tower::ServiceExt;

use crate::world::{CONSOLE, Hook, START, World, at, owed, pair, registration};

#[tokio::test]
async fn a_webhook_has_three_fields_and_goes_to_the_console_url() {
    let world = World::new().await;
    world.window(json!({ "request_pay": registration("i1", "c1") })).await;
    let imp_uid = world.simulator.payments().remove(0).imp_uid;
    let expected = Hook {
        url: CONSOLE.to_owned(),
        content_type: "application/json".to_owned(),
        body: format!(r#"{{"imp_uid":"{imp_uid}","merchant_uid":"i1","status":"paid"}}"#),
    };
    assert_eq!(world.hooks(), [expected]);
    let kept = world.simulator.webhooks().remove(0);
    assert_eq!((kept.state, kept.attempts.len()), (WebhookState::Delivered, 1));
    assert_eq!((kept.attempts[0].status, kept.attempts[0].at), (Some(200), at(START)));
    assert_eq!(kept.attempts[0].answer, "thank you");
}

#[tokio::test]
async fn webhooks_can_be_forms() {
    let world = World::with(|builder| builder.webhook_format(WebhookFormat::Form)).await;
    world.window(json!({ "request_pay": registration("i 1", "c1") })).await;
    let imp_uid = world.simulator.payments().remove(0).imp_uid;
    let expected = Hook {
        url: CONSOLE.to_owned(),
        content_type: "application/x-www-form-urlencoded".to_owned(),
        body: format!("imp_uid={imp_uid}&merchant_uid=i+1&status=paid"),
    };
    assert_eq!(world.hooks(), [expected]);
}

#[tokio::test]
async fn a_notice_url_comes_before_the_console_url() {
    let world = World::new().await;
    world.register("c1", Card::Approve).await;
    let body = json!({
        "customer_uid": "c1", "merchant_uid": "m1", "amount": 1, "name": "x",
        "notice_url": ["https://a.test/1", "https://b.test/2"],
    });
    world.post("/subscribe/payments/again", body).await.response();
    let body = json!({
        "customer_uid": "c1",
        "schedules": [{
            "merchant_uid": "m2", "schedule_at": START + 10, "amount": 1,
            "notice_url": "https://c.test/3",
        }],
    });
    world.post("/subscribe/payments/schedule", body).await.response();
    world.advance_to(START + 100).await;
    let body = json!({ "merchant_uid": "m2", "enable_webhook": "true" });
    world.post("/payments/cancel", body).await.response();
    world.run_due().await;
    let urls: Vec<String> = world.hooks().into_iter().map(|hook| hook.url).collect();
    assert_eq!(
        urls,
        ["https://a.test/1", "https://b.test/2", "https://c.test/3", "https://c.test/3"]
    );
}

#[tokio::test]
async fn a_webhook_is_sent_once_whatever_the_answer() {
    for status in [500, 404, 302] {
        let world = World::new().await;
        world.answer_next(status);
        world.window(json!({ "request_pay": registration("i1", "c1") })).await;
        world.advance_to(START + 3600).await;
        assert_eq!(world.hooks().len(), 1);
        assert_eq!(world.simulator.webhooks()[0].state, WebhookState::Failed);
        assert_eq!(world.simulator.next_event_at(), None);
    }
}

#[tokio::test]
async fn retries_can_be_switched_on_and_come_a_minute_apart_up_to_five_times() {
    let world = World::with(|builder| builder.switch(Switch::RetryWebhooks)).await;
    for _ in 0..6 {
        world.answer_next(503);
    }
    world.window(json!({ "request_pay": registration("i1", "c1") })).await;
    assert_eq!(world.simulator.next_event_at(), Some(at(START + 60)));
    world.advance_to(START + 3600).await;
    let webhook = world.simulator.webhooks().remove(0);
    let times: Vec<_> = webhook.attempts.iter().map(|attempt| attempt.at).collect();
    let expected: Vec<_> = (0..6).map(|n| at(START + 60 * n)).collect();
    assert_eq!((webhook.state, times), (WebhookState::Failed, expected));
    world.answer_next(404);
    world.window(json!({ "request_pay": registration("i2", "c1") })).await;
    assert_eq!(world.simulator.next_event_at(), None);
}

#[tokio::test]
async fn a_webhook_can_be_sent_again_by_hand() {
    let world = World::new().await;
    world.answer_next(500);
    world.window(json!({ "request_pay": registration("i1", "c1") })).await;
    let id = world.simulator.webhooks()[0].id;
    let again = world.post(&format!("/simulator/webhooks/{id}/resend"), json!({})).await;
    assert_eq!((again.status, again.json()["state"].as_str()), (200, Some("delivered")));
    assert_eq!(world.told(), [pair("paid", "i1"), pair("paid", "i1")]);
    assert_eq!(world.post("/simulator/webhooks/999/resend", json!({})).await.status, 404);
}

#[tokio::test]
async fn without_a_url_nothing_is_sent() {
    let world = World::with(|builder| builder.console_webhook_url("http://")).await;
    world.window(json!({ "request_pay": registration("i1", "c1") })).await;
    assert_eq!(world.hooks(), []);
    assert_eq!(world.simulator.webhooks()[0].state, WebhookState::Failed);
    let nowhere = iamport_simulator::Simulator::builder().build().unwrap();
    let window = serde_json::from_value(json!({ "request_pay": registration("i1", "c1") }));
    nowhere.card_window(&window.unwrap()).await.unwrap();
    assert_eq!(nowhere.webhooks()[0].state, WebhookState::NoAddress);
    assert_eq!(nowhere.next_event_at(), None);
}

#[tokio::test(start_paused = true)]
async fn two_that_run_at_once_do_not_send_a_webhook_twice() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let world = World::with(|builder| {
        builder.deliver(Arc::new(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(5)).await;
                Ok(Response::new(Bytes::new()))
            })
        }))
    })
    .await;
    world.window(json!({ "request_pay": registration("i1", "c1"), "webhook": "later" })).await;
    assert_eq!(sent.load(Ordering::Relaxed), 0);
    tokio::join!(world.run_due(), world.run_due(), world.run_due());
    assert_eq!(sent.load(Ordering::Relaxed), 1);
    assert_eq!(world.simulator.webhooks()[0].state, WebhookState::Delivered);
}

#[tokio::test(start_paused = true)]
async fn a_sending_that_is_dropped_half_way_is_made_again() {
    let world = World::with(|builder| {
        builder.deliver(Arc::new(move |_| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(5)).await;
                Ok(Response::new(Bytes::new()))
            })
        }))
    })
    .await;
    let window = json!({ "request_pay": registration("i1", "c1"), "webhook": "later" });
    world.window(window).await;
    let dropped = tokio::time::timeout(Duration::from_secs(1), world.run_due()).await;
    assert!(dropped.is_err());
    assert_eq!(world.simulator.next_event_at(), Some(at(START)));
    world.run_due().await;
    assert_eq!(world.simulator.webhooks()[0].state, WebhookState::Delivered);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_does_not_answer_is_waited_for_thirty_seconds() {
    let world =
        World::with(|builder| builder.deliver(Arc::new(|_| Box::pin(std::future::pending()))))
            .await;
    let began = tokio::time::Instant::now();
    world.window(json!({ "request_pay": registration("i1", "c1") })).await;
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    assert_eq!(world.simulator.webhooks()[0].state, WebhookState::Failed);
}

#[tokio::test]
async fn what_a_webhook_causes_is_done_in_the_same_run() {
    let merchant: Arc<OnceLock<(Router, String)>> = Arc::default();
    let sent = Arc::new(AtomicUsize::new(0));
    let (slot, counter) = (Arc::clone(&merchant), Arc::clone(&sent));
    // The merchant charges three times, each time when it hears of the last.
    let world = World::with(|builder| {
        builder.deliver(Arc::new(move |_| {
            let n = counter.fetch_add(1, Ordering::Relaxed);
            let (router, token) = slot.get().cloned().unwrap();
            Box::pin(async move {
                if n < 3 {
                    let body = json!({
                        "customer_uid": "c1", "merchant_uid": format!("m{n}"), "amount": 1,
                        "name": "x",
                    });
                    let request = http::Request::post("/subscribe/payments/again")
                        .header("authorization", token)
                        .body(Body::from(body.to_string()))?;
                    router.oneshot(request).await?;
                }
                Ok(Response::new(Bytes::new()))
            })
        }))
    })
    .await;
    merchant.set((world.router.clone(), world.token.clone())).unwrap();
    world.window(json!({ "request_pay": registration("i1", "c1") })).await;
    assert_eq!(sent.load(Ordering::Relaxed), 1);
    world.run_due().await;
    assert_eq!(world.charged(), [owed("m0", 1), owed("m1", 1), owed("m2", 1)]);
    assert_eq!(sent.load(Ordering::Relaxed), 4);
}
