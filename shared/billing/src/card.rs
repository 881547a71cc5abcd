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

/// A card that was declined within a day of its registration. One that pays for months and then fails is none: it has
/// nothing to tell to whoever tries cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclinedCard {
    /// Its billing key.
    pub customer_uid: CustomerUid,
    /// When it was first declined.
    pub at: Timestamp,
}

/// How many card windows a member opened on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardWindows {
    /// The day, in Korea.
    pub on: Date,
    /// How many.
    pub count: u16,
}
