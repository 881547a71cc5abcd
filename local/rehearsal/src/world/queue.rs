//! The event queue. Everything that happens later is an event in it, ordered by time.

use crate::history::History;
use crate::history::actions::{OperatorAction, Step, TableName};
use crate::history::conditions::WebhookTrouble;
use crate::history::time::{RECONCILE, next_daily, plus_days};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Something that happens at a certain time.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// Faults stop and nobody starts anything new: the history is over.
    Heal(Box<History>),
    /// The functions' clock runs this many seconds ahead from now on.
    ClockSkew(i64),
    /// The next few webhooks are lost, doubled, delayed or reordered.
    WebhookTrouble(WebhookTrouble),
    /// The next step of a member's script is due.
    MemberStep { member: usize, script: VecDeque<Step> },
    /// Iamport runs due schedules and sends webhooks.
    Iamport,
    /// Lambda retries a failed sweep.
    Sweep { nightly: bool, attempt: u32 },
    /// The nightly reconciliation, or a retry of it.
    Reconcile { attempt: u32 },
    /// An admin settles all open reviews, after reconciling everything since the given time.
    AdminSettles { since: Option<Timestamp> },
    /// One night has passed since this table was restored: time to check the books.
    NightIsOver(TableName),
    /// A day has passed since the last fault: time to check access.
    DayIsOver,
    /// The bus delivers an event.
    BusDelivery { event: Value, attempt: u32 },
    /// The operator follows the runbook.
    Operator(OperatorAction),
    /// An admin presses the button, because a sweep reported that someone is waiting for it.
    AdminButton,
    /// A timer fires.
    Timer,
}

impl Event {
    /// The order in which events run that are due at the same moment: lowest first.
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

    /// Whether the event is part of the history proper and is dropped once it is over.
    const fn is_of_the_history(&self) -> bool {
        matches!(self, Self::ClockSkew(_) | Self::WebhookTrouble(_) | Self::MemberStep { .. })
    }
}

/// When an event is due, and its order among those due at that moment.
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
    /// The places of Iamport's event and of the timer's. There is one of each; it moves when their next due time
    /// changes.
    iamport: Option<Place>,
    timer: Option<Place>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Schedules an event.
    pub(crate) fn push(&self, at: Timestamp, event: Event) {
        self.lock().push(at, event);
    }

    /// Schedules an event unless one of its kind is already due at that moment.
    pub(crate) fn push_once(&self, at: Timestamp, event: Event) {
        let mut inner = self.lock();
        let kind = event.rank();
        let there = inner.events.range((at, 0)..=(at, u64::MAX));
        if !there.into_iter().any(|(_, other)| other.rank() == kind) {
            inner.push(at, event);
        }
    }

    /// Schedules the admin's button unless it is already scheduled.
    pub(crate) fn push_button(&self, at: Timestamp) {
        let mut inner = self.lock();
        if !inner.events.values().any(|event| matches!(event, Event::AdminButton)) {
            inner.push(at, Event::AdminButton);
        }
    }

    /// Schedules reconciliation for the next three nights: there may be something to find.
    pub(crate) fn compare_for_nights(&self, now: Timestamp) {
        let first = next_daily(now, RECONCILE);
        for night in 0..3 {
            self.push_once(plus_days(first, night), Event::Reconcile { attempt: 0 });
        }
    }

    /// Moves Iamport's event and the timer's to when they are next due.
    pub(crate) fn expect(&self, iamport: Option<Timestamp>, timer: Option<Timestamp>) {
        let mut inner = self.lock();
        let before = (inner.iamport, inner.timer);
        inner.iamport = inner.replace(before.0, iamport, Event::Iamport);
        inner.timer = inner.replace(before.1, timer, Event::Timer);
    }

    /// Takes the next event and its due time, unless that is after `target`. Of several overdue events the lowest
    /// rank comes first, whichever was due earlier.
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

    /// Drops all that is left of the history proper.
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
