//! Facts about the ledger: a contract that DynamoDB must keep, and that the embedded one keeps.
//!
//! They run on an embedded engine, or on the endpoint in `AWS_ENDPOINT_URL_DYNAMODB` if there is one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests fail by panicking"
)]

mod world;
mod samples;
mod commits;
mod journal;
mod payments;
mod books;
mod reviewing;
mod declines;
mod due;
mod cancelling;
mod round_trips;
mod releases;
mod trouble;
mod tables;
