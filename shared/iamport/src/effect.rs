//! Whether a call changes anything, which decides what a missing answer means.

use http::StatusCode;

use crate::{Error, Trouble};

/// What a call does at Iamport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only reads, so it may be repeated.
    None,
    /// It changes something, so it is sent once.
    Change,
}

impl Effect {
    /// The error for a request that may have arrived but brought back no answer.
    pub(crate) fn without_outcome(self, source: Trouble) -> Error {
        match self {
            Self::None => Error::Unavailable { source },
            Self::Change => Error::Unknown { source },
        }
    }

    /// The error for an answer that cannot be read.
    pub(crate) fn unreadable(self, status: StatusCode, source: serde_json::Error) -> Error {
        self.without_outcome(Trouble::Unreadable { status, source })
    }
}
