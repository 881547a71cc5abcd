//! What follows when the member's account is gone, or when somebody else changed what it may open.

use crate::{Access, Cancellation, LostAccount, News, State, Subscription};
use jiff::Timestamp;

impl Subscription {
    /// Cancels for a member who cannot do so any more: the next charge is stopped, nothing is given back.
    /// Asked again it changes nothing, and so it does where there is nothing to cancel. Says whether anything
    /// changed.
    pub fn lose_account(&mut self, account: LostAccount, now: Timestamp) -> bool {
        let (State::Active | State::PastDue, Some(paid_through)) =
            (self.state(), self.paid_through())
        else {
            return false;
        };
        self.cancellation = Some(Cancellation::at(now));
        self.tell(now, News::CancelRequested { paid_through, account: Some(account) });
        true
    }

    /// Doubts that the sign-in service still says what it was told, for somebody saw whether it lets the
    /// member in: then it is told anew. Nothing is in doubt while it is being told, or if it was never told to
    /// let in and does not. Says whether anything changed.
    pub fn doubt_access(&mut self, lets_in: bool, now: Timestamp) -> bool {
        let enter = self.is_entitled();
        if lets_in == enter || !self.access.is_told(enter) {
            return false;
        }
        self.access = Access::Telling { enter, until: now };
        true
    }

    /// Whether the sign-in service is known to have heard whether the member may enter.
    pub fn is_access_told(&self) -> bool {
        self.access.is_told(self.is_entitled())
    }
}
