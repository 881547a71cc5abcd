//! How many cards one member may try. Whoever tests stolen cards wants a quick answer for many of them; a member has
//! one or two.

use crate::{
    Card, CardWindows, CustomerUid, DeclinedCard, Policy, Refusal, Subscription, kst_date,
};
use jiff::{SignedDuration, Timestamp};

/// How long a declined card counts.
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Subscription {
    /// Until when no other card is taken, for too many were declined in the 24 hours before `now`.
    pub fn takes_no_card_until(&self, now: Timestamp, policy: &Policy) -> Option<Timestamp> {
        let allowed = usize::from(policy.declined_cards_a_day);
        let counts = |declined: &DeclinedCard| after_a_day(declined.at);
        let mut until: Vec<Timestamp> =
            self.declined_cards.iter().map(counts).filter(|until| *until > now).collect();
        until.sort_unstable();
        // Another is taken once only one less than allowed still count.
        until.len().checked_sub(allowed).and_then(|over| until.get(over).copied())
    }

    /// Whether this card was declined before it had paid anything.
    pub fn has_declined(&self, card: CustomerUid) -> bool {
        self.declined_cards.iter().any(|declined| declined.customer_uid == card)
    }

    /// Notes that a card was declined, once, and forgets those that count no more.
    pub(crate) fn note_declined(&mut self, card: CustomerUid, now: Timestamp) {
        let registered =
            |held: &Card| held.customer_uid == card && now < after_a_day(held.registered_at);
        if self.has_declined(card) || !self.card.as_ref().is_some_and(registered) {
            return;
        }
        self.declined_cards.retain(|declined| now < after_a_day(declined.at));
        self.declined_cards.push(DeclinedCard { customer_uid: card, at: now });
    }

    /// Counts a card window that is opened.
    pub(crate) fn count_card_window(
        &mut self,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<(), Refusal> {
        let on = kst_date(now);
        let before = self.card_windows.filter(|windows| windows.on == on);
        let count = before.map_or(0, |windows| windows.count).saturating_add(1);
        if count > policy.card_windows_a_day {
            return Err(Refusal::TooManyRegistrations);
        }
        self.card_windows = Some(CardWindows { on, count });
        Ok(())
    }
}

fn after_a_day(at: Timestamp) -> Timestamp {
    at.saturating_add(DAY).unwrap_or(Timestamp::MAX)
}
