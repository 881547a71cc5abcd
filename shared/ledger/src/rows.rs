//! Rows: the domain's values as serde gives them, with the keys and a few attributes for human readers.
//!
//! Three keys have the name of a field and hold less than it (a time cut to the second), so the field itself
//! is kept beside it under a name of its own.

use crate::{
    BookedPayment, Error, PaymentLine, RefundEntry, Stored, Whose,
    kept::keep,
    keys::{
        entry_key, month_of, order as order_key, order_of, parse_second, payment_key, second, shard,
    },
    schema::{self, Row},
};
use aws_sdk_dynamodb::types::AttributeValue;
use billing::{Brake, Consent, Entry, News, Order, Payment, Refundable, State, Subscription, What};
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_attribute_value, to_item};

const DUE_AT_EXACT: &str = "due_at_exact";
const PAID_AT_EXACT: &str = "paid_at_exact";
const AT_EXACT: &str = "at_exact";

/// The row of a subscription that was read from this row. What this release does not know of it is kept, as
/// long as it is the same run.
pub(crate) fn next_row(read: &Stored, subscription: &Subscription) -> Result<Row, Error> {
    let after = subscription_row(subscription)?;
    if read.id != subscription.id {
        return Ok(after);
    }
    let derived = derived(subscription, None)?.map(|(name, _)| name);
    let mut stored = read.row().clone();
    stored.retain(|name, _| !derived.contains(&name.as_str()));
    Ok(keep(&stored, &subscription_row(read)?, after))
}

pub(crate) fn subscription_row(subscription: &Subscription) -> Result<Row, Error> {
    let mut row = row("subscriptions", subscription)?;
    let due_at = row.remove(schema::DUE_AT);
    let derived = derived(subscription, due_at)?.into_iter();
    row.extend(derived.filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Ok(row)
}

/// What a subscription's row holds besides the domain's own fields, and `None` for what it does not hold now. It
/// follows from them, so that what another release made of them is never kept. The time when it is due is the key of
/// an index, cut to the second, and where that cuts something off it is kept beside it as the domain has it.
fn derived(
    subscription: &Subscription,
    due_at_exact: Option<AttributeValue>,
) -> Result<[(&'static str, Option<AttributeValue>); 10], Error> {
    let state = subscription.state();
    let due_at = subscription.due_at;
    let wish = subscription.cancellation.as_ref();
    let waiting = wish.filter(|_| state == State::Cancelling);
    // Whom an admin lets in is found by it as well, and looked at each night.
    let lasts = subscription.paid_through().or(subscription.complimentary);
    let reviewed = subscription.reviews.iter().map(|review| review.at).min();
    let text = |at| AttributeValue::S(second(at));
    Ok([
        ("state", Some(to_attribute_value(state).map_err(malformed("subscriptions"))?)),
        ("paid_through", lasts.map(|date| AttributeValue::S(date.to_string()))),
        (schema::DUE_AT, due_at.map(text)),
        (DUE_AT_EXACT, due_at_exact.filter(|exact| Some(exact) != due_at.map(text).as_ref())),
        (schema::DUE_SHARD, due_at.map(|_| number(shard(&subscription.uid)))),
        (schema::CANCEL_REQUESTED_AT, wish.map(|wish| text(wish.requested_at))),
        ("cancel_processed_at", wish.and_then(|wish| wish.processed_at).map(text)),
        (schema::CANCELLING, waiting.map(|_| number(0_u8))),
        (schema::REVIEWING, reviewed.map(|_| number(0_u8))),
        (schema::REVIEW_OPENED_AT, reviewed.map(text)),
    ])
}

pub(crate) fn payment_row(payment: &Payment) -> Result<Row, Error> {
    let booked = BookedPayment::from(payment);
    let mut row = row("payments", &booked)?;
    keep_exact(&mut row, schema::PAID_AT, PAID_AT_EXACT);
    let key = payment_key(booked.paid_at, &booked.imp_uid);
    row.insert(schema::PAID_AT.to_owned(), AttributeValue::S(key));
    let month = month_of(booked.paid_at, &booked.uid);
    row.insert(schema::DAY.to_owned(), AttributeValue::S(month));
    Ok(row)
}

/// All of an order, with a NULL for what it has not, so that it can be set attribute by attribute.
pub(crate) fn order_row(order: &Order) -> Result<Row, Error> {
    let mut row: Row = to_item(order).map_err(malformed("orders"))?;
    let key = AttributeValue::S(order_key(&order.merchant_uid()));
    row.insert(schema::MERCHANT_UID.to_owned(), key);
    Ok(row)
}

pub(crate) fn entry_row(entry: &Entry) -> Result<Row, Error> {
    let mut row = row("journal", entry)?;
    keep_exact(&mut row, schema::AT, AT_EXACT);
    row.insert(schema::AT.to_owned(), AttributeValue::S(entry_key(entry.at, &entry.id)));
    row.insert(schema::DAY.to_owned(), AttributeValue::S(month_of(entry.at, &entry.uid)));
    Ok(row)
}

/// A payment as it is kept once its member is erased: nobody's, and without the card and its receipt.
pub(crate) fn retained_payment(payment: BookedPayment) -> Result<Row, Error> {
    let mut row = row(
        "retained",
        &BookedPayment { card_name: None, card_number: None, receipt_url: None, ..payment },
    )?;
    row.remove(schema::UID);
    Ok(row)
}

pub(crate) fn retained_news(news: &News) -> Result<Row, Error> {
    row("retained", news)
}

pub(crate) fn consent_row(consent: &Consent) -> Result<Row, Error> {
    row("retained", consent)
}

pub(crate) fn refundable(row: Row) -> Result<Refundable, Error> {
    value("retained", row)
}

pub(crate) fn brake_row(brake: &Brake) -> Result<Row, Error> {
    row("orders", brake)
}

pub(crate) fn brake(row: Row) -> Result<Brake, Error> {
    value("orders", row)
}

pub(crate) fn subscription(mut row: Row) -> Result<Subscription, Error> {
    if row.contains_key(DUE_AT_EXACT) {
        restore_exact(&mut row, schema::DUE_AT, DUE_AT_EXACT);
    }
    value("subscriptions", row)
}

/// A subscription with the row that it was read from.
pub(crate) fn stored(row: Row) -> Result<Stored, Error> {
    Ok(Stored::of(subscription(row.clone())?, row))
}

pub(crate) fn payment(mut row: Row) -> Result<BookedPayment, Error> {
    restore_exact(&mut row, schema::PAID_AT, PAID_AT_EXACT);
    value("payments", row)
}

/// A payment as the books have it.
pub(crate) fn payment_line(mut row: Row) -> Result<PaymentLine, Error> {
    restore_exact(&mut row, schema::PAID_AT, PAID_AT_EXACT);
    value("payments", row)
}

/// The same of a payment that is kept.
pub(crate) fn kept_payment_line(row: Row) -> Result<PaymentLine, Error> {
    value("retained", row)
}

/// What an entry of the journal says was given back.
pub(crate) fn refund_entry(row: Row) -> Result<RefundEntry, Error> {
    let Entry { uid, at, id, what } = entry(row)?;
    match what {
        What::Told(News::Refunded { imp_uid, amount }) => {
            Ok(RefundEntry { whose: Whose::Member(uid), at, id, imp_uid, in_all: amount })
        }
        What::Told(_) | What::Did { .. } => Err(malformed("journal")(Unexpected)),
    }
}

/// The same of what is kept under this moment and id.
pub(crate) fn kept_refund(key: &str, row: Row) -> Result<RefundEntry, Error> {
    let run = text("retained", &row, schema::SUBSCRIPTION, |run| run.parse().ok())?;
    let when = key.split_once('#').and_then(|(at, id)| Some((parse_second(at)?, id.to_owned())));
    match (when, value("retained", row)?) {
        (Some((at, id)), News::Refunded { imp_uid, amount }) => {
            Ok(RefundEntry { whose: Whose::Erased(run), at, id, imp_uid, in_all: amount })
        }
        _ => Err(malformed("retained")(Unexpected)),
    }
}

pub(crate) fn entry(mut row: Row) -> Result<Entry, Error> {
    restore_exact(&mut row, schema::AT, AT_EXACT);
    value("journal", row)
}

pub(crate) fn order(mut row: Row) -> Result<Order, Error> {
    let id = text("orders", &row, schema::MERCHANT_UID, order_of)?;
    row.insert(schema::MERCHANT_UID.to_owned(), AttributeValue::S(id.to_string()));
    value("orders", row)
}

/// A number attribute.
pub(crate) fn number(number: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

/// The text of an attribute, parsed.
pub(crate) fn text<'row, T>(
    table: &'static str,
    row: &'row Row,
    attribute: &str,
    parse: impl FnOnce(&'row str) -> Option<T>,
) -> Result<T, Error> {
    row.get(attribute)
        .and_then(|value| value.as_s().ok())
        .and_then(|text| parse(text))
        .ok_or_else(|| malformed(table)(Unexpected))
}

/// An attribute is missing, of another type, or spelt in a way that the code does not write.
#[derive(Debug, thiserror::Error)]
#[error("an attribute is missing or misspelt")]
struct Unexpected;

fn row(table: &'static str, value: &impl Serialize) -> Result<Row, Error> {
    let mut row: Row = to_item(value).map_err(malformed(table))?;
    leave_out_nothing(&mut row);
    Ok(row)
}

/// An absent attribute says "nothing" as well as a NULL does, costs nothing (a write is paid by the 1,024 bytes), and
/// an index takes no NULL.
fn leave_out_nothing(row: &mut Row) {
    row.retain(|_, value| !value.is_null());
    for value in row.values_mut() {
        leave_out_within(value);
    }
}

fn leave_out_within(value: &mut AttributeValue) {
    if let AttributeValue::M(map) = value {
        leave_out_nothing(map);
    } else if let AttributeValue::L(list) = value {
        list.iter_mut().for_each(leave_out_within);
    }
}

fn value<T: DeserializeOwned>(table: &'static str, row: Row) -> Result<T, Error> {
    from_item(row).map_err(malformed(table))
}

fn malformed<E>(table: &'static str) -> impl FnOnce(E) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |source| Error::Malformed(table, Box::new(source))
}

fn keep_exact(row: &mut Row, key: &str, exact: &str) {
    if let Some(value) = row.remove(key) {
        row.insert(exact.to_owned(), value);
    }
}

fn restore_exact(row: &mut Row, key: &str, exact: &str) {
    row.remove(key);
    keep_exact(row, exact, key);
}
