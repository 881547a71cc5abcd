//! Queries for the lists of payments and schedules.

use jiff::Timestamp;

use crate::{
    PaymentStatus, ScheduleStatus,
    limits::{self, Checked},
};

/// The order of a list of payments; [`Sorting::StartedNewestFirst`] if left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    /// By when they began, newest first.
    StartedNewestFirst,
    /// By when they began, oldest first.
    StartedOldestFirst,
    /// By when they were approved, newest first.
    PaidNewestFirst,
    /// By when they were approved, oldest first.
    PaidOldestFirst,
    /// By when they last changed, newest first.
    UpdatedNewestFirst,
    /// By when they last changed, oldest first.
    UpdatedOldestFirst,
}

impl Sorting {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::StartedNewestFirst => "-started",
            Self::StartedOldestFirst => "started",
            Self::PaidNewestFirst => "-paid",
            Self::PaidOldestFirst => "paid",
            Self::UpdatedNewestFirst => "-updated",
            Self::UpdatedOldestFirst => "updated",
        }
    }
}

/// All payments of one `merchant_uid` (`GET /payments/findAll/{merchant_uid}`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FindAll {
    /// The order's id, at most 40 visible ASCII characters.
    pub merchant_uid: String,
    /// Only those with this status.
    pub status: Option<PaymentStatus>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// Rows per page, 1 to 1,000; 20 if left out.
    pub limit: Option<u32>,
    /// The order of the rows.
    pub sorting: Option<Sorting>,
}

impl FindAll {
    /// The first page of all payments with this id, whatever their status.
    pub fn new(merchant_uid: impl Into<String>) -> Self {
        Self {
            merchant_uid: merchant_uid.into(),
            status: None,
            page: None,
            limit: None,
            sorting: None,
        }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::merchant_uid(&self.merchant_uid)?;
        limits::page(self.page)?;
        limits::limit(self.limit)
    }
}

/// The whole shop's payments in a window of at most 90 days (`GET /payments/status/{status}`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PaymentsByStatus {
    /// Only those with this status; all if left out.
    pub status: Option<PaymentStatus>,
    /// The start of the window; 90 days before `to` if left out.
    pub from: Option<Timestamp>,
    /// The end of the window; now if left out.
    pub to: Option<Timestamp>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// Rows per page, 1 to 1,000; 20 if left out.
    pub limit: Option<u32>,
    /// The order of the rows.
    pub sorting: Option<Sorting>,
}

impl PaymentsByStatus {
    /// The first page of all payments of the last 90 days.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn check(&self, now: Timestamp) -> Checked {
        if let Some(from) = self.from {
            limits::ninety_days("from", from, self.to.unwrap_or(now))?;
        }
        limits::page(self.page)?;
        limits::limit(self.limit)
    }
}

/// The whole shop's schedules in a window (`GET /subscribe/payments/schedule`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchedulesInRange {
    /// Those due at this time or later.
    pub from: Timestamp,
    /// Those due before this time, at most three months after `from`.
    pub to: Timestamp,
    /// Only those with this status.
    pub status: Option<ScheduleStatus>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// Rows per page, 1 to 1,000; 20 if left out.
    pub limit: Option<u32>,
    /// Whether the oldest come first; otherwise the newest do.
    pub oldest_first: bool,
}

impl SchedulesInRange {
    /// The first page of the schedules with `from ≤ schedule_at < to`.
    pub fn new(from: Timestamp, to: Timestamp) -> Self {
        Self { from, to, status: None, page: None, limit: None, oldest_first: false }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::three_months("schedule_from", self.from, self.to)?;
        limits::page(self.page)?;
        limits::limit(self.limit)
    }
}

/// The schedules of one billing key (`GET /subscribe/customers/{customer_uid}/schedules`), newest
/// first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchedulesOfCustomer {
    /// The billing key, at most 80 visible ASCII characters.
    pub customer_uid: String,
    /// Those due at this time or later.
    pub from: Timestamp,
    /// Those due before this time, at most three months after `from`.
    pub to: Timestamp,
    /// Only those with this status.
    pub status: Option<ScheduleStatus>,
    /// The page, from 1.
    pub page: Option<u32>,
}

impl SchedulesOfCustomer {
    /// The first page of the key's schedules in this window.
    pub fn new(customer_uid: impl Into<String>, from: Timestamp, to: Timestamp) -> Self {
        Self { customer_uid: customer_uid.into(), from, to, status: None, page: None }
    }

    pub(crate) fn check(&self) -> Checked {
        limits::customer_uid(&self.customer_uid)?;
        limits::three_months("from", self.from, self.to)?;
        limits::page(self.page)
    }
}
