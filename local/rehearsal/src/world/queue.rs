//! What is going to happen, in one queue: whatever anybody does later is an event in it.

use crate::history::History;
use crate::history::actions::{OperatorAction, Step, TableName};
use crate::history::conditions::WebhookTrouble;
use crate::history::time::{RECONCILE, next_daily, plus_days};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Something that happens at its time.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// There are no more faults, and nobody begins anything new: the history is over.
    Heal(Box<History>),
    /// The functions' clock is so many seconds ahead from now on.
    ClockSkew(i64),
    /// Something becomes of the next webhooks.
    WebhookTrouble(WebhookTrouble),
    /// A member's script goes on.
    MemberStep { member: usize, script: VecDeque<Step> },
    /// Iamport runs schedules and sends webhooks.
    Iamport,
    /// A sweep that failed is tried again.
    Sweep { nightly: bool, attempt: u32 },
    /// The books are compared, for the first time that night or again.
    Reconcile { attempt: u32 },
    /// An admin settles whatever there is, after comparing all since then.
    AdminSettles { since: Option<Timestamp> },
    /// One night has passed since this table was restored: the books are right.
    NightIsOver(TableName),
    /// A day has passed since the last fault: whoever paid may enter.
    DayIsOver,
    /// The bus hands an event on.
    BusDelivery { event: Value, attempt: u32 },
    /// The operator does what the runbook says.
    Operator(OperatorAction),
    /// An admin presses the button, for a sweep said that someone waits for it.
    AdminButton,
    /// A timer rings.
    Timer,
}

impl Event {
    /// Of what is due at the same moment, the lower comes first.
    const fn rank(&self) -> u64 {
        match self {
            Self::Heal(_) => 0,
            Self::ClockSkew(_) => 1,
            Self::WebhookTrouble(_) => 2,
            Self::MemberStep { .. } => 3,
            Self::Iamport => 4,
            Self::Sweep { .. } => 5,
            Self::Reconcile { .. } => 6,
            Self::AdminSettles { .. } => 7,
            Self::NightIsOver(_) | Self::DayIsOver => 8,
            Self::BusDelivery { .. } => 9,
            Self::Operator(_) => 10,
            Self::AdminButton => 11,
            Self::Timer => 12,
        }
    }

    /// Whether members, or the faults of the history, are at work here.
    const fn is_of_the_history(&self) -> bool {
        matches!(self, Self::ClockSkew(_) | Self::WebhookTrouble(_) | Self::MemberStep { .. })
    }
}

/// When, and which of those of one moment.
type Place = (Timestamp, u64);

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    events: BTreeMap<Place, Event>,
    pushed: u64,
    /// Where Iamport and the timer are, of each of which there is one: they say themselves when they are next.
    iamport: Option<Place>,
    timer: Option<Place>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This is going to happen then.
    pub(crate) fn push(&self, at: Timestamp, event: Event) {
        self.lock().push(at, event);
    }

    /// The same, unless something of its kind is to happen at that moment anyway.
    pub(crate) fn push_once(&self, at: Timestamp, event: Event) {
        let mut inner = self.lock();
        let kind = event.rank();
        let there = inner.events.range((at, 0)..=(at, u64::MAX));
        if !there.into_iter().any(|(_, other)| other.rank() == kind) {
            inner.push(at, event);
        }
    }

    /// An admin presses the button then, unless that is to be anyway.
    pub(crate) fn push_button(&self, at: Timestamp) {
        let mut inner = self.lock();
        if !inner.events.values().any(|event| matches!(event, Event::AdminButton)) {
            inner.push(at, Event::AdminButton);
        }
    }

    /// There may be something to find in the nights to come.
    pub(crate) fn compare_for_nights(&self, now: Timestamp) {
        let first = next_daily(now, RECONCILE);
        for night in 0..3 {
            self.push_once(plus_days(first, night), Event::Reconcile { attempt: 0 });
        }
    }

    /// When Iamport and the timer are next.
    pub(crate) fn expect(&self, iamport: Option<Timestamp>, timer: Option<Timestamp>) {
        let mut inner = self.lock();
        let before = (inner.iamport, inner.timer);
        inner.iamport = inner.replace(before.0, iamport, Event::Iamport);
        inner.timer = inner.replace(before.1, timer, Event::Timer);
    }

    /// What happens next, and when it was to, if that is not after `target`. All that is due by now happens
    /// now, whatever was to be first.
    pub(crate) fn pop(&self, now: Timestamp, target: Timestamp) -> Option<(Timestamp, Event)> {
        let mut inner = self.lock();
        let due = inner.events.range(..=(now, u64::MAX));
        let due = due.min_by_key(|(place, event)| (event.rank(), **place)).map(|(place, _)| *place);
        let next = due.or_else(|| inner.events.keys().next().copied());
        let place = next.filter(|(at, _)| *at <= target)?;
        let event = inner.events.remove(&place)?;
        drop(inner);
        Some((place.0, event))
    }

    /// Nothing of what the history has in store happens any more.
    pub(crate) fn end_the_history(&self) {
        self.lock().events.retain(|_, event| !event.is_of_the_history());
    }
}

impl Inner {
    fn push(&mut self, at: Timestamp, event: Event) -> Place {
        self.pushed = self.pushed.saturating_add(1);
        let place = (at, event.rank().saturating_mul(1 << 48).saturating_add(self.pushed));
        self.events.insert(place, event);
        place
    }

    fn replace(
        &mut self,
        before: Option<Place>,
        at: Option<Timestamp>,
        event: Event,
    ) -> Option<Place> {
        let stays = before.filter(|place| Some(place.0) == at && self.events.contains_key(place));
        if stays.is_some() {
            return stays;
        }
        if let Some(before) = before {
            self.events.remove(&before);
        }
        at.map(|at| self.push(at, event))
    }
}
