//! Billing keys: what Iamport tells of one, and the requests that issue and delete them.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// The PG that holds the key, `html5_inicis`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_provider: Option<String>,
    /// The shop's id at the PG (MID).
    #[serde(default, deserialize_with = "lenient::text")]
    pub pg_id: Option<String>,
    /// Whether it was issued on a test channel; `None` from servers that do not say.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub sandbox: Option<bool>,
    /// The merchant's id of the person.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_id: Option<String>,
    /// The card company's code.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_code: Option<String>,
    /// The card company's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_name: Option<String>,
    /// The code of the company that issued the card.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_issuer_code: Option<String>,
    /// The name of the company that issued the card.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_issuer_name: Option<String>,
    /// The code of the company whose brand the card bears.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_publisher_code: Option<String>,
    /// The name of the company whose brand the card bears.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_publisher_name: Option<String>,
    /// The masked card number.
    #[serde(default, deserialize_with = "lenient::text")]
    pub card_number: Option<String>,
    /// 0 credit, 1 debit; `None` for Inicis.
    #[serde(default, deserialize_with = "lenient::number")]
    pub card_type: Option<u32>,
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
    /// When it was last replaced; the same as `inserted` for a new one.
    #[serde(default, deserialize_with = "lenient::time")]
    pub updated: Option<Timestamp>,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customer")
            .field("customer_uid", &self.customer_uid)
            .field("pg_id", &self.pg_id)
            .field("card_code", &self.card_code)
            .field("inserted", &self.inserted)
            .field("updated", &self.updated)
            .finish_non_exhaustive()
    }
}

/// Issues a billing key from card data (`POST /subscribe/customers/{customer_uid}`). A
/// `customer_uid` that has a key gets a new one; the old key lives on at the PG.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct IssueKey {
    /// The id to keep the key under, at most 80 visible ASCII characters.
    #[serde(skip)]
    pub customer_uid: String,
    /// The card.
    #[serde(flatten)]
    pub card: Card,
    /// `provider` or `provider.MID`, at most 80 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pg: Option<String>,
    /// The channel, at most 55 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_key: Option<String>,
    /// The merchant's id of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The person's name, at most 20 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The person's telephone number, at most 20 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_tel: Option<String>,
    /// The person's e-mail address, at most 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_email: Option<String>,
    /// The person's postal address, at most 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_addr: Option<String>,
    /// The person's post code, at most 8 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_postcode: Option<String>,
}

impl IssueKey {
    /// A key for this card, kept under `customer_uid`.
    pub fn new(customer_uid: impl Into<String>, card: Card) -> Self {
        Self {
            customer_uid: customer_uid.into(),
            card,
            pg: None,
            channel_key: None,
            customer_id: None,
            customer_name: None,
            customer_tel: None,
            customer_email: None,
            customer_addr: None,
            customer_postcode: None,
        }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::customer_uid(&self.customer_uid)?;
        self.card.check()?;
        limits::optional("pg", self.pg.as_ref(), 80)?;
        limits::optional("channel_key", self.channel_key.as_ref(), 55)?;
        limits::optional("customer_name", self.customer_name.as_ref(), 20)?;
        limits::optional("customer_tel", self.customer_tel.as_ref(), 20)?;
        limits::optional("customer_email", self.customer_email.as_ref(), 200)?;
        limits::optional("customer_addr", self.customer_addr.as_ref(), 200)?;
        limits::optional("customer_postcode", self.customer_postcode.as_ref(), 8)
    }
}

impl fmt::Debug for IssueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssueKey")
            .field("customer_uid", &self.customer_uid)
            .field("pg", &self.pg)
            .finish_non_exhaustive()
    }
}

/// Deletes a billing key (`DELETE /subscribe/customers/{customer_uid}`). It cannot be undone, and
/// whether the key's schedules are revoked with it is not documented: revoke them first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteKey {
    /// The key to delete.
    pub customer_uid: String,
    /// Why.
    pub reason: Option<String>,
    /// Who asked for it (`extra[requester]`); Iamport's default is `admin`.
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
