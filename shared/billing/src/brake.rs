//! The brake that an admin pulls while cards are being tried.

use crate::{Refusal, Uid};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether new checkouts are taken, as an admin said last. Who pays already is not held up by it: renewals, other cards
/// and cancellations go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brake {
    /// Whether none is taken.
    pub pulled: bool,
    /// Since when.
    pub at: Timestamp,
    /// Who said so.
    pub by: Uid,
    /// Why, in the admin's words.
    pub reason: String,
}

impl Brake {
    /// Lets a new checkout pass.
    ///
    /// # Errors
    /// Refused while it is pulled.
    pub const fn pass(&self) -> Result<(), Refusal> {
        if self.pulled { Err(Refusal::CheckoutsPaused) } else { Ok(()) }
    }
}
