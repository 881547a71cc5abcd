//! Whose the billing keys of another system are. A row stands beside the orders for each that was taken over.

use crate::{Error, Ledger, keys, rows, schema};
use aws_sdk_dynamodb::types::AttributeValue;
use billing::{ForeignKey, Uid};

impl Ledger {
    /// The member who was taken over with this key (a consistent read).
    pub async fn owner_of(&self, key: &ForeignKey) -> Result<Option<Uid>, Error> {
        let owner = |row| rows::text("orders", &row, schema::OWNER, |uid| uid.parse().ok());
        let key = AttributeValue::S(keys::claim(key));
        self.get(&self.tables.orders, [(schema::MERCHANT_UID, key)], owner).await
    }

    /// Forgets whose a key is.
    pub(crate) async fn release(&self, key: &ForeignKey) -> Result<(), Error> {
        let key = AttributeValue::S(keys::claim(key));
        let delete = self.client.delete_item().table_name(&self.tables.orders);
        delete.key(schema::MERCHANT_UID, key).send().await?;
        Ok(())
    }
}
