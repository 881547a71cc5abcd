//! The words Iamport uses for where a payment or a schedule stands.

use std::fmt;

/// A closed set of words with room for those Iamport adds later.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word this crate does not know, kept as it came.
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
    /// Where a payment stands.
    PaymentStatus {
        /// Not paid yet, or the window was left open.
        Ready = "ready",
        /// Approved. With [`Usage::Issue`] a card was registered instead and no money moved.
        Paid = "paid",
        /// Declined.
        Failed = "failed",
        /// Given back, in full or in part: compare `cancel_amount` with `amount`.
        Cancelled = "cancelled",
    }
}

words! {
    /// How a payment used its billing key (`customer_uid_usage`).
    Usage {
        /// A billing key was issued. The record reads `paid`, yet no money moved.
        Issue = "issue",
        /// Charged with `again`.
        Payment = "payment",
        /// Charged by a schedule.
        PaymentScheduled = "payment.scheduled",
    }
}

words! {
    /// Where a schedule stands.
    ScheduleStatus {
        /// Waiting for its time.
        Scheduled = "scheduled",
        /// It ran: `payment_status` tells how that went.
        Executed = "executed",
        /// Taken back before it ran.
        Revoked = "revoked",
    }
}
