//! Decides what goes wrong: which requests fail and which invocations die.

use crate::history::chance::Chance;
use crate::history::conditions::{Conditions, Hang, Outage};
use crate::network::call::Call;
use crate::network::faults::{Incident, candidates};
use crate::network::lifetime::{CrashPoint, Invocation};
use crate::network::record::Record;
use crate::oracles::points::outcome;
use crate::oracles::witness;
use bytes::Bytes;
use gudok_local::faults::Fault;
use http::Response;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How the names of runs begin that come between another run's read and write. They are spared all faults.
pub(super) const RACER: &str = "racer";

/// What goes wrong in a history. Clones share it.
#[derive(Clone)]
pub(crate) struct Troubles {
    state: Arc<Mutex<State>>,
    seed: u64,
    record: Record,
}

struct State {
    conditions: Conditions,
    /// Whether faults have stopped.
    healed: bool,
    crash: Option<PlannedCrash>,
}

/// A crash planned for one invocation.
struct PlannedCrash {
    run: &'static str,
    at: CrashPoint,
    invocation: Option<Arc<Invocation>>,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Course {
    /// It arrives.
    Arrives,
    /// Something goes wrong on the way.
    Incident(Incident),
    /// The sender dies, before or after it arrived.
    Death { after: bool },
}

/// How long a request and its answer take.
pub(super) type Lag = (Duration, Duration);

impl Troubles {
    /// The troubles of a history with this seed and these conditions.
    pub(crate) fn new(seed: u64, conditions: Conditions, record: Record) -> Self {
        let state = State { conditions, healed: false, crash: None };
        Self { state: Arc::new(Mutex::new(state)), seed, record }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the current conditions.
    pub(crate) fn conditions<T>(&self, of: impl FnOnce(&Conditions) -> T) -> T {
        of(&self.state().conditions)
    }

    /// A source of chance for something in this history.
    pub(crate) fn chance(&self, about: &str) -> Chance {
        Chance::of(self.seed, about)
    }

    /// Stops all faults.
    pub(crate) fn heal(&self) {
        self.state().healed = true;
    }

    /// Whether faults have stopped.
    pub(crate) fn is_healed(&self) -> bool {
        self.state().healed
    }

    /// Takes a partner down for a while.
    pub(crate) fn outage(&self, outage: Outage) {
        self.state().conditions.outages.push(outage);
    }

    /// Has a partner take calls without answering them for a while.
    pub(crate) fn hang(&self, hang: Hang) {
        self.state().conditions.hangs.push(hang);
    }

    /// Starts an invocation, which may be going to die.
    pub(crate) fn begin(&self, key: &str) -> Arc<Invocation> {
        let mut state = self.state();
        let rate = if state.healed { 0 } else { state.conditions.rates.deaths };
        let mut at = CrashPoint::drawn(rate, &mut self.chance(&format!("death {key}")));
        let named =
            |crash: &&mut PlannedCrash| crash.invocation.is_none() && key.starts_with(crash.run);
        let planned = state.crash.as_mut().filter(named);
        at = planned.as_ref().map_or(at, |crash| Some(crash.at));
        let invocation = Invocation::new(key.to_owned(), at);
        if let Some(crash) = planned {
            crash.invocation = Some(invocation.clone());
        }
        invocation
    }

    /// Plans a crash for the next invocation whose name begins with `run`.
    pub(crate) fn crash_at(&self, run: &'static str, at: CrashPoint) {
        self.state().crash = Some(PlannedCrash { run, at, invocation: None });
    }

    /// Drops the planned crash. Returns how many requests the invocation it was planned for sent.
    pub(crate) fn no_more_crashes(&self) -> usize {
        let crash = self.state().crash.take();
        crash.and_then(|crash| crash.invocation).map_or(0, |invocation| invocation.sent())
    }

    /// Decides what happens to a request, and how long it takes there and back.
    pub(super) fn course(
        &self,
        invocation: Option<&Invocation>,
        call: &Call,
    ) -> (Course, Option<Lag>) {
        self.record.sent();
        let Some(invocation) = invocation else { return (Course::Arrives, None) };
        if invocation.is_dead() {
            return (Course::Incident(Fault::Swallowed.into()), None);
        }
        let number = invocation.sends();
        let name = format!("{} #{number}", invocation.key);
        let mut chance = self.chance(&name);
        let state = self.state();
        let lag = state.conditions.latency.then(|| lag(&mut chance));
        if let Some(CrashPoint { after, .. }) =
            invocation.crash.filter(|crash| crash.request == number)
        {
            let kind = if after {
                "a function dies after a request"
            } else {
                "a function dies before a request"
            };
            if self.record.allows(kind, &format!("{name} dies")) {
                return (Course::Death { after }, lag);
            }
        }
        if state.healed || invocation.key.starts_with(RACER) {
            return (Course::Arrives, lag);
        }
        let now = self.record.now();
        let all = candidates(&state.conditions, (&name, call), now, &mut chance);
        let mut all = all.into_iter();
        let happens = all.find(|candidate| self.record.allows(candidate.kind, &candidate.name));
        (happens.map_or(Course::Arrives, |candidate| Course::Incident(candidate.incident)), lag)
    }
}

fn lag(chance: &mut Chance) -> Lag {
    let most = if chance.hits(30) { 900 } else { 40 };
    let mut some = |most| Duration::from_millis(chance.below(most).saturating_add(1));
    (some(most), some(20))
}

/// The outcome of a request for the coverage table.
pub(super) fn came_of(course: &Course, answer: Option<&Response<Bytes>>) -> &'static str {
    let fault = match course {
        Course::Arrives | Course::Incident(Incident::AnotherRunFirst) => {
            return answer.map_or(outcome::TROUBLE, witness::came_of);
        }
        Course::Death { .. } => return outcome::DEATH,
        Course::Incident(Incident::Fault(fault)) => fault,
    };
    match fault {
        Fault::NotSent => outcome::NOT_SENT,
        Fault::AnswerLost | Fault::AnswerCutOff | Fault::Swallowed | Fault::NeverAnswered => {
            outcome::NO_ANSWER
        }
        Fault::AnswerLate(_) => outcome::LATE,
        Fault::Answered(..) => outcome::TROUBLE,
        Fault::AnsweredAfterEffect(..) => outcome::DONE_AND_TROUBLE,
    }
}
