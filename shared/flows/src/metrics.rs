//! Figures: what a run of the loop and a sweep did, as numbers.
//!
//! They leave as events of `tracing` under [`METRICS`]: a field that is a number is a figure, one that is
//! a text says whose figure it is. Nobody is named. Who listens makes of them what the place wants; on
//! Lambda that is `CloudWatch`'s embedded metric format (`edge::metrics`).

use crate::Gudok;
use billing::{
    Change, ChargeState, ClosedState, DeclineClass, Order, RegistrationState, Subscription,
};

/// The target of events that are figures.
pub const METRICS: &str = "metrics";

/// What one run of the loop did. Counted when it is stored, so once, however often it is looked at.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    steps: u64,
    charges: u64,
    refunds: u64,
    revocations: u64,
    transient: u64,
    soft: u64,
    provider: u64,
    hard: u64,
    unknown: u64,
    firsts_declined: u64,
    registrations_failed: u64,
}

impl Tally {
    /// The loop went one step on.
    pub(crate) fn step(&mut self) {
        add(&mut self.steps);
    }

    /// A change was stored; `before` is what stood there.
    pub(crate) fn stored(&mut self, change: &Change, before: &Subscription) {
        if change.payment.is_some() {
            add(&mut self.charges);
        }
        if change.refund.is_some() {
            add(&mut self.refunds);
        }
        if before.ended_at.is_none() && change.subscription.ended_at.is_some() {
            add(&mut self.revocations);
        }
        change.orders.iter().for_each(|order| self.closed(order));
    }

    /// An order came further: it may have come to nothing.
    fn closed(&mut self, order: &Order) {
        match order {
            Order::Registration { registration, .. } => {
                if matches!(registration.outcome, RegistrationState::Failed { .. }) {
                    add(&mut self.registrations_failed);
                }
            }
            Order::Charge { charge, .. } => {
                if let ChargeState::Closed(ClosedState::Declined { decline }) = &charge.outcome {
                    if charge.period == 0 {
                        add(&mut self.firsts_declined);
                    }
                    add(match decline.class {
                        DeclineClass::Transient => &mut self.transient,
                        DeclineClass::Soft => &mut self.soft,
                        DeclineClass::Provider => &mut self.provider,
                        DeclineClass::Hard => &mut self.hard,
                        DeclineClass::Unknown => &mut self.unknown,
                    });
                }
            }
        }
    }

    /// Tells it. What did not happen is left out, but for the steps.
    pub(crate) fn tell(&self, gudok: &Gudok) {
        let happened = |count: u64| (count > 0).then_some(count);
        tracing::info!(
            target: METRICS,
            EventBus = gudok.bus.name,
            Steps = self.steps,
            Charges = happened(self.charges),
            Refunds = happened(self.refunds),
            Revocations = happened(self.revocations),
            DeclinesTransient = happened(self.transient),
            DeclinesSoft = happened(self.soft),
            DeclinesProvider = happened(self.provider),
            DeclinesHard = happened(self.hard),
            DeclinesUnknown = happened(self.unknown),
            FirstChargesDeclined = happened(self.firsts_declined),
            RegistrationsFailed = happened(self.registrations_failed),
        );
    }
}

/// Tells how many rows could not be read, of all that something was to be done for.
pub(crate) fn unreadable(gudok: &Gudok, rows: u64) {
    tracing::info!(
        target: METRICS,
        EventBus = gudok.bus.name,
        UnreadableRows = rows,
    );
}

fn add(count: &mut u64) {
    *count = count.saturating_add(1);
}
