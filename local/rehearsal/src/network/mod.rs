//! The network of a rehearsal: every request passes here, where faults happen, functions die, bugs are
//! planted, and what went through is told to the oracles.

pub(crate) mod call;
pub(crate) mod bugs;
pub(crate) mod corruption;
pub(crate) mod planted;
pub(crate) mod faults;
pub(crate) mod clock;
pub(crate) mod lifetime;
mod expressions;
mod queries;
pub(crate) mod dynamodb;
pub(crate) mod record;
pub(crate) mod effects;

use crate::history::chance::Chance;
use crate::history::conditions::{Conditions, Hang, Outage};
use crate::history::time::plus;
use crate::oracles::logs::{self, RESTLESS};
use crate::oracles::points::{Matrix, outcome};
use crate::oracles::witness;
use bugs::Bug;
use bytes::Bytes;
use call::Call;
use clock::FunctionsClock;
use effects::{Effects, decline_as_error};
use faults::{Incident, candidates};
use flows::{Gudok, Purpose};
use gudok_local::faults::Fault;
use gudok_local::wire::{Host, Interceptor};
use http::{Request, Response};
use jiff::Timestamp;
use lifetime::{CrashPoint, Interruptible, Invocation};
use planted::{Circumstances, LATE, Sends, answer_in_place, misread, sends, sends_after};
use record::Record;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tower::BoxError;

/// How the runs are named that come between another and its write.
const RACER: &str = "racer";

/// How the timers' runs are named.
const TIMERS: [&str; 3] = ["nightly", "catch-up", "reconciliation"];

/// The network. Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Network {
    state: Arc<Mutex<State>>,
    seed: u64,
    /// A bug that is planted.
    bug: Option<Bug>,
    pub(crate) record: Record,
    pub(crate) effects: Effects,
    pub(crate) clock: FunctionsClock,
}

struct State {
    conditions: Conditions,
    /// Whether there are no more faults.
    healed: bool,
    /// Who comes between a run and its write.
    racer: Option<Gudok>,
    crash: Option<PlannedCrash>,
    /// A request that a planted bug holds back, and since when.
    held_back: Option<(Timestamp, Request<Bytes>, Host)>,
}

/// Where to die, for one run named in advance.
struct PlannedCrash {
    run: &'static str,
    at: CrashPoint,
    invocation: Option<Arc<Invocation>>,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    /// What it should.
    Arrives,
    /// Something goes wrong on the way.
    Incident(Incident),
    /// The function dies, before or after it arrived.
    Death { after: bool },
}

/// How long a request is on its way, and its answer.
type Lag = (Duration, Duration);

impl Network {
    /// A network under these conditions.
    pub(crate) fn new(
        (seed, conditions, bug): (u64, Conditions, Option<Bug>),
        (record, effects, clock): (Record, Effects, FunctionsClock),
    ) -> Self {
        let state = State { conditions, healed: false, racer: None, crash: None, held_back: None };
        Self { state: Arc::new(Mutex::new(state)), seed, bug, record, effects, clock }
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
        self.clock.set_ahead(0);
    }

    /// Whether there are no more faults.
    pub(crate) fn is_healed(&self) -> bool {
        self.state().healed
    }

    /// From now on this application comes between runs and their writes.
    pub(crate) fn race_with(&self, racer: Gudok) {
        self.state().racer = Some(racer);
    }

    /// A partner is down for a while.
    pub(crate) fn outage(&self, outage: Outage) {
        self.state().conditions.outages.push(outage);
    }

    /// A partner takes calls for a while and does not answer them.
    pub(crate) fn hang(&self, hang: Hang) {
        self.state().conditions.hangs.push(hang);
    }

    /// Whether there is no need to go on: a planted bug has shown itself, or a row is written without end,
    /// which takes that long.
    pub(crate) fn is_over(&self) -> bool {
        let failures = &self.record.books().failures;
        let endless = failures.iter().any(|failure| failure.oracle == "writes");
        let shown = || !failures.is_empty() || logs::say(RESTLESS);
        self.record.is_endless() || endless || (self.bug.is_some() && shown())
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

    /// The network, to be put between senders and hosts.
    pub(crate) fn interceptor(&self) -> Interceptor {
        let network = self.clone();
        Arc::new(move |request, host| {
            // Asked at once, while the one whose request it is is being polled.
            let invocation = Invocation::current();
            Box::pin(network.clone().pass(invocation, request, host))
        })
    }

    /// Takes a request to its host, and its answer back.
    async fn pass(
        self,
        invocation: Option<Arc<Invocation>>,
        request: Request<Bytes>,
        host: Host,
    ) -> Result<Response<Bytes>, BoxError> {
        let call = Call::of(&request);
        let (fate, lag) = self.fate(invocation.as_deref(), &call);
        if let Some((there, _)) = lag {
            tokio::time::sleep(there).await;
        }
        let way = Way { network: self, invocation, call, host };
        let Some(request) = way.as_planted(request).await else {
            return Ok(answer_in_place(&way.call));
        };
        if way.invocation.is_some() {
            way.network.leaves_in_time(&way.call);
        }
        let answer = match fate.clone() {
            Fate::Arrives => Ok(way.deliver(request).await),
            Fate::Incident(Incident::AnotherRunFirst) => {
                way.network.race(&way.call).await;
                Ok(way.deliver(request).await)
            }
            Fate::Incident(Incident::Fault(fault)) => way.befall(fault, &fate, request).await,
            Fate::Death { after } => way.die(after, &fate, request).await,
        };
        if let Some((_, back)) = lag {
            tokio::time::sleep(back).await;
        }
        way.saw(&fate, answer.as_ref().ok());
        answer
    }

    /// What is to happen to a request, and how long it is on its way there and back.
    fn fate(&self, invocation: Option<&Invocation>, call: &Call) -> (Fate, Option<Lag>) {
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

    /// A call that moves money leaves while its claim holds, and not after: by then somebody else may have
    /// claimed it, or given it up and said so.
    fn leaves_in_time(&self, call: &Call) {
        let Some(order) = call.moves_money() else { return };
        let now = self.clock.now();
        let late = self.record.books().is_sent_late(order, now);
        self.record.fail_all(late);
    }

    /// Another run looks at the member whose row is about to be written, and does what is to be done.
    async fn race(&self, call: &Call) {
        let racer = self.state().racer.clone();
        let uid = call.member().and_then(|uid| uid.parse().ok());
        if let (Some(racer), Some(uid)) = (racer, uid) {
            let key = format!("{RACER} {}", self.record.now().as_millisecond());
            let run = Box::pin(racer.advance(&uid, Purpose::Look));
            // What comes of it is in the tables, or is troubled, and then nothing comes of it.
            drop(Interruptible::new(Invocation::new(key, None), run).await);
        }
    }
}

fn lag(chance: &mut Chance) -> Lag {
    let most = if chance.hits(30) { 900 } else { 40 };
    let mut some = |most| Duration::from_millis(chance.below(most).saturating_add(1));
    (some(most), some(20))
}

/// A request on its way.
struct Way {
    network: Network,
    invocation: Option<Arc<Invocation>>,
    call: Call,
    host: Host,
}

impl Way {
    /// It arrives, and has its effect.
    async fn deliver(&self, mut request: Request<Bytes>) -> Response<Bytes> {
        let Some(bug) = self.network.bug else {
            request.extensions_mut().insert(self.call.body.clone());
            let answer = (self.host)(request).await;
            return self.arrived(&self.call, answer);
        };
        let sent = Call::of(&request);
        let mut answer = (self.host)(request.clone()).await;
        if self.invocation.is_some() {
            misread(bug, &self.call, &mut answer);
            let (more, seen) = sends_after(bug, &request, &self.call, &answer);
            for request in more {
                self.also(request, seen).await;
            }
        }
        self.arrived(&sent, answer)
    }

    /// Something else is sent, too; whether the oracles see it at once.
    async fn also(&self, request: Request<Bytes>, seen: bool) {
        let call = Call::of(&request);
        let answer = (self.host)(request).await;
        if seen {
            self.arrived(&call, answer);
        }
    }

    /// A request had its effect; its answer as the partner gives it in this history.
    fn arrived(&self, call: &Call, answer: Response<Bytes>) -> Response<Bytes> {
        let network = &self.network;
        network.effects.note(call, network.clock.now(), &answer);
        if call.is_charge() && network.state().conditions.decline_is_error {
            return decline_as_error(answer);
        }
        answer
    }

    /// A fault befalls it.
    async fn befall(
        &self,
        fault: Fault,
        fate: &Fate,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, BoxError> {
        // What is not answered, or late, is told when it arrives: its sender may not live to see more.
        let told_early = matches!(fault, Fault::AnswerLate(_) | Fault::NeverAnswered);
        if fault == Fault::Swallowed {
            self.saw(fate, None);
        }
        let deliver = async |request| {
            let answer = self.deliver(request).await;
            if told_early {
                self.saw(fate, None);
            }
            answer
        };
        fault.befall(request, deliver).await
    }

    /// The function that sent it dies.
    async fn die(
        &self,
        after: bool,
        fate: &Fate,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, BoxError> {
        if after {
            self.deliver(request).await;
        }
        if let Some(invocation) = &self.invocation {
            invocation.die();
        }
        self.saw(fate, None);
        std::future::pending().await
    }

    /// The request as a planted bug would send it; `None` if it would not.
    async fn as_planted(&self, mut request: Request<Bytes>) -> Option<Request<Bytes>> {
        let Some(bug) = self.network.bug else { return Some(request) };
        self.send_held_back().await;
        match sends(bug, &request, &self.call, self.circumstances()) {
            Sends::Request => {}
            Sends::Changed(body) => *request.body_mut() = Bytes::from(body.to_string()),
            Sends::Another { first, seen } => self.also(first, seen).await,
            Sends::Logged => {
                let secrets = self.network.record.notes().secrets.clone();
                let address = secrets.iter().find(|secret| secret.contains('@'));
                tracing::info!(address, "charging");
            }
            Sends::Later => {
                let now = self.network.record.now();
                self.network.state().held_back = Some((now, request, self.host.clone()));
                return None;
            }
            Sends::Nothing => return None,
        }
        Some(request)
    }

    /// What was held back for long enough is sent.
    async fn send_held_back(&self) {
        let network = &self.network;
        let late = plus(network.record.now(), -LATE);
        let held = network.state().held_back.take_if(|(at, ..)| *at <= late);
        if let Some((_, request, host)) = held {
            network.leaves_in_time(&Call::of(&request));
            host(request).await;
        }
    }

    fn circumstances(&self) -> Circumstances {
        let books = self.network.record.books();
        let key = self.invocation.as_ref().map(|invocation| invocation.key.as_str());
        Circumstances {
            healed: self.network.is_healed(),
            unreadable: books.rows.any_unreadable(),
            by_timer: key.is_some_and(|key| TIMERS.iter().any(|timer| key.starts_with(timer))),
            replaced: books.replaced_claims.contains_key(self.call.text("/localId")),
        }
    }

    /// Notes what became of it.
    fn saw(&self, fate: &Fate, answer: Option<&Response<Bytes>>) {
        let Some(invocation) = &self.invocation else { return };
        let record = &self.network.record;
        if let Some(step) = witness::step(&self.call.what) {
            let outcome = came_of(fate, answer);
            witness::note(&mut record.books().points, Matrix::Steps, step, outcome);
        }
        record.say(|| {
            let (what, about) = (&self.call.what, self.call.about());
            let fate = match fate {
                Fate::Arrives => String::new(),
                Fate::Incident(incident) => format!("   ⚡ {incident:?}"),
                Fate::Death { .. } => format!("   ⚡ {fate:?}"),
            };
            let status = answer.map(|answer| answer.status().as_u16().to_string());
            let status = status.unwrap_or_else(|| "-".to_owned());
            format!("      [{}] {what} {about} {status}{fate}", invocation.key)
        });
    }
}

/// What came of a request, as it is counted.
fn came_of(fate: &Fate, answer: Option<&Response<Bytes>>) -> &'static str {
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
