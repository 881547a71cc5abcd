//! The brake: one row of the orders' table that says whether new checkouts are taken. It is no order, and nobody lists
//! it.

use crate::{Error, Ledger, rows, schema};
use aws_sdk_dynamodb::types::AttributeValue;
use billing::Brake;

/// Its key. No order's id is that.
const KEY: &str = "brake";

impl Ledger {
    /// The brake as last set (a consistent read); `None` if it never was.
    pub async fn brake(&self) -> Result<Option<Brake>, Error> {
        let key = AttributeValue::S(KEY.to_owned());
        self.get(&self.tables.orders, [(schema::MERCHANT_UID, key)], rows::brake).await
    }

    /// Sets the brake.
    pub async fn set_brake(&self, brake: &Brake) -> Result<(), Error> {
        let mut row = rows::brake_row(brake)?;
        row.insert(schema::MERCHANT_UID.to_owned(), AttributeValue::S(KEY.to_owned()));
        let put = self.client.put_item().table_name(&self.tables.orders).set_item(Some(row));
        put.send().await?;
        Ok(())
    }
}
