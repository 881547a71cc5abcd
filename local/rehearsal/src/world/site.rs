//! The site under test and everything actors need: the functions behind the gateway, the partners, the tables,
//! and the event queue.

use crate::history::History;
use crate::history::actions::uid;
use crate::history::conditions::Conditions;
use crate::history::configuration::Configuration;
use crate::history::time::plus;
use crate::network::Network;
use crate::network::bugs::Bug;
use crate::network::clock::FunctionsClock;
use crate::network::dynamodb::Tables;
use crate::network::effects::Effects;
use crate::network::record::{Notes, Record};
use crate::network::troubles::Troubles;
use crate::oracles::books::Books;
use crate::world::gateway::{Gateway, Running};
use crate::world::queue::{Event, Queue};
use crate::world::windows::Windows;
use announce::Slack;
use bytes::Bytes;
use gudok_local::Stack;
use gudok_local::google::{Google, SignIn, Signature};
use gudok_local::wire::{Host, InProcess};
use http::Response;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The uid of the admin who is no member.
pub(crate) const ADMIN: &str = "zQadminUidKw";

/// How a history is run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Whether to keep a trace.
    pub traced: bool,
    /// Whether to use the embedded `DynamoDB`, which is slow, instead of tables in memory.
    pub embedded: bool,
    /// Whether to keep what another program needs to audit the history; only where the tables are in memory.
    pub exported: bool,
}

/// What it takes to set up a site.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) seed: u64,
    pub(crate) start: Timestamp,
    pub(crate) members: usize,
    pub(crate) conditions: Conditions,
    pub(crate) bug: Option<Bug>,
    pub(crate) options: RunOptions,
}

impl Setup {
    /// The setup for a history.
    pub(crate) fn of(history: &History, bug: Option<Bug>, options: RunOptions) -> Self {
        Self {
            seed: history.seed,
            start: history.start,
            members: history.members.len(),
            conditions: history.conditions.clone(),
            bug,
            options,
        }
    }
}

/// The site, and everything around it.
pub(crate) struct Site {
    pub(crate) stack: Stack,
    pub(crate) hosts: InProcess,
    pub(crate) network: Network,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) queue: Queue,
    pub(crate) windows: Windows,
    /// The tables, unless they are in the embedded `DynamoDB`.
    tables: Option<Arc<Mutex<Tables>>>,
    /// How many events the bus has numbered.
    events: AtomicUsize,
}

impl Site {
    /// A new site on which nobody has done anything yet.
    #[expect(clippy::expect_used, reason = "a rehearsal fails by panicking")]
    pub(crate) async fn new(setup: Setup) -> Arc<Self> {
        let Setup { seed, start, members, conditions, bug, options } = setup;
        let configuration = Configuration::of(&conditions);
        let settings = environment(&configuration);
        let tables = (!options.embedded).then(|| Arc::new(Mutex::new(Tables::default())));
        let host = tables.clone().map(in_memory);
        let (mut stack, hosts): (Stack, InProcess) =
            Stack::in_process_over(start, seed, &borrowed(&settings), host)
                .await
                .expect("the stack goes together");
        let clock = FunctionsClock::new(stack.clock.clone());
        stack.app.gudok.books.clock = clock.teller();
        let notes = Notes {
            only: conditions.only.clone(),
            trace: options.traced.then(Vec::new),
            ..Notes::default()
        };
        let record = Record::new(stack.clock.clone(), Books::new(configuration), notes);
        let (iamport, google) = (stack.iamport.clone(), stack.google.clone());
        let effects = Effects { record: record.clone(), iamport, google, tables: tables.clone() };
        let troubles = Troubles::new(seed, conditions, record.clone());
        let network = Network::new(bug, troubles, (record.clone(), effects, clock));
        network.race_with(stack.app.gudok.clone());
        // The first member is an admin too, whose other claims must stay.
        let token =
            |member| sign_in(&stack.google, &record, &uid(member), (member == 0).then_some(true));
        let tokens = (0..members).map(token).collect();
        let admin = sign_in(&stack.google, &record, ADMIN, Some(true));
        // The last begins the number of every card of the window, however much of it is masked.
        for secret in ["local_secret", "PRIVATE KEY", "010-0000-0000", "944603***"] {
            record.keep_secret(secret);
        }
        let running = Running { app: stack.app.clone(), router: stack.gateway() };
        let webhook = "http://simulator.test/slack/webhook".to_owned();
        let announcer = Slack::new(hosts.wire(), webhook.into());
        let gateway = Gateway::new(network.clone(), running, announcer, (tokens, admin));
        let gateway = Arc::new(gateway);
        hosts.host("gateway.test", webhooks(&gateway));
        hosts.intercept(network.interceptor());
        // The SDK's pauses have jitter, from this thread's source of chance; making tables has used it.
        fastrand::seed(seed);
        let (queue, windows, events) = (Queue::default(), Windows::default(), AtomicUsize::new(0));
        Arc::new(Self { stack, hosts, network, gateway, queue, windows, tables, events })
    }

    /// What is recorded of the history.
    pub(crate) const fn record(&self) -> &Record {
        &self.network.record
    }

    /// What the oracles know.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.network.record.books()
    }

    /// The true time; the functions' clock may differ.
    pub(crate) fn now(&self) -> Timestamp {
        self.stack.clock.now()
    }

    /// Waits until then.
    pub(crate) async fn sleep_until(&self, at: Timestamp) {
        let missing = at.duration_since(self.now());
        if let Ok(missing) = Duration::try_from(missing)
            && !missing.is_zero()
        {
            tokio::time::advance(missing).await;
        }
    }

    /// Whether the tables are in memory.
    pub(crate) const fn has_tables(&self) -> bool {
        self.tables.is_some()
    }

    /// The tables, where they are in memory.
    pub(crate) fn tables(&self) -> Option<MutexGuard<'_, Tables>> {
        self.tables.as_ref().map(|tables| tables.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Schedules reconciliation for the next nights: there may be something to find.
    pub(crate) fn compare_for_nights(&self) {
        self.queue.compare_for_nights(self.now());
    }

    /// Whether something happens twice.
    pub(crate) fn twice(&self, name: &str, kind: &'static str) -> bool {
        let name = format!("twice {name}");
        let doubles = self.network.troubles.conditions(|conditions| conditions.rates.doubles);
        !self.network.troubles.is_healed()
            && self.network.troubles.chance(&name).hits(doubles)
            && self.record().allows(kind, &name)
    }

    /// Numbers an event on the bus.
    pub(crate) fn number_event(&self) -> usize {
        self.events.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Schedules delivery of what was put on the bus: a second later, and perhaps twice.
    pub(crate) fn collect_events(&self) {
        let events = std::mem::take(&mut self.record().notes().events);
        let soon = plus(self.now(), 1);
        for event in events {
            let number = self.number_event();
            if self.twice(&format!("event {number}"), "an event comes twice") {
                let again = Event::BusDelivery { event: event.clone(), attempt: 0 };
                self.queue.push(plus(soon, 30), again);
            }
            self.queue.push(soon, Event::BusDelivery { event, attempt: 0 });
        }
    }
}

/// Creates an account. Returns its token.
#[expect(clippy::expect_used, reason = "the names are ours")]
fn sign_in(google: &Google, record: &Record, uid: &str, admin: Option<bool>) -> String {
    let email = format!("{uid}@privat.example");
    record.keep_secret(uid);
    record.keep_secret(email.clone());
    google.enrol(&SignIn { uid: uid.to_owned(), email, admin }).expect("signs in");
    // The tokens are older than the accounts.
    google.revoke_sessions(uid, Timestamp::UNIX_EPOCH).expect("is kept");
    let token = token(google, uid);
    record.keep_secret(token.clone());
    token
}

/// A token valid in every history. Signing is slow, so each uid's token is signed once per process.
#[expect(clippy::expect_used, reason = "there is an account, and a key")]
fn token(google: &Google, uid: &str) -> String {
    static SIGNED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut signed = SIGNED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(token) = signed.get(uid) {
        return token.clone();
    }
    let mut claims = google.id_token_claims(uid).expect("has an account");
    for (name, at) in [("iat", 0), ("auth_time", 0), ("exp", i64::from(u32::MAX))] {
        if let Some(claim) = claims.get_mut(name) {
            *claim = json!(at);
        }
    }
    let token = google.sign(&claims, Signature::Genuine).expect("signs");
    signed.insert(uid.to_owned(), token.clone());
    token
}

/// The tables in memory, as a host.
fn in_memory(tables: Arc<Mutex<Tables>>) -> Host {
    Arc::new(move |request| {
        let answer = tables.lock().unwrap_or_else(PoisonError::into_inner).answer(&request);
        Box::pin(std::future::ready(answer))
    })
}

/// The host that receives Iamport's webhooks.
fn webhooks(gateway: &Arc<Gateway>) -> Host {
    let gateway = Arc::downgrade(gateway);
    Arc::new(move |request| {
        let gateway = gateway.upgrade();
        Box::pin(async move {
            match gateway {
                Some(gateway) => gateway.webhook(request).await,
                None => Response::new(Bytes::new()),
            }
        })
    })
}

/// The environment variables for a configuration. The SDK keeps its retry budget per region for the whole
/// process, so every deployment gets a region of its own.
pub(crate) fn environment(configuration: &Configuration) -> Vec<(&'static str, String)> {
    static REGION: AtomicU64 = AtomicU64::new(0);
    configuration.environment(&format!("rehearsal-{}", REGION.fetch_add(1, Ordering::Relaxed)))
}

/// The environment in the form the stack expects.
pub(crate) fn borrowed<'a>(
    environment: &'a [(&'static str, String)],
) -> Vec<(&'static str, &'a str)> {
    environment.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
