//! Configuration: read from the environment and checked once, at start. What is missing or malformed
//! names itself and stops the start.

use billing::{Catalogue, Plan, Policy, Won};
use flows::{Merchant, RevocationMode, Settings};
use http::Uri;
use iamport::Buyer;
use identity::{AppCheckConfig, ServiceAccount};
use jiff::SignedDuration;
use ledger::Tables;
use secrecy::SecretString;
use serde::Deserialize;
use std::{str::FromStr, time::Duration};

/// What the functions that act are configured with.
#[derive(Debug)]
pub struct Config {
    /// What it takes to read.
    pub reader: ReaderConfig,
    /// `IAMPORT_API_KEY`, `IAMPORT_API_SECRET`, `IAMPORT_BASE_URL`, `IAMPORT_SANDBOX`, `IAMPORT_TIMEOUT_SECONDS`.
    pub iamport: Iamport,
    /// `FIREBASE_IDENTITY_TOOLKIT_URL`, `FIREBASE_SERVICE_ACCOUNT`.
    pub accounts: Accounts,
    /// `EVENT_BUS`: the bus's name.
    pub event_bus: String,
    /// `ADMIN_POLICY`.
    pub admin_policy: AdminPolicy,
    /// `APP_CHECK`, `FIREBASE_APP_CHECK_JWKS_URL`.
    pub our_apps: Option<OurApps>,
}

/// Which apps may begin something with a card.
#[derive(Debug)]
pub struct OurApps {
    /// How they show that they are.
    pub app_check: AppCheckConfig,
    /// Whether the others are refused, and not only told of in the log.
    pub enforced: bool,
}

/// What it takes to be let onto the desk. As configuration it is JSON that names only what differs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminPolicy {
    /// Whether a second factor has to have been asked for at the sign-in.
    pub second_factor: bool,
    /// How old the sign-in may be, if there is a limit.
    pub session: Option<SignedDuration>,
    /// How old it may be for whatever is done, and not only looked at, if there is a limit.
    pub fresh_sign_in: Option<SignedDuration>,
}

/// What the functions that only read are configured with: no partner, and nobody's secret.
#[derive(Debug)]
pub struct ReaderConfig {
    /// `FIREBASE_PROJECT`: the project's id.
    pub project: String,
    /// `FIREBASE_JWKS_URL`: where Google publishes the keys of ID tokens.
    pub jwks_url: Uri,
    /// `AWS_*`, set by Lambda itself but for the endpoints.
    pub aws: Aws,
    /// `PAYMENTS_TABLE`, `SUBSCRIPTIONS_TABLE`, `ORDERS_TABLE`, `JOURNAL_TABLE`, `RETAINED_TABLE`.
    pub tables: Tables,
    /// The rules and names.
    pub settings: Settings,
}

/// Iamport's address and keys.
#[derive(Debug, Clone)]
pub struct Iamport {
    /// Key of the REST API.
    pub key: SecretString,
    /// Secret of the REST API.
    pub secret: SecretString,
    /// `https://api.iamport.kr` unless said otherwise.
    pub base_url: Uri,
    /// Whether payments of a test MID are asked for (`include_sandbox`).
    pub sandbox: bool,
    /// How long a call that moves money may take before its outcome counts as unknown. The claim on a charge outlasts it.
    pub timeout: Duration,
}

/// The accounts of the Firebase project.
#[derive(Debug)]
pub struct Accounts {
    /// Where they are read and changed.
    pub identity_toolkit_url: Uri,
    /// Who changes them.
    pub service_account: ServiceAccount,
}

/// How AWS is reached.
#[derive(Debug, Clone)]
pub struct Aws {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: SecretString,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<SecretString>,
    /// `AWS_ENDPOINT_URL_DYNAMODB`.
    pub dynamodb_url: Option<String>,
    /// `AWS_ENDPOINT_URL_EVENTBRIDGE`.
    pub eventbridge_url: Option<String>,
}

impl Aws {
    /// Where the tables are.
    pub fn dynamodb(&self) -> String {
        let usual = || format!("https://dynamodb.{}.amazonaws.com", self.region);
        self.dynamodb_url.clone().unwrap_or_else(usual)
    }

    /// Where the bus is.
    pub fn eventbridge(&self) -> String {
        let usual = || format!("https://events.{}.amazonaws.com", self.region);
        self.eventbridge_url.clone().unwrap_or_else(usual)
    }
}

/// What is wrong with the configuration. Never shows a value, for it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A name that is not set.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A value that does not fit.
    #[error("{name} is not {wanted}")]
    Malformed {
        /// The name.
        name: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
}

impl ReaderConfig {
    /// Reads the configuration; `lookup` gives the value of a name, such as [`from_environment`] does.
    ///
    /// # Errors
    /// The first name that is missing or malformed.
    pub fn read(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let names = Names(&lookup);
        Ok(Self {
            project: names.required("FIREBASE_PROJECT")?,
            jwks_url: names.url("FIREBASE_JWKS_URL", identity::SECURE_TOKEN_JWKS_URL)?,
            aws: aws(&names)?,
            tables: tables(&names)?,
            settings: settings(&names)?,
        })
    }
}

impl Config {
    /// Reads the configuration, as [`ReaderConfig::read`] does.
    ///
    /// # Errors
    /// The first name that is missing or malformed.
    pub fn read(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let names = Names(&lookup);
        let iamport = iamport(&names)?;
        let accounts = accounts(&names)?;
        let event_bus = names.required("EVENT_BUS")?;
        let admin_policy = admin_policy(&names)?;
        let our_apps = our_apps(&names)?;
        let reader = ReaderConfig::read(&lookup)?;
        if iamport.timeout.as_secs() >= reader.settings.policy.lease.unsigned_abs().as_secs() {
            return Err(ConfigError::Malformed {
                name: "IAMPORT_TIMEOUT_SECONDS",
                wanted: "shorter than the policy's `lease` (120 s by default)",
            });
        }
        Ok(Self { reader, iamport, accounts, event_bus, admin_policy, our_apps })
    }
}

fn iamport(names: &Names<'_>) -> Result<Iamport, ConfigError> {
    let timeout = names.parsed("IAMPORT_TIMEOUT_SECONDS", "a number of seconds", 22)?;
    Ok(Iamport {
        key: names.required("IAMPORT_API_KEY")?.into(),
        secret: names.required("IAMPORT_API_SECRET")?.into(),
        base_url: names.url("IAMPORT_BASE_URL", "https://api.iamport.kr")?,
        sandbox: names.parsed("IAMPORT_SANDBOX", "true or false", false)?,
        timeout: Duration::from_secs(timeout),
    })
}

fn accounts(names: &Names<'_>) -> Result<Accounts, ConfigError> {
    Ok(Accounts {
        identity_toolkit_url: names
            .url("FIREBASE_IDENTITY_TOOLKIT_URL", identity::IDENTITY_TOOLKIT_URL)?,
        service_account: ServiceAccount::from_json(&names.required("FIREBASE_SERVICE_ACCOUNT")?)
            .map_err(|_| ConfigError::Malformed {
                name: "FIREBASE_SERVICE_ACCOUNT",
                wanted: "the JSON of a service account's key",
            })?,
    })
}

fn aws(names: &Names<'_>) -> Result<Aws, ConfigError> {
    Ok(Aws {
        region: names.required("AWS_REGION")?,
        access_key_id: names.required("AWS_ACCESS_KEY_ID")?,
        secret_access_key: names.required("AWS_SECRET_ACCESS_KEY")?.into(),
        session_token: names.optional("AWS_SESSION_TOKEN").map(Into::into),
        dynamodb_url: names.optional("AWS_ENDPOINT_URL_DYNAMODB"),
        eventbridge_url: names.optional("AWS_ENDPOINT_URL_EVENTBRIDGE"),
    })
}

fn tables(names: &Names<'_>) -> Result<Tables, ConfigError> {
    Ok(Tables {
        payments: names.required("PAYMENTS_TABLE")?,
        subscriptions: names.required("SUBSCRIPTIONS_TABLE")?,
        orders: names.required("ORDERS_TABLE")?,
        journal: names.required("JOURNAL_TABLE")?,
        retained: names.required("RETAINED_TABLE")?,
    })
}

fn settings(names: &Names<'_>) -> Result<Settings, ConfigError> {
    Ok(Settings {
        policy: policy(names)?,
        catalogue: catalogue(names)?,
        merchant: merchant(names)?,
        revocation: match names.optional("REVOCATION").as_deref() {
            None | Some("auto") => RevocationMode::Auto,
            Some("review") => RevocationMode::Review,
            Some(_) => {
                return Err(ConfigError::Malformed {
                    name: "REVOCATION",
                    wanted: "`auto` or `review`",
                });
            }
        },
        access_claim: access_claim(names)?,
        page: names.parsed("LIST_PAGE", "a number of rows below 65,536", 1_000)?,
        verified_email: match names.optional("VERIFIED_EMAIL").as_deref() {
            None | Some("optional") => false,
            Some("required") => true,
            Some(_) => {
                return Err(ConfigError::Malformed {
                    name: "VERIFIED_EMAIL",
                    wanted: "`optional` or `required`",
                });
            }
        },
    })
}

fn merchant(names: &Names<'_>) -> Result<Merchant, ConfigError> {
    let below = |name, path: &str| -> Result<String, ConfigError> {
        let base = names.required(name)?;
        Ok(format!("{}{path}", base.trim_end_matches('/')))
    };
    Ok(Merchant {
        pg: names.required("IAMPORT_PG")?,
        notice_url: below("PUBLIC_API_URL", "/iamport-callback")?,
        redirect_url: below("WEB_URL", "/app/checkout/complete")?,
        buyer: buyer(&names.required("WEB_URL")?),
    })
}

/// The value of a name in this process's environment; an empty one counts as not set.
pub fn from_environment(name: &'static str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A required value, for functions that need only one or two.
///
/// # Errors
/// When it is not set.
pub fn required(
    lookup: impl Fn(&'static str) -> Option<String>,
    name: &'static str,
) -> Result<String, ConfigError> {
    Names(&lookup).required(name)
}

struct Names<'a>(&'a dyn Fn(&'static str) -> Option<String>);

impl Names<'_> {
    fn optional(&self, name: &'static str) -> Option<String> {
        (self.0)(name)
    }

    fn required(&self, name: &'static str) -> Result<String, ConfigError> {
        self.optional(name).ok_or(ConfigError::Missing(name))
    }

    fn url(&self, name: &'static str, default: &'static str) -> Result<Uri, ConfigError> {
        self.parsed(name, "a URL", Uri::from_static(default))
    }

    fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        wanted: &'static str,
        default: T,
    ) -> Result<T, ConfigError> {
        match self.optional(name) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|_| ConfigError::Malformed { name, wanted }),
        }
    }
}

/// Who buys where nobody says: nobody in particular, at an address of the app's own host.
fn buyer(web_url: &str) -> Buyer {
    let host = web_url.parse::<Uri>().ok().and_then(|url| url.host().map(ToOwned::to_owned));
    // Iamport takes 64 characters.
    let host = host.filter(|host| host.len() <= 50);
    Buyer {
        name: Some("구독 회원".to_owned()),
        tel: Some("010-0000-0000".to_owned()),
        email: Some(format!("member@{}", host.unwrap_or_else(|| "localhost".to_owned()))),
        ..Buyer::default()
    }
}

/// `POLICY`, a JSON object of the rules that differ from the defaults.
fn policy(names: &Names<'_>) -> Result<Policy, ConfigError> {
    let Some(text) = names.optional("POLICY") else { return Ok(Policy::default()) };
    let policy = serde_json::from_str::<serde_json::Map<_, _>>(&text)
        .and_then(|rules| serde_json::from_value::<Policy>(rules.into()));
    let policy = policy.map_err(|_| ConfigError::Malformed {
        name: "POLICY",
        wanted: r#"a JSON object such as {"retry_days": [1, 3, 5, 7], "patience": "10m"}"#,
    })?;
    match policy.mistake() {
        None => Ok(policy),
        Some(wanted) => Err(ConfigError::Malformed { name: "POLICY", wanted }),
    }
}

/// `ADMIN_POLICY`, a JSON object of what is asked of admins.
fn admin_policy(names: &Names<'_>) -> Result<AdminPolicy, ConfigError> {
    let Some(text) = names.optional("ADMIN_POLICY") else { return Ok(AdminPolicy::default()) };
    let malformed = ConfigError::Malformed {
        name: "ADMIN_POLICY",
        wanted: r#"a JSON object such as {"second_factor": true, "session": "12h", "fresh_sign_in": "10m"}, durations from a minute"#,
    };
    let policy: AdminPolicy = serde_json::from_str(&text).map_err(|_| malformed.clone())?;
    let mut durations = policy.session.into_iter().chain(policy.fresh_sign_in);
    if durations.any(|it| it < SignedDuration::from_mins(1)) {
        return Err(malformed);
    }
    Ok(policy)
}

/// `APP_CHECK` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppCheckText {
    project_number: String,
    apps: Vec<String>,
    enforce: Option<bool>,
}

/// `APP_CHECK`, a JSON object of the project's number and its apps' ids, which begin with `1:{number}:`.
fn our_apps(names: &Names<'_>) -> Result<Option<OurApps>, ConfigError> {
    let Some(text) = names.optional("APP_CHECK") else { return Ok(None) };
    let malformed = ConfigError::Malformed {
        name: "APP_CHECK",
        wanted: r#"a JSON object such as {"project_number": "123456789012", "apps": ["1:123456789012:web:abc"]}, apps of that project"#,
    };
    let Ok(AppCheckText { project_number, apps, enforce }) = serde_json::from_str(&text) else {
        return Err(malformed);
    };
    let is_number = project_number.bytes().all(|digit| digit.is_ascii_digit());
    let of_project = |app: &String| app.split(':').nth(1) == Some(&project_number);
    if project_number.is_empty() || !is_number || apps.is_empty() || !apps.iter().all(of_project) {
        return Err(malformed);
    }
    let keys = names.url("FIREBASE_APP_CHECK_JWKS_URL", identity::APP_CHECK_JWKS_URL)?;
    let app_check = AppCheckConfig::new(project_number, apps, keys);
    Ok(Some(OurApps { app_check, enforced: enforce.unwrap_or(true) }))
}

/// `ACCESS_CLAIM`: a claim that members are given, so none that means something else.
fn access_claim(names: &Names<'_>) -> Result<String, ConfigError> {
    let claim = names.optional("ACCESS_CLAIM").unwrap_or_else(|| "subscriber".to_owned());
    if claim == identity::ADMIN || identity::RESERVED.contains(&claim.as_str()) {
        return Err(ConfigError::Malformed {
            name: "ACCESS_CLAIM",
            wanted: "a claim of its own: `admin` would make every member an admin, and others are reserved",
        });
    }
    Ok(claim)
}

/// `PLANS`, a JSON list of `{"id", "name", "price", "changes"}`, and `TERMS_VERSION`.
fn catalogue(names: &Names<'_>) -> Result<Catalogue, ConfigError> {
    let malformed = ConfigError::Malformed {
        name: "PLANS",
        wanted: r#"a JSON list such as [{"id": "monthly", "name": "월 구독", "price": 9900, "changes": [{"holds_from": "2027-03-01", "price": 12900}]}], prices from 100 to 100,000,000 won, names of at most 20 characters"#,
    };
    let plans: Vec<Plan> = match names.optional("PLANS") {
        None => {
            let id = "monthly".parse().map_err(|_| malformed.clone())?;
            vec![Plan::new(id, "월 구독", Won::new(9_900))]
        }
        Some(text) => serde_json::from_str(&text).map_err(|_| malformed.clone())?,
    };
    let fits = |plan: &Plan| {
        let mut prices = plan.prices().iter();
        prices.all(|version| (100..=100_000_000).contains(&version.price.get()))
            && (1..=20).contains(&plan.name.chars().count())
    };
    if plans.is_empty() || !plans.iter().all(fits) {
        return Err(malformed);
    }
    Ok(Catalogue {
        plans,
        terms_version: names.optional("TERMS_VERSION").unwrap_or_else(|| "2026-01".to_owned()),
    })
}
