//! Who is asking: Firebase ID tokens under production's rules.

use std::{fmt, time::Duration};

use http::Uri;
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    account::DeskRight,
    keys::Keys,
    signed::{Rejection, VerifyError, signed},
    transport::{DEFAULT_TIMEOUT, Http, Transport},
};

/// How far ahead of ours Google's clock may be, in seconds: what `iat` and `auth_time` may lie
/// in the future. `exp` has no such leeway.
const CLOCK_SKEW: i64 = 60;

/// Where a [`Verifier`] finds its keys and for which project it verifies.
#[derive(Clone, Debug)]
pub struct VerifierConfig {
    /// The Firebase project's id. A token of another project is rejected.
    pub project: String,
    /// The address of the signing keys: [`SECURE_TOKEN_JWKS_URL`](crate::SECURE_TOKEN_JWKS_URL)
    /// in production.
    pub jwks_url: Uri,
    /// How long one request for the keys may take.
    pub timeout: Duration,
}

impl VerifierConfig {
    /// A configuration with [`DEFAULT_TIMEOUT`].
    pub fn new(project: impl Into<String>, jwks_url: Uri) -> Self {
        Self { project: project.into(), jwks_url, timeout: DEFAULT_TIMEOUT }
    }
}

/// Verifies Firebase ID tokens against Google's published keys.
///
/// The keys are fetched at the first token and held for their `Cache-Control: max-age`. An
/// unknown key id has them fetched again, at most once per [`REST`](crate::REST), one fetch at
/// a time; tokens under known keys do not wait for it. Share one verifier per process.
#[derive(Debug)]
pub struct Verifier {
    project: String,
    issuer: String,
    keys: Keys,
}

/// What a verified ID token says. Its [`Debug`](fmt::Debug) leaves the e-mail address out.
#[derive(Clone, Eq, PartialEq)]
pub struct IdToken {
    /// The member: `sub`, 1 to 128 characters.
    pub uid: String,
    /// The e-mail address, if the account has one. Not necessarily a confirmed one.
    pub email: Option<String>,
    /// Whether the account's owner has shown that the address is theirs.
    pub email_verified: bool,
    /// Whether a second factor was asked for at the sign-in.
    pub second_factor: bool,
    /// What the custom claim `admin` allows, if it is one.
    pub admin: Option<DeskRight>,
    /// When the member signed in; older than the token when it was refreshed since. Compare
    /// with [`Account::valid_since`](crate::Account::valid_since) to notice a revoked session.
    pub auth_time: Timestamp,
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken")
            .field("uid", &self.uid)
            .field("admin", &self.admin)
            .field("auth_time", &self.auth_time)
            .finish_non_exhaustive()
    }
}

impl Verifier {
    /// A verifier that holds no keys yet.
    pub fn new(config: VerifierConfig, transport: Transport) -> Self {
        let issuer = format!("https://securetoken.google.com/{}", config.project);
        let transport = Http::new(transport, config.timeout);
        Self { project: config.project, issuer, keys: Keys::new(transport, config.jwks_url) }
    }

    /// Verifies a token as of `now`.
    ///
    /// The rules are those of Firebase's own servers: signed by RS256 with one of Google's
    /// keys, `aud` the project, `iss` `https://securetoken.google.com/<project>`, `sub` of 1 to
    /// 128 characters, `exp` in the future, `iat` and `auth_time` not in the future (60 s are
    /// forgiven). Whether the account was disabled or its sessions revoked since is not known
    /// from a token; see [`Claims::account`](crate::Claims::account).
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<IdToken, VerifyError> {
        let token = signed(token, &self.keys).await?;
        self.check(token.claims, now).map_err(VerifyError::Rejected)
    }

    fn check(&self, claims: RawClaims, now: Timestamp) -> Result<IdToken, Rejection> {
        if claims.aud != self.project {
            return Err(Rejection::Audience);
        }
        if claims.iss != self.issuer {
            return Err(Rejection::Issuer);
        }
        if !(1..=128).contains(&claims.sub.chars().count()) {
            return Err(Rejection::Subject);
        }
        if claims.exp <= now.as_second() {
            return Err(Rejection::Expired);
        }
        if claims.iat.max(claims.auth_time).saturating_sub(CLOCK_SKEW) > now.as_second() {
            return Err(Rejection::FromTheFuture);
        }
        Ok(IdToken {
            uid: claims.sub,
            email: claims.email,
            email_verified: claims.email_verified,
            second_factor: claims.firebase.sign_in_second_factor.is_some(),
            admin: DeskRight::of(&claims.admin),
            auth_time: Timestamp::from_second(claims.auth_time)
                .map_err(|_out_of_range| Rejection::Malformed)?,
        })
    }
}

/// The claims that are read; times in seconds since 1970.
#[derive(Deserialize)]
struct RawClaims {
    aud: String,
    iss: String,
    sub: String,
    exp: i64,
    iat: i64,
    auth_time: i64,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    #[serde(default)]
    firebase: SignIn,
    /// Anything may be stored under a custom claim's name.
    #[serde(default)]
    admin: serde_json::Value,
}

/// How somebody signed in, as far as it is read.
#[derive(Default, Deserialize)]
struct SignIn {
    /// Which second factor, such as `totp`; absent where none was asked for.
    sign_in_second_factor: Option<String>,
}
