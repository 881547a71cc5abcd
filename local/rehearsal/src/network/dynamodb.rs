//! The tables in memory, for speed: what the ledger asks of `DynamoDB`, answered in microseconds. Anything
//! it does not know it refuses, which fails the history. One history in so many runs on the embedded
//! `DynamoDB` instead, and a test compares the two, trace by trace.

use crate::network::expressions::{
    Item, Refused, add, call, error, holds, key, named, number, text, unknown, valued,
};
use crate::network::queries::query;
use bytes::Bytes;
use gudok_local::clock::Clock;
use gudok_local::faults;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A table's rows by their keys, in the order of the sort key.
#[derive(Debug, Default)]
struct Table {
    rows: BTreeMap<(String, String), Item>,
}

/// The five tables.
#[derive(Default)]
pub(crate) struct Tables {
    by_name: BTreeMap<String, Table>,
    /// The tokens of the transactions that went through.
    tokens: BTreeSet<String>,
    /// What each write replaced, where that is asked for.
    past: Option<Past>,
    /// Which tables were put back to an earlier moment: to which, and when.
    restored: Vec<(String, Timestamp, Timestamp)>,
}

/// When, in which table, under which key, and what stood there.
type Replaced = (Timestamp, String, (String, String), Option<Item>);

/// Every write so far, so that a table can be put back: the oldest first.
struct Past {
    clock: Clock,
    replaced: Vec<Replaced>,
}

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
            "DeleteItem" => self.delete(&body),
            "UpdateItem" => self.count(&body),
            "TransactWriteItems" => self.transact(&body),
            "Query" => self.query(&body),
            other => Err(unknown(other)),
        };
        match answer {
            Ok(body) => faults::answer(200, body),
            Err((name, text)) => faults::answer(400, error(name, &text)),
        }
    }

    fn get(&self, body: &Value) -> Result<String, Refused> {
        let table = text(body, "TableName");
        let key =
            key(table, body.get("Key").and_then(Value::as_object).ok_or_else(|| unknown("Key"))?);
        let row = self.by_name.get(table).and_then(|table| table.rows.get(&key));
        Ok(row.map_or_else(|| "{}".to_owned(), |row| json!({ "Item": row }).to_string()))
    }

    fn put(&mut self, body: &Value) -> Result<String, Refused> {
        let write = self.write(body, "Item")?;
        if !write.allowed {
            return Err(refused());
        }
        self.store(write);
        Ok("{}".to_owned())
    }

    fn delete(&mut self, body: &Value) -> Result<String, Refused> {
        let table = text(body, "TableName");
        let given = body.get("Key").and_then(Value::as_object).ok_or_else(|| unknown("Key"))?;
        let key = key(table, given);
        let rows = &mut self.by_name.entry(table.to_owned()).or_default().rows;
        if let Some(condition) = body.get("ConditionExpression").and_then(Value::as_str)
            && !holds(condition, body, rows.get(&key))?
        {
            return Err(refused());
        }
        let removed = rows.remove(&key);
        if let (Some(past), Some(row)) = (&mut self.past, removed) {
            past.replaced.push((past.clock.now(), table.to_owned(), key, Some(row)));
        }
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
                let (first, given) = set.split_once(" = ")?;
                let (same, order) = call(given, "if_not_exists")?.split_once(", ")?;
                let (count, one) = add.split_once(' ')?;
                (first == same).then_some([first, order, count, one])
            })
            .ok_or_else(|| unknown(expression))?;
        if body.get("ConditionExpression").is_some() || text(body, "ReturnValues") != "ALL_NEW" {
            return Err(unknown(expression));
        }
        let (first, order) = (named(body, first)?, valued(body, order)?);
        let (count, one) = (named(body, count)?, valued(body, one)?);
        let rows = &mut self.by_name.entry(table.to_owned()).or_default().rows;
        let row = rows.entry(key(table, given)).or_insert_with(|| given.clone());
        row.entry(first).or_insert_with(|| order.clone());
        add(row, count, number(one));
        Ok(json!({ "Attributes": row }).to_string())
    }

    fn transact(&mut self, body: &Value) -> Result<String, Refused> {
        let token = text(body, "ClientRequestToken").to_owned();
        if self.tokens.contains(&token) {
            return Ok("{}".to_owned());
        }
        let mut writes = Vec::new();
        for item in body.get("TransactItems").and_then(Value::as_array).into_iter().flatten() {
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
        let row = self.by_name.get(table).and_then(|table| table.rows.get(&key));
        let allowed = match body.get("ConditionExpression").and_then(Value::as_str) {
            None => true,
            Some(condition) => holds(condition, body, row)?,
        };
        let item = if what == "Item" {
            given.clone()
        } else {
            let mut item = row.cloned().unwrap_or_else(|| given.clone());
            let update = text(body, "UpdateExpression");
            if let Some((name, more)) =
                update.strip_prefix("ADD ").and_then(|it| it.split_once(' '))
            {
                let (name, more) = (named(body, name)?, number(valued(body, more)?));
                add(&mut item, name, more);
                return Ok(Write { table: table.to_owned(), key, item, allowed });
            }
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
        let rows = &mut self.by_name.entry(write.table.clone()).or_default().rows;
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
        self.restored.push((table.to_owned(), to, past.clock.now()));
        let rows = &mut self.by_name.entry(table.to_owned()).or_default().rows;
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
        self.by_name.get(table)?.rows.get(&(uid.to_owned(), String::new()))
    }

    /// All rows of a table.
    pub(crate) fn rows(&self, table: &str) -> Vec<Item> {
        let rows = self.by_name.get(table).into_iter().flat_map(|table| table.rows.values());
        rows.cloned().collect()
    }

    /// All tables that have rows, each with them.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, Vec<&Item>)> {
        let tables = self.by_name.iter();
        tables.map(|(name, table)| (name.as_str(), table.rows.values().collect()))
    }

    /// Which tables were put back to an earlier moment: to which, and when.
    pub(crate) fn restored(&self) -> &[(String, Timestamp, Timestamp)] {
        &self.restored
    }

    /// A row is another from the beginning: what is restored later knows nothing of it.
    pub(crate) fn replace_row(&mut self, table: &str, item: Item) {
        let key = key(table, &item);
        self.by_name.entry(table.to_owned()).or_default().rows.insert(key, item);
    }

    /// A row is written behind the program's back.
    pub(crate) fn put_row(&mut self, table: &str, item: Item) {
        let key = key(table, &item);
        self.store(Write { table: table.to_owned(), key, item, allowed: true });
    }

    fn query(&self, body: &Value) -> Result<String, Refused> {
        let table = self.by_name.get(text(body, "TableName"));
        query(body, table.into_iter().flat_map(|table| &table.rows))
    }
}

fn refused() -> Refused {
    ("ConditionalCheckFailedException", "The conditional request failed".to_owned())
}

struct Write {
    table: String,
    key: (String, String),
    item: Item,
    allowed: bool,
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
