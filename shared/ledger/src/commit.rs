//! The one write: a change, all of it or nothing, if nobody was there before.

use crate::{
    Error, Ledger,
    keys::payment_key,
    rows::{self, Row, number},
    schema,
};
use aws_sdk_dynamodb::{
    error::BuildError,
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{AttributeValue, CancellationReason, Put, TransactWriteItem, Update},
};
use billing::{Change, Repayment, Subscription, Uid};
use std::collections::HashMap;

/// Why a change was not stored, or is not known to be.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Someone else was first: the subscription is no longer the one that was read, or the payment is
    /// stored already. Nothing of this change was stored; look again.
    ///
    /// It can also be the answer to a second sending of a write of ours whose first answer was lost. That
    /// looks the same, and looking again is right for it too.
    #[error("someone else was first")]
    Lost,
    /// Trouble with DynamoDB. Whether the change was stored is known only by looking again: an attempt
    /// without an answer may have come before the one that this tells of.
    #[error(transparent)]
    Ledger(#[from] Error),
}

impl Ledger {
    /// Stores a change in one atomic write and gives back the subscription as stored, its version one
    /// higher.
    ///
    /// The write goes through only if the stored subscription has the version in the change (none is
    /// stored, for version 0), if the payment is not stored yet, and if the row is there on which a
    /// refund is to be noted. Orders are put as they are: the subscription's version protects them too. So
    /// are the journal's entries, one for each announcement that is new and one for each act.
    ///
    /// # Errors
    /// [`CommitError::Lost`] when someone else was first; the caller looks again.
    pub async fn commit(&self, change: &Change) -> Result<Subscription, CommitError> {
        let mut stored = change.subscription.clone();
        stored.version = stored.version.saturating_add(1);
        let row = rows::subscription_row(&stored)?;
        let condition = if_version(change.subscription.version);
        let entries: Vec<Row> =
            change.entries().map(|entry| rows::entry_row(&entry)).collect::<Result<_, _>>()?;
        let alone = change.orders.is_empty()
            && change.payment.is_none()
            && change.repayment.is_none()
            && entries.is_empty();
        if alone {
            self.put(row, condition).await?;
        } else {
            self.transact(change, row, condition, entries).await?;
        }
        Ok(stored)
    }

    async fn put(&self, row: Row, condition: Condition) -> Result<(), CommitError> {
        let put = self.client.put_item().table_name(&self.tables.subscriptions).set_item(Some(row));
        let sent = put
            .condition_expression(condition.expression)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(condition.values)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Err(CommitError::Lost)
            }
            Err(error) => Err(CommitError::Ledger(error.into())),
        }
    }

    async fn transact(
        &self,
        change: &Change,
        row: Row,
        condition: Condition,
        entries: Vec<Row>,
    ) -> Result<(), CommitError> {
        let tables = &self.tables;
        // The subscription comes first and the repayment last: `cancelled` tells the two apart by that.
        let mut writes = vec![put(&tables.subscriptions, row, Some(condition))?];
        for order in &change.orders {
            writes.push(put(&tables.orders, rows::order_row(order)?, None)?);
        }
        if let Some(payment) = &change.payment {
            writes.push(put(&tables.payments, rows::payment_row(payment)?, Some(if_absent()))?);
        }
        for entry in entries {
            writes.push(put(&tables.journal, entry, None)?);
        }
        if let Some(repayment) = &change.repayment {
            writes.push(note(&tables.payments, &change.subscription.uid, repayment)?);
        }
        let repays = change.repayment.is_some();
        // The SDK makes one client request token for all its sendings of this call.
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        let Err(error) = sent else { return Ok(()) };
        let outcome = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                outcome(cancelled.cancellation_reasons(), repays)
            }
            Some(_) | None => Outcome::Other,
        };
        Err(match outcome {
            Outcome::Lost => CommitError::Lost,
            Outcome::NoSuchPayment => Error::NoSuchPayment.into(),
            Outcome::Busy => Error::Busy(error.into_source().unwrap_or_else(Into::into)).into(),
            Outcome::Other => CommitError::Ledger(error.into()),
        })
    }
}

/// What a cancelled transaction means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Lost,
    Busy,
    NoSuchPayment,
    Other,
}

/// What these reasons, one for each write in order, mean; if the transaction repays, that is the last.
fn outcome(reasons: &[CancellationReason], repays: bool) -> Outcome {
    let codes = || reasons.iter().filter_map(CancellationReason::code);
    let failed = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    let (others, repayment) = match reasons.split_last() {
        Some((last, others)) if repays => (others, Some(last)),
        Some(_) | None => (reasons, None),
    };
    if others.iter().any(failed) {
        Outcome::Lost
    } else if repayment.is_some_and(failed) {
        Outcome::NoSuchPayment
    } else if codes().all(|code| BUSY_OR_NONE.contains(&code)) {
        Outcome::Busy
    } else {
        Outcome::Other
    }
}

/// Reasons after which the same transaction may succeed, and the one of a write that was in order.
const BUSY_OR_NONE: &[&str] =
    &["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// A condition on the row that a write replaces.
struct Condition {
    expression: &'static str,
    names: HashMap<String, String>,
    values: Option<HashMap<String, AttributeValue>>,
}

/// The subscription is still the one that was read; version 0 is one that was never stored.
fn if_version(version: u64) -> Condition {
    if version == 0 {
        return if_absent();
    }
    Condition {
        expression: "#version = :version",
        names: HashMap::from([("#version".to_owned(), "version".to_owned())]),
        values: Some(HashMap::from([(":version".to_owned(), number(version))])),
    }
}

/// There is no row under this key.
fn if_absent() -> Condition {
    Condition {
        expression: "attribute_not_exists(#uid)",
        names: HashMap::from([("#uid".to_owned(), schema::UID.to_owned())]),
        values: None,
    }
}

fn put(table: &str, row: Row, condition: Option<Condition>) -> Result<TransactWriteItem, Error> {
    let mut put = Put::builder().table_name(table).set_item(Some(row));
    if let Some(condition) = condition {
        put = put
            .condition_expression(condition.expression)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(condition.values);
    }
    Ok(TransactWriteItem::builder().put(put.build().map_err(incomplete)?).build())
}

/// Notes a refund on the payment's row, if it is there.
fn note(table: &str, uid: &Uid, repayment: &Repayment) -> Result<TransactWriteItem, Error> {
    let key = payment_key(repayment.paid_at, &repayment.imp_uid);
    let update = Update::builder()
        .table_name(table)
        .key(schema::UID, AttributeValue::S(uid.to_string()))
        .key(schema::PAID_AT, AttributeValue::S(key))
        .condition_expression("attribute_exists(#uid)")
        .update_expression("SET #refunded = :refunded")
        .expression_attribute_names("#uid", schema::UID)
        .expression_attribute_names("#refunded", "refunded")
        .expression_attribute_values(":refunded", number(repayment.refunded.get()))
        .build()
        .map_err(incomplete)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn incomplete(error: BuildError) -> Error {
    Error::Refused(Box::new(error))
}
