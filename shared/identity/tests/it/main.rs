//! The crate as its callers use it, over a transport that ends in a stand-in for Google.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unchecked_time_subtraction,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

mod google;
mod verifying;
mod app_check;
mod merging;
mod access;
mod accounts;
