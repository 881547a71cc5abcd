//! The network: every request of a function passes through here, where faults are injected, functions die,
//! planted bugs act, and the oracles are told what took effect.

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
pub(crate) mod troubles;

use crate::history::time::plus;
use crate::oracles::logs::{self, RESTLESS};
use crate::oracles::points::Matrix;
use crate::oracles::witness;
use bugs::Bug;
use bytes::Bytes;
use call::Call;
use clock::FunctionsClock;
use effects::{Effects, decline_as_error};
use faults::Incident;
use flows::{Gudok, Purpose};
use gudok_local::faults::Fault;
use gudok_local::wire::{Host, Interceptor};
use http::{Request, Response};
use jiff::Timestamp;
use lifetime::{Interruptible, Invocation};
use planted::{Circumstances, LATE, Sends, answer_in_place, misread, sends, sends_after};
use record::Record;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tower::BoxError;
use troubles::{Course, RACER, Troubles, came_of};

/// How the names of sweeps and reconciliations begin.
const TIMERS: [&str; 3] = ["nightly", "catch-up", "reconciliation"];

/// The network. Clones share it.
#[derive(Clone)]
pub(crate) struct Network {
    /// The planted bug, if any.
    bug: Option<Bug>,
    state: Arc<Mutex<State>>,
    pub(crate) troubles: Troubles,
    pub(crate) record: Record,
    pub(crate) effects: Effects,
    pub(crate) clock: FunctionsClock,
}

#[derive(Default)]
struct State {
    /// The application that looks at a member between another run's read and write.
    racer: Option<Gudok>,
    /// The request that a planted bug holds back, and since when.
    held_back: Option<(Timestamp, Request<Bytes>, Host)>,
}

impl Network {
    /// A network with these troubles and perhaps a planted bug.
    pub(crate) fn new(
        bug: Option<Bug>,
        troubles: Troubles,
        (record, effects, clock): (Record, Effects, FunctionsClock),
    ) -> Self {
        Self { bug, state: Arc::default(), troubles, record, effects, clock }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops all faults.
    pub(crate) fn heal(&self) {
        self.troubles.heal();
        self.clock.set_ahead(0);
    }

    /// Sets the application that comes between other runs' reads and writes.
    pub(crate) fn race_with(&self, racer: Gudok) {
        self.state().racer = Some(racer);
    }

    /// Whether there is no point in going on: a planted bug was found, or the loop never comes to rest.
    pub(crate) fn is_over(&self) -> bool {
        let failures = &self.record.books().failures;
        let endless = failures.iter().any(|failure| failure.oracle == "writes");
        let shown = || !failures.is_empty() || logs::say(RESTLESS);
        self.record.is_endless() || endless || (self.bug.is_some() && shown())
    }

    /// The network as an interceptor between senders and hosts.
    pub(crate) fn interceptor(&self) -> Interceptor {
        let network = self.clone();
        Arc::new(move |request, host| {
            // Looked up right away, while the sender is being polled.
            let invocation = Invocation::current();
            Box::pin(network.clone().pass(invocation, request, host))
        })
    }

    /// Carries a request to its host, and the answer back.
    async fn pass(
        self,
        invocation: Option<Arc<Invocation>>,
        request: Request<Bytes>,
        host: Host,
    ) -> Result<Response<Bytes>, BoxError> {
        let call = Call::of(&request);
        let (course, lag) = self.troubles.course(invocation.as_deref(), &call);
        if let Some((there, _)) = lag {
            tokio::time::sleep(there).await;
        }
        let in_flight = InFlight { network: self, invocation, call, host };
        let Some(request) = in_flight.as_planted(request).await else {
            return Ok(answer_in_place(&in_flight.call));
        };
        if in_flight.invocation.is_some() {
            in_flight.network.leaves_in_time(&in_flight.call);
        }
        let answer = match course.clone() {
            Course::Arrives => Ok(in_flight.deliver(request).await),
            Course::Incident(Incident::AnotherRunFirst) => {
                in_flight.network.race(&in_flight.call).await;
                Ok(in_flight.deliver(request).await)
            }
            Course::Incident(Incident::Fault(fault)) => {
                in_flight.inject(fault, &course, request).await
            }
            Course::Death { after } => in_flight.die(after, &course, request).await,
        };
        if let Some((_, back)) = lag {
            tokio::time::sleep(back).await;
        }
        in_flight.saw(&course, answer.as_ref().ok());
        answer
    }

    /// Checks that a call that moves money is sent before its claim expires: after that somebody else may have
    /// claimed it, or given it up.
    fn leaves_in_time(&self, call: &Call) {
        let Some(order) = call.moves_money() else { return };
        let now = self.clock.now();
        let late = self.record.books().is_sent_late(order, now);
        self.record.fail_all(late);
    }

    /// Another run advances the member whose row is about to be written.
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

/// A request on its way to its host.
struct InFlight {
    network: Network,
    invocation: Option<Arc<Invocation>>,
    call: Call,
    host: Host,
}

impl InFlight {
    /// Delivers the request.
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

    /// Sends another request; `seen` tells whether the oracles are told of it at once.
    async fn also(&self, request: Request<Bytes>, seen: bool) {
        let call = Call::of(&request);
        let answer = (self.host)(request).await;
        if seen {
            self.arrived(&call, answer);
        }
    }

    /// Tells the oracles that a request took effect. Returns the answer in the form this history uses.
    fn arrived(&self, call: &Call, answer: Response<Bytes>) -> Response<Bytes> {
        let network = &self.network;
        network.effects.note(call, network.clock.now(), &answer);
        if call.is_charge() && network.troubles.conditions(|conditions| conditions.decline_is_error)
        {
            return decline_as_error(answer);
        }
        answer
    }

    /// Applies a fault.
    async fn inject(
        &self,
        fault: Fault,
        course: &Course,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, BoxError> {
        // If the answer is late or never comes, the trace gets its line on arrival: the sender may not be there
        // any more afterwards.
        let told_early = matches!(fault, Fault::AnswerLate(_) | Fault::NeverAnswered);
        if fault == Fault::Swallowed {
            self.saw(course, None);
        }
        let deliver = async |request| {
            let answer = self.deliver(request).await;
            if told_early {
                self.saw(course, None);
            }
            answer
        };
        fault.apply(request, deliver).await
    }

    /// The sender dies.
    async fn die(
        &self,
        after: bool,
        course: &Course,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, BoxError> {
        if after {
            self.deliver(request).await;
        }
        if let Some(invocation) = &self.invocation {
            invocation.die();
        }
        self.saw(course, None);
        std::future::pending().await
    }

    /// The request as a program with the planted bug would send it; `None` if it would not.
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

    /// Sends what was held back for long enough.
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
            healed: self.network.troubles.is_healed(),
            unreadable: books.rows.any_unreadable(),
            by_timer: key.is_some_and(|key| TIMERS.iter().any(|timer| key.starts_with(timer))),
            replaced: books.replaced_claims.contains_key(self.call.text("/localId")),
        }
    }

    /// Records what became of the request.
    fn saw(&self, course: &Course, answer: Option<&Response<Bytes>>) {
        let Some(invocation) = &self.invocation else { return };
        let record = &self.network.record;
        if let Some(step) = witness::step(&self.call.what) {
            let outcome = came_of(course, answer);
            witness::note(&mut record.books().points, Matrix::Steps, step, outcome);
        }
        record.say(|| {
            let (what, about) = (&self.call.what, self.call.about());
            let course = match course {
                Course::Arrives => String::new(),
                Course::Incident(incident) => format!("   ⚡ {incident:?}"),
                Course::Death { .. } => format!("   ⚡ {course:?}"),
            };
            let status = answer.map(|answer| answer.status().as_u16().to_string());
            let status = status.unwrap_or_else(|| "-".to_owned());
            format!("      [{}] {what} {about} {status}{course}", invocation.key)
        });
    }
}
