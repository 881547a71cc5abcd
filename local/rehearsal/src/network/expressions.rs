//! What the ledger writes into DynamoDB's expressions, as far as the tables in memory read them.

use serde_json::{Map, Value, json};

pub(super) type Item = Map<String, Value>;

/// Why a request is not carried out: the error's name and text.
pub(super) type Refused = (&'static str, String);

/// Whether a condition holds for a row.
pub(super) fn holds(condition: &str, body: &Value, row: Option<&Item>) -> Result<bool, Refused> {
    if let Some((one, other)) = condition.split_once(" OR ") {
        return Ok(holds(one, body, row)? || holds(other, body, row)?);
    }
    let held = |name: &str| Ok(row.and_then(|row| row.get(named(body, name).ok()?)));
    if let Some(name) = call(condition, "attribute_not_exists") {
        return held(name).map(|held: Option<&Value>| held.is_none());
    }
    if let Some(name) = call(condition, "attribute_exists") {
        return held(name).map(|held| held.is_some());
    }
    if let Some((name, most)) = condition.split_once(" <= ") {
        return Ok(
            held(name)?.is_some_and(|held| number(held) <= valued(body, most).map_or(0, number))
        );
    }
    let (name, value) = condition.split_once(" = ").ok_or_else(|| unknown(condition))?;
    Ok(held(name)? == Some(valued(body, value)?))
}

pub(super) fn call<'a>(expression: &'a str, function: &str) -> Option<&'a str> {
    expression.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')')
}

/// The attribute by which a table or an index is sorted.
pub(super) fn sort_key(table: &str, index: Option<&str>) -> Result<Option<&'static str>, Refused> {
    match (table, index) {
        ("payments", None) => Ok(Some("paid_at")),
        ("subscriptions" | "orders", None) => Ok(None),
        ("subscriptions", Some("due")) => Ok(Some("due_at")),
        ("subscriptions", Some("cancelling")) => Ok(Some("cancel_requested_at")),
        ("subscriptions", Some("reviews")) => Ok(Some("review_opened_at")),
        ("orders", Some("member")) => Ok(Some("merchant_uid")),
        ("journal", None | Some("days")) => Ok(Some("at")),
        ("retained", None) => Ok(Some("record")),
        (_, Some(index)) => Err(unknown(index)),
        (table, None) => Err(unknown(table)),
    }
}

pub(super) fn key(table: &str, item: &Item) -> (String, String) {
    let part = |name: &str| item.get(name).map(plain).unwrap_or_default().to_owned();
    match table {
        "payments" => (part("uid"), part("paid_at")),
        "orders" => (part("merchant_uid"), String::new()),
        "journal" => (part("uid"), part("at")),
        "retained" => (part("subscription"), part("record")),
        _ => (part("uid"), String::new()),
    }
}

/// A key's text. Numbers in keys are single digits, or are only compared for equality.
pub(super) fn plain(value: &Value) -> &str {
    let value = value.as_object().and_then(|typed| typed.values().next());
    value.and_then(Value::as_str).unwrap_or_default()
}

/// A number; 0 for what is none.
pub(super) fn number(value: &Value) -> u64 {
    plain(value).parse().unwrap_or_default()
}

/// Adds to a number of a row, which is 0 as long as it is not there.
pub(super) fn add(item: &mut Item, name: &str, more: u64) {
    let sum = item.get(name).map_or(0, number).saturating_add(more);
    item.insert(name.to_owned(), json!({"N": sum.to_string()}));
}

pub(super) fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn named<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refused> {
    let named = body.get("ExpressionAttributeNames").and_then(|names| names.get(name)?.as_str());
    named.ok_or_else(|| unknown(name))
}

pub(super) fn valued<'a>(body: &'a Value, name: &str) -> Result<&'a Value, Refused> {
    body.get("ExpressionAttributeValues")
        .and_then(|values| values.get(name))
        .ok_or_else(|| unknown(name))
}

/// Not among what the ledger asked for when this was written.
pub(super) fn unknown(what: &str) -> Refused {
    ("ValidationException", format!("the rehearsal's tables do not know {what}"))
}

pub(super) fn error(name: &str, text: &str) -> String {
    if name.is_empty() {
        return text.to_owned();
    }
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": text})
        .to_string()
}
