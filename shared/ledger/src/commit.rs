//! The one write: a change, all of it or nothing, if nobody was there before.

use crate::{
    Error, Ledger, Stored,
    keys::{self, payment_key, refunds},
    ledger::put_if,
    rows::{self, number},
    schema::{self, Row},
};
use aws_sdk_dynamodb::{
    error::BuildError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, CancellationReason, Put, TransactWriteItem, Update},
};
use billing::{Allowance, Change, ForeignKey, ImpUid, Leased, MerchantUid, Uid, Won};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// A change that was stored.
#[derive(Debug)]
pub struct Committed {
    /// The subscription as it now is.
    pub subscription: Stored,
    /// What was leased with it, for whoever stored it.
    pub lease: Option<Lease>,
}

/// The right to do what was leased, and until when: only a commit that went through gives one. It cannot be
/// copied, so that whoever takes it to make the call has made the only one.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Lease {
    leased: Leased,
    until: Timestamp,
}

impl Lease {
    /// What may be done.
    pub const fn leased(&self) -> Leased {
        self.leased
    }

    /// Until when: others may lease it from then on, so nothing is to be sent later.
    pub const fn until(&self) -> Timestamp {
        self.until
    }
}

/// Why a change was not stored, or is not known to be.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Someone else was first: the subscription is no longer the one that was read. Nothing of this change
    /// was stored; look again. Whatever else kept it from being stored is not told.
    ///
    /// It can also be the answer to a second sending of a write of ours whose first answer was lost. That
    /// looks the same, and looking again is right for it too.
    #[error("someone else was first")]
    Lost,
    /// The subscription is the one that was read, and yet an order that it opens is stored already: one of
    /// the two tables was put back to an earlier day. Nothing of this change was stored.
    #[error("the order {0} is stored already")]
    Taken(MerchantUid),
    /// The subscription is the one that was read, and yet the payment is stored already: it was booked by
    /// another order's look, or one of the tables was put back to an earlier day. Nothing of this change was
    /// stored.
    #[error("the payment {0} is stored already")]
    Booked(ImpUid),
    /// The row on which a refund was to be noted is not there. Nothing of this change was stored.
    #[error("the payment {0}, which was given back, is not stored")]
    NoSuchPayment(ImpUid),
    /// The billing key is another member's. Nothing of this change was stored.
    #[error("the billing key is another member's")]
    KeyTaken,
    /// The admin would give back more on that day than is allowed. Nothing of this change was stored.
    #[error("more than an admin may give back on a day")]
    OverAllowance,
    /// Trouble with DynamoDB. Whether the change was stored is known only by looking again: an attempt
    /// without an answer may have come before the one that this tells of.
    #[error(transparent)]
    Ledger(#[from] Error),
}

impl Ledger {
    /// Stores a change of what was read (of nothing, for a member who has no row) in one atomic write.
    ///
    /// The write goes through only if the stored subscription still has the version that was read, if none
    /// of the orders it opens and no payment of its id is stored yet, and if the row is there on which a
    /// refund is to be noted. Orders that have come further are set as they are: the subscription's version
    /// protects them too. The journal's entries are put, one for each announcement that is new and one for
    /// each act.
    ///
    /// What this release does not know of the rows it writes is still there afterwards.
    ///
    /// # Errors
    /// [`CommitError::Lost`] when someone else was first, or when the change was made from another reading
    /// than this one; the caller looks again. The other reasons say what the tables hold that the
    /// subscription does not know of, or the other way round.
    pub async fn commit(
        &self,
        read: Option<&Stored>,
        change: &Change,
    ) -> Result<Committed, CommitError> {
        let version = read.map_or(0, |read| read.version);
        let same = read.is_none_or(|read| read.uid == change.subscription.uid);
        if !same || change.subscription.version != version {
            return Err(CommitError::Lost);
        }
        if change.allowance.as_ref().is_some_and(|it| it.amount > it.of) {
            return Err(CommitError::OverAllowance);
        }
        let mut stored = change.subscription.clone();
        stored.version = version.saturating_add(1);
        let row = match read {
            Some(read) => rows::next_row(read, &stored)?,
            None => rows::subscription_row(&stored)?,
        };
        let condition = if_version(version);
        let writes = self.others(change)?;
        if writes.is_empty() {
            self.put(row.clone(), condition).await?;
        } else {
            let subscription = put(&self.tables.subscriptions, row.clone(), Some(condition))?;
            self.transact((subscription, Guard::Version), writes).await?;
        }
        let lease = change.lease.map(|(leased, until)| Lease { leased, until });
        Ok(Committed { subscription: Stored::of(stored, row), lease })
    }

    async fn put(&self, row: Row, condition: Condition) -> Result<(), CommitError> {
        let put = self.client.put_item().table_name(&self.tables.subscriptions).set_item(Some(row));
        let put = put
            .condition_expression(condition.expression)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(condition.values);
        if put_if(put).await? { Ok(()) } else { Err(CommitError::Lost) }
    }

    /// What a change writes besides the subscription, each write with what it means when its condition does
    /// not hold.
    fn others(&self, change: &Change) -> Result<Vec<(TransactWriteItem, Guard)>, Error> {
        let tables = &self.tables;
        let mut writes = Vec::new();
        for order in &change.opened {
            let absent = if_absent(schema::MERCHANT_UID);
            let write = put(&tables.orders, rows::order_row(order)?, Some(absent))?;
            writes.push((write, Guard::Opened(order.merchant_uid())));
        }
        for order in &change.orders {
            writes.push((set(&tables.orders, rows::order_row(order)?)?, Guard::None));
        }
        if let Some(payment) = &change.payment {
            let row = rows::payment_row(payment)?;
            let write = put(&tables.payments, row, Some(if_absent(schema::UID)))?;
            writes.push((write, Guard::Payment(payment.receipt().imp_uid().clone())));
        }
        for entry in change.entries() {
            let write = put(&tables.journal, rows::entry_row(&entry)?, None)?;
            writes.push((write, Guard::None));
        }
        if let Some(refund) = &change.refund {
            let row = [
                (schema::UID, change.subscription.uid.to_string()),
                (schema::PAID_AT, payment_key(refund.paid_at, &refund.imp_uid)),
            ];
            let write = note(&tables.payments, row, refund.refunded)?;
            writes.push((write, Guard::Refund(refund.imp_uid.clone())));
        }
        if let Some(key) = &change.claim {
            let write = claim(&tables.orders, key, &change.subscription.uid)?;
            writes.push((write, Guard::Key));
        }
        if let Some(allowance) = &change.allowance {
            writes.push((spend(&tables.orders, allowance)?, Guard::Allowance));
        }
        Ok(writes)
    }

    async fn transact(
        &self,
        subscription: (TransactWriteItem, Guard),
        others: Vec<(TransactWriteItem, Guard)>,
    ) -> Result<(), CommitError> {
        let (writes, guards): (Vec<_>, Vec<_>) =
            std::iter::once(subscription).chain(others).unzip();
        // The SDK makes one client request token for all its sendings of this call.
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send().await;
        let Err(error) = sent else { return Ok(()) };
        let cancelled = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                cancelled.cancellation_reasons()
            }
            Some(_) | None => return Err(CommitError::Ledger(error.into())),
        };
        Err(match (broken(cancelled, &guards), is_busy(cancelled)) {
            (Some(broken), _) => broken,
            (None, true) => Error::Busy(error.into_source().unwrap_or_else(Into::into)).into(),
            (None, false) => CommitError::Ledger(error.into()),
        })
    }
}

/// What it means when the condition of a write does not hold.
#[derive(Debug)]
enum Guard {
    /// There is no condition.
    None,
    /// Someone else was first.
    Version,
    /// The order is stored already.
    Opened(MerchantUid),
    /// The payment is stored already.
    Payment(ImpUid),
    /// The payment is not stored.
    Refund(ImpUid),
    /// The billing key is another member's.
    Key,
    /// So much may not be given back.
    Allowance,
}

/// What these reasons, one for each write in order, say of the conditions that do not hold. The first
/// guard is the version's: unless the table says that it held, nothing is said of the others.
fn broken(reasons: &[CancellationReason], guards: &[Guard]) -> Option<CommitError> {
    let mut broken = reasons
        .iter()
        .zip(guards)
        .filter(|(reason, _)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(_, guard)| guard);
    let first = broken.next()?;
    if reasons.first().and_then(CancellationReason::code) != Some("None") {
        return Some(CommitError::Lost);
    }
    match first {
        Guard::None => None,
        Guard::Version => Some(CommitError::Lost),
        Guard::Opened(order) => Some(CommitError::Taken(*order)),
        Guard::Payment(imp_uid) => Some(CommitError::Booked(imp_uid.clone())),
        Guard::Refund(imp_uid) => Some(CommitError::NoSuchPayment(imp_uid.clone())),
        Guard::Key => Some(CommitError::KeyTaken),
        Guard::Allowance => Some(CommitError::OverAllowance),
    }
}

/// Whether all reasons are such that the same transaction may succeed.
fn is_busy(reasons: &[CancellationReason]) -> bool {
    reasons.iter().filter_map(CancellationReason::code).all(|code| BUSY_OR_NONE.contains(&code))
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
        return if_absent(schema::UID);
    }
    Condition {
        expression: "#version = :version",
        names: HashMap::from([("#version".to_owned(), "version".to_owned())]),
        values: Some(HashMap::from([(":version".to_owned(), number(version))])),
    }
}

/// There is no row under this key, one of whose attributes is this one.
fn if_absent(key: &str) -> Condition {
    Condition {
        expression: "attribute_not_exists(#key)",
        names: HashMap::from([("#key".to_owned(), key.to_owned())]),
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

/// Sets each attribute of an order's row, whether it is there or not. What another release put beside them
/// stays.
fn set(table: &str, mut row: Row) -> Result<TransactWriteItem, Error> {
    let key = row.remove(schema::MERCHANT_UID);
    let mut update = Update::builder()
        .table_name(table)
        .set_key(key.map(|key| HashMap::from([(schema::MERCHANT_UID.to_owned(), key)])));
    let mut assignments = Vec::new();
    for (number, (name, value)) in BTreeMap::from_iter(row).into_iter().enumerate() {
        assignments.push(format!("#a{number} = :a{number}"));
        update = update
            .expression_attribute_names(format!("#a{number}"), name)
            .expression_attribute_values(format!(":a{number}"), value);
    }
    let update = update.update_expression(format!("SET {}", assignments.join(", ")));
    Ok(TransactWriteItem::builder().update(update.build().map_err(incomplete)?).build())
}

/// Notes on the row of a payment, known by these two keys, how much of it was given back, if it is there.
pub(crate) fn note(
    table: &str,
    [(first, uid), (second, key)]: [(&str, String); 2],
    refunded: Won,
) -> Result<TransactWriteItem, Error> {
    let update = Update::builder()
        .table_name(table)
        .key(first, AttributeValue::S(uid))
        .key(second, AttributeValue::S(key))
        .condition_expression("attribute_exists(#key)")
        .update_expression("SET #refunded = :refunded")
        .expression_attribute_names("#key", first)
        .expression_attribute_names("#refunded", "refunded")
        .expression_attribute_values(":refunded", number(refunded.get()))
        .build()
        .map_err(incomplete)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// Says whose a billing key of another system's is, if nobody else has it.
fn claim(table: &str, key: &ForeignKey, uid: &Uid) -> Result<TransactWriteItem, Error> {
    let row = Row::from([
        (schema::MERCHANT_UID.to_owned(), AttributeValue::S(keys::claim(key))),
        (schema::OWNER.to_owned(), AttributeValue::S(uid.to_string())),
    ]);
    let condition = Condition {
        expression: "attribute_not_exists(#owner) OR #owner = :uid",
        names: HashMap::from([("#owner".to_owned(), schema::OWNER.to_owned())]),
        values: Some(HashMap::from([(":uid".to_owned(), AttributeValue::S(uid.to_string()))])),
    };
    put(table, row, Some(condition))
}

/// Adds what an admin gives back to what was given back on that day, if that leaves it within what is allowed.
fn spend(table: &str, allowance: &Allowance) -> Result<TransactWriteItem, Error> {
    let left = allowance.of.checked_sub(allowance.amount).unwrap_or(Won::ZERO);
    let update = Update::builder()
        .table_name(table)
        .key(schema::MERCHANT_UID, AttributeValue::S(refunds(allowance.on, &allowance.by)))
        .condition_expression("attribute_not_exists(#spent) OR #spent <= :left")
        .update_expression("ADD #spent :amount")
        .expression_attribute_names("#spent", "spent")
        .expression_attribute_values(":left", number(left.get()))
        .expression_attribute_values(":amount", number(allowance.amount.get()))
        .build()
        .map_err(incomplete)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn incomplete(error: BuildError) -> Error {
    Error::Refused(Box::new(error))
}
