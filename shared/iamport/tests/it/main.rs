//! The client's behaviour on the wire: against answers written for each test, and against the
//! simulator of the whole provider.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking"
)]
#![allow(clippy::needless_pass_by_value, reason = "tests read better without borrowed literals")]

mod wire;

mod requests;
mod answers;
mod samples;
mod outcomes;
mod repeats;
mod waits;
mod token;
mod deadline;
mod rows;
mod limits;
mod pages;
mod over_reqwest;
mod simulated;
mod checkpoints;
