//! What an event costs, warm.

use super::process::cpu;
use super::table::{Table, milliseconds, percentile, ratio};
use super::{BenchOptions, HELLO, Program};
use crate::binaries::{BinariesError, Lambda, Member, Outcome, World};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Events that are measured: the function, its sample, and what it is.
const EVENTS: [(&str, &str, &str); 6] = [
    ("account", "plans", "`GET /plans`"),
    ("account", "subscription", "`GET /subscription`"),
    ("account", "payments", "`GET /payments`"),
    ("cancellation", "cancel-no-subscription", "`POST /subscription/cancel`, asked again"),
    ("iamport-webhook", "payment", "a webhook of a payment that is booked"),
    ("iamport-webhook", "strange-order", "a webhook of an order that is none of ours"),
];

/// Before an event is measured, so many of it.
const WARM: u32 = 20;

/// What an event took, and the CPU of one.
struct Cost {
    median: Duration,
    slow: Duration,
    cpu: Duration,
}

/// So many of each event, with ours and with the peer.
pub(super) async fn table(
    world: &World,
    options: &BenchOptions,
    member: &Member,
    peer: Option<&Program>,
) -> Result<String, BinariesError> {
    let mut table = Table::of(&[
        "event",
        "median, ms",
        "99 of 100, ms",
        "CPU, ms",
        "in Node: median, ms",
        "99 of 100, ms",
        "CPU, ms",
        "times our CPU",
    ]);
    let bare = cost(world, &Program::of(options, HELLO), &json!({}), options.events).await?;
    let mut line = |what: &str, ours: &Cost, theirs: Option<Cost>| {
        let mut cells = vec![
            what.to_owned(),
            milliseconds(ours.median),
            milliseconds(ours.slow),
            milliseconds(ours.cpu),
        ];
        cells.extend(theirs.as_ref().map_or_else(
            || vec![String::new(); 4],
            |theirs| {
                vec![
                    milliseconds(theirs.median),
                    milliseconds(theirs.slow),
                    milliseconds(theirs.cpu),
                    ratio(theirs.cpu.as_nanos(), ours.cpu.as_nanos()),
                ]
            },
        ));
        table.line(&cells);
    };
    line("a bare function", &bare, None);
    for (function, sample, what) in EVENTS {
        let event = member.sample(&options.samples, function, sample)?;
        let ours = cost(world, &Program::of(options, function), &event, options.events).await?;
        let theirs = match peer {
            Some(peer) => Some(cost(world, peer, &event, options.events).await?),
            None => None,
        };
        line(what, &ours, theirs);
    }
    Ok(table.done())
}

async fn cost(
    world: &World,
    program: &Program,
    event: &Value,
    times: u32,
) -> Result<Cost, BinariesError> {
    let failed = |error| program.failed(error);
    let (mut lambda, _) = program.start(world).await?;
    let pid = lambda.pid().unwrap_or_default();
    let event = event.to_string().into_bytes();
    for _ in 0..WARM {
        answered(&mut lambda, &event).await.map_err(failed)?;
    }
    let before = cpu(pid).map_err(failed)?;
    let mut walls = Vec::new();
    for _ in 0..times {
        let began = Instant::now();
        answered(&mut lambda, &event).await.map_err(failed)?;
        walls.push(began.elapsed());
    }
    let spent = cpu(pid).map_err(failed)?.saturating_sub(before);
    Ok(Cost {
        median: percentile(&mut walls, 50),
        slow: percentile(&mut walls, 99),
        cpu: spent.checked_div(times).unwrap_or_default(),
    })
}

async fn answered(lambda: &mut Lambda, event: &[u8]) -> std::io::Result<()> {
    let outcome = lambda.invoke(event.to_vec()).await;
    let Outcome::Response(reply) = &outcome else {
        return Err(std::io::Error::other(format!("{outcome:?}")));
    };
    match reply.get("statusCode").and_then(Value::as_u64) {
        Some(200) | None => Ok(()),
        Some(_) => Err(std::io::Error::other(reply.to_string())),
    }
}
