//! What leaves the process: how long connections are kept, and how long answers are waited for.

use crate::sweeping::Written;
use crate::world::World;
use axum::{Router, extract::ConnectInfo, routing::get};
use bytes::Bytes;
use edge::transport::{Transport, to_the_world};
use gudok_local::faults::Fault;
use http::Request;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::TcpListener,
    time::{Instant, advance, pause, resume},
};
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;

/// The port from which a request came.
async fn port_of(transport: &Transport, partner: SocketAddr) -> Bytes {
    let request = Request::get(format!("http://{partner}/")).body(Bytes::new()).unwrap();
    transport.clone().oneshot(request).await.unwrap().into_body()
}

/// Time goes by while nothing is under way.
async fn wait(seconds: u64) {
    pause();
    advance(Duration::from_secs(seconds)).await;
    resume();
}

/// Node's servers close a connection that was idle for five seconds; that is the shortest of the usual ones.
#[tokio::test]
async fn a_connection_is_used_again_at_once_and_not_when_a_partner_may_be_closing_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let partner = listener.local_addr().unwrap();
    let router = Router::new().route(
        "/",
        get(async |ConnectInfo(from): ConnectInfo<SocketAddr>| from.port().to_string()),
    );
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(axum::serve(listener, service).into_future());
    let transport = to_the_world().unwrap();
    let first = port_of(&transport, partner).await;
    wait(3).await;
    assert_eq!(port_of(&transport, partner).await, first);
    wait(5).await;
    let second = port_of(&transport, partner).await;
    assert_ne!(second, first);
    assert_eq!(port_of(&transport, partner).await, second);
    serving.abort();
}

#[tokio::test(start_paused = true)]
async fn a_charge_is_waited_for_22_seconds_and_a_look_at_it_8() {
    let world = World::at("2026-01-31T15:30").await;
    let opened = world.checkout("minji").await;
    world.window(&opened, json!({"webhook": "lost"})).await;
    // Iamport charges and answers nothing from then on; each request is noted with its second.
    let (sent, began) = (Arc::new(Mutex::new(Vec::new())), Instant::now());
    let noted = Arc::clone(&sent);
    world.hosts.inject(Arc::new(move |request| {
        let charges = request.uri().path().ends_with("/again");
        let mut noted = noted.lock().unwrap();
        if request.uri().host() != Some("simulator.test") || !charges && noted.is_empty() {
            return None;
        }
        noted.push((began.elapsed().as_secs(), if charges { "again" } else { "look" }));
        Some(Fault::NeverAnswered)
    }));
    assert_eq!(world.complete("minji", &opened).await.status, 202);
    // A charge, and a look at it with its repeats.
    let wanted = [(0, "again"), (22, "look"), (30, "look"), (38, "look")];
    assert_eq!(*sent.lock().unwrap(), wanted);
}

#[tokio::test(start_paused = true)]
async fn no_log_level_shows_a_row_or_what_is_signed() {
    let world = World::at("2026-01-31T15:30").await;
    let written = Written::default();
    let to = written.clone();
    let log = edge::log(Some("trace"), move || to.clone());
    let _listening = tracing::subscriber::set_default(tracing_subscriber::registry().with(log));
    tracing::info!("begun");
    world.subscribe("minji").await;
    let told = written.take();
    assert!(told.iter().any(|line| line["fields"]["message"] == "begun"), "{told:?}");
    for line in told {
        assert!(["INFO", "WARN", "ERROR"].contains(&line["level"].as_str().unwrap()), "{line}");
        for secret in ["minji", "AWS4-HMAC", "Bearer", "local_secret"] {
            assert!(!line.to_string().contains(secret), "{line}");
        }
    }
}
