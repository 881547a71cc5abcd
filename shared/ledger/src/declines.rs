//! How many declines of a kind there were in an hour: rows of the orders' table that count orders.
//!
//! They are no orders, and nobody lists them. There is at most one for each order that was declined, and a row
//! is never removed.

use crate::{Error, Ledger, keys, schema};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use billing::{Counted, Decline, MerchantUid};

/// The order that was counted first.
const FIRST: &str = "first";
/// How many were counted.
const COUNT: &str = "count";

impl Ledger {
    /// Counts the decline of this order among those of its kind in its hour. It is one write, and repeated it
    /// counts once more; the first stays the first.
    pub async fn count_decline(
        &self,
        order: &MerchantUid,
        decline: &Decline,
    ) -> Result<Counted, Error> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.tables.orders)
            .key(schema::MERCHANT_UID, AttributeValue::S(keys::declines(decline)))
            .update_expression("SET #first = if_not_exists(#first, :order) ADD #count :one")
            .expression_attribute_names("#first", FIRST)
            .expression_attribute_names("#count", COUNT)
            .expression_attribute_values(":order", AttributeValue::S(order.to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await?;
        let row = answer.attributes.unwrap_or_default();
        let count = row.get(COUNT).and_then(|count| count.as_n().ok()?.parse().ok());
        let first = row.get(FIRST).and_then(|first| first.as_s().ok()?.parse().ok());
        let counted = count.zip(first).map(|(count, first)| Counted { count, first });
        counted.ok_or_else(|| Error::Malformed("declines", "no count or no first order".into()))
    }
}
