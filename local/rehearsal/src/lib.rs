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
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::unused_self,
    clippy::range_plus_one,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "a rehearsal fails by panicking, and most of its words explain themselves"
)]

mod chance;
mod actors;
mod configuration;
mod history;
mod plant;
mod life;
mod logs;
mod books;
mod oracles;
mod sky;
mod tables;
mod world;
mod audit;
mod run;
mod points;
mod witness;
mod bugs;
mod shrink;
mod crash;
mod process;
mod fuzz;

pub use actors::Actor;
pub use books::Failure;
pub use crash::{CrashReport, Flow};
pub use fuzz::{FuzzReport, fuzz};
pub use history::History;
pub use plant::Plant;
pub use points::{Matrix, Points, markdown, missing, number};
pub use process::{KillReport, StormReport, kill, storm};
pub use run::{Outcome, Way, run};
pub use shrink::shrink;
