//! A look ahead: the charges that today's rules would make, without making them.

use crate::{Catalogue, OpenState, Policy, State, Subscription, Won, start_of_day};
use jiff::{Timestamp, civil::Date};

/// A charge that would be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The period it would pay for, from 0.
    pub period: u16,
    /// That period's first day in Korea: the payment's date.
    pub date: Date,
    /// When it would be made: a retry comes later than its date.
    pub at: Timestamp,
    /// How much.
    pub amount: Won,
    /// Whether it is made only if the member agrees to this amount until then.
    pub needs_consent: bool,
}

/// The next `count` charges of a subscription, if nothing is declined, nobody asks for anything and the
/// member agrees to every price. None while it is cancelled, over or never begun, while no card is left to
/// be charged, and while a person has to settle the period to pay.
pub fn forecast(
    subscription: &Subscription,
    catalogue: &Catalogue,
    policy: &Policy,
    now: Timestamp,
    count: u16,
) -> Vec<Expected> {
    let goes_on = matches!(subscription.state(), State::Active | State::PastDue)
        && subscription.card.is_some()
        && !subscription.dunning.stopped
        && !subscription.is_blocked();
    let plan = catalogue.plan(&subscription.plan);
    let first = subscription.periods_paid;
    let Some(begins) = subscription.begins(first).filter(|_| goes_on) else { return Vec::new() };
    // Nobody is asked any more once the period has begun.
    let late = start_of_day(begins) <= now;
    let mut price = match subscription.price_to_charge() {
        None if late => return Vec::new(),
        agreed => agreed.unwrap_or(subscription.price),
    };
    (first..first.saturating_add(count))
        .filter_map(|period| {
            let date = subscription.begins(period)?;
            let due = policy.charge_at(date, &subscription.uid);
            let at = subscription
                .begun_at(now, policy)
                .filter(|_| period == first)
                .unwrap_or(due)
                .max(now);
            let agreed = price;
            price = match plan {
                Some(plan) if period > first || !late => plan.price_on(date),
                Some(_) | None => agreed,
            };
            Some(Expected { period, date, at, amount: price, needs_consent: price > agreed })
        })
        .collect()
}

impl Subscription {
    /// When the charge for the period to pay is made, where that is decided.
    fn begun_at(&self, now: Timestamp, policy: &Policy) -> Option<Timestamp> {
        let open = self.charges.iter().filter(|charge| self.wants(charge, now, policy));
        let mut at = open.filter_map(|charge| match charge.outcome {
            OpenState::Planned { at }
            | OpenState::Scheduling { at, .. }
            | OpenState::Scheduled { at } => Some(at),
            OpenState::Charging { .. } => None,
        });
        at.next().or(self.dunning.retry_at)
    }
}
