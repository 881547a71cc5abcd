//! Facts about the domain.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests fail by panicking")]

mod decline;
mod forecast;
mod ids;
mod money;
mod period;
mod settle;
