//! What the timers have done so far.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// Iamport's revision, and the accounts.
pub(crate) type Held = (u64, Vec<(String, bool, Map<String, Value>)>);

/// What the timers have done so far.
#[derive(Debug, Default)]
pub(crate) struct Rung {
    /// When a timer rang last, or from when they count.
    pub(crate) last: Option<Timestamp>,
    /// Until when the nights have been seen to on which to reconcile.
    pub(crate) nights: Option<Timestamp>,
    /// What Iamport and the sign-in held when they were last reconciled.
    pub(crate) reconciled: Option<Held>,
}
