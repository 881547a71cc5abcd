//! Events twisted at random: mostly in what is read of them, sometimes anywhere, now and then in their bytes.

use base64::{Engine, engine::general_purpose::STANDARD};
use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Pieces that parsers stumble over.
const ODD: [&str; 32] = [
    "\0",
    "\"",
    "'",
    "<",
    ">",
    " ",
    "\t",
    "\r\n",
    "\\",
    "#",
    "?",
    "&",
    "=",
    "/",
    "//",
    "..",
    "%",
    "%00",
    "%2F",
    "%ff",
    "%zz",
    "~",
    "~41",
    "~2F",
    "\u{7f}",
    "\u{202e}",
    "\u{feff}",
    "가",
    "😀",
    "{",
    "[[[[[[[[",
    "99999999999999999999",
];

/// Values for anything.
const VALUES: [&str; 14] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "18446744073709551615",
    "1e308",
    "-0.0",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[[[]]]]]]]]]]",
    "{\"\":{\"\":{}}}",
    "\"\\u0000\"",
];

/// What functions read of an event of API Gateway, and what `lambda_runtime` or a library may.
const READ: [&str; 12] = [
    "/rawPath",
    "/rawQueryString",
    "/headers",
    "/headers/authorization",
    "/headers/content-type",
    "/headers/host",
    "/headers/x-forwarded-proto",
    "/cookies",
    "/body",
    "/isBase64Encoded",
    "/requestContext",
    "/requestContext/http/method",
];

/// One of `events`, twisted.
pub(super) fn twisted(events: &[Value], chance: &mut Rng) -> Vec<u8> {
    let mut event = one(events, chance).cloned().unwrap_or_default();
    for _ in 0..chance.u8(1..=4) {
        match chance.u8(0..8) {
            0 => anywhere(&mut event, chance),
            1..=3 => body(&mut event, chance),
            _ => match one(&READ, chance).and_then(|field| event.pointer_mut(field)) {
                Some(field) => value(field, chance),
                None => anywhere(&mut event, chance),
            },
        }
    }
    let mut bytes = event.to_string().into_bytes();
    // API Gateway hands over JSON; nothing else may end a process either.
    if chance.u8(0..16) == 0 {
        cut(&mut bytes, chance);
    }
    bytes
}

/// The body, as what it holds: JSON, a form, or bytes.
fn body(event: &mut Value, chance: &mut Rng) {
    let Some(Value::String(text)) = event.get("body") else { return anywhere(event, chance) };
    let is_base64 = event.get("isBase64Encoded") == Some(&Value::Bool(true));
    let mut bytes = if is_base64 {
        STANDARD.decode(text).unwrap_or_default()
    } else {
        text.clone().into_bytes()
    };
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut json) if chance.u8(0..4) > 0 => {
            anywhere(&mut json, chance);
            bytes = json.to_string().into_bytes();
        }
        Ok(_) | Err(_) => cut(&mut bytes, chance),
    }
    let text = String::from_utf8(bytes.clone()).ok().filter(|_| chance.u8(0..3) > 0);
    if let Value::Object(event) = event {
        event.insert("isBase64Encoded".to_owned(), text.is_none().into());
        let body = text.unwrap_or_else(|| STANDARD.encode(&bytes));
        event.insert("body".to_owned(), body.into());
    }
}

/// Something in it, however deep.
fn anywhere(event: &mut Value, chance: &mut Rng) {
    match event {
        Value::Object(fields) if !fields.is_empty() && chance.u8(0..8) > 0 => {
            let number = chance.usize(0..fields.len());
            if let Some(field) = fields.values_mut().nth(number) {
                anywhere(field, chance);
            }
        }
        Value::Array(items) if !items.is_empty() && chance.u8(0..8) > 0 => {
            let number = chance.usize(0..items.len());
            if let Some(item) = items.get_mut(number) {
                anywhere(item, chance);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => value(event, chance),
    }
}

/// Another value in its place, or the same, bent.
fn value(of: &mut Value, chance: &mut Rng) {
    match of {
        Value::String(text) if chance.u8(0..8) > 0 => bend(text, chance),
        Value::Object(fields) if chance.u8(0..8) > 0 => rearrange(fields, chance),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            *of = one(&VALUES, chance)
                .and_then(|value| serde_json::from_str(value).ok())
                .unwrap_or_default();
        }
    }
}

/// A field less, a field more, a field by another name.
fn rearrange(fields: &mut Map<String, Value>, chance: &mut Rng) {
    let number = chance.usize(0..fields.len().max(1));
    let name = fields.keys().nth(number).cloned().unwrap_or_default();
    match chance.u8(0..4) {
        0 => drop(fields.remove(&name)),
        1 => {
            let taken = fields.remove(&name).unwrap_or_default();
            let mut other = name;
            bend(&mut other, chance);
            fields.insert(other, taken);
        }
        2 => drop(fields.insert(name.to_uppercase(), one(&ODD, chance).copied().into())),
        _ => drop(fields.insert(
            one(&ODD, chance).copied().unwrap_or_default().to_owned(),
            json!([one(&ODD, chance)]),
        )),
    }
}

/// A text with something odd in it, or twice, or less of it.
fn bend(text: &mut String, chance: &mut Rng) {
    let letters = text.chars().count();
    let number = chance.usize(0..=letters);
    let at = text.char_indices().nth(number).map_or(text.len(), |(at, _)| at);
    match chance.u8(0..8) {
        0..=3 => text.insert_str(at, one(&ODD, chance).copied().unwrap_or_default()),
        4 => text.truncate(at),
        5 => *text = text.split_off(at),
        6 => {
            let most = 40_000_usize.checked_div(text.len()).unwrap_or_default();
            *text = text.repeat(chance.usize(0..=most.min(400)));
        }
        _ => {
            *text = if chance.bool() { text.to_uppercase() } else { text.to_lowercase() };
        }
    }
}

/// Bytes missing, changed, doubled or new.
fn cut(bytes: &mut Vec<u8>, chance: &mut Rng) {
    for _ in 0..chance.u8(1..=3) {
        let at = chance.usize(0..=bytes.len());
        let end = at.saturating_add(chance.usize(0..12)).min(bytes.len());
        match chance.u8(0..5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, one(&ODD, chance).copied().unwrap_or_default().bytes())),
            3 => {
                let copy = bytes.get(at..end).unwrap_or_default().repeat(chance.usize(0..40));
                drop(bytes.splice(at..at, copy));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = chance.u8(..);
                }
            }
        }
    }
}

fn one<'a, T>(of: &'a [T], chance: &mut Rng) -> Option<&'a T> {
    chance.choice(of)
}
