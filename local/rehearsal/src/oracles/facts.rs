//! What is so at one moment, as Iamport, the sign-in service and the tables tell it.

use iamport_simulator::{Charge, Customer, Schedule, ScheduleStatus};
use jiff::Timestamp;
use ledger::BookedPayment;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What Iamport and the sign-in service hold at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) now: Timestamp,
    /// Money that moved, as Iamport has it.
    pub(crate) charges: Vec<Charge>,
    /// All schedules at Iamport.
    pub(crate) schedules: Vec<Schedule>,
    /// The billing keys at Iamport.
    pub(crate) customers: Vec<Customer>,
    /// The custom claims of each account.
    pub(crate) claims: BTreeMap<String, Map<String, Value>>,
}

/// What the table of payments holds of each member; nothing if it could not be read.
pub(crate) type Payments = BTreeMap<String, Option<Vec<BookedPayment>>>;

impl Facts {
    /// Whether the sign-in service lets the member in.
    pub(crate) fn may_enter(&self, uid: &str) -> bool {
        self.claims.get(uid).is_some_and(|claims| claims.get("subscriber") == Some(&true.into()))
    }

    /// The schedules that stand.
    pub(crate) fn standing(&self) -> impl Iterator<Item = &Schedule> {
        let standing = |schedule: &&Schedule| schedule.schedule_status == ScheduleStatus::Scheduled;
        self.schedules.iter().filter(standing)
    }
}
