#![doc = include_str!("../README.md")]

mod ledger;
mod stored;
mod brake;
mod claims;
mod commit;
mod lists;
mod journal;
mod books;
mod digest;
mod days;
mod declines;
mod runs;
mod erasure;
mod error;
mod listed;
mod looks;
mod rows;
mod kept;
mod keys;
pub mod schema;
#[cfg(feature = "template")]
pub mod template;

pub use commit::{CommitError, Committed, Lease};
pub use days::Counted;
pub use error::{Error, Source};
pub use keys::{SHARDS, shard};
pub use ledger::{Ledger, Tables};
pub use listed::{JournalPlace, Listed, Place, Unreadable};
pub use lists::{CancelRequest, Due, DueCursor, OpenReview, Watched};
pub use looks::Look;
pub use stored::{BookedPayment, PaymentLine, RefundEntry, Stored, Whose};
