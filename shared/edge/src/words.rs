//! The words that answers say states, reasons and kinds with. Each set of them is closed and documented as such,
//! and is made from the domain's: a new one there has no word here, and stops the build.

use billing::{DeclineClass, LostAccount, Overdue, RecordStatus, Resolution, State, Usage};
use flows::FindingKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The same words as the domain's, spelled as it spells them.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident as $of:ident { $($word:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {$(
            #[doc = concat!("[`", stringify!($of), "::", stringify!($word), "`].")]
            $word,
        )*}

        impl From<$of> for $name {
            fn from(word: $of) -> Self {
                match word { $($of::$word => Self::$word,)* }
            }
        }
    )*};
}

words! {
    /// What a subscription is: never paid, paid, declined while access lasts, cancelled while access lasts, over.
    StateView as State { None, Active, PastDue, Cancelling, Ended }

    /// What a decline means for trying again: it passes by itself, may work on another day, is the shop's or the
    /// provider's trouble and no card's, wants another card, or is not known.
    DeclineClassView as DeclineClass { Transient, Soft, Provider, Hard, Unknown }

    /// How a review is settled: `look_again` asks Iamport once more; `accept` lets the payment pay its period;
    /// `refund` gives all money under the order back, and the period is charged anew; `dismiss` closes it
    /// without money, and the period is charged anew.
    ResolutionView as Resolution { Accept, Refund, Dismiss, LookAgain }

    /// What Iamport says became of a payment.
    RecordStatusView as RecordStatus { Ready, Paid, Failed, Cancelled, Other }

    /// What the billing key was used for: to be issued (no money), a charge, a scheduled charge, or something else.
    UsageView as Usage { Issue, Payment, Scheduled, Other }

    /// Why nobody can sign in as the member any more.
    LostAccountView as LostAccount { Deleted, Disabled }

    /// What has been waiting for too long: a charge to be made or taken back, money to be given back, access to be
    /// told, a billing key or everything of the member to be deleted, or something to be booked or announced.
    OverdueView as Overdue { Charge, Refund, Access, Key, Erasure, Record }

    /// What differs between our books and Iamport's, the accounts or the journal.
    FindingKindView as FindingKind {
        UnknownOrder,
        UnrecordedPayment,
        UnrecordedRefund,
        MissingAtIamport,
        OrphanedKey,
        OrphanedSchedule,
        DoubleSchedule,
        ChangedSchedule,
        MissingSchedule,
        LostAccount,
        ChangedAccess,
        PastRow,
    }
}

impl From<ResolutionView> for Resolution {
    fn from(word: ResolutionView) -> Self {
        match word {
            ResolutionView::Accept => Self::Accept,
            ResolutionView::Refund => Self::Refund,
            ResolutionView::Dismiss => Self::Dismiss,
            ResolutionView::LookAgain => Self::LookAgain,
        }
    }
}
