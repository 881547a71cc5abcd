//! Members that are made up as they are asked for.

#![expect(clippy::indexing_slicing, reason = "JSON that lacks a field is null")]

use super::seed::{Seed, UID};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
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
    pub(super) requests: Mutex<BTreeMap<String, u64>>,
}

impl World {
    fn count(&self, name: String) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let count = requests.entry(name).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn of(seed: Seed, members: u64) -> Self {
        Self { seed, members, requests: Mutex::default() }
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
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn query(&self, body: &Value) -> Value {
        let nothing = json!({"Items": [], "Count": 0, "ScannedCount": 0});
        if body["IndexName"] != "due" {
            return nothing;
        }
        let values = &body["ExpressionAttributeValues"];
        let due_at = &self.seed.row["due_at"];
        let until = values[":now"]["S"].as_str().or_else(|| values[":at"]["S"].as_str());
        if until.is_some_and(|until| due_at["S"].as_str().is_some_and(|due| due > until)) {
            return nothing;
        }
        let shards = u64::from(SHARDS);
        let shard: u64 = values[":shard"]["N"].as_str().and_then(|it| it.parse().ok()).unwrap_or(0);
        let after = body["ExclusiveStartKey"]["uid"]["S"].as_str().and_then(Self::number);
        let first = after.map_or(shard, |after| after.saturating_add(shards));
        let limit = body["Limit"].as_u64().unwrap_or(INDEX_PAGE).min(INDEX_PAGE);
        let mut items = Vec::new();
        let mut next = first;
        while next < self.members && u64::try_from(items.len()).is_ok_and(|many| many < limit) {
            items.push(json!({
                "uid": {"S": Self::uid(next)}, "due_shard": {"N": shard.to_string()}, "due_at": due_at,
                "state": self.seed.row["state"], "price": self.seed.row["price"], "paid_through": self.seed.row["paid_through"],
            }));
            next = next.saturating_add(shards);
        }
        let more = next < self.members;
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
        let Some(number) = Self::number(&key) else { return json!({}) };
        if key.contains("\"uid\"") && body["Key"].get("paid_at").is_none() {
            json!({"Item": self.like(&self.seed.row, number)})
        } else if key.contains("pay-") {
            json!({"Item": self.like(&self.seed.order, number)})
        } else {
            json!({})
        }
    }

    fn schedules(&self, page: u64) -> Value {
        let first = page.saturating_sub(1).saturating_mul(1_000);
        let last = first.saturating_add(1_000).min(self.members);
        let rows: Vec<_> =
            (first..last).map(|it| self.like(&self.seed.schedule["response"], it)).collect();
        let next = if last < self.members { page.saturating_add(1) } else { 0 };
        json!({"code": 0, "message": null, "response": {
            "total": self.members, "previous": page.saturating_sub(1), "next": next, "list": rows,
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
        let page = query.split('&').find_map(|pair| pair.strip_prefix("page=")?.parse().ok());
        let number = Self::number(path);
        let empty = json!({"code": 0, "message": null, "response": {"total": 0, "previous": 0, "next": 0, "list": []}});
        match (path, number) {
            ("/subscribe/payments/schedule", None) if body.is_null() => {
                (IAMPORT_LIST, self.schedules(page.unwrap_or(1)))
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
        // What is written is taken.
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
