//! What was met on the way: what is never met was never checked, or is there for nothing.

use crate::world::World;
use billing::{
    Access, ChargeState, ClosedState, Effect, OpenState, Order, State, Step, Subscription,
};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How often each thing was met, of each kind.
#[derive(Debug, Default)]
pub struct Points(Mutex<BTreeMap<&'static str, u64>>);

/// All that has to be met.
pub const ALL: &[&str] = &[
    "step: commit",
    "step: do",
    "step: rest",
    "effect: read order",
    "effect: look up",
    "effect: look up schedule",
    "effect: charge",
    "effect: schedule",
    "effect: unschedule",
    "effect: count",
    "effect: refund",
    "effect: delete key",
    "effect: grant",
    "effect: revoke",
    "effect: announce",
    "effect: erase",
    "state: none",
    "state: active",
    "state: past due",
    "state: cancelling",
    "state: ended",
    "open: planned",
    "open: charging",
    "open: scheduling",
    "open: scheduled",
    "closed: paid",
    "closed: declined",
    "closed: abandoned",
    "closed: contradicted",
    "access: none",
    "access: telling",
    "access: granted",
    "access: revoked",
    "review",
    "verdict",
    "refund owed",
    "told that it is overdue",
];

impl Points {
    /// What was met so far, and how often.
    pub fn met(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was not met.
    pub fn never(&self) -> Vec<&'static str> {
        let met = self.met();
        ALL.iter().copied().filter(|point| !met.contains_key(point)).collect()
    }

    /// A step that a run takes.
    pub fn take(&self, step: &Step) {
        let names = match step {
            Step::Commit(_) => ["step: commit", ""],
            Step::Rest(_) => ["step: rest", ""],
            Step::Do(effect) => ["step: do", effect_name(effect)],
        };
        self.count(names.into_iter().filter(|name| !name.is_empty()));
    }

    /// A world that was not met before.
    pub fn meet(&self, world: &World) {
        let Some(row) = &world.tables.row else { return };
        let open = row.charges.iter().map(|open| open_name(open.outcome));
        let closed = world.tables.orders.values().filter_map(|order| match &**order {
            Order::Charge { charge, .. } => match &charge.outcome {
                ChargeState::Closed(closed) => Some(closed_name(closed)),
                ChargeState::Open(_) => None,
            },
            Order::Registration { .. } => None,
        });
        let told = row.undone.is_some_and(|undone| undone.told);
        let others = [
            (!row.reviews.is_empty()).then_some("review"),
            (!row.verdicts.is_empty()).then_some("verdict"),
            (!row.refunds.is_empty()).then_some("refund owed"),
            told.then_some("told that it is overdue"),
        ];
        let names = open.chain(closed).chain(others.into_iter().flatten());
        self.count(names.chain(row_names(row)));
    }

    fn count(&self, names: impl Iterator<Item = &'static str>) {
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            let times = met.entry(name).or_default();
            *times = times.saturating_add(1);
        }
    }
}

fn row_names(row: &Subscription) -> [&'static str; 2] {
    let state = match row.state() {
        State::None => "state: none",
        State::Active => "state: active",
        State::PastDue => "state: past due",
        State::Cancelling => "state: cancelling",
        State::Ended => "state: ended",
    };
    let access = match row.access {
        Access::None => "access: none",
        Access::Telling { .. } => "access: telling",
        Access::Granted { .. } => "access: granted",
        Access::Revoked { .. } => "access: revoked",
    };
    [state, access]
}

const fn effect_name(effect: &Effect) -> &'static str {
    match effect {
        Effect::ReadOrder(_) => "effect: read order",
        Effect::LookUp(_) => "effect: look up",
        Effect::LookUpSchedule(_) => "effect: look up schedule",
        Effect::Charge(_) => "effect: charge",
        Effect::Schedule(..) => "effect: schedule",
        Effect::Unschedule(..) => "effect: unschedule",
        Effect::Count(..) => "effect: count",
        Effect::Refund(_) => "effect: refund",
        Effect::DeleteKey(_) => "effect: delete key",
        Effect::Grant => "effect: grant",
        Effect::Revoke => "effect: revoke",
        Effect::Announce(_) => "effect: announce",
        Effect::Erase => "effect: erase",
    }
}

const fn open_name(state: OpenState) -> &'static str {
    match state {
        OpenState::Planned { .. } => "open: planned",
        OpenState::Charging { .. } => "open: charging",
        OpenState::Scheduling { .. } => "open: scheduling",
        OpenState::Scheduled { .. } => "open: scheduled",
    }
}

const fn closed_name(state: &ClosedState) -> &'static str {
    match state {
        ClosedState::Paid { .. } => "closed: paid",
        ClosedState::Declined { .. } => "closed: declined",
        ClosedState::Abandoned => "closed: abandoned",
        ClosedState::Contradicted => "closed: contradicted",
    }
}
