//! Planted bugs in what is read and answered: what a wrong program would take the world for.

use crate::actors::NEWER;
use crate::plant::Plant;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

/// How often a row is written for nothing after it was read.
pub(crate) const FOR_NOTHING: u64 = 40;

/// How long a call waits that is sent late, in seconds: longer than any claim.
pub(crate) const LATE: i64 = 700;

/// The answer as a wrong program would read it.
pub(crate) fn misread(plant: Plant, what: &str, body: &Value, answer: &mut Response<Bytes>) {
    match plant {
        Plant::KeepTheGone if what.ends_with("accounts:lookup") => {
            let mut told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            match told.pointer_mut("/users/0") {
                Some(user) => user["disabled"] = json!(false),
                None => told["users"] = json!([{"localId": body.pointer("/localId/0")}]),
            }
            *answer.body_mut() = Bytes::from(told.to_string());
        }
        Plant::LookAtNobody if what == "Query" && body["IndexName"] == "due" => {
            let nobody = json!({"Count": 0, "ScannedCount": 0, "Items": []});
            *answer.body_mut() = Bytes::from(nobody.to_string());
        }
        _ => {}
    }
}

/// The same row, written again for nothing, with a version one higher: what a wrong program would send.
pub(crate) fn for_nothing(request: &Request<Bytes>, row: &Value, times: u64) -> Request<Bytes> {
    let mut row = row.clone();
    let version = row["version"]["N"].as_str().and_then(|version| version.parse::<u64>().ok());
    row["version"] = json!({"N": (version.unwrap_or(0) + times).to_string()});
    let mut again = request.clone();
    again
        .headers_mut()
        .insert("x-amz-target", http::HeaderValue::from_static("DynamoDB_20120810.PutItem"));
    let body = json!({"TableName": "subscriptions", "Item": row});
    *again.body_mut() = Bytes::from(body.to_string());
    again.extensions_mut().clear();
    again
}

/// A charge in place of a schedule that a person revoked: what a program would send that fights over it.
pub(crate) fn in_place_of(
    request: &Request<Bytes>,
    schedule: &Response<Bytes>,
) -> Option<Request<Bytes>> {
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

/// What a program would store that does not know what a newer one wrote.
pub(crate) fn strip(item: &mut Value) {
    if let Some(fields) = item.as_object_mut() {
        fields.remove(NEWER);
    }
    if let Some(consent) = item.pointer_mut("/consent/M").and_then(Value::as_object_mut) {
        consent.remove(NEWER);
    }
}

/// Claims in place of all that were there.
pub(crate) fn ours_alone(body: &Value) -> Value {
    let mut body = body.clone();
    let claims = body["customAttributes"].as_str().unwrap_or_default();
    let ours = if claims.contains("subscriber") { r#"{"subscriber":true}"# } else { "{}" };
    body["customAttributes"] = json!(ours);
    body
}
