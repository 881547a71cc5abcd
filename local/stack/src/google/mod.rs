//! Google's part in signing members in, for a machine that reaches no Google.
//!
//! What a backend asks of Firebase is here under production's paths, with production's answers:
//!
//! | route | in production at |
//! |---|---|
//! | `GET /service_accounts/v1/jwk/securetoken@system.gserviceaccount.com` | `www.googleapis.com` |
//! | `GET /v1/jwks` | `firebaseappcheck.googleapis.com` |
//! | `POST /token` | `oauth2.googleapis.com` |
//! | `POST /v1/projects/{project}/accounts:lookup`, `…:update` and `…:delete` | `identitytoolkit.googleapis.com` |
//!
//! so that a backend runs its production code against it and only its addresses differ. Nothing
//! is waved through: tokens are signed, assertions and access tokens are checked.
//!
//! Three routes are the stand-in's own, for the browser and for people: `POST /simulator/sign-in`,
//! `GET /simulator/accounts` and `POST /simulator/app-check`. Anyone may sign in as anyone, and be any app: it must
//! listen on loopback only.
//!
//! One key signs ID tokens and App Check tokens, where Google has keys for each: so only their claims tell one from
//! the other, and whoever takes one for the other is found out here.

mod key;
mod store;
mod token;
mod app_check;
mod oauth;
mod toolkit;
mod simulator;
mod console;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use axum::Router;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use key::Key;
use store::Store;

pub use app_check::{AppCheckToken, PROJECT_NUMBER, WEB_APP};
pub use simulator::{SignIn, SignInError};
pub use store::StoreError;
pub use token::Signature;

/// What time it is, in the simulation.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The stand-in. Its clones are one and the same.
#[derive(Clone)]
pub struct Google {
    inner: Arc<Inner>,
}

struct Inner {
    project: String,
    clock: Clock,
    /// Signs ID tokens and App Check tokens; published.
    signing: Arc<Key>,
    /// Signs the backend's assertions; handed out in the service account's JSON.
    service_account: Arc<Key>,
    store: Mutex<Store>,
    access_tokens: Mutex<AccessTokens>,
}

/// The two keys, read: which takes about as long as signing with them.
#[derive(Clone)]
struct Keys {
    signing: Arc<Key>,
    service_account: Arc<Key>,
}

impl Keys {
    fn of(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            signing: Arc::new(Key::from_pem(&store.kept().signing_key)?),
            service_account: Arc::new(Key::from_pem(&store.kept().service_account_key)?),
        })
    }
}

/// The access tokens given out, with their end. A restart forgets them, which a client must
/// bear: Google withdraws tokens too.
#[derive(Default)]
struct AccessTokens {
    given: u64,
    ends: BTreeMap<String, Timestamp>,
}

impl Google {
    /// Opens the stand-in for one Firebase project.
    ///
    /// With a path everything but access tokens is kept in that JSON file, which is replaced as
    /// a whole at each change. It is made on the first start, with two new RSA-2048 keys; they
    /// are why ID tokens survive a restart. Without a path all is in memory.
    pub fn open(project: &str, path: Option<PathBuf>, clock: Clock) -> Result<Self, StoreError> {
        let store = Store::open(path)?;
        let keys = Keys::of(&store)?;
        Ok(Self::over(project, store, keys, clock))
    }

    /// Opens the stand-in in memory, with the keys that all opened so in this process share: for tests,
    /// which open many.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn in_memory(project: &str, clock: Clock) -> Result<Self, StoreError> {
        static READ: OnceLock<Keys> = OnceLock::new();
        let store = Store::with_this_processs_keys()?;
        let keys = if let Some(keys) = READ.get() {
            keys.clone()
        } else {
            let keys = Keys::of(&store)?;
            READ.get_or_init(|| keys).clone()
        };
        Ok(Self::over(project, store, keys, clock))
    }

    fn over(project: &str, store: Store, keys: Keys, clock: Clock) -> Self {
        let inner = Inner {
            project: project.to_owned(),
            clock,
            signing: keys.signing,
            service_account: keys.service_account,
            store: Mutex::new(store),
            access_tokens: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        self.google_routes().merge(simulator::router().with_state(self.clone()))
    }

    /// Only what Google has, and App Check's tokens: without signing in on a word, and without a look at the accounts.
    pub fn google_routes(&self) -> Router {
        oauth::router().merge(toolkit::router()).merge(app_check::router()).with_state(self.clone())
    }

    /// The service account a backend acts as, as the JSON file Google hands out, for a stand-in
    /// that is reached at `base_url` (`http://127.0.0.1:9099`).
    pub fn service_account_json(&self, base_url: &str) -> String {
        json!({
            "type": "service_account",
            "project_id": self.inner.project,
            "private_key_id": self.inner.service_account.id(),
            "private_key": self.inner.service_account.pem(),
            "client_email": self.client_email(),
            "token_uri": format!("{}/token", base_url.trim_end_matches('/')),
        })
        .to_string()
    }

    /// An account's custom claims, or `None` when there is no such account.
    pub fn claims(&self, uid: &str) -> Option<Map<String, Value>> {
        Some(self.store().kept().accounts.get(uid)?.custom_claims.clone())
    }

    /// What a look at all accounts shows of whether members are there and may enter; two that are equal show
    /// the same.
    pub fn accounts(&self) -> Vec<(String, bool, Map<String, Value>)> {
        let store = self.store();
        let accounts = store.kept().accounts.iter();
        accounts
            .map(|(uid, account)| (uid.clone(), account.disabled, account.custom_claims.clone()))
            .collect()
    }

    fn client_email(&self) -> String {
        format!("backend@{}.iam.gserviceaccount.com", self.inner.project)
    }

    fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.inner.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn access_tokens(&self) -> MutexGuard<'_, AccessTokens> {
        self.inner.access_tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Google {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Google").field("project", &self.inner.project).finish_non_exhaustive()
    }
}
