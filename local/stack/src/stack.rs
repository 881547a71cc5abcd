//! The assembly: every part with the addresses of the others.

use crate::bus::Bus;
use crate::clock::Clock;
use crate::google::Google;
use crate::journal::JournalError;
use crate::permissions::acting;
use crate::timers::Rung;
use crate::wire::{Host, InProcess, router_host};
use crate::{dynamodb, emulator, gateway, google};
use announce::Slack;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use axum::extract::FromRef;
use axum::middleware::{self, Next};
use dynoxide::{Database, DynoxideError};
use edge::transport::{AwsHttp, Transport};
use edge::{App, Config, ConfigError, Reader};
use http::Uri;
use iamport_simulator::Simulator;
use jiff::Timestamp;
use ledger::Tables;
use ledger::template::{TemplateError, create_tables};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Mutex as AsyncMutex;
use ulid::Ulid;

/// The project that the stand-in for Firebase knows.
const PROJECT: &str = "demo-gudok";

/// Iamport's key and secret on this machine.
const IAMPORT_KEY: &str = "local_key";
const IAMPORT_SECRET: &str = "local_secret";

/// The tables' definitions are the deployed ones.
const TABLES: &str = include_str!("../../../aws/data.yaml");

/// The tables' names on this machine.
const PAYMENTS: &str = "payments";
const SUBSCRIPTIONS: &str = "subscriptions";
const ORDERS: &str = "orders";
const JOURNAL: &str = "journal";
const RETAINED: &str = "retained";

/// Everything, put together. Clones are one and the same.
#[derive(Clone)]
pub struct Stack {
    /// The time.
    pub clock: Clock,
    /// Iamport.
    pub iamport: Simulator,
    /// Google's sign-in.
    pub google: Google,
    /// EventBridge and Slack.
    pub bus: Bus,
    /// The application as the Lambdas run it.
    pub app: App,
    /// DynamoDB.
    pub(crate) database: Database,
    /// The announcer.
    pub(crate) slack: Slack,
    /// The control routes of the sign-in, where Firebase's emulator holds the accounts.
    sign_in: Option<Router>,
    /// Only one moves time at once.
    pub(crate) time: Arc<AsyncMutex<Rung>>,
}

/// Where each part is reached, without a slash at the end.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The API.
    pub gateway: String,
    /// The simulator, the stand-ins for Google and EventBridge, and Slack.
    pub simulator: String,
    /// DynamoDB.
    pub dynamodb: String,
    /// Firebase's Auth emulator, if it holds the accounts; else our own stand-in does.
    pub auth: Option<String>,
}

impl Addresses {
    /// Names that no network knows.
    fn in_process() -> Self {
        Self {
            gateway: "http://gateway.test".to_owned(),
            simulator: "http://simulator.test".to_owned(),
            dynamodb: "http://dynamodb.test".to_owned(),
            auth: None,
        }
    }
}

/// Why the stack could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The wire.
    #[error("the HTTP client could not be set up")]
    Transport(#[from] edge::transport::TransportError),
    /// The wiring.
    #[error(transparent)]
    Wiring(#[from] edge::WiringError),
    /// The simulator's file.
    #[error("the simulator's file could not be opened")]
    Simulator(#[from] iamport_simulator::StoreError),
    /// The sign-in's file.
    #[error("the sign-in's file could not be opened")]
    Google(#[from] google::StoreError),
    /// A journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// DynamoDB's file.
    #[error("the tables' file could not be opened: {0}")]
    Database(DynoxideError),
    /// The tables.
    #[error("the tables could not be made")]
    Tables(#[from] TemplateError),
    /// A file.
    #[error("the folder for files could not be made")]
    Io(#[from] std::io::Error),
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stack").field("now", &self.clock.now()).finish_non_exhaustive()
    }
}

impl Stack {
    /// A stack in this process alone, without sockets or files, that begins at `start`; and its wire, on
    /// which a test can inject faults. Chance is seeded.
    ///
    /// # Errors
    /// When the configuration does not fit.
    pub async fn in_process(
        start: Timestamp,
        seed: u64,
        settings: &[(&'static str, &str)],
    ) -> Result<(Self, InProcess), StackError> {
        Self::in_process_over(start, seed, settings, None).await
    }

    /// The same over other tables than the embedded DynamoDB's, which are not made then.
    ///
    /// # Errors
    /// When the configuration does not fit.
    pub async fn in_process_over(
        start: Timestamp,
        seed: u64,
        settings: &[(&'static str, &str)],
        tables: Option<Host>,
    ) -> Result<(Self, InProcess), StackError> {
        let clock = Clock::starting_at(start);
        let hosts = InProcess::default();
        let wire = hosts.wire();
        let addresses = Addresses::in_process();
        let parts = Parts {
            iamport: simulator(&clock, seed, &addresses, &wire).build()?,
            google: Google::in_memory(PROJECT, clock.teller())?,
            bus: Bus::in_memory(clock.clone()),
            database: Database::memory().map_err(StackError::Database)?,
            clock,
        };
        let tables = match tables {
            Some(tables) => tables,
            None => embedded(&parts.database).await?,
        };
        hosts.host("dynamodb.test", tables);
        let stack = Self::assemble(parts, &addresses, &wire, settings, seed)?;
        hosts.host("gateway.test", router_host(stack.gateway()));
        hosts.host("simulator.test", router_host(stack.partners()));
        Ok((stack, hosts))
    }

    /// The same parts in this process with all functions begun anew, under other settings. What the old ones
    /// held in memory is gone.
    ///
    /// # Errors
    /// When the configuration does not fit; then nothing has changed.
    pub fn restarted(
        &self,
        hosts: &InProcess,
        settings: &[(&'static str, &str)],
    ) -> Result<App, StackError> {
        let addresses = Addresses::in_process();
        let service_account = self.google.service_account_json(&addresses.simulator);
        let config = configuration(&addresses, &service_account, settings)?;
        let new_id = self.app.gudok.new_id.clone();
        Ok(App::new(config, &hosts.wire(), self.clock.teller(), new_id)?)
    }

    /// A stack whose parts keep what they know in files below `folder` and reach each other at
    /// `addresses` over loopback.
    ///
    /// # Errors
    /// When a file cannot be opened or the configuration does not fit.
    pub async fn kept_in(
        folder: &Path,
        addresses: &Addresses,
        settings: &[(&'static str, &str)],
    ) -> Result<Self, StackError> {
        std::fs::create_dir_all(folder)?;
        let clock = Clock::kept_in(&folder.join("clock.jsonl"))?;
        let wire = edge::transport::to_the_world()?;
        let seed = clock.now().as_second().unsigned_abs();
        let parts = Parts {
            iamport: simulator(&clock, seed, addresses, &wire)
                .file(folder.join("iamport.sqlite"))
                .build()?,
            google: Google::open(PROJECT, Some(folder.join("google.json")), clock.teller())?,
            bus: Bus::kept_in(&folder.join("bus.jsonl"), clock.clone())?,
            database: Database::new(&folder.join("dynamodb.sqlite").to_string_lossy())
                .map_err(StackError::Database)?,
            clock,
        };
        embedded(&parts.database).await?;
        Self::assemble(parts, addresses, &wire, settings, seed)
    }

    fn assemble(
        parts: Parts,
        addresses: &Addresses,
        wire: &Transport,
        settings: &[(&'static str, &str)],
        seed: u64,
    ) -> Result<Self, StackError> {
        let Parts { clock, iamport, google, bus, database } = parts;
        let service_account = google.service_account_json(&addresses.simulator);
        let config = configuration(addresses, &service_account, settings)?;
        let app = App::new(config, wire, clock.teller(), ids(seed))?;
        let slack =
            Slack::new(wire.clone(), format!("{}/slack/webhook", addresses.simulator).into())
                .unpaced();
        let sign_in =
            addresses.auth.as_deref().map(|auth| emulator::router(auth, PROJECT, wire.clone()));
        Ok(Self {
            clock,
            iamport,
            google,
            bus,
            app,
            database,
            slack,
            sign_in,
            time: Arc::default(),
        })
    }

    /// The API: API Gateway, and behind it the routers that the Lambdas run.
    pub fn gateway(&self) -> Router {
        Self::gateway_of(self.app.clone())
    }

    /// The API of another application than this stack's own.
    pub fn gateway_of(app: App) -> Router {
        gateway::before(Self::functions_of(app))
    }

    /// The routers that the Lambdas run, in one.
    pub fn functions(&self) -> Router {
        Self::functions_of(self.app.clone())
    }

    fn functions_of(app: App) -> Router {
        let mut routes = axum::Router::new();
        for (function, router) in [
            ("checkout", checkout::router()),
            ("iamport-webhook", iamport_webhook::router()),
            ("account", account::router().with_state(Reader::from_ref(&app))),
            ("cancellation", cancellation::router()),
            ("admin", admin::router()),
        ] {
            let acting = move |request, next: Next| acting(function, next.run(request));
            routes = routes.merge(router.layer(middleware::from_fn(acting)));
        }
        edge::serve(routes, app)
    }

    fn sign_in(&self) -> Router {
        match &self.sign_in {
            Some(emulator) => self.google.google_routes().merge(emulator.clone()),
            None => self.google.router(),
        }
    }

    /// The partners: Iamport, Google, EventBridge, Slack.
    pub fn partners(&self) -> Router {
        self.iamport
            .router()
            .merge(self.sign_in())
            .merge(self.bus.slack())
            .merge(self.bus.event_bridge())
    }
}

struct Parts {
    clock: Clock,
    iamport: Simulator,
    google: Google,
    bus: Bus,
    database: Database,
}

fn simulator(
    clock: &Clock,
    seed: u64,
    addresses: &Addresses,
    wire: &Transport,
) -> iamport_simulator::Builder {
    // Tower's boxed service can be sent between threads, not shared: each delivery takes its own.
    let wire = Mutex::new(wire.clone());
    let gateway: Option<Uri> = addresses.gateway.parse().ok();
    let gateway = gateway.and_then(|url| url.authority().cloned());
    Simulator::builder()
        .clock(clock.teller())
        .seed(seed)
        .credentials(IAMPORT_KEY, IAMPORT_SECRET)
        .console_webhook_url(format!("{}/iamport-callback", addresses.gateway))
        .deliver(Arc::new(move |request| {
            // A `notice_url` is anybody's word, and the answer can be read at the simulator.
            if request.uri().authority() != gateway.as_ref() {
                return Box::pin(async { Err("webhooks go to this stack's API only".into()) });
            }
            let wire = wire.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Box::pin(tower::ServiceExt::oneshot(wire, request))
        }))
}

fn configuration(
    addresses: &Addresses,
    service_account: &str,
    settings: &[(&'static str, &str)],
) -> Result<Config, ConfigError> {
    Config::read(|name| match settings.iter().find(|(set, _)| *set == name) {
        Some((_, value)) => Some((*value).to_owned()),
        None => setting(name, addresses, service_account),
    })
}

/// What whoever works on this stack from outside is configured with, to be read by a shell.
pub(crate) fn environment(addresses: &Addresses, service_account: &str) -> String {
    let names = [
        "IAMPORT_API_KEY",
        "IAMPORT_API_SECRET",
        "IAMPORT_BASE_URL",
        "IAMPORT_PG",
        "IAMPORT_SANDBOX",
        "FIREBASE_PROJECT",
        "FIREBASE_SERVICE_ACCOUNT",
        "FIREBASE_JWKS_URL",
        "FIREBASE_IDENTITY_TOOLKIT_URL",
        "PUBLIC_API_URL",
        "WEB_URL",
        "PAYMENTS_TABLE",
        "SUBSCRIPTIONS_TABLE",
        "ORDERS_TABLE",
        "JOURNAL_TABLE",
        "RETAINED_TABLE",
        "EVENT_BUS",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL_EVENTBRIDGE",
    ];
    let line = |name: &str| {
        let value = setting(name, addresses, service_account)?;
        Some(format!("export {name}='{value}'\n"))
    };
    names.into_iter().filter_map(line).collect()
}

/// A name of the configuration, as it is on this machine.
pub(crate) fn setting(name: &str, addresses: &Addresses, service_account: &str) -> Option<String> {
    let simulator = &addresses.simulator;
    Some(match name {
        "IAMPORT_API_KEY" => IAMPORT_KEY.to_owned(),
        "IAMPORT_API_SECRET" => IAMPORT_SECRET.to_owned(),
        "IAMPORT_BASE_URL" => simulator.clone(),
        "FIREBASE_IDENTITY_TOOLKIT_URL" => match &addresses.auth {
            Some(auth) => format!("{auth}/identitytoolkit.googleapis.com"),
            None => simulator.clone(),
        },
        "IAMPORT_PG" => "html5_inicis.INIBillTst".to_owned(),
        "IAMPORT_SANDBOX" => "true".to_owned(),
        "FIREBASE_PROJECT" => PROJECT.to_owned(),
        "FIREBASE_JWKS_URL" => {
            let keys = addresses.auth.as_ref().unwrap_or(simulator);
            format!("{keys}/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com")
        }
        "FIREBASE_APP_CHECK_JWKS_URL" => format!("{simulator}/v1/jwks"),
        "FIREBASE_SERVICE_ACCOUNT" => service_account.to_owned(),
        "AWS_REGION" => "ap-northeast-2".to_owned(),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "local".to_owned(),
        "AWS_ENDPOINT_URL_DYNAMODB" => addresses.dynamodb.clone(),
        "AWS_ENDPOINT_URL_EVENTBRIDGE" => format!("{simulator}/event-bridge"),
        "PAYMENTS_TABLE" => PAYMENTS.to_owned(),
        "SUBSCRIPTIONS_TABLE" => SUBSCRIPTIONS.to_owned(),
        "ORDERS_TABLE" => ORDERS.to_owned(),
        "JOURNAL_TABLE" => JOURNAL.to_owned(),
        "RETAINED_TABLE" => RETAINED.to_owned(),
        "EVENT_BUS" => "gudok".to_owned(),
        "PUBLIC_API_URL" | "WEB_URL" => addresses.gateway.clone(),
        _ => return None,
    })
}

/// The embedded DynamoDB, with the tables that `aws/data.yaml` defines made where they are not there yet.
async fn embedded(database: &Database) -> Result<Host, StackError> {
    let database = database.clone();
    let host: Host = Arc::new(move |request| {
        Box::pin(std::future::ready(dynamodb::answer(&database, &request)))
    });
    let hosts = InProcess::default();
    hosts.host("dynamodb.test", host.clone());
    let tables = Tables {
        payments: PAYMENTS.to_owned(),
        subscriptions: SUBSCRIPTIONS.to_owned(),
        orders: ORDERS.to_owned(),
        journal: JOURNAL.to_owned(),
        retained: RETAINED.to_owned(),
    };
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-2"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url("http://dynamodb.test")
        .http_client(AwsHttp::new(hosts.wire()))
        .build();
    create_tables(&aws_sdk_dynamodb::Client::from_conf(config), TABLES, &tables).await?;
    Ok(host)
}

/// New ids from the time and a seeded sequence.
fn ids(seed: u64) -> flows::NewId {
    let count = std::sync::atomic::AtomicU64::new(seed);
    Arc::new(move |now: Timestamp| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Ulid::from_parts(milliseconds, u128::from(number))
    })
}
