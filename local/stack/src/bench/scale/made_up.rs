//! Members that are made up as they are asked for.

#![expect(clippy::indexing_slicing, reason = "JSON that lacks a field is null")]

use super::seed::{Seed, UID};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use ledger::SHARDS;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the tables take to answer.
const TABLES: Duration = Duration::from_millis(4);

/// How long Google takes.
const GOOGLE: Duration = Duration::from_millis(80);

/// How long Iamport takes for one thing.
const IAMPORT: Duration = Duration::from_millis(120);

/// How long Iamport takes for a page of a thousand.
const IAMPORT_LIST: Duration = Duration::from_millis(400);

/// What `DynamoDB` gives on one page of the index of what is due (1 MB).
const INDEX_PAGE: u64 = 5_000;

/// The longest body that is read.
const LONGEST: usize = 16 * 1024 * 1024;

/// What the stand-in makes up.
pub(super) struct World {
    seed: Seed,
    pub(super) members: u64,
    /// The first is due as the seed is, the last so many seconds later.
    spread: u64,
    pub(super) requests: Mutex<BTreeMap<String, u64>>,
    /// How far a comparison has come: what was stored last.
    run: Mutex<Value>,
}

impl World {
    fn count(&self, name: String) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let count = requests.entry(name).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn of(seed: Seed, members: u64, spread: u64) -> Self {
        Self { seed, members, spread, requests: Mutex::default(), run: Mutex::default() }
    }

    /// How much later than the seed's the schedule of a member runs, in seconds.
    fn later(&self, number: u64) -> i64 {
        let later = number.saturating_mul(self.spread).checked_div(self.members);
        later.unwrap_or_default().cast_signed()
    }

    /// The first member whose schedule runs so much later than the seed's.
    fn first_later(&self, later: i64) -> u64 {
        let later = u64::try_from(later).unwrap_or_default();
        let before = later.saturating_mul(self.members).div_ceil(self.spread.max(1));
        before.min(self.members)
    }

    /// What is then with the seed is so much later with this member.
    fn moved(&self, at: Timestamp, number: u64) -> Timestamp {
        let later = SignedDuration::from_secs(self.later(number));
        at.saturating_add(later).unwrap_or(at)
    }

    fn due_at(&self, number: u64) -> String {
        self.moved(self.seed.due_at(), number).to_string()
    }

    fn uid(number: u64) -> String {
        format!("made-{number:024}")
    }

    fn id(number: u64) -> String {
        format!("01{number:024}")
    }

    /// The number in an id of ours.
    fn number(text: &str) -> Option<u64> {
        let digits = text.split(|c: char| !c.is_ascii_digit()).find(|it| it.len() >= 24)?;
        digits.get(digits.len().checked_sub(24)?..)?.parse().ok()
    }

    /// The same of another member.
    fn like(&self, of_the_seed: &Value, number: u64) -> Value {
        let text = of_the_seed.to_string();
        let text = text.replace(&self.seed.id, &Self::id(number)).replace(UID, &Self::uid(number));
        let text = text.replace(&self.seed.due_at().to_string(), &self.due_at(number));
        let (of_seed, runs_at) = (self.seed.runs_at(), self.moved(self.seed.runs_at(), number));
        let text = text.replace(&of_seed.to_string(), &runs_at.to_string());
        let second = |at: Timestamp| format!("\"schedule_at\":{}", at.as_second());
        let text = text.replace(&second(of_seed), &second(runs_at));
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn query(&self, body: &Value) -> Value {
        let nothing = json!({"Items": [], "Count": 0, "ScannedCount": 0});
        if body["IndexName"] != "due" {
            return nothing;
        }
        let values = &body["ExpressionAttributeValues"];
        let moment = |name: &str| values[name]["S"].as_str()?.parse::<Timestamp>().ok();
        let until = moment(":now").or_else(|| moment(":last"));
        let later = |at: Timestamp| at.as_second().saturating_sub(self.seed.due_at().as_second());
        let first_of_all = moment(":first").map_or(0, |first| self.first_later(later(first)));
        let end = until.map_or(self.members, |until| match later(until) {
            ..0 => 0,
            later => self.first_later(later.saturating_add(1)),
        });
        let shards = u64::from(SHARDS);
        let shard: u64 = values[":shard"]["N"].as_str().and_then(|it| it.parse().ok()).unwrap_or(0);
        let after = body["ExclusiveStartKey"]["uid"]["S"].as_str().and_then(Self::number);
        let into = first_of_all.checked_rem(shards).unwrap_or_default();
        let skip = shard.saturating_add(shards).saturating_sub(into).checked_rem(shards);
        let first = first_of_all.saturating_add(skip.unwrap_or_default());
        let first = after.map_or(first, |after| after.saturating_add(shards));
        let limit = body["Limit"].as_u64().unwrap_or(INDEX_PAGE).min(INDEX_PAGE);
        let mut items = Vec::new();
        let mut next = first;
        while next < end && u64::try_from(items.len()).is_ok_and(|many| many < limit) {
            items.push(json!({
                "uid": {"S": Self::uid(next)}, "due_shard": {"N": shard.to_string()}, "due_at": {"S": self.due_at(next)},
                "state": self.seed.row["state"], "price": self.seed.row["price"], "paid_through": self.seed.row["paid_through"],
            }));
            next = next.saturating_add(shards);
        }
        let more = next < end;
        let last = items.last().map(|last| {
            json!({"uid": last["uid"], "due_shard": last["due_shard"], "due_at": last["due_at"]})
        });
        let mut page = json!({"Count": items.len(), "ScannedCount": items.len(), "Items": items});
        if let Some(last) = last.filter(|_| more) {
            page["LastEvaluatedKey"] = last;
        }
        page
    }

    fn item(&self, body: &Value) -> Value {
        let key = body["Key"].to_string();
        if key.contains("run-") {
            let run = self.run.lock().unwrap_or_else(PoisonError::into_inner).clone();
            return if run.is_null() { json!({}) } else { json!({"Item": run}) };
        }
        let Some(number) = Self::number(&key) else { return json!({}) };
        if key.contains("\"uid\"") && body["Key"].get("paid_at").is_none() {
            json!({"Item": self.like(&self.seed.row, number)})
        } else if key.contains("pay-") {
            json!({"Item": self.like(&self.seed.order, number)})
        } else {
            json!({})
        }
    }

    fn schedules(&self, query: &str) -> Value {
        let asked = |name: &str| -> Option<i64> {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.parse().ok())
        };
        let runs_at = self.seed.runs_at().as_second();
        let number = |at: i64| self.first_later(at.saturating_sub(runs_at));
        let from = asked("schedule_from=").map_or(0, number);
        let end = asked("schedule_to=").map_or(self.members, number);
        let page = asked("page=").and_then(|page| u64::try_from(page).ok()).unwrap_or(1);
        let first = page.saturating_sub(1).saturating_mul(1_000).saturating_add(from).min(end);
        let last = first.saturating_add(1_000).min(end);
        let rows: Vec<_> =
            (first..last).map(|it| self.like(&self.seed.schedule["response"], it)).collect();
        let next = if last < end { page.saturating_add(1) } else { 0 };
        json!({"code": 0, "message": null, "response": {
            "total": end.saturating_sub(from), "previous": page.saturating_sub(1), "next": next, "list": rows,
        }})
    }

    fn accounts(body: &Value) -> Value {
        let asked = body["localId"].as_array().cloned().unwrap_or_default();
        let users: Vec<_> = asked
            .into_iter()
            .map(|uid| json!({"localId": uid, "customAttributes": "{\"subscriber\":true}", "validSince": "0"}))
            .collect();
        json!({"users": users})
    }

    fn iamport(&self, path: &str, query: &str, body: &Value) -> (Duration, Value) {
        let number = Self::number(path);
        let empty = json!({"code": 0, "message": null, "response": {"total": 0, "previous": 0, "next": 0, "list": []}});
        match (path, number) {
            ("/subscribe/payments/schedule", None) if body.is_null() => {
                (IAMPORT_LIST, self.schedules(query))
            }
            ("/subscribe/payments/schedule", _) => {
                let asked = body["schedules"].as_array().cloned().unwrap_or_default();
                let list: Vec<_> = asked
                    .into_iter()
                    .map(|mut it| {
                        it["schedule_status"] = json!("scheduled");
                        it["customer_uid"] = body["customer_uid"].clone();
                        it["imp_uid"] = Value::Null;
                        it
                    })
                    .collect();
                (IAMPORT, json!({"code": 0, "message": null, "response": list}))
            }
            (path, Some(number)) if path.starts_with("/subscribe/payments/schedule/") => {
                (IAMPORT, self.like(&self.seed.schedule, number))
            }
            (path, Some(number)) if path.starts_with("/payments/findAll/") => {
                (IAMPORT, self.like(&self.seed.payment, number))
            }
            _ => (IAMPORT_LIST, empty),
        }
    }
}

pub(super) async fn answer(State(world): State<Arc<World>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST).await else {
        return http::StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let target = parts.headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or("");
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let operation = target.rsplit('.').next().unwrap_or_default();
    let name = if target.is_empty() { kind(path) } else { operation.to_owned() };
    let (late, said) = match operation {
        "Query" => (TABLES, world.query(&body)),
        "GetItem" => (TABLES, world.item(&body)),
        "PutEvents" => {
            let many = body["Entries"].as_array().map_or(0, Vec::len);
            (TABLES, json!({"FailedEntryCount": 0, "Entries": vec![json!({"EventId": "1"}); many]}))
        }
        "" if path.ends_with("/token") => {
            (GOOGLE, json!({"access_token": "made", "expires_in": 3_600, "token_type": "Bearer"}))
        }
        "" if path.ends_with(":lookup") => (GOOGLE, World::accounts(&body)),
        "" if path == "/users/getToken" => {
            let now = Timestamp::now().as_second();
            let token = json!({"access_token": "made", "now": now, "expired_at": now.saturating_add(1_800)});
            (IAMPORT, json!({"code": 0, "message": null, "response": token}))
        }
        "" => world.iamport(path, query, &body),
        "PutItem" if body["Item"]["merchant_uid"].to_string().contains("run-") => {
            let mut run = world.run.lock().unwrap_or_else(PoisonError::into_inner);
            run.clone_from(&body["Item"]);
            (TABLES, json!({}))
        }
        // What else is written is taken.
        _ => (TABLES, json!({})),
    };
    world.count(name);
    tokio::time::sleep(late).await;
    if target.is_empty() {
        return Json(said).into_response();
    }
    ([("content-type", "application/x-amz-json-1.0")], said.to_string()).into_response()
}

/// The way of a request, without the ids in it.
fn kind(path: &str) -> String {
    let parts = path.split('/').filter(|part| World::number(part).is_none());
    parts.collect::<Vec<_>>().join("/")
}
