//! Whole histories of members who do everything the API offers at the worst moments, while the wire loses,
//! delays and doubles what it carries and functions die half-way; and oracles that ask, while it runs and
//! at the end, whether the money is right.
//!
//! The handlers, flows, clients and encoders are the real ones, put together by
//! [`gudok_local::Stack::in_process`]; only the transport is swapped. One thread, a paused clock and a
//! seeded source of chance make a history replay byte for byte.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a rehearsal fails by panicking, and most of its words explain themselves"
)]

mod chance;
mod history;
mod plant;
mod life;
mod logs;
mod books;
mod sky;
mod world;
mod audit;
mod run;
mod shrink;

pub use books::Failure;
pub use history::{Climate, Deed, History, Step, When};
pub use plant::Plant;
pub use run::{Outcome, run};
pub use shrink::shrink;
