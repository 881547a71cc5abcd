//! Iamport's records as the domain sees them, free of Iamport's spelling.

use crate::{ImpUid, Won};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One payment record at Iamport. That it says `Paid` does not mean that money moved: see
/// [`evidence`](crate::evidence).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Iamport's id.
    pub imp_uid: ImpUid,
    /// The order it says it belongs to; not parsed, for it may be none of ours.
    pub merchant_uid: String,
    /// What Iamport says became of it.
    pub status: RecordStatus,
    /// What Iamport says the billing key was used for (`customer_uid_usage`).
    pub usage: Usage,
    /// The billing key it names, if any.
    pub customer_uid: Option<String>,
    /// The amount.
    pub amount: Won,
    /// What was given back of it so far.
    pub cancelled: Won,
    /// The currency's ISO code, if Iamport says it.
    pub currency: Option<String>,
    /// When it came to its status; for a paid or cancelled record when it was paid. `None` where Iamport
    /// does not say: such a record counts as of the moment its order was opened.
    pub at: Option<Timestamp>,
    /// Why it failed, in the provider's words.
    pub fail_reason: Option<String>,
    /// The card's name, such as `BC카드`.
    pub card_name: Option<String>,
    /// The masked card number.
    pub card_number: Option<String>,
    /// Where the receipt can be seen.
    pub receipt_url: Option<String>,
}

/// What Iamport says became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordStatus {
    /// A window left open.
    Ready,
    /// Approved, or a billing key issued.
    Paid,
    /// Refused.
    Failed,
    /// Given back, in part or whole.
    Cancelled,
    /// A status this version does not know.
    Other,
}

/// `customer_uid_usage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// `issue`: a billing key was issued; no money.
    Issue,
    /// `payment`: charged with `again`.
    Payment,
    /// `payment.scheduled`: charged by a schedule.
    Scheduled,
    /// None, or one that is new: an ordinary payment, or an answer of the years before there was one.
    Other,
}

/// What Iamport says of one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleSighting {
    /// There is none under this `merchant_uid`.
    Missing,
    /// It waits for its time.
    Standing,
    /// It was run; the payment says how that went.
    Executed,
    /// It was run and failed, for this reason (the provider's words). There may be no payment that says so.
    Failed(String),
    /// It was taken back and will never run.
    TakenBack,
}

impl ScheduleSighting {
    /// Whether nothing else comes of it any more.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Executed | Self::Failed(_) | Self::TakenBack => true,
            Self::Missing | Self::Standing => false,
        }
    }
}

impl Record {
    /// Whether it says that money moved. A billing key's record says `paid` too, and is none.
    pub fn is_money(&self) -> bool {
        matches!(self.status, RecordStatus::Paid | RecordStatus::Cancelled)
            && self.usage != Usage::Issue
    }

    /// Whether money moved and was not all given back.
    pub fn is_kept(&self) -> bool {
        self.is_money() && self.cancelled < self.amount
    }
}
