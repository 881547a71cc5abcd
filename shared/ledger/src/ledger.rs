//! The ledger and what is read by key: one request each.

use crate::{
    BookedPayment, Error, Stored,
    keys::{self, cursor, payment_cursor, payment_key},
    rows,
    schema::{self, Row},
};
use aws_sdk_dynamodb::{
    Client,
    operation::{
        put_item::{PutItemError, builders::PutItemFluentBuilder},
        query::builders::QueryFluentBuilder,
    },
    types::AttributeValue,
};
use billing::{ImpUid, MerchantUid, Order, Subscription, Uid};
use jiff::Timestamp;
use std::sync::Arc;

/// How many payments one request brings where all are wanted.
const PAGE: u16 = 200;

/// The names of the five tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// Money that moved.
    pub payments: String,
    /// One row per member.
    pub subscriptions: String,
    /// Every intent.
    pub orders: String,
    /// What happened.
    pub journal: String,
    /// What the law has us keep of members who were erased.
    pub retained: String,
}

/// The five tables. A clone is cheap and shares the client.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) client: Client,
    pub(crate) tables: Arc<Tables>,
}

impl Ledger {
    /// A ledger over these tables. Time-outs and retries are the client's.
    pub fn new(client: Client, tables: Tables) -> Self {
        Self { client, tables: Arc::new(tables) }
    }

    /// The member's subscription as last stored (a consistent read), to be changed.
    pub async fn stored(&self, uid: &Uid) -> Result<Option<Stored>, Error> {
        let uid = AttributeValue::S(uid.to_string());
        self.get(&self.tables.subscriptions, [(schema::UID, uid)], rows::stored).await
    }

    /// The member's subscription as last stored (a consistent read), to be looked at.
    pub async fn subscription(&self, uid: &Uid) -> Result<Option<Subscription>, Error> {
        Ok(self.stored(uid).await?.map(Stored::into_subscription))
    }

    /// The order as last stored (a consistent read).
    pub async fn order(&self, merchant_uid: &MerchantUid) -> Result<Option<Order>, Error> {
        let merchant_uid = AttributeValue::S(keys::order(merchant_uid));
        self.get(&self.tables.orders, [(schema::MERCHANT_UID, merchant_uid)], rows::order).await
    }

    /// One payment as last stored (a consistent read).
    pub async fn payment(
        &self,
        uid: &Uid,
        paid_at: Timestamp,
        imp_uid: &ImpUid,
    ) -> Result<Option<BookedPayment>, Error> {
        let key = [
            (schema::UID, AttributeValue::S(uid.to_string())),
            (schema::PAID_AT, AttributeValue::S(payment_key(paid_at, imp_uid))),
        ];
        self.get(&self.tables.payments, key, rows::payment).await
    }

    /// The member's latest payment as last stored: one query, newest first, limit 1. Of two in the same
    /// second it is the one with the greater `imp_uid`.
    pub async fn latest_payment(&self, uid: &Uid) -> Result<Option<BookedPayment>, Error> {
        let page = self.newest_payments(uid).limit(1).send().await?;
        page.items.unwrap_or_default().pop().map(rows::payment).transpose()
    }

    /// The member's payments, newest first, at most `limit` (0 counts as 1), and a cursor when there are
    /// more. The cursor names a row of the member's own list and nothing else, so that it may be handed
    /// to the browser and back.
    ///
    /// # Errors
    /// [`Error::BadCursor`] for a cursor that this did not make.
    pub async fn payments(
        &self,
        uid: &Uid,
        limit: u16,
        after: Option<&str>,
    ) -> Result<(Vec<BookedPayment>, Option<String>), Error> {
        let start = after.map(payment_cursor).transpose()?.map(|key| {
            Row::from([
                (schema::UID.to_owned(), AttributeValue::S(uid.to_string())),
                (schema::PAID_AT.to_owned(), AttributeValue::S(key)),
            ])
        });
        let query = self.newest_payments(uid).set_exclusive_start_key(start);
        let (rows, more) = page(query, limit).await?;
        let payments: Vec<_> = rows.into_iter().map(rows::payment).collect::<Result<_, _>>()?;
        let last = payments.last().filter(|_| more);
        let cursor = last.map(|last| cursor(&payment_key(last.paid_at, &last.imp_uid)));
        Ok((payments, cursor))
    }

    /// All of the member's payments, newest first.
    pub async fn all_payments(&self, uid: &Uid) -> Result<Vec<BookedPayment>, Error> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let (page, next) = self.payments(uid, PAGE, cursor.as_deref()).await?;
            all.extend(page);
            if next.is_none() {
                return Ok(all);
            }
            cursor = next;
        }
    }

    fn newest_payments(&self, uid: &Uid) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.tables.payments)
            .key_condition_expression("#uid = :uid")
            .expression_attribute_names("#uid", schema::UID)
            .expression_attribute_values(":uid", AttributeValue::S(uid.to_string()))
            .scan_index_forward(false)
            .consistent_read(true)
    }

    pub(crate) async fn get<T, const KEYS: usize>(
        &self,
        table: &str,
        key: [(&str, AttributeValue); KEYS],
        read: fn(Row) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let key = key.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let get = self.client.get_item().table_name(table).set_key(Some(key)).consistent_read(true);
        get.send().await?.item.map(read).transpose()
    }
}

/// Stores a row under a condition. Says whether it held.
pub(crate) async fn put_if(put: PutItemFluentBuilder) -> Result<bool, Error> {
    match put.send().await {
        Ok(_) => Ok(true),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
        {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// At most `limit` rows (0 counts as 1) and whether there are more. It asks for one row more than it
/// gives, so that a page which happens to end with the list does not promise another.
pub(crate) async fn page(query: QueryFluentBuilder, limit: u16) -> Result<(Vec<Row>, bool), Error> {
    let limit = limit.max(1);
    let page = query.limit(i32::from(limit).saturating_add(1)).send().await?;
    let mut rows = page.items.unwrap_or_default();
    let more = rows.len() > usize::from(limit) || page.last_evaluated_key.is_some();
    rows.truncate(usize::from(limit));
    Ok((rows, more))
}
