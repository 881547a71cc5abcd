//! The journal: what was announced of a member, and what an admin did, kept until the member is erased.

use crate::{Announcement, ImpUid, News, Resolution, Uid, Won};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// One thing that happened. Entries are never changed, and removed only with everything of their member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whom it concerns; who did it, for an act that concerns nobody in particular.
    pub uid: Uid,
    /// When.
    pub at: Timestamp,
    /// The announcement's id, or one of the act's own; no two entries share one.
    pub id: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum What {
    /// It was announced.
    Told(News),
    /// An admin did it.
    Did {
        /// Who.
        by: Uid,
        /// What.
        #[serde(flatten)]
        act: Act,
    },
}

/// What an admin did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Act {
    /// Took access away where it was over.
    EndedAccess,
    /// Cancelled for the member.
    Cancelled {
        /// Why, in the admin's words.
        reason: String,
    },
    /// Ended it at once.
    Ended {
        /// Why, in the admin's words.
        reason: String,
    },
    /// Gave days to the member, or let in for so many.
    GaveDays {
        /// How many.
        days: u16,
        /// Why, in the admin's words.
        reason: String,
    },
    /// Had the charge that failed tried again.
    TriedAgain {
        /// Why, in the admin's words.
        reason: String,
    },
    /// Wants the member asked for another card.
    AskedForCard {
        /// Why, in the admin's words.
        reason: String,
    },
    /// Took the cancellation back for the member.
    Resumed {
        /// Why, in the admin's words.
        reason: String,
    },
    /// Has everything of the member erased.
    Erased {
        /// Why, in the admin's words.
        reason: String,
    },
    /// Wants a payment given back, or a part of it, of which another admin has to say so too.
    ProposedRefund {
        /// Which.
        imp_uid: ImpUid,
        /// How much.
        amount: Won,
        /// Why, in the admin's words.
        reason: String,
    },
    /// Gave a payment back, or a part of it.
    Refunded {
        /// Which.
        imp_uid: ImpUid,
        /// How much; not told by an earlier release, which gave all back that was left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Won>,
        /// Why, in the admin's words.
        reason: String,
    },
    /// Settled a review.
    ResolvedReview {
        /// Which.
        review: String,
        /// How.
        resolution: Resolution,
        /// Why, in the admin's words, where that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Stopped new checkouts, or let them go on.
    SetBrake {
        /// Whether none is taken.
        pulled: bool,
        /// Why, in the admin's words.
        reason: String,
    },
    /// Compared our books with Iamport's.
    Reconciled {
        /// The first day of the payments.
        from: Date,
        /// The last.
        to: Date,
        /// How many differences there were.
        found: usize,
        /// How many of them were put right.
        mended: usize,
    },
}

impl Entry {
    /// The entry of what was announced.
    pub(crate) fn told(announcement: &Announcement) -> Self {
        Self {
            uid: announcement.uid.clone(),
            at: announcement.at,
            id: announcement.id.clone(),
            what: What::Told(announcement.news.clone()),
        }
    }
}
