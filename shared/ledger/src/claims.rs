//! Whose the billing keys of another system are. A row stands beside the orders for each that was taken over.

use crate::{Error, Ledger, Stored, keys, rows, schema};
use aws_sdk_dynamodb::types::AttributeValue;
use billing::{CustomerUid, ForeignKey, Uid};

impl Ledger {
    /// The member who was taken over with this key (a consistent read).
    pub async fn owner_of(&self, key: &ForeignKey) -> Result<Option<Uid>, Error> {
        let owner = |row| rows::text("orders", &row, schema::OWNER, |uid| uid.parse().ok());
        let key = AttributeValue::S(keys::claim(key));
        self.get(&self.tables.orders, [(schema::MERCHANT_UID, key)], owner).await
    }

    /// Deletes what is stored of a member who was taken over and is given back, as it was read: the orders, the journal,
    /// whose the key is, and last the subscription, if it is still the one that was read. Says whether it was. One that
    /// was broken off is done again from the start. There are no payments: who has paid here is not given back.
    pub async fn hand_back(&self, read: &Stored) -> Result<bool, Error> {
        self.delete_orders(&read.uid).await?;
        self.delete_journal(&read.uid).await?;
        if let Some(CustomerUid::Foreign(key)) = read.origin.map(|origin| origin.key) {
            self.release(&key).await?;
        }
        self.delete_subscription(read).await
    }

    /// Forgets whose a key is.
    pub(crate) async fn release(&self, key: &ForeignKey) -> Result<(), Error> {
        let key = AttributeValue::S(keys::claim(key));
        let delete = self.client.delete_item().table_name(&self.tables.orders);
        delete.key(schema::MERCHANT_UID, key).send().await?;
        Ok(())
    }
}
