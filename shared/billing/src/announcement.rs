//! Announcements: what others are told. They wait in the subscription until they were handed over.

use crate::{
    Decline, DeclineClass, ImpUid, LostAccount, MerchantUid, PlanId, Resolution, SubscriptionId,
    Uid, Why, Won,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// Something that happened, told at least once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The same each time it is told, so that a listener can drop the second.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Whom it concerns.
    pub uid: Uid,
    /// The subscription it concerns.
    pub subscription: SubscriptionId,
    /// The admin who did it; absent when it was the member, or came by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Uid>,
    /// What happened.
    #[serde(flatten)]
    pub news: News,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum News {
    /// The first charge of a subscription was paid.
    Subscribed {
        /// The plan.
        plan: PlanId,
        /// Until when it is paid.
        paid_through: Date,
    },
    /// Money moved.
    Paid {
        /// Iamport's id.
        imp_uid: ImpUid,
        /// How much.
        amount: Won,
        /// Until when it is paid.
        paid_through: Date,
        /// Whether the period had been declined before.
        #[serde(default)]
        recovered: bool,
        /// What the last of those declines meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recovered_from: Option<DeclineClass>,
        /// The plan.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<PlanId>,
    },
    /// A charge was declined.
    Declined {
        /// Which.
        merchant_uid: MerchantUid,
        /// Why.
        decline: Decline,
        /// When it is tried again, if it is.
        retry_at: Option<Timestamp>,
    },
    /// Charges are declined for what is no card's fault, or for what so many are at once that it cannot be
    /// theirs. Told with the first of one wording in an hour; a person should look.
    ProviderTrouble {
        /// The order with which it was seen.
        merchant_uid: MerchantUid,
        /// The provider's words.
        reason: String,
        /// Whether they say that the card is finished, which so many cannot be.
        held: bool,
    },
    /// A declined charge will be tried again, under an order of its own.
    RetryPlanned {
        /// The order of the next attempt.
        merchant_uid: MerchantUid,
        /// When.
        retry_at: Timestamp,
    },
    /// The member, or an admin, has a declined charge tried again at once.
    TriedAgain,
    /// The member was taken over from another system, with what was paid there. Not for people: whoever takes a thousand
    /// over has a report.
    TakenOver {
        /// The plan.
        plan: PlanId,
        /// The price, in won.
        amount: Won,
        /// Until when it is paid, which is also the next payment's date.
        paid_through: Date,
        /// Whether the member had cancelled there.
        cancelled: bool,
    },
    /// Another card is charged from now on.
    CardChanged,
    /// An admin wants the member asked for another card. Whoever tells the member should send the page on which it is
    /// changed.
    CardAsked {
        /// Until when it is paid.
        paid_through: Date,
    },
    /// An admin gave days: access lasts longer, and nothing is charged before.
    DaysGiven {
        /// How many.
        days: u16,
        /// How many in all to a member who has paid, in this run of the subscription.
        total: u16,
        /// Until when access lasts now, or the next charge waits.
        until: Date,
    },
    /// The card expires within a month. Whoever tells the member should ask for another.
    CardExpiring {
        /// The last day on which it can be charged.
        expires: Date,
    },
    /// The member asked to cancel, an admin did so for the member, or nobody could any more; an admin should
    /// know.
    CancelRequested {
        /// Until when access stays.
        paid_through: Date,
        /// What became of the member's account, if nobody asked and this is why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<LostAccount>,
    },
    /// A checkout was withdrawn before anything was paid: its card is not charged.
    CheckoutWithdrawn,
    /// The cancellation was taken back.
    Resumed {
        /// When the next charge is due.
        next_payment_date: Date,
    },
    /// Money is to be given back: it moved and pays no period, or an admin said so.
    RefundDue {
        /// Iamport's id.
        imp_uid: ImpUid,
        /// How much in all.
        amount: Won,
    },
    /// Money was given back.
    Refunded {
        /// Iamport's id.
        imp_uid: ImpUid,
        /// How much in all.
        amount: Won,
    },
    /// Access was taken away.
    Revoked {
        /// Until when it had been paid.
        paid_through: Date,
        /// What the last decline meant, if it ended because a charge failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lost_to: Option<DeclineClass>,
    },
    /// The next period costs more, and the member is asked to agree.
    ConsentAsked {
        /// The price of one month.
        price: Won,
        /// The first day of the period that costs it. Without an answer until then, access ends on it.
        from: Date,
    },
    /// The member agreed to the price.
    ConsentGiven {
        /// The price of one month.
        price: Won,
        /// The version of the terms agreed to.
        terms_version: String,
    },
    /// The member leaves for good, or an admin says so: access ends at once, and everything of the member is erased as
    /// soon as nothing is open any more.
    ErasureRequested,
    /// Something that only a person can settle.
    ReviewOpened {
        /// The order.
        merchant_uid: MerchantUid,
        /// Why it was opened.
        why: Why,
        /// What Iamport said, where it refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
    /// Something that is to be done has not been for too long: partners do not answer. It is tried on.
    Overdue {
        /// Since when.
        since: Timestamp,
        /// What.
        what: Overdue,
    },
    /// A person settled it.
    ReviewResolved {
        /// The order.
        merchant_uid: MerchantUid,
        /// How.
        resolution: Resolution,
    },
}

/// What has been waiting for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overdue {
    /// A charge is to be made or taken back.
    Charge,
    /// Money is to be given back.
    Refund,
    /// The sign-in service is to let the member in or keep the member out.
    Access,
    /// A billing key is to be deleted.
    Key,
    /// Everything of the member is to be erased.
    Erasure,
    /// Something is to be booked or announced.
    Record,
}

/// How people hear of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// By itself and at once: somebody may have to act, or did.
    AtOnce,
    /// In the sums of a digest.
    InSums,
    /// Not at all.
    Not,
}

impl News {
    /// The name it has on the bus (`detail-type`).
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Subscribed { .. } => "subscribed",
            Self::Paid { .. } => "paid",
            Self::Declined { .. } => "declined",
            Self::ProviderTrouble { .. } => "provider_trouble",
            Self::RetryPlanned { .. } => "retry_planned",
            Self::TriedAgain => "tried_again",
            Self::TakenOver { .. } => "taken_over",
            Self::CardChanged => "card_changed",
            Self::CardAsked { .. } => "card_asked",
            Self::DaysGiven { .. } => "days_given",
            Self::CardExpiring { .. } => "card_expiring",
            Self::CancelRequested { .. } => "cancel_requested",
            Self::CheckoutWithdrawn => "checkout_withdrawn",
            Self::Resumed { .. } => "resumed",
            Self::RefundDue { .. } => "refund_due",
            Self::Refunded { .. } => "refunded",
            Self::Revoked { .. } => "revoked",
            Self::ConsentAsked { .. } => "consent_asked",
            Self::ConsentGiven { .. } => "consent_given",
            Self::ErasureRequested => "erasure_requested",
            Self::ReviewOpened { .. } => "review_opened",
            Self::Overdue { .. } => "overdue",
            Self::ReviewResolved { .. } => "review_resolved",
        }
    }

    /// How people hear of it.
    pub const fn telling(&self) -> Telling {
        match self {
            Self::ProviderTrouble { .. }
            | Self::Refunded { .. }
            | Self::ErasureRequested
            | Self::ReviewOpened { .. }
            | Self::Overdue { .. }
            | Self::ReviewResolved { .. } => Telling::AtOnce,
            Self::Subscribed { .. }
            | Self::Paid { .. }
            | Self::Declined { .. }
            | Self::CardChanged
            | Self::CardExpiring { .. }
            | Self::CancelRequested { .. }
            | Self::Resumed { .. }
            | Self::Revoked { .. }
            | Self::ConsentAsked { .. } => Telling::InSums,
            // Who takes members over has a report. The decline tells of the retry, the refund of what was due; what an admin does is in the journal; a consent
            // is the member's own business until it is charged, and so is a checkout of which nothing came.
            Self::RetryPlanned { .. }
            | Self::TriedAgain
            | Self::TakenOver { .. }
            | Self::CardAsked { .. }
            | Self::DaysGiven { .. }
            | Self::ConsentGiven { .. }
            | Self::CheckoutWithdrawn
            | Self::RefundDue { .. } => Telling::Not,
        }
    }
}
