//! The whole of Gudok on one machine, with no account anywhere.
//!
//! Ours and real: the routers that the Lambdas run, the flows, the clients and their encoders. Stand-ins:
//! Iamport ([`iamport_simulator`]), DynamoDB (embedded), EventBridge ([`bus`]), Google's sign-in
//! ([`google`]), Slack. They are reached by address like the real ones; [`wire::InProcess`] takes requests
//! to them without a socket, for tests.
//!
//! Time is the simulation's: [`Stack::advance_to`] moves it and does on the way, in the order of time, all
//! that falls due: schedules at Iamport, webhooks, the two timers, announcements.

pub mod bus;
pub mod clock;
mod control;
mod dynamodb;
mod emulator;
pub mod fuzz;
pub mod bench;
mod binaries;
pub mod gateway;
pub mod google;
mod journal;
mod openapi;
pub mod permissions;
pub mod rules;
mod serve;
mod stack;
mod time;
mod timers;
pub mod faults;
pub mod wire;

pub use binaries::BinariesError;
pub use openapi::{docs, openapi};
pub use serve::{Options, ServeError, serve};
pub use stack::{Addresses, Stack, StackError};
