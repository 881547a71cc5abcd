//! Facts about the whole, told through its HTTP routes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::needless_pass_by_value,
    missing_docs,
    unreachable_pub,
    reason = "tests fail by panicking"
)]

mod world;
mod tables;
mod abuse;
mod accounts;
mod acting;
mod admins;
mod arrows;
mod books;
mod cancelling;
mod cards;
mod declines;
mod desk;
mod digests;
mod documents;
mod erasure;
mod finding;
mod importing;
mod forgery;
mod garbled;
mod looks;
mod moving_in;
mod openapi;
mod past;
mod paths;
mod policies;
mod prices;
mod odd;
mod our_apps;
mod races;
mod reconcile;
mod requests;
mod restart;
mod reviews;
mod rules;
mod runbook;
mod shown;
mod story;
mod sweeping;
mod told;
mod unreadable;
mod wire;
mod writes;
