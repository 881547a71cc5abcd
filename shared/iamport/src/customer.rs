//! Billing keys: what Iamport tells about one, and the request that deletes one.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    Card, lenient,
    limits::{self, Checked},
};

/// One billing key (`CustomerAnnotation`). `Debug` shows ids and the card company, nothing
/// personal.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// The merchant's id of the billing key.
    #[serde(deserialize_with = "lenient::required_text")]
    pub customer_uid: String,
    /// The PG that holds the key, such as `html5_inicis`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_provider: Option<String>,
    /// The shop's id at the PG (MID).
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_id: Option<String>,
    /// Whether it was issued on a test channel; `None` if the server does not say.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub sandbox: Option<bool>,
    /// The merchant's id of the person.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_id: Option<String>,
    /// The card behind the key.
    #[serde(flatten)]
    pub card: Card,
    /// The person's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_name: Option<String>,
    /// The person's telephone number.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_tel: Option<String>,
    /// The person's e-mail address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_email: Option<String>,
    /// The person's postal address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_addr: Option<String>,
    /// The person's post code.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_postcode: Option<String>,
    /// When the key was first issued.
    #[serde(default, deserialize_with = "lenient::time")]
    pub inserted: Option<Timestamp>,
    /// When it was last replaced; equal to `inserted` until then.
    #[serde(default, deserialize_with = "lenient::time")]
    pub updated: Option<Timestamp>,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer")
            .field("customer_uid", &self.customer_uid)
            .field("pg_id", &self.pg_id)
            .field("card_code", &self.card.code)
            .field("inserted", &self.inserted)
            .field("updated", &self.updated)
            .finish_non_exhaustive()
    }
}

/// Deletes a billing key (`DELETE /subscribe/customers/{customer_uid}`). This cannot be undone.
/// Whether the key's schedules are revoked with it is not documented, so revoke them first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteKey {
    /// The key to delete.
    pub customer_uid: String,
    /// Why.
    pub reason: Option<String>,
    /// Who asked for it (`extra[requester]`); `admin` if left out.
    pub requester: Option<String>,
}

impl DeleteKey {
    /// Deletes this key.
    pub fn new(customer_uid: impl Into<String>) -> Self {
        Self { customer_uid: customer_uid.into(), reason: None, requester: None }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::customer_uid(&self.customer_uid)
    }
}
