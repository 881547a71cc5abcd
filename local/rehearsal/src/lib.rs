//! Whole histories of members who do everything the API offers at the worst moments, while the network loses,
//! delays and doubles what it carries and functions die half-way; and oracles that ask, while it runs and
//! at the end, whether the money is right.
//!
//! The handlers, flows, clients and encoders are the real ones, put together by
//! [`gudok_local::Stack::in_process`]; only the transport is swapped. One thread, a paused clock and a
//! seeded source of chance make a history replay byte for byte.
//!
//! The modules know those above them in this list, and none below.

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
pub use modes::many::{Many, Total};
pub use modes::planted::{find_all, found_within};
pub use modes::run::{Outcome, run};
pub use modes::shrink::shrink;
pub use modes::storm::{StormReport, storm};
pub use network::bugs::Bug;
pub use oracles::failures::Failure;
pub use oracles::points::{Matrix, Points, markdown, missing, number};
pub use world::site::RunOptions;
