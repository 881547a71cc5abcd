//! What a caller sent, as JSON, as a form or in the query, read the way PHP does: `name[]=a`,
//! `a[0][b]=c`, numbers as text. Unknown keys are ignored.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::Answer;

/// A request to the V1 API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Call {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: Option<String>,
    pub token_header: Option<String>,
    pub user_agent: Option<String>,
    pub content_type: String,
    pub body: String,
}

impl Call {
    /// The segments of the path, decoded; trailing and doubled slashes are ignored.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect()
    }

    /// The query and the body, which takes precedence.
    pub(crate) fn params(&self) -> Result<Params, Answer> {
        let mut map = nested(&self.query);
        let body = self.body.trim_start();
        if self.content_type.contains("json") || body.starts_with('{') {
            if !body.is_empty() {
                match serde_json::from_str(body) {
                    Ok(Value::Object(object)) => map.extend(object),
                    // [GUESS] JSON that is invalid, or not an object, is a bad request.
                    Ok(_) | Err(_) => {
                        return Err(Answer::error(400, "요청 본문을 해석할 수 없습니다."));
                    }
                }
            }
        } else {
            map.extend(nested(body));
        }
        Ok(Params(map))
    }
}

/// Parameters by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Map<String, Value>);

impl From<Map<String, Value>> for Params {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl Params {
    /// A text; `null` and empty count as absent.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(as_text)
    }

    /// A text of at most `limit` characters; a longer one is cut [GUESS].
    pub(crate) fn short(&self, name: &str, limit: usize) -> Option<String> {
        self.text(name).map(|text| text.chars().take(limit).collect())
    }

    /// A text that must be there, of at most `limit` characters.
    ///
    /// Longer ids are refused [GUESS], so that whoever sends them notices.
    pub(crate) fn required(&self, name: &str, limit: usize) -> Result<String, Answer> {
        let text = self.text(name).ok_or_else(|| missing(name))?;
        if text.chars().count() > limit {
            return Err(Answer::error(
                400,
                &format!("{name}의 길이는 {limit}자를 넘을 수 없습니다."),
            ));
        }
        Ok(text)
    }

    /// A whole number, which may be written as text or with a fraction of zeros.
    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Answer> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let whole = text.trim();
        let whole = match whole.split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
            _ => whole,
        };
        match whole.parse() {
            Ok(number) => Ok(Some(number)),
            // [GUESS] PHP would read a number off the beginning of the text.
            Err(_) => Err(Answer::error(400, &format!("{name} 파라메터는 숫자여야 합니다."))),
        }
    }

    /// A whole number that must be there.
    pub(crate) fn required_number(&self, name: &str) -> Result<i64, Answer> {
        self.number(name)?.ok_or_else(|| missing(name))
    }

    /// True for `true`, `"true"`, 1 and `"1"`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text == "1" || text.eq_ignore_ascii_case("true"))
    }

    /// A list of texts; a single text counts as a list of one.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(as_text).collect(),
            Some(Value::Object(items)) => in_order(items).into_iter().filter_map(as_text).collect(),
            Some(value) => as_text(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// A list of objects, which may be JSON in a text.
    pub(crate) fn objects(&self, name: &str) -> Vec<Self> {
        let inner: Value;
        let value = match self.0.get(name) {
            Some(Value::String(text)) => {
                inner = serde_json::from_str(text).unwrap_or_default();
                &inner
            }
            Some(value) => value,
            None => return Vec::new(),
        };
        let items = match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(items) => in_order(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
        items.into_iter().filter_map(|item| item.as_object().cloned().map(Self)).collect()
    }
}

/// The refusal of a request that lacks a parameter, worded like the one observed for `getToken`.
pub(crate) fn missing(names: &str) -> Answer {
    Answer::error(400, &format!("{names} 파라메터가 누락되었습니다."))
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The values of `a[0]=…&a[1]=…`, ordered by number.
fn in_order(items: &Map<String, Value>) -> Vec<&Value> {
    let mut items: Vec<(u64, &Value)> = items
        .iter()
        .filter_map(|(key, value)| key.parse().ok().map(|number| (number, value)))
        .collect();
    items.sort_by_key(|(number, _)| *number);
    items.into_iter().map(|(_, value)| value).collect()
}

/// Reads `a=1&b[]=2&c[0][d]=3`.
fn nested(form: &str) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in form_urlencoded::parse(form.as_bytes()) {
        let mut keys = name.split('[').map(|key| key.trim_end_matches(']'));
        let first = keys.next().unwrap_or_default().to_owned();
        // No call nests deeper, so a thousand brackets are not followed.
        let rest: Vec<&str> = keys.take(4).collect();
        insert(&mut map, first, &rest, value.into_owned());
    }
    map
}

fn insert(map: &mut Map<String, Value>, key: String, rest: &[&str], value: String) {
    let key = if key.is_empty() { map.len().to_string() } else { key };
    match rest.split_first() {
        None => {
            map.insert(key, Value::String(value));
        }
        Some((next, rest)) => {
            let slot = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            if let Value::Object(inner) = slot {
                insert(inner, (*next).to_owned(), rest, value);
            }
        }
    }
}
