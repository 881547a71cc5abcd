//! Wiring: from a configuration, a transport and a clock to the whole application.

use crate::config::{AdminPolicy, Aws, Iamport, OurApps, ReaderConfig};
use crate::{Config, transport::AwsHttp, transport::Transport};
use aws_credential_types::Credentials as AwsCredentials;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_types::region::Region;
use axum::extract::FromRef;
use flows::{Books, Bus, Clock, Gudok, NewId, OwnKey};
use iamport::Credentials;
use identity::{AppCheck, Claims, ClaimsConfig, Verifier, VerifierConfig};
use ledger::Ledger;
use secrecy::ExposeSecret;
use std::{sync::Arc, time::Duration};

/// How long a request to Iamport may take that moves no money; who waits for a charge waits for
/// `IAMPORT_TIMEOUT_SECONDS`. Three of these and the pauses between them end before API Gateway gives up.
const IAMPORT_READ: Duration = Duration::from_secs(8);

/// How long one attempt of a call to AWS may take.
const AWS_ATTEMPT: Duration = Duration::from_secs(3);

/// The application that the routers of functions that act share. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The flows.
    pub gudok: Gudok,
    /// Who is asking.
    pub verifier: Arc<Verifier>,
    /// What is asked of admins.
    pub admin_policy: AdminPolicy,
    /// What is asking, where that is asked.
    pub gate: Option<Arc<Gate>>,
}

/// What a request shows that begins something with a card.
#[derive(Debug)]
pub struct Gate {
    /// Whether it comes from one of our apps.
    pub app_check: AppCheck,
    /// Whether others are refused.
    pub enforced: bool,
}

/// The part of it that the routers of functions that only read share. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    /// What there is to read.
    pub books: Books,
    /// Who is asking.
    pub verifier: Arc<Verifier>,
}

impl FromRef<App> for Reader {
    fn from_ref(app: &App) -> Self {
        Self { books: app.gudok.books.clone(), verifier: Arc::clone(&app.verifier) }
    }
}

/// Why the application could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// Iamport's client.
    #[error("Iamport's client could not be made")]
    Iamport(#[from] iamport::BuildError),
    /// The client of custom claims.
    #[error("FIREBASE_IDENTITY_TOOLKIT_URL and FIREBASE_PROJECT make no address")]
    Claims(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Reader {
    /// Puts it together. Nothing is sent yet.
    pub fn new(config: ReaderConfig, transport: &Transport, clock: Clock) -> Self {
        let ReaderConfig { project, jwks_url, aws, tables, settings } = config;
        let ledger = Ledger::new(dynamodb(&aws, transport), tables);
        let verifier = Verifier::new(VerifierConfig::new(project, jwks_url), transport.clone());
        Self {
            books: Books { ledger, settings: Arc::new(settings), clock },
            verifier: Arc::new(verifier),
        }
    }
}

impl App {
    /// Puts the application together. Nothing is sent yet.
    ///
    /// # Errors
    /// When an address of the configuration cannot be used.
    pub fn new(
        config: Config,
        transport: &Transport,
        clock: Clock,
        new_id: NewId,
    ) -> Result<Self, WiringError> {
        let Config { reader, iamport, accounts, event_bus, admin_policy, our_apps } = config;
        let key = OwnKey::new(iamport.secret.clone());
        let iamport = gateway(iamport, transport, clock.clone())?;
        let claims = Claims::new(
            ClaimsConfig::new(reader.project.clone(), accounts.identity_toolkit_url),
            accounts.service_account,
            transport.clone(),
        )
        .map_err(|error| WiringError::Claims(error.into()))?;
        let bus = Bus { client: eventbridge(&reader.aws, transport), name: event_bus };
        let Reader { books, verifier } = Reader::new(reader, transport, clock);
        let (claims, lately) = (Arc::new(claims), Arc::default());
        let gudok = Gudok { books, iamport, claims, bus, new_id, key, lately };
        let gate = our_apps.map(|OurApps { app_check, enforced }| {
            Arc::new(Gate { app_check: AppCheck::new(app_check, transport.clone()), enforced })
        });
        Ok(Self { gudok, verifier, admin_policy, gate })
    }
}

fn gateway(
    config: Iamport,
    transport: &Transport,
    clock: Clock,
) -> Result<iamport::Client, iamport::BuildError> {
    iamport::Client::builder(Credentials::new(config.key, config.secret))
        .base_url(config.base_url)
        .include_sandbox(config.sandbox)
        .timeout(config.timeout)
        .read_timeout(IAMPORT_READ)
        .transport(transport.clone())
        .clock(move || clock())
        .build()
}

fn dynamodb(aws: &Aws, transport: &Transport) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(Region::new(aws.region.clone()))
        .endpoint_url(aws.dynamodb())
        .credentials_provider(credentials(aws))
        .timeout_config(timeouts())
        .http_client(AwsHttp::new(transport.clone()));
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

fn eventbridge(aws: &Aws, transport: &Transport) -> aws_sdk_eventbridge::Client {
    let config = aws_sdk_eventbridge::Config::builder()
        .behavior_version_latest()
        .region(Region::new(aws.region.clone()))
        .endpoint_url(aws.eventbridge())
        .credentials_provider(credentials(aws))
        .timeout_config(timeouts())
        .http_client(AwsHttp::new(transport.clone()));
    aws_sdk_eventbridge::Client::from_conf(config.build())
}

fn credentials(aws: &Aws) -> AwsCredentials {
    AwsCredentials::new(
        aws.access_key_id.clone(),
        aws.secret_access_key.expose_secret(),
        aws.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
        None,
        "environment",
    )
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(AWS_ATTEMPT).build()
}
