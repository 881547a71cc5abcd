//! Snapshots handed to the oracles: what Iamport, the sign-in service and the tables hold at one moment.

use iamport_simulator::{Charge, Customer, Schedule, ScheduleStatus};
use jiff::Timestamp;
use ledger::BookedPayment;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What Iamport and the sign-in service hold at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) now: Timestamp,
    /// Money that moved, according to Iamport.
    pub(crate) charges: Vec<Charge>,
    /// All schedules at Iamport.
    pub(crate) schedules: Vec<Schedule>,
    /// The billing keys at Iamport.
    pub(crate) customers: Vec<Customer>,
    /// The custom claims of each account.
    pub(crate) claims: BTreeMap<String, Map<String, Value>>,
}

/// Each member's rows in the payments table; `None` if they could not be read.
pub(crate) type Payments = BTreeMap<String, Option<Vec<BookedPayment>>>;

impl Facts {
    /// Whether the member's claims grant access.
    pub(crate) fn may_enter(&self, uid: &str) -> bool {
        self.claims.get(uid).is_some_and(|claims| claims.get("subscriber") == Some(&true.into()))
    }

    /// The pending schedules.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &Schedule> {
        let standing = |schedule: &&Schedule| schedule.schedule_status == ScheduleStatus::Scheduled;
        self.schedules.iter().filter(standing)
    }
}
