#![doc = include_str!("../README.md")]

mod answer;
mod builder;
mod card;
mod charge;
mod console;
mod control;
mod fault;
mod flight;
mod key;
mod lists;
mod local;
mod order;
mod pages;
mod params;
mod records;
mod rng;
mod rows;
mod running;
mod settings;
mod shape;
mod simulator;
mod state;
mod store;
mod table;
mod v1;
mod webhook;
mod window;
mod wire;

pub use builder::Builder;
pub use card::Card;
pub use console::{ConsoleAct, ConsoleError};
pub use fault::{CallFault, Fault, FaultKind, ScheduleFault, WebhookFault};
pub use local::{is_loopback, on_this_machine};
pub use records::{
    Cancellation, Charge, Customer, Delivery, Payment, PaymentStatus, Schedule, ScheduleStatus,
    Usage, Webhook, WebhookState,
};
pub use settings::{Clock, Deliver, Switch, WebhookFormat};
pub use simulator::{Simulator, UnknownCustomer};
pub use store::StoreError;
pub use window::{Action, CardWindow, WebhookTiming};

/// The error of a function that delivers webhooks.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
