//! How many requests a second the local stack answers over connections that are kept open: who asks, API Gateway's
//! stand-in, the functions, the tables and Iamport share the machine's cores.

use super::process::cpu;
use super::table::{Table, milliseconds, percentile};
use crate::binaries::{BinariesError, Member, World};
use axum::serve::ListenerExt;
use edge::transport::{self, Transport};
use http::{Method, Request};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// How many ask at once.
const CONNECTIONS: u32 = 16;

/// So many requests of each kind.
pub(super) async fn table(
    world: &World,
    member: &Member,
    requests: u32,
) -> Result<String, BinariesError> {
    let io = |error| BinariesError::Io("loopback".to_owned(), error);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(io)?;
    let address = listener.local_addr().map_err(io)?;
    // An answer in two packets would wait for the first one's acknowledgement.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let gateway = world.gateway();
    let server = tokio::spawn(async move { drop(axum::serve(listener, gateway).await) });
    let mut table =
        Table::of(&["request", "a second", "a second of CPU", "median, ms", "99 of 100, ms"]);
    let of = |path: &str, body: Option<String>| Asked {
        url: format!("http://{address}{path}"),
        body,
        token: member.token(),
    };
    let times = usize::try_from(requests).unwrap_or_default();
    let subscription = vec![of("/subscription", None); times];
    line(&mut table, "`GET /subscription`", subscription).await.map_err(io)?;
    let booked = vec![of(&member.webhook_path(), Some(member.webhook())); times];
    line(&mut table, "a webhook of a payment that is booked", booked).await.map_err(io)?;
    // They let a month pass, so they come last.
    let renewals = world.renewals(requests.div_euclid(10)).await?;
    let renewals = renewals.into_iter().map(|(path, body)| of(&path, Some(body))).collect();
    let what = "a renewal: its webhook, its booking and the next schedule";
    line(&mut table, what, renewals).await.map_err(io)?;
    server.abort();
    Ok(table.done())
}

/// Measures these requests.
async fn line(table: &mut Table, what: &str, asked: Vec<Asked>) -> std::io::Result<()> {
    let requests = u128::try_from(asked.len()).unwrap_or_default();
    let mut measured = measure(asked).await?;
    let rate = |time: Duration| {
        let nanos = time.as_nanos().max(1);
        requests.saturating_mul(1_000_000_000).div_euclid(nanos).to_string()
    };
    table.line(&[
        what.to_owned(),
        rate(measured.took),
        rate(measured.cpu),
        milliseconds(percentile(&mut measured.times, 50)),
        milliseconds(percentile(&mut measured.times, 99)),
    ]);
    Ok(())
}

/// What is asked.
#[derive(Clone)]
struct Asked {
    url: String,
    body: Option<String>,
    token: String,
}

struct Measured {
    times: Vec<Duration>,
    took: Duration,
    cpu: Duration,
}

async fn measure(asked: Vec<Asked>) -> std::io::Result<Measured> {
    let transport = transport::to_the_world().map_err(std::io::Error::other)?;
    let (began, before) = (Instant::now(), cpu(std::process::id())?);
    let mut workers = JoinSet::new();
    let left = Arc::new(Mutex::new(asked));
    for _ in 0..CONNECTIONS {
        let (transport, left) = (transport.clone(), Arc::clone(&left));
        let next = move || left.lock().unwrap_or_else(PoisonError::into_inner).pop();
        workers.spawn(async move {
            let mut all = Vec::new();
            while let Some(asked) = next() {
                all.push(answered(&transport, &asked).await?);
            }
            Ok::<_, std::io::Error>(all)
        });
    }
    let mut times = Vec::new();
    while let Some(worker) = workers.join_next().await {
        times.extend(worker.map_err(std::io::Error::other)??);
    }
    let spent = cpu(std::process::id())?.saturating_sub(before);
    Ok(Measured { times, took: began.elapsed(), cpu: spent })
}

async fn answered(transport: &Transport, asked: &Asked) -> std::io::Result<Duration> {
    let method = if asked.body.is_some() { Method::POST } else { Method::GET };
    let request = Request::builder()
        .method(method)
        .uri(&asked.url)
        .header("authorization", format!("Bearer {}", asked.token))
        .header("content-type", "application/json")
        .body(asked.body.clone().unwrap_or_default().into())
        .map_err(std::io::Error::other)?;
    let began = Instant::now();
    let answer = transport.clone().oneshot(request).await.map_err(std::io::Error::other)?;
    if answer.status().is_success() {
        Ok(began.elapsed())
    } else {
        Err(std::io::Error::other(format!("{} answered {}", asked.url, answer.status())))
    }
}
