//! Cards, as far as we know them.

use crate::CustomerUid;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// A registered card. It holds no number, only what Iamport shows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The billing key's name.
    pub customer_uid: CustomerUid,
    /// Such as `BC카드`.
    pub name: Option<String>,
    /// Masked.
    pub number: Option<String>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// The last day on which it can be charged, where the member said so: Iamport does not.
    pub expires: Option<Date>,
    /// Whether it was announced that it expires.
    pub expiry_told: bool,
}
