//! Mutates what strangers can send, from a corpus: webhooks, tokens, order ids, cursors and bodies. Whatever is
//! sent gets an answer, never a 5xx, and no money moves.

use crate::history::actions::MemberAction;
use crate::history::chance::Chance;
use crate::history::conditions::Conditions;
use crate::modes::run::on_paused_time;
use crate::world::World;
use crate::world::gateway::Gateway;
use crate::world::site::{RunOptions, Setup};
use http::{HeaderMap, HeaderValue, Method};
use iamport_simulator::{Action as WindowAction, Card, WebhookTiming};
use std::collections::BTreeMap;

const WEBHOOKS: &str = include_str!("../../corpus/webhooks.txt");
const TOKENS: &str = include_str!("../../corpus/tokens.txt");
const ORDERS: &str = include_str!("../../corpus/orders.txt");
const CURSORS: &str = include_str!("../../corpus/cursors.txt");
const BODIES: &str = include_str!("../../corpus/bodies.txt");

/// Fragments that parsers stumble over.
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

/// How many requests are sent to each world.
const WORLD: u64 = 500;

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct FuzzReport {
    /// Requests, by what was mutated.
    pub sent: BTreeMap<&'static str, u64>,
    /// Answers by status.
    pub answers: BTreeMap<u16, u64>,
    /// What did not hold.
    pub failures: Vec<String>,
}

/// Sends this many mutated requests.
pub fn fuzz(seed: u64, requests: u64) -> FuzzReport {
    let mut report = FuzzReport::default();
    for part in 0..requests.div_ceil(WORLD) {
        let many = WORLD.min(requests.saturating_sub(part.saturating_mul(WORLD)));
        on_paused_time(async |_| {
            let world = World::new(setup(seed)).await;
            subscribe(&world).await;
            let before = world.site.stack.iamport.charges();
            for number in 0..many {
                let mut chance = Chance::of(seed, &format!("{part} {number}"));
                let request = Request::twisted(&world.site.gateway, &mut chance);
                request.send(&world.site.gateway, &mut chance, &mut report).await;
            }
            if world.site.stack.iamport.charges() != before {
                report.failures.push(format!("money moved in part {part}"));
            }
        });
    }
    report
}

/// A world in which nothing else goes wrong.
fn setup(seed: u64) -> Setup {
    let start = "2027-01-31T06:30:00Z".parse().unwrap_or_default();
    let (conditions, options) = (Conditions::default(), RunOptions::default());
    Setup { seed, start, members: 1, conditions, bug: None, options }
}

async fn subscribe(world: &World) {
    let (card, action, webhook) = (Card::Approve, WindowAction::Approve, WebhookTiming::Lost);
    for action in [
        MemberAction::Open { plan: 0 },
        MemberAction::Window { newest: true, card, action, webhook },
        MemberAction::Complete { newest: true, times: 1 },
    ] {
        world.act("before", 0, action.into()).await;
    }
}

/// A mutated request.
struct Request {
    /// Which part was mutated.
    what: &'static str,
    method: Method,
    path: String,
    token: Option<Vec<u8>>,
    body: Vec<u8>,
}

impl Request {
    /// A request as a stranger, a member or an admin may send it.
    fn twisted(gateway: &Gateway, chance: &mut Chance) -> Self {
        let member = gateway.bearer(false);
        let admin = || Some(gateway.bearer(true).into_bytes());
        let own = || Some(gateway.bearer(false).into_bytes());
        match chance.below(9) {
            0 | 1 => Self::post("a webhook", "/iamport-callback", None, twisted(WEBHOOKS, chance)),
            2 => {
                let path = "/iamport-callback/schedule";
                Self::post("a webhook", path, None, twisted(WEBHOOKS, chance))
            }
            3 => {
                let token = twisted(&format!("{TOKENS}{member}\n"), chance);
                Self::get("a token", "/subscription".to_owned(), Some(token))
            }
            4 => {
                let path = format!("/checkout/{}/complete", escaped(&twisted(ORDERS, chance)));
                let body = b"{}".to_vec();
                Self::post("an order's id", &path, own(), body)
            }
            5 => {
                let path = format!("/payments?cursor={}", escaped(&twisted(CURSORS, chance)));
                Self::get("a cursor", path, own())
            }
            6 => {
                let list = chance.one(&["cancellations", "reviews"]);
                let cursor = escaped(&twisted(CURSORS, chance));
                Self::get("a cursor", format!("/admin/{list}?cursor={cursor}"), admin())
            }
            7 => {
                let path =
                    chance.one(&["/checkout", "/subscription/consent", "/subscription/card"]);
                Self::post("a body", path, own(), twisted(BODIES, chance))
            }
            _ => {
                let order = escaped(&twisted(ORDERS, chance));
                let path = chance.one(&[
                    "/admin/cancellations/process",
                    "/admin/payments/X/refund",
                    "/admin/reviews/X/resolve",
                ]);
                let path = path.replace('X', &order);
                Self::post("a body", &path, admin(), twisted(BODIES, chance))
            }
        }
    }

    fn post(what: &'static str, path: &str, token: Option<Vec<u8>>, body: Vec<u8>) -> Self {
        Self { what, method: Method::POST, path: path.to_owned(), token, body }
    }

    const fn get(what: &'static str, path: String, token: Option<Vec<u8>>) -> Self {
        Self { what, method: Method::GET, path, token, body: Vec::new() }
    }

    /// Sends it and counts the answer.
    async fn send(self, gateway: &Gateway, chance: &mut Chance, report: &mut FuzzReport) {
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            // What is no header never gets past API Gateway.
            let Ok(token) = HeaderValue::from_bytes(token) else { return };
            headers.insert("authorization", token);
        }
        let kinds = ["application/json", "application/x-www-form-urlencoded", "text/plain", ""];
        let kind = chance.one(&kinds);
        if !kind.is_empty() {
            headers.insert("content-type", HeaderValue::from_static(kind));
        }
        let answer = gateway.raw(self.method, &self.path, headers, self.body.clone()).await;
        let Some(status) = answer else { return };
        count(&mut report.sent, self.what);
        count(&mut report.answers, status);
        if status >= 500 {
            let body = String::from_utf8_lossy(&self.body).into_owned();
            report.failures.push(format!("{}: {status} for {} {body:?}", self.what, self.path));
        }
    }
}

fn count<Kind: Ord>(numbers: &mut BTreeMap<Kind, u64>, kind: Kind) {
    let number = numbers.entry(kind).or_default();
    *number = number.saturating_add(1);
}

/// A line of the corpus, mutated.
fn twisted(corpus: &str, chance: &mut Chance) -> Vec<u8> {
    let lines: Vec<&str> = corpus.lines().collect();
    let mut bytes = chance.one(&lines).as_bytes().to_vec();
    for _ in 0..chance.below(5) {
        let at = chance.place(bytes.len().saturating_add(1));
        let end = at.saturating_add(chance.place(12)).min(bytes.len());
        match chance.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, chance.one(&ODD).bytes())),
            3 => drop(bytes.splice(at..end, chance.one(&lines).bytes())),
            4 => {
                let times = chance.place(40).saturating_add(1);
                let copy = bytes.get(at..end).unwrap_or_default().repeat(times);
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

/// Percent-encodes bytes as a browser would.
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
