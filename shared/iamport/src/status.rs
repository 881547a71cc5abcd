//! Iamport's words for the status of a payment or a schedule.

use std::fmt;

/// A set of words with room for those that Iamport may add.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word that this crate does not know, as it came.
            Other(String),
        }

        impl $name {
            /// The word as Iamport writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// The status of a payment.
    PaymentStatus {
        /// Not paid yet, or abandoned in the window.
        Ready = "ready",
        /// Approved. With [`Usage::Issue`] a card was registered and no money moved.
        Paid = "paid",
        /// Declined.
        Failed = "failed",
        /// Refunded, in full or in part: compare `cancel_amount` with `amount`.
        Cancelled = "cancelled",
    }
}

words! {
    /// What a payment used its billing key for (`customer_uid_usage`).
    Usage {
        /// A billing key was issued. The record reads `paid`, but no money moved.
        Issue = "issue",
        /// Charged with `again`.
        Payment = "payment",
        /// Charged by a schedule.
        PaymentScheduled = "payment.scheduled",
    }
}

words! {
    /// The status of a schedule.
    ScheduleStatus {
        /// Not due yet.
        Scheduled = "scheduled",
        /// It ran; `payment_status` has the result.
        Executed = "executed",
        /// Revoked before it ran.
        Revoked = "revoked",
    }
}
