//! The edge: configuration, the transport, wiring, authentication, replies and problems.
//!
//! Here, and nowhere below, are the environment, the clock, HTTP and the words a member reads.

pub mod answers;
pub mod config;
pub mod gateway;
pub mod metrics;
pub mod transport;
mod app;
mod auth;
mod body;
mod path;
pub mod problem;
pub mod view;
pub mod words;
mod start;

pub use app::{App, Gate, Reader, WiringError};
pub use auth::{Admin, Desk, FreshMember, FromOurApp, Member};
pub use body::{Body, Nothing, Query, Raw};
pub use config::{AdminPolicy, Config, ConfigError, OurApps, ReaderConfig};
pub use path::Named;
pub use problem::Problem;
pub use start::{StartError, listen, log, production, production_by, reader, run, serve};
