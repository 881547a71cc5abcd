//! The admin's desk: what it shows, and what an admin decides.

mod books;
mod brake;
mod cancellations;
mod close;
mod figures;
mod find;
mod groups;
mod standing;
mod members;
mod reviews;

pub use books::{BookPage, RefundLine, RefundedPayment};
pub use cancellations::{CancellationRequest, Processed, Revocation};
pub use close::{CloseDifference, CloseKind, CloseSlice, Sums};
pub use figures::Figures;
pub use find::{Face, Faces, Found, Sought};
pub use groups::Group;
pub use members::{Asked, DeskAct, Timeline};
pub use reviews::Refunding;
pub use standing::{Counts, Due, Standing};

use crate::{Gudok, Trouble};
use billing::{Act, Entry, Uid, What};
use jiff::Timestamp;

impl Gudok {
    /// Notes an act of one admin that concerns no member alone.
    pub(crate) async fn note_act(&self, by: &Uid, at: Timestamp, act: Act) -> Result<(), Trouble> {
        let id = (self.new_id)(at).to_string();
        let what = What::Did { by: by.clone(), act };
        Ok(self.books.ledger.note(&Entry { uid: by.clone(), at, id, what }).await?)
    }
}
