//! What goes wrong in a history: what the world is like, who has to die where, and what that makes of each
//! request.

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

/// How the runs are named that come between another and its write: nothing happens to them.
pub(super) const RACER: &str = "racer";

/// What goes wrong. Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Troubles {
    state: Arc<Mutex<State>>,
    seed: u64,
    record: Record,
}

struct State {
    conditions: Conditions,
    /// Whether there are no more faults.
    healed: bool,
    crash: Option<PlannedCrash>,
}

/// Where to die, for one run named in advance.
struct PlannedCrash {
    run: &'static str,
    at: CrashPoint,
    invocation: Option<Arc<Invocation>>,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// What it should.
    Arrives,
    /// Something goes wrong on the way.
    Incident(Incident),
    /// The function dies, before or after it arrived.
    Death { after: bool },
}

/// How long a request is on its way, and its answer.
pub(super) type Lag = (Duration, Duration);

impl Troubles {
    /// Those of a history of this seed, under these conditions.
    pub(crate) fn new(seed: u64, conditions: Conditions, record: Record) -> Self {
        let state = State { conditions, healed: false, crash: None };
        Self { state: Arc::new(Mutex::new(state)), seed, record }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the world is like.
    pub(crate) fn conditions<T>(&self, of: impl FnOnce(&Conditions) -> T) -> T {
        of(&self.state().conditions)
    }

    /// Chance about something in this history.
    pub(crate) fn chance(&self, about: &str) -> Chance {
        Chance::of(self.seed, about)
    }

    /// There are no more faults.
    pub(crate) fn heal(&self) {
        self.state().healed = true;
    }

    /// Whether there are no more faults.
    pub(crate) fn is_healed(&self) -> bool {
        self.state().healed
    }

    /// A partner is down for a while.
    pub(crate) fn outage(&self, outage: Outage) {
        self.state().conditions.outages.push(outage);
    }

    /// A partner takes calls for a while and does not answer them.
    pub(crate) fn hang(&self, hang: Hang) {
        self.state().conditions.hangs.push(hang);
    }

    /// A new run of a function, which may have to die early.
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

    /// The next run whose name begins so dies there.
    pub(crate) fn crash_at(&self, run: &'static str, at: CrashPoint) {
        self.state().crash = Some(PlannedCrash { run, at, invocation: None });
    }

    /// From now on nobody has to die; how many requests the one who had to has sent.
    pub(crate) fn no_more_crashes(&self) -> usize {
        let crash = self.state().crash.take();
        crash.and_then(|crash| crash.invocation).map_or(0, |invocation| invocation.sent())
    }

    /// What is to happen to a request, and how long it is on its way there and back.
    pub(super) fn fate(&self, invocation: Option<&Invocation>, call: &Call) -> (Fate, Option<Lag>) {
        self.record.sent();
        let Some(invocation) = invocation else { return (Fate::Arrives, None) };
        if invocation.is_dead() {
            return (Fate::Incident(Fault::Swallowed.into()), None);
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
                return (Fate::Death { after }, lag);
            }
        }
        if state.healed || invocation.key.starts_with(RACER) {
            return (Fate::Arrives, lag);
        }
        let now = self.record.now();
        let all = candidates(&state.conditions, (&name, call), now, &mut chance);
        let mut all = all.into_iter();
        let happens = all.find(|candidate| self.record.allows(candidate.kind, &candidate.name));
        (happens.map_or(Fate::Arrives, |candidate| Fate::Incident(candidate.incident)), lag)
    }
}

fn lag(chance: &mut Chance) -> Lag {
    let most = if chance.hits(30) { 900 } else { 40 };
    let mut some = |most| Duration::from_millis(chance.below(most).saturating_add(1));
    (some(most), some(20))
}

/// What came of a request, as it is counted.
pub(super) fn came_of(fate: &Fate, answer: Option<&Response<Bytes>>) -> &'static str {
    let fault = match fate {
        Fate::Arrives | Fate::Incident(Incident::AnotherRunFirst) => {
            return answer.map_or(outcome::TROUBLE, witness::came_of);
        }
        Fate::Death { .. } => return outcome::DEATH,
        Fate::Incident(Incident::Fault(fault)) => fault,
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
