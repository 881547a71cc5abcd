#![doc = include_str!("../README.md")]

mod client;
mod error;
mod transport;

mod payments;
mod customers;
mod subscribe;

mod charge;
mod payment;
mod customer;
mod schedule;
mod page;

mod call;
mod token;
mod envelope;
mod lenient;
mod limits;

pub use charge::{Again, Buyer, Card, CashReceiptType, ChargeOptions, Extra, Onetime, ProductType};
pub use client::{BuildError, Client, ClientBuilder, Credentials};
pub use customer::{Customer, DeleteKey, IssueKey};
pub use error::{Error, Refusal, Trouble};
pub use limits::{InvalidRequest, Problem};
pub use page::Page;
pub use payment::{
    Cancel, CancelTarget, Cancellation, Deposit, FindAll, Payment, PaymentStatus, PaymentsByStatus,
    Prepare, Prepared, Promotion, RefundAccount, Sorting, Usage,
};
pub use schedule::{
    Schedule, ScheduleItem, ScheduleRequest, ScheduleStatus, SchedulesInRange, SchedulesOfCustomer,
    Unschedule,
};
pub use transport::NotSent;
#[cfg(feature = "reqwest")]
pub use transport::ReqwestTransport;
