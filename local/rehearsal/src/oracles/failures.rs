//! What oracles report.

use jiff::Timestamp;

/// A failed oracle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub oracle: &'static str,
    /// What it saw.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

/// A finding: the oracle's name, and what it saw.
pub(crate) type Finding = (&'static str, String);
