//! The member's account at the sign-in service: what it was told of access, and why nobody can sign in any more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why nobody can sign in as the member any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostAccount {
    /// The account was deleted.
    Deleted,
    /// The account was disabled.
    Disabled,
}

/// What the sign-in service was told about access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Access {
    /// Nothing yet.
    None,
    /// It is being told, or was and nobody knows whether it heard. Google knows no condition and replaces
    /// all claims at once, so until then only the run that stored this may tell it, and nobody the opposite.
    Telling {
        /// Whether the member may enter.
        enter: bool,
        /// When another run may tell it.
        until: Timestamp,
    },
    /// The member may enter.
    Granted {
        /// Since when.
        at: Timestamp,
    },
    /// The member may no longer enter.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
}

impl Access {
    /// Whether the sign-in service is known to have heard so. It keeps out whoever it heard nothing of.
    pub(crate) fn is_told(self, enter: bool) -> bool {
        match self {
            Self::Telling { .. } => false,
            Self::Granted { .. } => enter,
            Self::None | Self::Revoked { .. } => !enter,
        }
    }
}
