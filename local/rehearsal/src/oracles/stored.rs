//! Reads rows out of the requests that store them.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// The rows in a write, with their tables: those it puts, and the orders it updates.
pub(crate) fn items(request: &Value) -> Vec<(&str, Cow<'_, Value>)> {
    match request.get("TransactItems").and_then(Value::as_array) {
        Some(writes) => writes.iter().filter_map(item).collect(),
        None => put_of(request).into_iter().collect(),
    }
}

/// The row in one write of a transaction.
pub(crate) fn item(write: &Value) -> Option<(&str, Cow<'_, Value>)> {
    match write.get("Update") {
        Some(update) => set_of(update).filter(|(table, _)| *table == "orders"),
        None => put_of(write.get("Put")?),
    }
}

fn put_of(put: &Value) -> Option<(&str, Cow<'_, Value>)> {
    Some((put.get("TableName")?.as_str()?, Cow::Borrowed(put.get("Item")?)))
}

/// The row of an update: its key and the attributes it sets.
fn set_of(update: &Value) -> Option<(&str, Cow<'_, Value>)> {
    let mut item = update.get("Key")?.as_object()?.clone();
    let (names, values) = ("ExpressionAttributeNames", "ExpressionAttributeValues");
    let set = update.get("UpdateExpression")?.as_str()?.strip_prefix("SET ")?;
    for assignment in set.split(", ") {
        let (name, value) = assignment.split_once(" = ")?;
        let name = update.get(names)?.get(name)?.as_str()?;
        item.insert(name.to_owned(), update.get(values)?.get(value)?.clone());
    }
    Some((update.get("TableName")?.as_str()?, Cow::Owned(Value::Object(item))))
}

/// `DynamoDB`'s JSON as ordinary JSON.
fn plain(value: &Value) -> Value {
    let Some((kind, value)) = value.as_object().and_then(|object| object.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "N" => value
            .as_str()
            .and_then(|number| serde_json::from_str(number).ok())
            .unwrap_or(Value::Null),
        "M" => Value::Object(plain_map(value)),
        "L" => value.as_array().into_iter().flatten().map(plain).collect(),
        "NULL" => Value::Null,
        _ => value.clone(),
    }
}

/// A table's row as ordinary JSON. A `moment` that is cut to the second to sort by is stored a second time as it is;
/// that one is kept.
pub(crate) fn plain_row(row: &Value, moment: &str) -> Value {
    let mut row = plain_map(row);
    if let Some(exact) = row.remove(&format!("{moment}_exact")) {
        row.insert(moment.to_owned(), exact);
    }
    Value::Object(row)
}

fn plain_map(value: &Value) -> Map<String, Value> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), plain(value))).collect()
}
