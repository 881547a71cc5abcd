//! Answers the ledger's queries from rows in memory.

use crate::network::expressions::{
    Item, Refused, key, named, plain, sort_key, text, unknown, valued,
};
use serde_json::{Value, json};

/// A row and its key.
type Row<'a> = (&'a (String, String), &'a Item);

/// What rows are sorted by: the index's key, then the table's.
type Place = (String, (String, String));

/// What a query asks for.
struct Query<'a> {
    table: &'a str,
    index: Option<&'a str>,
    /// An attribute, how it is compared, and to what.
    wanted: Vec<(&'a str, &'a str, &'a Value)>,
    /// An attribute, and the values that are let through.
    among: Option<(&'a str, Vec<&'a Value>)>,
    sort: Option<&'static str>,
    forward: bool,
    limit: Option<usize>,
}

/// The answer to a query of these rows.
pub(super) fn query<'a>(
    body: &Value,
    rows: impl Iterator<Item = Row<'a>>,
) -> Result<String, Refused> {
    let query = Query::of(body)?;
    let mut found: Vec<Row<'a>> = rows.filter(|(_, row)| query.fits(row)).collect();
    found.sort_by_cached_key(|(key, row)| query.place(row, key));
    if !query.forward {
        found.reverse();
    }
    if let Some(start) = body.get("ExclusiveStartKey").and_then(Value::as_object) {
        let start = query.place(start, &key(query.table, start));
        found.retain(|(key, row)| {
            let place = query.place(row, key);
            if query.forward { place > start } else { place < start }
        });
    }
    let full = query.limit.is_some_and(|limit| found.len() >= limit);
    found.truncate(query.limit.unwrap_or(usize::MAX));
    let mut answer = json!({"Count": found.len(), "ScannedCount": found.len()});
    let fields = answer.as_object_mut().into_iter();
    for fields in fields {
        if body.get("Select") != Some(&json!("COUNT")) {
            let items = found.iter().map(|(_, row)| Value::Object(query.shown(row)));
            fields.insert("Items".to_owned(), items.collect());
        }
        if let Some((_, last)) = found.last().filter(|_| full) {
            fields.insert("LastEvaluatedKey".to_owned(), Value::Object(query.keys(last)));
        }
    }
    Ok(answer.to_string())
}

impl<'a> Query<'a> {
    fn of(body: &'a Value) -> Result<Self, Refused> {
        if body.get("ProjectionExpression").is_some() {
            return Err(unknown("ProjectionExpression"));
        }
        let among = match text(body, "FilterExpression") {
            "" => None,
            filter => {
                let (name, values) = filter
                    .strip_suffix(')')
                    .and_then(|filter| filter.split_once(" IN ("))
                    .ok_or_else(|| unknown(filter))?;
                let values = values.split(", ").map(|value| valued(body, value));
                Some((named(body, name)?, values.collect::<Result<_, _>>()?))
            }
        };
        let expression = text(body, "KeyConditionExpression");
        let mut wanted = Vec::new();
        // `a BETWEEN b AND c` is split too.
        let mut between = None;
        for part in expression.split(" AND ") {
            let parts: Vec<&str> = part.split(' ').collect();
            match (parts.as_slice(), between.take()) {
                ([last], Some(name)) => wanted.push((name, "<=", valued(body, last)?)),
                ([name, "BETWEEN", first], None) => {
                    let name = named(body, name)?;
                    wanted.push((name, ">=", valued(body, first)?));
                    between = Some(name);
                }
                ([name, sign @ ("=" | "<=" | ">=" | "<" | ">"), value], None) => {
                    wanted.push((named(body, name)?, *sign, valued(body, value)?));
                }
                _ => return Err(unknown(expression)),
            }
        }
        let table = text(body, "TableName");
        let index = body.get("IndexName").and_then(Value::as_str);
        let limit = body.get("Limit").and_then(Value::as_u64);
        Ok(Self {
            table,
            index,
            wanted,
            among,
            sort: sort_key(table, index)?,
            forward: body.get("ScanIndexForward") != Some(&json!(false)),
            limit: limit.and_then(|limit| usize::try_from(limit).ok()),
        })
    }

    /// Whether a row matches.
    fn fits(&self, row: &Item) -> bool {
        let compares = |(name, sign, value): &(&str, &str, &Value)| {
            row.get(*name).is_some_and(|held| match *sign {
                "=" => held == *value,
                "<=" => plain(held) <= plain(value),
                ">=" => plain(held) >= plain(value),
                "<" => plain(held) < plain(value),
                _ => plain(held) > plain(value),
            })
        };
        let among = |(name, values): &(&str, Vec<&Value>)| {
            row.get(*name).is_some_and(|held| values.contains(&held))
        };
        self.wanted.iter().all(compares)
            && self.among.as_ref().is_none_or(among)
            && self.sort.is_none_or(|sort| row.contains_key(sort))
    }

    fn place(&self, row: &Item, key: &(String, String)) -> Place {
        let sorted_by = self.sort.and_then(|sort| row.get(sort)).map(plain);
        (sorted_by.unwrap_or_default().to_owned(), key.clone())
    }

    /// A row's keys, of the table and of the index.
    fn keys(&self, row: &Item) -> Item {
        let of_table: &[&str] = match self.table {
            "payments" => &["uid", "paid_at"],
            "orders" => &["merchant_uid"],
            "journal" => &["uid", "at"],
            "retained" => &["subscription", "record"],
            _ => &["uid"],
        };
        let of_index = self.wanted.first().map(|(name, ..)| *name).into_iter().chain(self.sort);
        some_of(row, of_table.iter().copied().chain(of_index))
    }

    /// The part of a row that the index holds.
    fn shown(&self, row: &Item) -> Item {
        let mut shown = match self.index {
            Some("due" | "cancelling" | "reviews" | "member") => self.keys(row),
            Some(_) | None => return row.clone(),
        };
        if self.index == Some("due") {
            shown.extend(some_of(row, ["paid_through", "price", "state"].into_iter()));
        }
        shown
    }
}

/// Some of a row's attributes.
fn some_of<'a>(row: &Item, names: impl Iterator<Item = &'a str>) -> Item {
    names.filter_map(|name| Some((name.to_owned(), row.get(name)?.clone()))).collect()
}
