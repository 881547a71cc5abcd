//! The books by time: payments, what was given back and what happened, of all members and the first first. Rows of members
//! who were erased are among them, as they are kept: nobody's.
//!
//! An index follows its table within moments, not at once.

use crate::{
    Error, Ledger, Listed, PaymentLine, RefundEntry,
    keys::{MONTH_SHARDS, cursor, entry_key, month, place, second},
    rows,
    schema::{self, Row},
};
use aws_sdk_dynamodb::types::AttributeValue;
use billing::{Entry, SubscriptionId, kst_date, start_of_day};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::BTreeMap;
use std::ops::Range;

/// No key of a moment sorts after it.
const LAST: &str = "\u{10ffff}";

/// What the sort keys of payments that are kept begin with, and of what is kept of the journal.
pub(crate) const PAYMENT: &str = "payment#";
pub(crate) const EVENT: &str = "event#";

/// A part of a book: one partition of an index by month.
struct Part<'a> {
    table: &'a str,
    /// Its sort key.
    sort: &'static str,
    /// What its sort keys begin with before the moment.
    prefix: &'static str,
    month: String,
}

/// Rows by their moment and id, the first first, each with the table it is of; and where more are.
type Merged<'a> = (BTreeMap<String, (&'a str, Row)>, Option<String>);

impl Ledger {
    /// Payments made at these moments, cut to the second, the first first: what one page of each part of the index holds,
    /// `limit` of each (less than 2 counts as 2), and a cursor when there may be more. A page may have few rows, or none, and
    /// a cursor.
    ///
    /// # Errors
    /// [`Error::BadCursor`] for a cursor that this did not make.
    pub async fn payments_in(
        &self,
        time: &Range<Timestamp>,
        limit: u16,
        after: Option<&str>,
    ) -> Result<(Listed<PaymentLine>, Option<String>), Error> {
        let ours = (self.tables.payments.as_str(), schema::PAID_AT, "");
        let (found, next) = self.book(ours, Some(PAYMENT), None, time, limit, after).await?;
        let mut lines = Listed::default();
        for (table, row) in found.into_values() {
            let is_kept = table == self.tables.retained;
            lines.add(row, if is_kept { rows::kept_payment_line } else { rows::payment_line });
        }
        Ok((lines, next))
    }

    /// What happened at these moments, as [`payments_in`](Self::payments_in); of members who were erased nothing.
    ///
    /// # Errors
    /// [`Error::BadCursor`] for a cursor that this did not make.
    pub async fn entries_in(
        &self,
        time: &Range<Timestamp>,
        limit: u16,
        after: Option<&str>,
    ) -> Result<(Listed<Entry>, Option<String>), Error> {
        let ours = (self.tables.journal.as_str(), schema::AT, "");
        let (found, next) = self.book(ours, None, None, time, limit, after).await?;
        let mut entries = Listed::default();
        for (_, row) in found.into_values() {
            entries.add(row, rows::entry);
        }
        Ok((entries, next))
    }

    /// What was noted at these moments to have been given back, as [`payments_in`](Self::payments_in): so much of the
    /// journal is read, and most of it is something else.
    ///
    /// # Errors
    /// [`Error::BadCursor`] for a cursor that this did not make.
    pub async fn refunds_in(
        &self,
        time: &Range<Timestamp>,
        limit: u16,
        after: Option<&str>,
    ) -> Result<(Listed<RefundEntry>, Option<String>), Error> {
        let ours = (self.tables.journal.as_str(), schema::AT, "");
        // An act of an admin has the same type.
        let filter = Some("#type = :refunded AND (attribute_not_exists(#entry) OR #entry = :told)");
        let (found, next) = self.book(ours, Some(EVENT), filter, time, limit, after).await?;
        let mut refunds = Listed::default();
        for (key, (table, row)) in found {
            let is_kept = table == self.tables.retained;
            refunds.add(row, |row| {
                if is_kept { rows::kept_refund(&key, row) } else { rows::refund_entry(row) }
            });
        }
        Ok((refunds, next))
    }

    /// What was noted to have been given back of a run whose member was erased, the first first.
    pub async fn refunds_kept(&self, run: SubscriptionId) -> Result<Vec<RefundEntry>, Error> {
        let mut refunds = Vec::new();
        for row in self.kept_of(run).await? {
            let record = row.get(schema::RECORD).and_then(|key| key.as_s().ok()).cloned();
            let key = record.as_deref().and_then(|record| record.strip_prefix(EVENT));
            let is_one =
                row.get("type").and_then(|it| it.as_s().ok()).is_some_and(|it| it == "refunded");
            if let Some(key) = key.filter(|_| is_one) {
                refunds.push(rows::kept_refund(key, row)?);
            }
        }
        Ok(refunds)
    }

    /// Rows of a book of these moments, month by month until there are some.
    async fn book<'a>(
        &'a self,
        (table, sort, prefix): (&'a str, &'static str, &'static str),
        kept: Option<&'static str>,
        filter: Option<&str>,
        time: &Range<Timestamp>,
        limit: u16,
        after: Option<&str>,
    ) -> Result<Merged<'a>, Error> {
        let mut from = after.map_or_else(|| Ok(second(time.start)), place)?;
        let last = time.end.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(time.end);
        let until = entry_key(last, LAST);
        loop {
            let at = place_at(&from)?;
            if time.is_empty() || from > until {
                return Ok((BTreeMap::new(), None));
            }
            let part = |shard| Part { table, sort, prefix, month: month(at, shard) };
            let mut parts: Vec<_> = (0..MONTH_SHARDS).map(part).collect();
            parts.extend(kept.map(|prefix| Part {
                table: &self.tables.retained,
                sort: schema::RECORD,
                prefix,
                month: month(at, 0),
            }));
            let (mut found, more) = self.merged(&parts, filter, (&from, &until), limit).await?;
            // Where the page before ended.
            found.remove(&from);
            let first = kst_date(at).last_of_month().saturating_add(1.day());
            let next = more.unwrap_or_else(|| second(start_of_day(first)));
            let is_over = next > until;
            if !found.is_empty() || is_over {
                return Ok((found, (!is_over).then(|| cursor(&next))));
            }
            from = next;
        }
    }

    /// The first rows of all parts together, in their order, and the key after which there may be more.
    async fn merged<'a>(
        &self,
        parts: &[Part<'a>],
        filter: Option<&str>,
        (from, until): (&str, &str),
        limit: u16,
    ) -> Result<Merged<'a>, Error> {
        let read = parts.iter().map(|part| async move {
            let query = self
                .client
                .query()
                .table_name(part.table)
                .index_name(schema::DAYS_INDEX)
                .key_condition_expression("#month = :month AND #sort BETWEEN :from AND :until")
                .expression_attribute_names("#month", schema::DAY)
                .expression_attribute_names("#sort", part.sort)
                .expression_attribute_values(":month", AttributeValue::S(part.month.clone()))
                .expression_attribute_values(":from", part.key(from))
                .expression_attribute_values(":until", part.key(until))
                .limit(i32::from(limit.max(2)));
            let query = match filter {
                None => query,
                Some(filter) => query
                    .filter_expression(filter)
                    .expression_attribute_names("#type", "type")
                    .expression_attribute_names("#entry", "entry")
                    .expression_attribute_values(":refunded", AttributeValue::S("refunded".into()))
                    .expression_attribute_values(":told", AttributeValue::S("told".into())),
            };
            Ok::<_, Error>((part, query.send().await?))
        });
        let pages = try_join_all(read).await?;
        let ends = pages.iter().filter_map(|(part, page)| part.moment(page.last_evaluated_key()?));
        let more = ends.min();
        let mut found = BTreeMap::new();
        for (part, page) in pages {
            for row in page.items.unwrap_or_default() {
                let Some(key) = part.moment(&row) else { continue };
                // What is after where another part ended is read again with that.
                if more.as_ref().is_none_or(|more| key <= *more) {
                    found.insert(key, (part.table, row));
                }
            }
        }
        Ok((found, more))
    }
}

impl Part<'_> {
    fn key(&self, moment: &str) -> AttributeValue {
        AttributeValue::S(format!("{}{moment}", self.prefix))
    }

    /// The moment and id in a row's sort key.
    fn moment(&self, row: &Row) -> Option<String> {
        let key = row.get(self.sort)?.as_s().ok()?;
        key.strip_prefix(self.prefix).map(ToOwned::to_owned)
    }
}

/// The moment at which a key is.
fn place_at(key: &str) -> Result<Timestamp, Error> {
    let at = key.split_once('#').map_or(key, |(at, _)| at);
    crate::keys::parse_second(at).ok_or(Error::BadCursor)
}
