//! Amounts registered before a payment in the browser.

use serde::{Deserialize, Serialize};

use crate::{
    lenient,
    limits::{self, Checked},
};

/// Registers an amount beforehand (`POST /payments/prepare`): the browser's window then refuses to
/// open with another one for that `merchant_uid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Prepare {
    /// The order's id, at most 40 visible ASCII characters.
    pub merchant_uid: String,
    /// The amount in won.
    pub amount: u64,
    /// The currency; Iamport's default is `KRW`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

impl Prepare {
    /// `amount` won for `merchant_uid`.
    pub fn new(merchant_uid: impl Into<String>, amount: u64) -> Self {
        Self { merchant_uid: merchant_uid.into(), amount, currency: None }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::merchant_uid(&self.merchant_uid)
    }
}

/// An amount registered beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Prepared {
    /// The order's id.
    #[serde(deserialize_with = "lenient::required_text")]
    pub merchant_uid: String,
    /// The amount in won.
    #[serde(deserialize_with = "lenient::won")]
    pub amount: u64,
    /// The currency.
    #[serde(default, deserialize_with = "lenient::text")]
    pub currency: Option<String>,
}
