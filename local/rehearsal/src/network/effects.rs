//! Tells the oracles what a request that took effect did.

use crate::history::conditions::Partner;
use crate::network::call::Call;
use crate::network::dynamodb::Tables;
use crate::network::record::Record;
use crate::oracles::schedules::two_stand;
use crate::oracles::stored::items;
use bytes::Bytes;
use gudok_local::faults::answer;
use gudok_local::google::Google;
use http::Response;
use iamport_simulator::{Schedule, ScheduleStatus, Simulator};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};

/// In `DynamoDB`'s answer when a condition does not hold.
const SECOND: &[u8] = b"ConditionalCheckFailed";

/// In the answer of the tables in memory when they do not support something.
const UNKNOWN: &[u8] = b"ValidationException";

/// Tells the oracles what happened at the partners.
#[derive(Clone)]
pub(crate) struct Effects {
    pub(crate) record: Record,
    pub(crate) iamport: Simulator,
    pub(crate) google: Google,
    /// The tables, unless they are in the embedded `DynamoDB`.
    pub(crate) tables: Option<Arc<Mutex<Tables>>>,
}

impl Effects {
    /// A request took effect; `now` is by the functions' clock.
    pub(crate) fn note(&self, call: &Call, now: Timestamp, answer: &Response<Bytes>) {
        if !answer.status().is_success() {
            return self.refused(call, answer);
        }
        match (call.partner, call.what.as_str()) {
            (Some(Partner::DynamoDb), "PutItem" | "TransactWriteItems") => {
                let pays = items(&call.body).iter().any(|(table, _)| *table == "payments");
                let charges = if pays { self.iamport.charges() } else { Vec::new() };
                self.record.books().wrote(&call.body, now, &charges);
                self.keeps_the_newer();
            }
            (Some(Partner::DynamoDb), "DeleteItem") => {
                self.record.books().deleted(&call.body, now);
            }
            (Some(Partner::Iamport), "POST /subscribe/payments/again") => {
                self.record.books().moved(now, &self.iamport.charges());
            }
            (Some(Partner::Iamport), "POST /subscribe/payments/schedule") => self.standing(),
            (Some(Partner::Iamport), "POST /users/getToken") => {
                self.keep_secret(answer, "/response/access_token");
            }
            (Some(Partner::Google), "POST /token") => self.keep_secret(answer, "/access_token"),
            (Some(Partner::Google), _) if call.is_access() => self.access(call, now),
            (Some(Partner::Bus), _) => self.announced(call),
            (Some(Partner::Slack), _) => self.told(call),
            _ => {}
        }
    }

    fn refused(&self, call: &Call, answer: &Response<Bytes>) {
        let says = |words: &[u8]| answer.body().windows(words.len()).any(|text| text == words);
        if says(UNKNOWN) {
            let text = String::from_utf8_lossy(answer.body());
            self.record.fail("tables", format!("{}: {text}", call.what));
        }
        if says(SECOND) {
            self.record.count("DynamoDB: someone else was first");
        }
    }

    /// The sign-in service was told something about access.
    fn access(&self, call: &Call, now: Timestamp) {
        let uid = call.text("/localId");
        let may_enter = self.may_enter(uid);
        self.record.say(|| {
            format!("{uid} {}", if may_enter { "may enter" } else { "may no longer enter" })
        });
        self.record.books().access(uid, may_enter, now, &self.iamport.charges());
    }

    /// Events were put on the bus.
    fn announced(&self, call: &Call) {
        let entries = call.body.get("Entries").and_then(Value::as_array);
        let events = entries.into_iter().flatten().map(|entry| {
            let detail = entry.get("Detail").and_then(Value::as_str).unwrap_or_default();
            let detail: Value = serde_json::from_str(detail).unwrap_or_default();
            if entry.get("DetailType").and_then(Value::as_str) == Some("digest") {
                self.record.books().sums.digest(&detail);
            }
            json!({"source": entry.get("Source"), "detail-type": entry.get("DetailType"), "detail": detail})
        });
        self.record.notes().events.extend(events);
    }

    /// Slack took a message.
    fn told(&self, call: &Call) {
        let blocks = call.body.get("blocks").and_then(Value::as_array);
        let id = blocks.and_then(|blocks| blocks.last()?.pointer("/elements/0/text")?.as_str());
        let id = id.and_then(|text| text.rsplit("  ·  ").next()).unwrap_or_default();
        self.record
            .say(|| format!("Slack: {} ({id})", call.body.get("text").unwrap_or(&Value::Null)));
        self.record.books().told.insert(id.to_owned());
    }

    /// Checks that what a newer release wrote into a row is still there.
    fn keeps_the_newer(&self) {
        let Some(tables) = &self.tables else { return };
        let mut books = self.record.books();
        let members: Vec<String> = books.rows.members().map(str::to_owned).collect();
        let tables = tables.lock().unwrap_or_else(PoisonError::into_inner);
        let lost: Vec<String> = members
            .into_iter()
            .filter(|uid| {
                let row = tables.row("subscriptions", uid);
                row.is_some_and(|row| books.rows.loses(uid, row))
            })
            .collect();
        drop((books, tables));
        for uid in lost {
            self.record.fail("newer rows", format!("{uid}: what a newer version wrote is gone"));
        }
    }

    /// Checks that no member has two pending schedules.
    fn standing(&self) {
        let schedules = self.iamport.schedules();
        let stands = |schedule: &&Schedule| schedule.schedule_status == ScheduleStatus::Scheduled;
        let found = two_stand(&self.record.books(), schedules.iter().filter(stands));
        self.record.fail_all(found);
    }

    /// Whether the member's claims grant access.
    pub(crate) fn may_enter(&self, uid: &str) -> bool {
        let claims = self.google.claims(uid);
        claims.is_some_and(|claims| claims.get("subscriber") == Some(&json!(true)))
    }

    fn keep_secret(&self, answer: &Response<Bytes>, pointer: &str) {
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if let Some(secret) = body.pointer(pointer).and_then(Value::as_str) {
            self.record.keep_secret(secret);
        }
    }
}

/// Iamport's other way of reporting a declined card: an error without a payment.
pub(crate) fn decline_as_error(declined: Response<Bytes>) -> Response<Bytes> {
    let body: Value = serde_json::from_slice(declined.body()).unwrap_or_default();
    if body.pointer("/response/status") != Some(&json!("failed")) {
        return declined;
    }
    let reason = body.pointer("/response/fail_reason").and_then(Value::as_str).unwrap_or_default();
    let message = format!("결제승인에 실패하였습니다. {reason}");
    answer(200, json!({"code": -1, "message": message, "response": null}).to_string())
}
