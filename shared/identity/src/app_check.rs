//! What is asking: Firebase App Check tokens, which say that a request comes from one of our apps.

use std::time::Duration;

use http::Uri;
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    keys::Keys,
    signed::{Rejection, VerifyError, signed},
    transport::{DEFAULT_TIMEOUT, Http, Transport},
};

/// For which apps an [`AppCheck`] verifies, and where it finds its keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AppCheckConfig {
    /// The Firebase project's number (not its id).
    pub project_number: String,
    /// The ids of our apps, such as `1:123456789012:web:abc`.
    pub apps: Vec<String>,
    /// The address of the signing keys: [`APP_CHECK_JWKS_URL`](crate::APP_CHECK_JWKS_URL) in
    /// production.
    pub jwks_url: Uri,
    /// How long one request for the keys may take.
    pub timeout: Duration,
}

impl AppCheckConfig {
    /// A configuration with [`DEFAULT_TIMEOUT`].
    pub fn new(project_number: String, apps: Vec<String>, jwks_url: Uri) -> Self {
        Self { project_number, apps, jwks_url, timeout: DEFAULT_TIMEOUT }
    }
}

/// Verifies App Check tokens against Google's published keys, which are held as a
/// [`Verifier`](crate::Verifier)'s are.
#[derive(Debug)]
pub struct AppCheck {
    issuer: String,
    audience: String,
    apps: Vec<String>,
    keys: Keys,
}

/// The claims that are read; times in seconds since 1970.
#[derive(Deserialize)]
struct RawClaims {
    aud: Vec<String>,
    iss: String,
    sub: String,
    exp: i64,
}

impl AppCheck {
    /// One that holds no keys yet.
    pub fn new(config: AppCheckConfig, transport: Transport) -> Self {
        let AppCheckConfig { project_number, apps, jwks_url, timeout } = config;
        Self {
            issuer: format!("https://firebaseappcheck.googleapis.com/{project_number}"),
            audience: format!("projects/{project_number}"),
            apps,
            keys: Keys::new(Http::new(transport, timeout), jwks_url),
        }
    }

    /// Verifies a token as of `now`.
    ///
    /// The rules are those that Firebase documents for backends of one's own: signed by RS256 with
    /// one of App Check's keys, `typ` `JWT`, `aud` with the project among others, `iss`
    /// `https://firebaseappcheck.googleapis.com/<project number>`, `exp` in the future, `sub` one of
    /// our apps. Whether the token was used before is not known.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<(), VerifyError> {
        let token = signed::<RawClaims>(token, &self.keys).await?;
        let is_jwt = token.header.typ.is_some_and(|typ| typ == "JWT");
        let checked =
            if is_jwt { self.check(&token.claims, now) } else { Err(Rejection::Malformed) };
        checked.map_err(VerifyError::Rejected)
    }

    fn check(&self, claims: &RawClaims, now: Timestamp) -> Result<(), Rejection> {
        if !claims.aud.contains(&self.audience) {
            return Err(Rejection::Audience);
        }
        if claims.iss != self.issuer {
            return Err(Rejection::Issuer);
        }
        if !self.apps.contains(&claims.sub) {
            return Err(Rejection::App);
        }
        if claims.exp <= now.as_second() {
            return Err(Rejection::Expired);
        }
        Ok(())
    }
}
