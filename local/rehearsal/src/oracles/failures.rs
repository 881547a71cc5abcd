//! What an oracle says that did not hold.

use jiff::Timestamp;

/// An oracle that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub oracle: &'static str,
    /// What was seen.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

/// What an oracle found at one moment: its name, and what was seen.
pub(crate) type Finding = (&'static str, String);
