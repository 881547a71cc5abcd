//! Erasing a member: what the law has us keep is stored under the run's id, which names nobody, and every row goes.

use crate::{
    Error, Ledger, Stored,
    books::{EVENT, PAYMENT},
    commit::note,
    keys::{entry_key, month, payment_key},
    rows::{self, number},
    schema::{self, Row},
};
use aws_sdk_dynamodb::{operation::delete_item::DeleteItemError, types::AttributeValue};
use billing::{Entry, ImpUid, RETENTION, Refundable, SubscriptionId, Uid, What, Won};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

/// How many rows are written or deleted at once.
const AT_ONCE: usize = 8;

/// How many entries of the journal one request brings.
const PAGE: u16 = 200;

impl Ledger {
    /// Erases a member as it was read: stores what is to be kept, deletes the payments, the orders and the journal,
    /// and last the subscription, if it is still the one that was read. Says whether it was; if not, somebody was
    /// first, and what is there now is to be looked at. One that was broken off is done again from the start.
    ///
    /// # Errors
    /// When a payment or an entry cannot be read, for it is not known then what must be kept: nothing is deleted.
    /// And when the tables do not answer.
    pub async fn erase(&self, read: &Stored, now: Timestamp) -> Result<bool, Error> {
        let kept = self.to_be_kept(read, now).await?;
        let puts = kept.into_iter().map(|row| {
            self.client.put_item().table_name(&self.tables.retained).set_item(Some(row)).send()
        });
        stream::iter(puts).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
        let Self { tables, .. } = self;
        self.delete_of(&tables.payments, None, &[schema::UID, schema::PAID_AT], &read.uid).await?;
        self.forget(read).await
    }

    /// Deletes what is stored of a member as it was read, but the payments: the orders, the journal, whose a key of another
    /// system's is, and last the subscription, if it is still the one that was read. Says whether it was. One that was
    /// broken off is done again from the start.
    pub async fn forget(&self, read: &Stored) -> Result<bool, Error> {
        let Self { tables, .. } = self;
        let index = Some(schema::MEMBER_INDEX);
        self.delete_of(&tables.orders, index, &[schema::MERCHANT_UID], &read.uid).await?;
        self.delete_of(&tables.journal, None, &[schema::UID, schema::AT], &read.uid).await?;
        if let Some(origin) = &read.origin {
            self.release(&origin.key).await?;
        }
        self.delete_subscription(read).await
    }

    /// The payments that are kept of a run whose member was erased; `None` if nothing is kept of it.
    pub async fn retained(&self, run: SubscriptionId) -> Result<Option<Vec<Refundable>>, Error> {
        let kept = self.kept_of(run).await?;
        if kept.is_empty() {
            return Ok(None);
        }
        let record = |row: &Row| row.get(schema::RECORD).and_then(|key| key.as_s().ok()).cloned();
        let is_payment = |row: &Row| record(row).is_some_and(|key| key.starts_with(PAYMENT));
        let payments = kept.into_iter().filter(is_payment).map(rows::refundable);
        Ok(Some(payments.collect::<Result<_, _>>()?))
    }

    /// All rows that are kept of a run (a consistent read); a megabyte of them, which is more than a life has.
    pub(crate) async fn kept_of(&self, run: SubscriptionId) -> Result<Vec<Row>, Error> {
        let page = self
            .client
            .query()
            .table_name(&self.tables.retained)
            .key_condition_expression("#run = :run")
            .expression_attribute_names("#run", schema::SUBSCRIPTION)
            .expression_attribute_values(":run", AttributeValue::S(run.to_string()))
            .consistent_read(true)
            .send()
            .await?;
        Ok(page.items.unwrap_or_default())
    }

    /// Notes on a payment that is kept of a run how much of it was given back since.
    pub async fn note_retained(
        &self,
        run: SubscriptionId,
        payment: &Refundable,
        refunded: Won,
    ) -> Result<(), Error> {
        let row = [
            (schema::SUBSCRIPTION, run.to_string()),
            (schema::RECORD, payment_record(payment.paid_at, &payment.imp_uid)),
        ];
        let write = note(&self.tables.retained, row, refunded)?;
        self.client.transact_write_items().transact_items(write).send().await?;
        Ok(())
    }

    /// What the law has us keep of a member, as rows: each payment without its card and receipt, what was agreed to,
    /// and what was ended and given back. What is older than that is not kept.
    async fn to_be_kept(&self, read: &Stored, now: Timestamp) -> Result<Vec<Row>, Error> {
        let uid = &read.uid;
        let mut kept = Vec::new();
        if let Some(consent) = &read.consent {
            let row = rows::consent_row(consent)?;
            kept.push((read.id, "consent".to_owned(), consent.agreed_at, row));
        }
        for payment in self.all_payments(uid).await? {
            let record = payment_record(payment.paid_at, &payment.imp_uid);
            let run = payment.merchant_uid.subscription().unwrap_or(read.id);
            kept.push((run, record, payment.paid_at, rows::retained_payment(payment)?));
        }
        let mut cursor = None::<String>;
        loop {
            let (entries, next) = self.journal(uid, PAGE, cursor.as_deref()).await?;
            for entry in entries {
                let Some((run, _)) = entry.replaced() else { continue };
                let Entry { at, id, what: What::Told(news), .. } = entry else { continue };
                if news.is_retained() {
                    let record = format!("{EVENT}{}", entry_key(at, &id));
                    kept.push((run, record, at, rows::retained_news(&news)?));
                }
            }
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        let rows = kept.into_iter().filter_map(|(run, record, at, mut row)| {
            let until = at.saturating_add(RETENTION).ok().filter(|until| *until > now)?;
            row.insert(schema::SUBSCRIPTION.to_owned(), AttributeValue::S(run.to_string()));
            row.insert(schema::RECORD.to_owned(), AttributeValue::S(record));
            // By it the books find it, as they find what is not kept yet.
            row.insert(schema::DAY.to_owned(), AttributeValue::S(month(at, 0)));
            let until = u64::try_from(until.as_second()).unwrap_or_default();
            row.insert(schema::DELETE_AT.to_owned(), number(until));
            Some(row)
        });
        Ok(rows.collect())
    }

    /// Deletes all rows of a member in a table, whose keys are these; which there are is read from the index, if one
    /// is named.
    async fn delete_of(
        &self,
        table: &str,
        index: Option<&str>,
        keys: &[&str],
        uid: &Uid,
    ) -> Result<(), Error> {
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(table)
                .set_index_name(index.map(ToOwned::to_owned))
                .key_condition_expression("#uid = :uid")
                .expression_attribute_names("#uid", schema::UID)
                .expression_attribute_values(":uid", AttributeValue::S(uid.to_string()))
                .consistent_read(index.is_none())
                .set_exclusive_start_key(start)
                .send()
                .await?;
            let deletions = page.items.unwrap_or_default().into_iter().map(|mut row| {
                row.retain(|name, _| keys.contains(&name.as_str()));
                self.client.delete_item().table_name(table).set_key(Some(row)).send()
            });
            stream::iter(deletions).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    async fn delete_subscription(&self, read: &Stored) -> Result<bool, Error> {
        let sent = self
            .client
            .delete_item()
            .table_name(&self.tables.subscriptions)
            .key(schema::UID, AttributeValue::S(read.uid.to_string()))
            .condition_expression("#version = :version")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":version", number(read.version))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn payment_record(paid_at: Timestamp, imp_uid: &ImpUid) -> String {
    format!("{PAYMENT}{}", payment_key(paid_at, imp_uid))
}
