//! Runs: how far work has come that is longer than one function may take. Rows of the orders' table, which are gone by
//! themselves; they are no orders, and nobody lists them.

use crate::{Error, Ledger, keys, ledger::put_if, rows, schema};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

/// How often a run was stored.
const VERSION: &str = "version";

impl Ledger {
    /// A run as last stored (a consistent read); `None` if none is of that id, or none any more.
    pub async fn run<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>, Error> {
        let key = AttributeValue::S(keys::run(id));
        let read = |mut row: schema::Row| {
            row.remove(schema::MERCHANT_UID);
            from_item(row).map_err(|source| Error::Malformed("orders", Box::new(source)))
        };
        self.get(&self.tables.orders, [(schema::MERCHANT_UID, key)], read).await
    }

    /// Stores how far a run has come, if it is as it `was` before: stored that often (0 for a new one). Its own `version`
    /// is higher. Says whether it is stored; if not, somebody else goes on with it. It is gone soon after `delete_at`.
    ///
    /// # Errors
    /// When the table does not answer, or a run has no `version`.
    pub async fn set_run<T: Serialize>(
        &self,
        id: &str,
        was: u64,
        run: &T,
        delete_at: Timestamp,
    ) -> Result<bool, Error> {
        let mut row: schema::Row =
            to_item(run).map_err(|source| Error::Malformed("orders", Box::new(source)))?;
        row.insert(schema::MERCHANT_UID.to_owned(), AttributeValue::S(keys::run(id)));
        row.insert(
            schema::DELETE_AT.to_owned(),
            AttributeValue::N(delete_at.as_second().to_string()),
        );
        let put = self.client.put_item().table_name(&self.tables.orders).set_item(Some(row));
        let put = put.expression_attribute_names("#version", VERSION);
        let put = match was {
            0 => put.condition_expression("attribute_not_exists(#version)"),
            was => put
                .condition_expression("#version = :was")
                .expression_attribute_values(":was", rows::number(was)),
        };
        put_if(put).await
    }
}
