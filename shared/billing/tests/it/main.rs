//! Facts about the domain.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking"
)]

mod acts;
mod ahead;
mod booking;
mod comparing;
mod deciding;
mod decline;
mod forecast;
mod guard;
mod ids;
mod money;
mod overdue;
mod past;
mod period;
mod resting;
mod evidence;
mod velocity;
