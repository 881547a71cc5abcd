//! Readers for fields whose type varies: numbers as text, `""` and 0 for "never", absent keys.
//!
//! An error here never repeats the value, which may be personal.

use std::sync::Arc;

use jiff::Timestamp;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use serde_json::Value;

use crate::{BadRow, Row};

/// A text, which may also be a number. `null` and empty texts count as absent.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(as_text(Value::deserialize(from)?))
}

/// A text that must be there.
pub(crate) fn required_text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    text(from)?.ok_or_else(|| D::Error::custom("a required text is missing"))
}

/// An enumeration written as text; absent if empty.
pub(crate) fn word<'de, D: Deserializer<'de>, T: From<String>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    Ok(text(from)?.map(T::from))
}

/// An enumeration written as text that must be there.
pub(crate) fn required_word<'de, D: Deserializer<'de>, T: From<String>>(
    from: D,
) -> Result<T, D::Error> {
    required_text(from).map(T::from)
}

/// A whole number of won that must be there: `9900`, `9900.0` or `"9900"`.
pub(crate) fn won<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    as_whole(&Value::deserialize(from)?)
        .ok_or_else(|| D::Error::custom("an amount is not a whole number"))
}

/// A whole number of won, 0 if absent. One that cannot be read is an error, not 0.
pub(crate) fn won_or_zero<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(from)?;
    if is_absent(&value) { Ok(0) } else { won(value).map_err(D::Error::custom) }
}

/// A whole number of won that nothing depends on.
pub(crate) fn maybe_won<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(as_whole(&Value::deserialize(from)?))
}

/// A small number for which 0 is a value like any other.
pub(crate) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    Ok(as_number(&Value::deserialize(from)?))
}

/// A boolean, which may also be 0 or 1, or text.
pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(value.as_bool().or_else(|| match as_text(value).as_deref() {
        Some("1" | "true" | "Y" | "y") => Some(true),
        Some("0" | "false" | "N" | "n") => Some(false),
        Some(_) | None => None,
    }))
}

/// A time in UNIX seconds; 0, `""` and `null` mean "never".
pub(crate) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(as_time(&Value::deserialize(from)?))
}

/// A list of objects, each read on its own. `null` and an empty object (PHP's empty array) count as
/// an empty list.
pub(crate) fn rows<T: DeserializeOwned>(value: Value) -> Result<Vec<Row<T>>, serde_json::Error> {
    if is_absent(&value) {
        return Ok(Vec::new());
    }
    let Value::Array(rows) = value else {
        return Err(Error::custom("a list was expected"));
    };
    Ok(rows.into_iter().map(row).collect())
}

fn row<T: DeserializeOwned>(value: Value) -> Row<T> {
    let id = |key| value.get(key).cloned().and_then(as_text);
    let [imp_uid, merchant_uid, customer_uid] = ["imp_uid", "merchant_uid", "customer_uid"].map(id);
    object(value).map_err(|cause| BadRow {
        imp_uid,
        merchant_uid,
        customer_uid,
        cause: Arc::new(cause),
    })
}

/// A list of objects that nothing depends on: what cannot be read is left out.
pub(crate) fn details<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    let rows = rows(Value::deserialize(from)?).unwrap_or_default();
    Ok(rows.into_iter().filter_map(Result::ok).collect())
}

/// A list of texts.
pub(crate) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let value = Value::deserialize(from)?;
    let rows = if let Value::Array(rows) = value { rows } else { vec![value] };
    Ok(rows.into_iter().filter_map(as_text).collect())
}

/// An object that nothing depends on: one that cannot be read counts as absent.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(if is_absent(&value) { None } else { object(value).ok() })
}

/// One object. Its type is checked first because serde's own error would quote the value.
pub(crate) fn object<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    if value.is_object() {
        serde_json::from_value(value)
    } else {
        Err(Error::custom("an object was expected"))
    }
}

pub(crate) fn as_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

pub(crate) fn as_number(value: &Value) -> Option<u32> {
    as_whole(value).and_then(|number| u32::try_from(number).ok())
}

pub(crate) fn as_time(value: &Value) -> Option<Timestamp> {
    let seconds = as_whole(value).filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

/// A whole number, however it is written. Floats are read from their text, so nothing is rounded.
pub(crate) fn as_whole(value: &Value) -> Option<u64> {
    let text = match value {
        Value::Number(number) => match number.as_u64() {
            Some(whole) => return Some(whole),
            None => number.to_string(),
        },
        Value::String(text) => text.trim().to_owned(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.bytes().all(|digit| digit == b'0') && !whole.starts_with('+') {
        whole.parse().ok()
    } else {
        None
    }
}

fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(rows) => rows.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}
