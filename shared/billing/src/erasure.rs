//! Erasure (회원 탈퇴): what is left to do before everything of a member may go, and what the law has us keep
//! (docs/privacy.md).

use crate::{Cancellation, Erasure, News, Subscription};
use jiff::{SignedDuration, Timestamp};

/// How long the law has records of contracts, of withdrawals from them and of payments be kept: five years
/// (전자상거래법 시행령 제6조), each with its leap days.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(24 * (5 * 365 + 2));

impl Subscription {
    /// Has everything of the member erased, once nothing is open any more: what goes on is cancelled, access ends at
    /// once, nothing is given back for the days that are left. It cannot be taken back. Asked again it changes
    /// nothing. Says whether anything changed.
    pub fn erase(&mut self, now: Timestamp) -> bool {
        if self.erasure.is_some() {
            return false;
        }
        self.erasure = Some(Erasure { requested_at: now });
        self.withdraw(now);
        self.tell(now, News::ErasureRequested);
        true
    }

    /// Cancels with the wish to be erased.
    pub(crate) fn withdraw(&mut self, now: Timestamp) {
        if self.cancellation.is_none() && self.ended_at.is_none() {
            self.cancellation = Some(Cancellation::at(now));
        }
    }

    /// Whether everything of the member may be erased now: it was asked for, and nothing is open any more that
    /// money, a key or a person hangs on.
    pub(crate) fn may_be_erased(&self) -> bool {
        let Self {
            registrations, charges, refunds, verdicts, reviews, unwanted_keys, outbox, ..
        } = self;
        self.erasure.is_some()
            && (self.ended_at.is_some() || self.periods_paid == 0)
            && self.card.is_none()
            && registrations.is_empty()
            && charges.is_empty()
            && refunds.is_empty()
            && verdicts.is_empty()
            && reviews.is_empty()
            && unwanted_keys.is_empty()
            && outbox.is_empty()
            && self.access.is_told(false)
    }
}

impl News {
    /// Whether it is kept once the member is erased: what was agreed to, ended, and given back.
    pub const fn is_retained(&self) -> bool {
        match self {
            Self::Subscribed { .. }
            | Self::TakenOver { .. }
            | Self::ConsentAsked { .. }
            | Self::ConsentGiven { .. }
            | Self::CancelRequested { .. }
            | Self::CheckoutWithdrawn
            | Self::Resumed { .. }
            | Self::Refunded { .. }
            | Self::Revoked { .. }
            | Self::DaysGiven { .. }
            | Self::ErasureRequested => true,
            Self::Paid { .. }
            | Self::Declined { .. }
            | Self::ProviderTrouble { .. }
            | Self::RetryPlanned { .. }
            | Self::TriedAgain
            | Self::CardChanged
            | Self::CardAsked { .. }
            | Self::CardExpiring { .. }
            | Self::RefundDue { .. }
            | Self::ReviewOpened { .. }
            | Self::ReviewResolved { .. }
            | Self::Overdue { .. } => false,
        }
    }
}
