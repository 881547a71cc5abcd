//! The admin's desk: what it shows, and what an admin decides.

mod brake;
mod cancellations;
mod figures;
mod members;
mod reviews;

pub use cancellations::{CancellationRequest, Processed, Revocation};
pub use figures::{Day, Figures, Members, Renewals};
pub use members::Timeline;
