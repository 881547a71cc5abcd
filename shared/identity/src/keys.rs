//! Google's published signing keys: fetched when needed, held as long as they say.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Uri, header::CACHE_CONTROL};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use crate::transport::{Http, REST, Trouble, read};

/// Where Google publishes the keys that sign Firebase ID tokens.
pub const SECURE_TOKEN_JWKS_URL: &str =
    "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";

/// Where Google publishes the keys that sign App Check tokens.
pub const APP_CHECK_JWKS_URL: &str = "https://firebaseappcheck.googleapis.com/v1/jwks";

/// What a key set without a `max-age` is held for.
const UNSAID_LIFETIME: Duration = Duration::from_mins(5);

/// A key set is held no longer than this, whatever it says: a withdrawn key must leave. It is what App
/// Check's documentation allows.
const LONGEST_LIFETIME: Duration = Duration::from_hours(6);

/// The key set, shared by all verifications of a process.
#[derive(Debug)]
pub(crate) struct Keys {
    transport: Http,
    url: Uri,
    held: RwLock<Option<Arc<KeySet>>>,
    /// Held across a fetch, so that there is one at a time, with the moment the last one
    /// ended. Apart from `held`, so that a token under a known key never waits for a fetch
    /// that a stranger's key id caused.
    flight: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct KeySet {
    by_id: HashMap<String, DecodingKey>,
    fetched_at: Instant,
    lifetime: Duration,
}

impl Keys {
    pub(crate) fn new(transport: Http, url: Uri) -> Self {
        Self { transport, url, held: RwLock::new(None), flight: Mutex::new(None) }
    }

    /// The key of this id, or `None` when Google publishes no such key.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<DecodingKey>, Trouble> {
        if let Some(key) = self.fresh().and_then(|set| set.by_id.get(id).cloned()) {
            return Ok(Some(key));
        }
        let mut last_flight = self.flight.lock().await;
        // Whoever held the lock may have brought the key.
        let fresh = self.fresh();
        if let Some(key) = fresh.as_ref().and_then(|set| set.by_id.get(id)) {
            return Ok(Some(key.clone()));
        }
        if last_flight.is_some_and(|ended| ended.elapsed() < REST) {
            return if fresh.is_some() { Ok(None) } else { Err(Trouble::Resting) };
        }
        let fetched = self.fetch().await;
        // A set counts from when it came, like its lifetime: it is never stale within the rest.
        *last_flight = Some(fetched.as_ref().map_or_else(|_| Instant::now(), |set| set.fetched_at));
        let set = Arc::new(fetched?);
        let key = set.by_id.get(id).cloned();
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(set);
        Ok(key)
    }

    fn fresh(&self) -> Option<Arc<KeySet>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|set| set.fetched_at.elapsed() < set.lifetime).cloned()
    }

    async fn fetch(&self) -> Result<KeySet, Trouble> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.url.clone();
        let answer = self.transport.send(&request).await?;
        let published: Published = read(&answer)?;
        let by_id = published.keys.into_iter().filter_map(Jwk::into_key).collect();
        Ok(KeySet { by_id, fetched_at: Instant::now(), lifetime: lifetime(answer.headers()) })
    }
}

/// How long the answer may be held, at least [`REST`] so that one that says `max-age=0` does
/// not cost a call for each request.
fn lifetime(headers: &HeaderMap) -> Duration {
    headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|directive| directive.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("max-age"))
        .and_then(|(_, seconds)| seconds.parse().ok())
        .map_or(UNSAID_LIFETIME, Duration::from_secs)
        .clamp(REST, LONGEST_LIFETIME)
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Jwk>,
}

/// One published key, as far as it is read: the parts of an RSA key.
#[derive(Deserialize)]
struct Jwk {
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Jwk {
    /// `None` for a key of another kind, which is no reason to lose the others.
    fn into_key(self) -> Option<(String, DecodingKey)> {
        let key = DecodingKey::from_rsa_components(&self.n?, &self.e?).ok()?;
        Some((self.kid?, key))
    }
}
