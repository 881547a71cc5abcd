//! Until when people were told in sums: one row of the orders' table, as the brake is.

use crate::{Error, Ledger, ledger::put_if, rows, schema};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

/// Its key. No order's id is that.
const KEY: &str = "digest";

/// The attribute with the moment.
const UNTIL: &str = "until";

impl Ledger {
    /// Until when people were told in sums (a consistent read); `None` if they never were.
    pub async fn digested(&self) -> Result<Option<Timestamp>, Error> {
        let key = AttributeValue::S(KEY.to_owned());
        let until = |row| rows::text("orders", &row, UNTIL, |until| until.parse().ok());
        self.get(&self.tables.orders, [(schema::MERCHANT_UID, key)], until).await
    }

    /// Stores until when they were, if that is where it `was` before. Whoever finds that another run was first leaves
    /// it: that one told the same.
    pub async fn set_digested(
        &self,
        was: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<(), Error> {
        let text = |at: Timestamp| AttributeValue::S(at.to_string());
        let put = self
            .client
            .put_item()
            .table_name(&self.tables.orders)
            .item(schema::MERCHANT_UID, AttributeValue::S(KEY.to_owned()))
            .item(UNTIL, text(until))
            .expression_attribute_names("#until", UNTIL);
        let put = match was {
            None => put.condition_expression("attribute_not_exists(#until)"),
            Some(was) => put
                .condition_expression("#until = :was")
                .expression_attribute_values(":was", text(was)),
        };
        put_if(put).await.map(|_| ())
    }
}
