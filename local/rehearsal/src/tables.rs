//! The tables in memory, for speed: what the ledger asks of `DynamoDB`, answered in microseconds. Anything
//! it does not know it refuses, which fails the history. One history in so many runs on the embedded
//! `DynamoDB` instead, and a test compares the two, trace by trace.

use bytes::Bytes;
use gudok_local::clock::Clock;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Item = Map<String, Value>;

/// A table's rows by their keys, in the order of the sort key.
#[derive(Debug, Default)]
struct Table {
    rows: BTreeMap<(String, String), Item>,
}

/// The four tables.
#[derive(Default)]
pub(crate) struct Tables {
    tables: BTreeMap<String, Table>,
    /// The tokens of the transactions that went through.
    tokens: BTreeSet<String>,
    /// What each write replaced, where that is asked for.
    past: Option<Past>,
}

/// Every write so far, so that a table can be put back: the oldest first.
struct Past {
    clock: Clock,
    replaced: Vec<(Timestamp, String, (String, String), Option<Item>)>,
}

/// Why a request is not carried out: the error's name and text.
type Refused = (&'static str, String);

const FAILED: &str = "ConditionalCheckFailed";

impl Tables {
    /// Answers one request of the AWS SDK.
    pub(crate) fn answer(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default();
        let read = || Arc::new(serde_json::from_slice(request.body()).unwrap_or_default());
        let body: Arc<Value> = request.extensions().get().map_or_else(read, Clone::clone);
        let answer = match operation {
            "GetItem" => self.get(&body),
            "PutItem" => self.put(&body),
            "UpdateItem" => self.count(&body),
            "TransactWriteItems" => self.transact(&body),
            "Query" => self.query(&body),
            other => Err(unknown(other)),
        };
        let (status, body) = match answer {
            Ok(body) => (StatusCode::OK, body),
            Err((name, text)) => (StatusCode::BAD_REQUEST, error(name, &text)),
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = status;
        response
    }

    fn get(&self, body: &Value) -> Result<String, Refused> {
        let table = text(body, "TableName");
        let key =
            key(table, body.get("Key").and_then(Value::as_object).ok_or_else(|| unknown("Key"))?);
        let row = self.tables.get(table).and_then(|table| table.rows.get(&key));
        Ok(row.map_or_else(|| "{}".to_owned(), |row| json!({ "Item": row }).to_string()))
    }

    fn put(&mut self, body: &Value) -> Result<String, Refused> {
        let write = self.write(body, "Item")?;
        if !write.allowed {
            return Err((
                "ConditionalCheckFailedException",
                "The conditional request failed".to_owned(),
            ));
        }
        self.store(write);
        Ok("{}".to_owned())
    }

    /// Adds to a number, and says what the row then holds.
    fn count(&mut self, body: &Value) -> Result<String, Refused> {
        let (table, expression) = (text(body, "TableName"), text(body, "UpdateExpression"));
        let given = body.get("Key").and_then(Value::as_object).ok_or_else(|| unknown("Key"))?;
        let [first, order, count, one] = expression
            .strip_prefix("SET ")
            .and_then(|rest| rest.split_once(" ADD "))
            .and_then(|(set, add)| {
                let (first, once) = set.split_once(" = ")?;
                let (same, order) = call(once, "if_not_exists")?.split_once(", ")?;
                let (count, one) = add.split_once(' ')?;
                (first == same).then_some([first, order, count, one])
            })
            .ok_or_else(|| unknown(expression))?;
        if body.get("ConditionExpression").is_some() || text(body, "ReturnValues") != "ALL_NEW" {
            return Err(unknown(expression));
        }
        let (first, order) = (named(body, first)?, valued(body, order)?);
        let (count, one) = (named(body, count)?, valued(body, one)?);
        let rows = &mut self.tables.entry(table.to_owned()).or_default().rows;
        let row = rows.entry(key(table, given)).or_insert_with(|| given.clone());
        row.entry(first).or_insert_with(|| order.clone());
        let number = |value: &Value| plain(value).parse::<u64>().unwrap_or_default();
        let sum = row.get(count).map_or(0, number).saturating_add(number(one));
        row.insert(count.to_owned(), json!({"N": sum.to_string()}));
        Ok(json!({ "Attributes": row }).to_string())
    }

    fn transact(&mut self, body: &Value) -> Result<String, Refused> {
        let token = text(body, "ClientRequestToken").to_owned();
        if self.tokens.contains(&token) {
            return Ok("{}".to_owned());
        }
        let mut writes = Vec::new();
        for item in body["TransactItems"].as_array().into_iter().flatten() {
            writes.push(match (item.get("Put"), item.get("Update")) {
                (Some(put), None) => self.write(put, "Item")?,
                (None, Some(update)) => self.write(update, "Key")?,
                _ => return Err(unknown("a write")),
            });
        }
        if writes.iter().any(|write| !write.allowed) {
            let reasons: Vec<Value> = writes
                .iter()
                .map(|write| json!({"Code": if write.allowed { "None" } else { FAILED }}))
                .collect();
            let text = json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message": "Transaction cancelled", "CancellationReasons": reasons,
            });
            return Err(("", text.to_string()));
        }
        self.tokens.insert(token);
        for write in writes {
            self.store(write);
        }
        Ok("{}".to_owned())
    }

    /// What a write would do, and whether its condition holds.
    fn write(&self, body: &Value, what: &str) -> Result<Write, Refused> {
        let table = text(body, "TableName");
        let given = body.get(what).and_then(Value::as_object).ok_or_else(|| unknown(what))?;
        let key = key(table, given);
        let row = self.tables.get(table).and_then(|table| table.rows.get(&key));
        let allowed = match body.get("ConditionExpression").and_then(Value::as_str) {
            None => true,
            Some(condition) => holds(condition, body, row)?,
        };
        let item = if what == "Item" {
            given.clone()
        } else {
            let mut item = row.cloned().unwrap_or_else(|| given.clone());
            let update = text(body, "UpdateExpression");
            let set = update.strip_prefix("SET ").ok_or_else(|| unknown(update))?;
            for assignment in set.split(", ") {
                let (name, value) = assignment.split_once(" = ").ok_or_else(|| unknown(update))?;
                item.insert(named(body, name)?.to_owned(), valued(body, value)?.clone());
            }
            item
        };
        Ok(Write { table: table.to_owned(), key, item, allowed })
    }

    fn store(&mut self, write: Write) {
        let rows = &mut self.tables.entry(write.table.clone()).or_default().rows;
        if let Some(past) = &mut self.past {
            let replaced = rows.insert(write.key.clone(), write.item);
            past.replaced.push((past.clock.now(), write.table, write.key, replaced));
        } else {
            rows.insert(write.key, write.item);
        }
    }

    /// From now on what writes replace is kept, so that a table can be restored.
    pub(crate) fn keep_the_past(&mut self, clock: Clock) {
        self.past = Some(Past { clock, replaced: Vec::new() });
    }

    /// A table is put back to what it was then.
    pub(crate) fn restore(&mut self, table: &str, to: Timestamp) {
        let Some(past) = &mut self.past else { return };
        let rows = &mut self.tables.entry(table.to_owned()).or_default().rows;
        let mut kept = Vec::new();
        while let Some((at, name, key, replaced)) = past.replaced.pop() {
            if at < to {
                past.replaced.push((at, name, key, replaced));
                break;
            }
            if name != table {
                kept.push((at, name, key, replaced));
            } else if let Some(row) = replaced {
                rows.insert(key, row);
            } else {
                rows.remove(&key);
            }
        }
        past.replaced.extend(kept.into_iter().rev());
    }

    /// The row of a table whose key is a uid alone.
    pub(crate) fn row(&self, table: &str, uid: &str) -> Option<&Item> {
        self.tables.get(table)?.rows.get(&(uid.to_owned(), String::new()))
    }

    /// All rows of a table.
    pub(crate) fn rows(&self, table: &str) -> Vec<Item> {
        let rows = self.tables.get(table).into_iter().flat_map(|table| table.rows.values());
        rows.cloned().collect()
    }

    /// A row is another from the beginning: what is restored later knows nothing of it.
    pub(crate) fn replace_row(&mut self, table: &str, item: Item) {
        let key = key(table, &item);
        self.tables.entry(table.to_owned()).or_default().rows.insert(key, item);
    }

    /// A row is written behind the program's back.
    pub(crate) fn put_row(&mut self, table: &str, item: Item) {
        let key = key(table, &item);
        self.store(Write { table: table.to_owned(), key, item, allowed: true });
    }

    fn query(&self, body: &Value) -> Result<String, Refused> {
        let table = text(body, "TableName");
        let expression = text(body, "KeyConditionExpression");
        let mut wanted = Vec::new();
        for part in expression.split(" AND ") {
            let [name, sign, value] = part.split(' ').collect::<Vec<_>>()[..] else {
                return Err(unknown(expression));
            };
            wanted.push((named(body, name)?, sign, valued(body, value)?));
        }
        if let Some(odd) = ["FilterExpression", "ProjectionExpression"]
            .iter()
            .find(|odd| body.get(**odd).is_some())
        {
            return Err(unknown(odd));
        }
        let index = body.get("IndexName").and_then(Value::as_str);
        let sort = sort_key(table, index)?;
        let mut found: Vec<(&(String, String), &Item)> = Vec::new();
        'rows: for (key, row) in self.tables.get(table).into_iter().flat_map(|table| &table.rows) {
            for (name, sign, value) in &wanted {
                let fits = match (row.get(*name), *sign) {
                    (Some(held), "=") => held == *value,
                    (Some(held), "<=") => plain(held) <= plain(value),
                    (Some(held), ">=") => plain(held) >= plain(value),
                    (Some(held), "<") => plain(held) < plain(value),
                    (Some(held), ">") => plain(held) > plain(value),
                    (None, _) => false,
                    _ => return Err(unknown(expression)),
                };
                if !fits {
                    continue 'rows;
                }
            }
            if sort.is_none_or(|sort| row.contains_key(sort)) {
                found.push((key, row));
            }
        }
        let place = |row: &Item, key: &(String, String)| {
            (
                sort.and_then(|sort| row.get(sort)).map(plain).unwrap_or_default().to_owned(),
                key.clone(),
            )
        };
        found.sort_by_cached_key(|(key, row)| place(row, key));
        let forward = body.get("ScanIndexForward") != Some(&json!(false));
        if !forward {
            found.reverse();
        }
        if let Some(start) = body.get("ExclusiveStartKey").and_then(Value::as_object) {
            let start = place(start, &key(table, start));
            found.retain(|(key, row)| {
                let place = place(row, key);
                if forward { place > start } else { place < start }
            });
        }
        let limit = body["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok());
        let full = limit.is_some_and(|limit| found.len() >= limit);
        found.truncate(limit.unwrap_or(usize::MAX));
        let keys = |row: &Item| -> Item {
            let of_index = wanted.first().map(|(name, ..)| *name).into_iter().chain(sort);
            let of_table: &[&str] = match table {
                "payments" => &["uid", "paid_at"],
                "orders" => &["merchant_uid"],
                "journal" => &["uid", "at"],
                _ => &["uid"],
            };
            let of_table = of_table.iter().copied();
            of_table
                .chain(of_index)
                .filter_map(|name| Some((name.to_owned(), row.get(name)?.clone())))
                .collect()
        };
        let mut answer = json!({"Count": found.len(), "ScannedCount": found.len()});
        if body.get("Select") != Some(&json!("COUNT")) {
            let items = found.iter().map(|(_, row)| {
                let shown = match index {
                    Some("due" | "cancelling" | "reviews") => {
                        let mut shown = keys(row);
                        let more = ["paid_through", "price", "state"].into_iter();
                        let more = more.filter(|_| index == Some("due"));
                        shown.extend(
                            more.filter_map(|name| Some((name.to_owned(), row.get(name)?.clone()))),
                        );
                        shown
                    }
                    Some(_) | None => (*row).clone(),
                };
                Value::Object(shown)
            });
            answer["Items"] = items.collect();
        }
        if let Some((_, last)) = found.last().filter(|_| full) {
            answer["LastEvaluatedKey"] = Value::Object(keys(last));
        }
        Ok(answer.to_string())
    }
}

struct Write {
    table: String,
    key: (String, String),
    item: Item,
    allowed: bool,
}

/// Whether a condition holds for a row.
fn holds(condition: &str, body: &Value, row: Option<&Item>) -> Result<bool, Refused> {
    let held = |name: &str| Ok(row.and_then(|row| row.get(named(body, name).ok()?)));
    if let Some(name) = call(condition, "attribute_not_exists") {
        return held(name).map(|held: Option<&Value>| held.is_none());
    }
    if let Some(name) = call(condition, "attribute_exists") {
        return held(name).map(|held| held.is_some());
    }
    let (name, value) = condition.split_once(" = ").ok_or_else(|| unknown(condition))?;
    Ok(held(name)? == Some(valued(body, value)?))
}

fn call<'a>(expression: &'a str, function: &str) -> Option<&'a str> {
    expression.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')')
}

/// The attribute by which a table or an index is sorted.
fn sort_key(table: &str, index: Option<&str>) -> Result<Option<&'static str>, Refused> {
    match (table, index) {
        ("payments", None) => Ok(Some("paid_at")),
        ("subscriptions" | "orders", None) => Ok(None),
        ("subscriptions", Some("due")) => Ok(Some("due_at")),
        ("subscriptions", Some("cancelling")) => Ok(Some("cancel_requested_at")),
        ("subscriptions", Some("reviews")) => Ok(Some("review_opened_at")),
        ("orders", Some("member")) => Ok(Some("merchant_uid")),
        ("journal", None | Some("days")) => Ok(Some("at")),
        (_, Some(index)) => Err(unknown(index)),
        (table, None) => Err(unknown(table)),
    }
}

fn key(table: &str, item: &Item) -> (String, String) {
    let part = |name: &str| item.get(name).map(plain).unwrap_or_default().to_owned();
    match table {
        "payments" => (part("uid"), part("paid_at")),
        "orders" => (part("merchant_uid"), String::new()),
        "journal" => (part("uid"), part("at")),
        _ => (part("uid"), String::new()),
    }
}

/// A key's text. Numbers in keys are single digits, or are only compared for equality.
fn plain(value: &Value) -> &str {
    let value = value.as_object().and_then(|typed| typed.values().next());
    value.and_then(Value::as_str).unwrap_or_default()
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn named<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refused> {
    let named = body.get("ExpressionAttributeNames").and_then(|names| names.get(name)?.as_str());
    named.ok_or_else(|| unknown(name))
}

fn valued<'a>(body: &'a Value, name: &str) -> Result<&'a Value, Refused> {
    body.get("ExpressionAttributeValues")
        .and_then(|values| values.get(name))
        .ok_or_else(|| unknown(name))
}

/// Not among what the ledger asked for when this was written.
fn unknown(what: &str) -> Refused {
    ("ValidationException", format!("the rehearsal's tables do not know {what}"))
}

fn error(name: &str, text: &str) -> String {
    if name.is_empty() {
        return text.to_owned();
    }
    json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": text})
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::{Item, Tables};
    use gudok_local::clock::Clock;
    use jiff::{SignedDuration, Timestamp};
    use serde_json::{Value, json};

    fn row(uid: &str, version: u64) -> Item {
        let row = json!({"uid": {"S": uid}, "version": {"N": version.to_string()}});
        let Value::Object(row) = row else { unreachable!("an object") };
        row
    }

    #[test]
    fn a_restored_table_is_what_it_was_and_the_others_are_what_they_are() {
        let clock = Clock::starting_at(Timestamp::UNIX_EPOCH);
        let later = |minutes| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        let mut tables = Tables::default();
        tables.keep_the_past(clock.clone());
        tables.put_row("subscriptions", row("a", 1));
        clock.move_to(later(10)).expect("moves");
        tables.put_row("subscriptions", row("a", 2));
        tables.put_row("orders", row("a", 5));
        clock.move_to(later(20)).expect("moves");
        tables.put_row("subscriptions", row("a", 3));
        tables.put_row("subscriptions", row("b", 1));
        tables.restore("subscriptions", later(15));
        assert_eq!(tables.rows("subscriptions"), [row("a", 2)]);
        assert_eq!(tables.rows("orders").len(), 1);
        tables.restore("subscriptions", later(5));
        assert_eq!(tables.rows("subscriptions"), [row("a", 1)]);
    }
}
