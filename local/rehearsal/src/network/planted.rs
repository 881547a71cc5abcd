//! What a program with a planted bug sends, stores and reads: pure functions of a request and its circumstances.

use crate::network::bugs::Bug;
use crate::network::call::Call;
use crate::network::corruption::{corrupt, without_the_payment};
use crate::network::faults::cancelled;
use bytes::Bytes;
use gudok_local::faults::answer;
use http::{HeaderValue, Request, Response};
use serde_json::{Value, json};

/// How often a row is rewritten for nothing after it was read.
const FOR_NOTHING: u64 = 40;

/// How long a late call is held back, in seconds: longer than any claim lasts.
pub(crate) const LATE: i64 = 700;

/// What matters about a request besides its content.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a circumstance of its own")]
pub(crate) struct Circumstances {
    /// Whether faults have stopped.
    pub(crate) healed: bool,
    /// Whether some row cannot be read.
    pub(crate) unreadable: bool,
    /// Whether a sweep or reconciliation sends it.
    pub(crate) by_timer: bool,
    /// Whether another program replaced the member's claims.
    pub(crate) replaced: bool,
}

/// What the program sends instead of a request.
pub(crate) enum Sends {
    /// The request itself.
    Request,
    /// The request with another body.
    Changed(Value),
    /// Another request first; `seen` tells whether the oracles are told of it at once.
    Another { first: Request<Bytes>, seen: bool },
    /// The request itself, after logging who is charged.
    Logged,
    /// The request itself, but much later.
    Later,
    /// Nothing.
    Nothing,
}

const CHARGE: &str = "POST /subscribe/payments/again";
const SCHEDULE: &str = "POST /subscribe/payments/schedule";

/// What the program sends for a request.
pub(crate) fn sends(bug: Bug, request: &Request<Bytes>, call: &Call, is: Circumstances) -> Sends {
    match (bug, call.what.as_str()) {
        (Bug::ChargeTwice, CHARGE) => {
            Sends::Another { first: another(request, "/merchant_uid"), seen: true }
        }
        (Bug::ScheduleTwice, SCHEDULE) => {
            let first = another(request, "/schedules/0/merchant_uid");
            Sends::Another { first, seen: false }
        }
        (Bug::WrongPrice, CHARGE) => Sends::Changed(dearer(&call.body)),
        (Bug::GiveBackMore, "POST /payments/cancel") if call.body.get("amount").is_some() => {
            Sends::Changed(dearer(&call.body))
        }
        (Bug::SendLate, CHARGE) => Sends::Later,
        (Bug::LogTheAddress, CHARGE) => Sends::Logged,
        (Bug::WipeTheClaims, _) if call.is_access() => Sends::Changed(ours_alone(&call.body)),
        (Bug::NeverHeal, _) if call.is_access() && is.replaced => Sends::Nothing,
        (Bug::NeverRevoke, _) if call.is_access() => {
            let lets_in = call.text("/customAttributes").contains("subscriber");
            if lets_in { Sends::Request } else { Sends::Nothing }
        }
        (Bug::LoseTheNight, "TransactWriteItems") if is.healed => {
            Sends::Changed(without_the_payment(&call.body))
        }
        // Whoever met a row that cannot be read takes everything for broken.
        (Bug::HarmAll, "Query") if is.unreadable && is.by_timer => Sends::Nothing,
        (Bug::SayNothing, "PutEvents") => Sends::Nothing,
        (Bug::LoseTheSums, "PutEvents") if call.text("/Entries/0/DetailType") == "digest" => {
            Sends::Nothing
        }
        (Bug::RememberTheErased, "DeleteItem") if call.text("/TableName") == "journal" => {
            Sends::Nothing
        }
        (Bug::KeepTheKeys, what) if what.starts_with("DELETE") => Sends::Nothing,
        (Bug::NeverRest, "TransactWriteItems") => {
            let scheduling = call.body.to_string().contains("scheduling");
            if scheduling { Sends::Nothing } else { Sends::Request }
        }
        (_, "PutItem" | "TransactWriteItems") => {
            corrupt(bug, &call.body).map_or(Sends::Request, Sends::Changed)
        }
        _ => Sends::Request,
    }
}

/// The answer made up for a request that was not sent.
pub(crate) fn answer_in_place(call: &Call) -> Response<Bytes> {
    match call.what.as_str() {
        "TransactWriteItems" => {
            let (status, body) = cancelled(call, "ConditionalCheckFailed");
            answer(status, body)
        }
        "Query" => {
            let denied = "com.amazonaws.dynamodb.v20120810#AccessDeniedException";
            answer(400, json!({"__type": denied}).to_string())
        }
        what if what.starts_with("DELETE") => {
            answer(404, r#"{"code":-1,"message":"no","response":null}"#)
        }
        _ => answer(200, r#"{"FailedEntryCount":0,"Entries":[]}"#),
    }
}

/// Changes an answer into what the program takes it for.
pub(crate) fn misread(bug: Bug, call: &Call, answer: &mut Response<Bytes>) {
    match (bug, call.what.as_str()) {
        (Bug::KeepTheGone, what) if what.ends_with("accounts:lookup") => {
            let mut told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let mut user = json!({"localId": call.body.pointer("/localId/0")});
            if let Some(known) = told.pointer("/users/0") {
                user = known.clone();
                set(&mut user, "disabled", json!(false));
            }
            set(&mut told, "users", json!([user]));
            *answer.body_mut() = Bytes::from(told.to_string());
        }
        (Bug::LookAtNobody, "Query") if call.text("/IndexName") == "due" => {
            let nobody = json!({"Count": 0, "ScannedCount": 0, "Items": []});
            *answer.body_mut() = Bytes::from(nobody.to_string());
        }
        _ => {}
    }
}

/// What the program sends once it has the answer, and whether the oracles are told of it at once.
pub(crate) fn sends_after(
    bug: Bug,
    request: &Request<Bytes>,
    call: &Call,
    answer: &Response<Bytes>,
) -> (Vec<Request<Bytes>>, bool) {
    match (bug, call.what.as_str()) {
        (Bug::FightTheConsole, what) if what.starts_with("GET /subscribe/payments/schedule/") => {
            (in_place_of(request, answer).into_iter().collect(), false)
        }
        (Bug::WriteForNothing, "GetItem") if call.text("/TableName") == "subscriptions" => {
            let told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let row = told.get("Item").into_iter();
            let again =
                row.flat_map(|row| (1..=FOR_NOTHING).map(|times| for_nothing(request, row, times)));
            (again.collect(), true)
        }
        _ => (Vec::new(), false),
    }
}

/// Sets a field of an object.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// A hundred won more.
fn dearer(body: &Value) -> Value {
    let mut body = body.clone();
    let amount = body.get("amount").and_then(Value::as_u64).unwrap_or_default();
    set(&mut body, "amount", json!(amount.saturating_add(100)));
    body
}

/// The same request for the next attempt.
fn another(request: &Request<Bytes>, pointer: &str) -> Request<Bytes> {
    let mut body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    if let Some(id) = body.pointer_mut(pointer) {
        let old = id.as_str().unwrap_or_default();
        let (rest, attempt) = old.rsplit_once('-').unwrap_or((old, "0"));
        let attempt = attempt.parse::<u32>().unwrap_or_default();
        *id = json!(format!("{rest}-{}", attempt.saturating_add(5_000)));
    }
    let mut again = request.clone();
    *again.body_mut() = Bytes::from(body.to_string());
    again
}

/// The same row, written again for nothing, with a version one higher: what a wrong program would send.
fn for_nothing(request: &Request<Bytes>, row: &Value, times: u64) -> Request<Bytes> {
    let mut row = row.clone();
    let version = row.pointer("/version/N").and_then(Value::as_str);
    let version = version.and_then(|version| version.parse::<u64>().ok()).unwrap_or(0);
    set(&mut row, "version", json!({"N": version.saturating_add(times).to_string()}));
    let mut again = request.clone();
    again
        .headers_mut()
        .insert("x-amz-target", HeaderValue::from_static("DynamoDB_20120810.PutItem"));
    let body = json!({"TableName": "subscriptions", "Item": row});
    *again.body_mut() = Bytes::from(body.to_string());
    again.extensions_mut().clear();
    again
}

/// A charge in place of a schedule that a person revoked: what a program would send that fights over it.
fn in_place_of(request: &Request<Bytes>, schedule: &Response<Bytes>) -> Option<Request<Bytes>> {
    let told: Value = serde_json::from_slice(schedule.body()).ok()?;
    let schedule = told.get("response")?;
    if schedule["schedule_status"] != "revoked" {
        return None;
    }
    let order = schedule["merchant_uid"].as_str()?;
    let (rest, _) = order.rsplit_once('-')?;
    let body = json!({
        "customer_uid": schedule["customer_uid"], "merchant_uid": format!("{rest}-7777"),
        "amount": schedule["amount"], "name": schedule["name"],
    });
    let mut again = Request::post("http://simulator.test/subscribe/payments/again")
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .ok()?;
    again.headers_mut().insert("authorization", request.headers().get("authorization")?.clone());
    Some(again)
}

/// Claims in place of all that were there.
fn ours_alone(body: &Value) -> Value {
    let mut body = body.clone();
    let claims = body.get("customAttributes").and_then(Value::as_str).unwrap_or_default();
    let ours = if claims.contains("subscriber") { r#"{"subscriber":true}"# } else { "{}" };
    set(&mut body, "customAttributes", json!(ours));
    body
}
