//! Each endpoint and rule of the simulator, in process; and the process itself.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::missing_panics_doc,
    reason = "tests fail by panicking"
)]

mod world;

mod again;
mod cancel;
mod cards;
mod console;
mod customers;
mod determinism;
mod faults;
mod lists;
mod lookups;
mod pages;
mod shapes;
mod prepare;
mod process;
mod readme;
mod schedules;
mod token;
mod webhooks;
mod window;
