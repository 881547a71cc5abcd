//! The journal and a member's orders: what the admin's desk reads besides the subscription.

use crate::{
    Error, JournalPlace, Ledger, Listed, Place,
    keys::{MONTH_SHARDS, cursor, entry_cursor, entry_key, month, order_of, second},
    ledger::page,
    rows,
    schema::{self, Row},
};
use aws_sdk_dynamodb::types::AttributeValue;
use billing::{Entry, MerchantUid, Order, Uid, kst_date, start_of_day};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, ToSpan};

/// How many orders are read at once.
const AT_ONCE: usize = 8;

/// No entry's id sorts after it.
const LAST: &str = "\u{10ffff}";

impl Ledger {
    /// Notes what changes no subscription: an act that concerns nobody in particular.
    pub async fn note(&self, entry: &Entry) -> Result<(), Error> {
        let row = rows::entry_row(entry)?;
        let put = self.client.put_item().table_name(&self.tables.journal).set_item(Some(row));
        put.send().await?;
        Ok(())
    }

    /// What happened to a member and what was done, newest first, at most `limit` (0 counts as 1), and a
    /// cursor when there is more.
    ///
    /// # Errors
    /// [`Error::BadCursor`] for a cursor that this did not make.
    pub async fn journal(
        &self,
        uid: &Uid,
        limit: u16,
        after: Option<&str>,
    ) -> Result<(Vec<Entry>, Option<String>), Error> {
        let start = after.map(entry_cursor).transpose()?.map(|key| {
            Row::from([
                (schema::UID.to_owned(), AttributeValue::S(uid.to_string())),
                (schema::AT.to_owned(), AttributeValue::S(key)),
            ])
        });
        let query = self
            .client
            .query()
            .table_name(&self.tables.journal)
            .key_condition_expression("#uid = :uid")
            .expression_attribute_names("#uid", schema::UID)
            .expression_attribute_values(":uid", AttributeValue::S(uid.to_string()))
            .scan_index_forward(false)
            .consistent_read(true)
            .set_exclusive_start_key(start);
        let (rows, more) = page(query, limit).await?;
        let entries: Vec<_> = rows.into_iter().map(rows::entry).collect::<Result<_, _>>()?;
        let last = entries.last().filter(|_| more);
        let cursor = last.map(|last| cursor(&entry_key(last.at, &last.id)));
        Ok((entries, cursor))
    }

    /// A page of what happened until then, as much as DynamoDB gives at once; and where the next begins. The months come in
    /// their order, and of each a part of the members after the other, of each the oldest first. It reads an index, which
    /// follows the journal within moments. What happened in the second before the place is among it.
    pub async fn journal_page(
        &self,
        JournalPlace { since, shard, after }: JournalPlace,
        until: Timestamp,
    ) -> Result<(Listed<Entry>, Option<JournalPlace>), Error> {
        let page = self
            .client
            .query()
            .table_name(&self.tables.journal)
            .index_name(schema::DAYS_INDEX)
            .key_condition_expression("#month = :month AND #at BETWEEN :since AND :until")
            .expression_attribute_names("#month", schema::DAY)
            .expression_attribute_values(":month", AttributeValue::S(month(since, shard)))
            .expression_attribute_names("#at", schema::AT)
            .expression_attribute_values(":since", AttributeValue::S(second(since)))
            .expression_attribute_values(":until", AttributeValue::S(entry_key(until, LAST)))
            .set_exclusive_start_key(after.map(|Place(key)| key))
            .send()
            .await?;
        let mut entries = Listed::default();
        for row in page.items.unwrap_or_default() {
            entries.add(row, rows::entry);
        }
        let shards = shard.saturating_add(1);
        let first = kst_date(since).last_of_month().saturating_add(1.day());
        let next_month = start_of_day(first);
        let next = match page.last_evaluated_key {
            Some(key) => Some(JournalPlace { since, shard, after: Some(Place(key)) }),
            None if shards < MONTH_SHARDS => {
                Some(JournalPlace { since, shard: shards, after: None })
            }
            None => (next_month < until).then_some(JournalPlace::at(next_month)),
        };
        Ok((entries, next))
    }

    /// All orders of a member, by `merchant_uid`, each as last stored. Which there are is read from an index, which
    /// follows the table within moments and has no more than the keys.
    pub async fn orders_of(&self, uid: &Uid) -> Result<Vec<Order>, Error> {
        let (mut orders, mut start) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.tables.orders)
                .index_name(schema::MEMBER_INDEX)
                .key_condition_expression("#uid = :uid")
                .expression_attribute_names("#uid", schema::UID)
                .expression_attribute_values(":uid", AttributeValue::S(uid.to_string()))
                .set_exclusive_start_key(start)
                .send()
                .await?;
            let ids = page
                .items
                .unwrap_or_default()
                .into_iter()
                .map(|row| rows::text("orders", &row, schema::MERCHANT_UID, order_of));
            let ids: Vec<MerchantUid> = ids.collect::<Result<_, _>>()?;
            let read =
                stream::iter(ids).map(|id| async move { self.order(&id).await }).buffered(AT_ONCE);
            orders.extend(read.try_collect::<Vec<_>>().await?.into_iter().flatten());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(orders);
            }
        }
    }
}
