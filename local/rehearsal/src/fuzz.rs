//! What strangers can send, twisted at random from a corpus: webhooks, tokens, orders' ids, cursors and
//! bodies. Whatever comes, it is answered, never with a 5xx, and no money moves.

use crate::chance::Chance;
use crate::history::{Climate, Deed};
use crate::run::{Way, on_paused_time};
use crate::world::World;
use http::{HeaderMap, HeaderValue, Method};
use iamport_simulator::{Action, Card, WebhookTiming};
use std::collections::BTreeMap;
use std::sync::Arc;

const WEBHOOKS: &str = include_str!("../../../fuzz/corpus/webhooks.txt");
const TOKENS: &str = include_str!("../../../fuzz/corpus/tokens.txt");
const ORDERS: &str = include_str!("../../../fuzz/corpus/orders.txt");
const CURSORS: &str = include_str!("../../../fuzz/corpus/cursors.txt");
const BODIES: &str = include_str!("../../../fuzz/corpus/bodies.txt");

/// Pieces that parsers stumble over.
const ODD: [&str; 14] = [
    "\0",
    "\"",
    "\\u0000",
    "\\ud800",
    "{",
    "[[[[[[[[",
    "%00",
    "%ff",
    "-",
    "99999999999999999999",
    "\u{202e}",
    "é",
    "=",
    "&",
];

/// After so many requests the world is made anew, so that none grows old.
const WORLD: u64 = 500;

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct FuzzReport {
    /// Requests, by what was twisted.
    pub sent: BTreeMap<&'static str, u64>,
    /// Answers by status.
    pub answers: BTreeMap<u16, u64>,
    /// What did not hold.
    pub failures: Vec<String>,
}

/// Sends so many twisted requests.
pub fn fuzz(seed: u64, requests: u64) -> FuzzReport {
    let mut report = FuzzReport::default();
    for part in 0..requests.div_ceil(WORLD) {
        let many = WORLD.min(requests - part * WORLD);
        on_paused_time(async |_| {
            let start = "2027-01-31T06:30:00Z".parse().unwrap_or_default();
            let world = World::new(seed, start, 1, Climate::calm(), None, Way::default()).await;
            subscribe(&world).await;
            let before = world.stack.iamport.charges();
            for number in 0..many {
                one(&world, Chance::of(seed, &format!("{part} {number}")), &mut report).await;
            }
            if world.stack.iamport.charges() != before {
                report.failures.push(format!("money moved in part {part}"));
            }
        });
    }
    report
}

async fn subscribe(world: &Arc<World>) {
    world.act("before", 0, Deed::Open { plan: 0 }).await;
    let (card, action, webhook) = (Card::Approve, Action::Approve, WebhookTiming::Lost);
    world.act("before", 0, Deed::Window { newest: true, card, action, webhook }).await;
    world.act("before", 0, Deed::Complete { newest: true, times: 1 }).await;
}

async fn one(world: &World, mut chance: Chance, report: &mut FuzzReport) {
    let member = world.bearer(false);
    let admin = world.bearer(true);
    let (what, method, path, token, body) = match chance.below(9) {
        0 | 1 => (
            "a webhook",
            Method::POST,
            "/iamport-callback".to_owned(),
            None,
            twisted(WEBHOOKS, &mut chance),
        ),
        2 => (
            "a webhook",
            Method::POST,
            "/iamport-callback/schedule".to_owned(),
            None,
            twisted(WEBHOOKS, &mut chance),
        ),
        3 => {
            let token = twisted(&format!("{TOKENS}{member}\n"), &mut chance);
            ("a token", Method::GET, "/subscription".to_owned(), Some(token), Vec::new())
        }
        4 => {
            let path = format!("/checkout/{}/complete", escaped(&twisted(ORDERS, &mut chance)));
            (
                "an order's id",
                Method::POST,
                path,
                Some(member.into_bytes()),
                br#"{"imp_uid":"imp_1"}"#.to_vec(),
            )
        }
        5 => {
            let path = format!("/payments?cursor={}", escaped(&twisted(CURSORS, &mut chance)));
            ("a cursor", Method::GET, path, Some(member.into_bytes()), Vec::new())
        }
        6 => {
            let list = chance.one(&["cancellations", "reviews"]);
            let path = format!("/admin/{list}?cursor={}", escaped(&twisted(CURSORS, &mut chance)));
            ("a cursor", Method::GET, path, Some(admin.into_bytes()), Vec::new())
        }
        7 => {
            let path = chance.one(&["/checkout", "/subscription/consent", "/subscription/card"]);
            (
                "a body",
                Method::POST,
                path.to_owned(),
                Some(member.into_bytes()),
                twisted(BODIES, &mut chance),
            )
        }
        _ => {
            let order = escaped(&twisted(ORDERS, &mut chance));
            let path = chance.one(&[
                "/admin/cancellations/process",
                "/admin/payments/X/refund",
                "/admin/reviews/X/resolve",
            ]);
            (
                "a body",
                Method::POST,
                path.replace('X', &order),
                Some(admin.into_bytes()),
                twisted(BODIES, &mut chance),
            )
        }
    };
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        // What is no header never gets past API Gateway.
        let Ok(token) = HeaderValue::from_bytes(&token) else { return };
        headers.insert("authorization", token);
    }
    let kind =
        chance.one(&["application/json", "application/x-www-form-urlencoded", "text/plain", ""]);
    if let (false, Ok(kind)) = (kind.is_empty(), HeaderValue::from_str(kind)) {
        headers.insert("content-type", kind);
    }
    let Some(status) = world.raw(method, &path, headers, body.clone()).await else { return };
    *report.sent.entry(what).or_default() += 1;
    *report.answers.entry(status).or_default() += 1;
    if status >= 500 {
        let body = String::from_utf8_lossy(&body).into_owned();
        report.failures.push(format!("{what}: {status} for {path} {body:?}"));
    }
}

/// One line of the corpus, twisted.
fn twisted(corpus: &str, chance: &mut Chance) -> Vec<u8> {
    let lines: Vec<&str> = corpus.lines().collect();
    let mut bytes = chance.one(&lines).as_bytes().to_vec();
    for _ in 0..chance.below(5) {
        let at = usize::try_from(chance.below(bytes.len() as u64 + 1)).unwrap_or_default();
        let end = (at + usize::try_from(chance.below(12)).unwrap_or_default()).min(bytes.len());
        match chance.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, chance.one(&ODD).bytes())),
            3 => drop(bytes.splice(at..end, chance.one(&lines).bytes())),
            4 => {
                let copy = bytes[at..end]
                    .repeat(1 + usize::try_from(chance.below(40)).unwrap_or_default());
                drop(bytes.splice(at..at, copy));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(chance.below(256)).unwrap_or_default();
                }
            }
        }
    }
    bytes
}

/// As a browser would put it into an address.
fn escaped(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(*byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
