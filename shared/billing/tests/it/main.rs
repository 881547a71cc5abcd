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
mod digest;
mod forecast;
mod generated;
mod guard;
mod ids;
mod money;
mod overdue;
mod past;
mod period;
mod resting;
mod specification;
mod takeover;
mod evidence;
mod velocity;

use billing::Policy;
use jiff::SignedDuration;

/// The usual rules, but renewals at ten sharp, so that a fact can name the moment; that they are spread is a fact of
/// `period`.
fn at_ten() -> Policy {
    Policy { charge_window: SignedDuration::ZERO, ..Policy::default() }
}
