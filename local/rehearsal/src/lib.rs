//! Deterministic simulation of whole histories: members do everything the API offers at the worst moments while
//! the network loses, delays and doubles requests and functions die half-way, and oracles check throughout and at
//! the end that the money is right.
//!
//! The handlers, flows, clients and encoders are the real ones, wired together by
//! [`gudok_local::Stack::in_process`]; only the transport is swapped. One thread, a paused clock and seeded chance
//! make a history replay byte for byte.
//!
//! Each module below may use those above it, never the other way round. The crate's README explains how to add to
//! them.

pub(crate) mod history;
pub(crate) mod oracles;
pub(crate) mod network;
pub(crate) mod world;
pub(crate) mod modes;

pub use history::History;
pub use history::outsiders::Actor;
pub use modes::crash::{Crash, CrashReport, Flow};
pub use modes::fuzz::{FuzzReport, fuzz};
pub use modes::kill::{KillReport, kill};
pub use modes::many::{Many, Total, each_seed};
pub use modes::moving::{Moved, moving};
pub use modes::planted::{find_all, found_within};
pub use modes::run::{Outcome, run};
pub use modes::same::{Sameness, same};
pub use modes::shrink::shrink;
pub use modes::storm::{StormReport, storm};
pub use network::bugs::Bug;
pub use oracles::failures::Failure;
pub use oracles::points::{Matrix, Points, markdown, missing, number};
pub use world::site::RunOptions;
