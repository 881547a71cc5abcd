//! What a member may open: custom claims, merged through Google's Identity Toolkit.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE},
    uri::InvalidUri,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    access::AccessTokens,
    account::{Account, Found, User},
    service_account::ServiceAccount,
    transport::{DEFAULT_TIMEOUT, Http, Transport, Trouble, read},
};

/// Where Google's Identity Toolkit answers.
pub const IDENTITY_TOOLKIT_URL: &str = "https://identitytoolkit.googleapis.com";

/// The most accounts that one request looks up. Google's reference names no limit; its own libraries ask for
/// no more at once.
pub const MOST_ACCOUNTS: usize = 100;

/// The claim that makes an account an admin's, or a viewer's of what admins see.
pub const ADMIN: &str = "admin";

/// The longest custom claims Google keeps, in characters of their JSON.
const LONGEST: usize = 1000;

/// The names a custom claim must not have: those of JSON web tokens, `OpenID Connect` and
/// Firebase itself.
pub const RESERVED: [&str; 16] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "cnf",
    "exp",
    "firebase",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "sub",
];

/// Where [`Claims`] are kept.
#[derive(Clone, Debug)]
pub struct ClaimsConfig {
    /// The Firebase project's id.
    pub project: String,
    /// Identity Toolkit's address without a path: [`IDENTITY_TOOLKIT_URL`] in production.
    pub base_url: Uri,
    /// How long one request may take; a change is up to four of them, each repeated at most
    /// twice.
    pub timeout: Duration,
}

impl ClaimsConfig {
    /// A configuration with [`DEFAULT_TIMEOUT`].
    pub fn new(project: impl Into<String>, base_url: Uri) -> Self {
        Self { project: project.into(), base_url, timeout: DEFAULT_TIMEOUT }
    }
}

/// Reads and merges the custom claims of a project's members.
///
/// A browser sees a change at its next token refresh, which may be an hour away: claims mirror
/// what a member may open, they do not decide it.
#[derive(Debug)]
pub struct Claims {
    transport: Http,
    access: AccessTokens,
    lookup: Uri,
    update: Uri,
    delete: Uri,
}

/// Whether a merge had anything to write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Merge {
    /// The claims were already so; nothing was written.
    Unchanged,
    /// The claims were written.
    Written,
}

/// Why claims could not be read or merged.
#[derive(Debug, thiserror::Error)]
pub enum ClaimsError {
    /// The project has no such member (any more): repeating does not help.
    #[error("the project has no such user")]
    NoSuchUser,
    /// The name cannot be a custom claim: a mistake in the program.
    #[error("`{name}` is reserved and cannot be a custom claim")]
    Reserved {
        /// The refused name.
        name: String,
    },
    /// The member's claims together would exceed 1,000 characters of JSON.
    #[error("the claims would be {length} characters long, more than 1,000")]
    TooLong {
        /// The length they would have.
        length: usize,
    },
    /// More accounts were asked for at once than a request takes: a mistake in the program.
    #[error("{asked} accounts are more than one request looks up")]
    TooMany {
        /// How many were asked for.
        asked: usize,
    },
    /// Google did not answer as hoped. A write may have happened; repeating it is safe.
    #[error("Google's Identity Toolkit is out of reach")]
    Unavailable(#[from] Trouble),
}

impl Claims {
    /// A client acting as `account`. Fails when project and base make no address.
    pub fn new(
        config: ClaimsConfig,
        account: ServiceAccount,
        transport: Transport,
    ) -> Result<Self, InvalidUri> {
        let ClaimsConfig { project, base_url, timeout } = config;
        let base = base_url.to_string();
        let accounts = format!("{}/v1/projects/{project}/accounts", base.trim_end_matches('/'));
        let transport = Http::new(transport, timeout);
        Ok(Self {
            lookup: format!("{accounts}:lookup").parse()?,
            update: format!("{accounts}:update").parse()?,
            delete: format!("{accounts}:delete").parse()?,
            access: AccessTokens::new(transport.clone(), account),
            transport,
        })
    }

    /// Sets one claim, or removes it with `None`, and leaves the others. See [`Claims::merge`].
    pub async fn set(
        &self,
        uid: &str,
        key: &str,
        value: Option<Value>,
        now: Timestamp,
    ) -> Result<Merge, ClaimsError> {
        self.merge(uid, now, |claims| match value {
            Some(value) => {
                claims.insert(key.to_owned(), value);
            }
            None => {
                claims.remove(key);
            }
        })
        .await
    }

    /// Looks the claims up, has them changed, and writes them when that made a difference. A claim `admin` that
    /// was taken away meanwhile, and the account's sessions with it, does not come back.
    ///
    /// Google replaces all claims at once and knows no condition: of two merges for one member
    /// at the same time, one may be lost. Whoever calls this must see to it that there is one at
    /// a time per member.
    pub async fn merge(
        &self,
        uid: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<Merge, ClaimsError> {
        let account = self.account(uid, now).await?;
        let mut after = account.claims.clone();
        change(&mut after);
        if after == account.claims {
            return Ok(Merge::Unchanged);
        }
        self.replace(uid, after, now).await?;
        self.demote_again(account, now).await?;
        Ok(Merge::Written)
    }

    /// Google replaces all claims at once, so a right that somebody took away since the claims were read has come back
    /// with them. Whoever takes it away revokes the account's sessions too, by which it is seen. Only those who had
    /// it are looked at.
    async fn demote_again(&self, before: Account, now: Timestamp) -> Result<(), ClaimsError> {
        if !before.claims.contains_key(ADMIN) {
            return Ok(());
        }
        let mut written = self.account(&before.uid, now).await?;
        let revoked =
            (written.valid_since, written.disabled) != (before.valid_since, before.disabled);
        if !revoked || written.claims.remove(ADMIN).is_none() {
            return Ok(());
        }
        self.replace(&before.uid, written.claims, now).await
    }

    /// Writes all custom claims of an account.
    async fn replace(
        &self,
        uid: &str,
        after: Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), ClaimsError> {
        if let Some(name) = RESERVED.into_iter().find(|name| after.contains_key(*name)) {
            return Err(ClaimsError::Reserved { name: name.to_owned() });
        }
        let attributes = Value::Object(after).to_string();
        let length = attributes.chars().count();
        if length > LONGEST {
            return Err(ClaimsError::TooLong { length });
        }
        let body = json!({ "localId": uid, "customAttributes": attributes });
        match self.post(&self.update, &body, now).await {
            Ok(_answer) => Ok(()),
            // The account was deleted since the look-up.
            Err(trouble) if is_gone(&trouble) => Err(ClaimsError::NoSuchUser),
            Err(trouble) => Err(ClaimsError::Unavailable(trouble)),
        }
    }

    /// Looks an account up (`accounts:lookup`).
    pub async fn account(&self, uid: &str, now: Timestamp) -> Result<Account, ClaimsError> {
        let answer = self.post(&self.lookup, &json!({ "localId": [uid] }), now).await?;
        let found: Found<User> = read(&answer)?;
        let user = found
            .users
            .into_iter()
            .find(|user| user.local_id == uid)
            .ok_or(ClaimsError::NoSuchUser)?;
        Ok(user.into_account()?)
    }

    /// Looks up whose e-mail address that is (`accounts:lookup`), whatever its case. What cannot be an address is nobody's.
    pub async fn account_of_email(
        &self,
        email: &str,
        now: Timestamp,
    ) -> Result<Account, ClaimsError> {
        let body = json!({ "email": [email.to_lowercase()] });
        let answer = match self.post(&self.lookup, &body, now).await {
            // Google asks for more of an address than whoever asks here.
            Err(Trouble::Refused { status: StatusCode::BAD_REQUEST, code })
                if code == "INVALID_EMAIL" =>
            {
                return Err(ClaimsError::NoSuchUser);
            }
            answer => answer?,
        };
        let found: Found<User> = read(&answer)?;
        let user = found.users.into_iter().next().ok_or(ClaimsError::NoSuchUser)?;
        Ok(user.into_account()?)
    }

    /// Looks many accounts up in one request (`accounts:lookup`), at most [`MOST_ACCOUNTS`]. Who is not in
    /// the answer has no account (any more). An account that cannot be read hides no other.
    ///
    /// # Errors
    /// When the answer as a whole cannot be had, or cannot be told whose accounts are in it.
    pub async fn accounts(
        &self,
        uids: &[&str],
        now: Timestamp,
    ) -> Result<BTreeMap<String, Result<Account, Trouble>>, ClaimsError> {
        if uids.len() > MOST_ACCOUNTS {
            return Err(ClaimsError::TooMany { asked: uids.len() });
        }
        if uids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let answer = self.post(&self.lookup, &json!({ "localId": uids }), now).await?;
        let found: Found<Value> = read(&answer)?;
        let mut accounts = BTreeMap::new();
        for user in found.users {
            let uid = user.get("localId").and_then(Value::as_str).map(str::to_owned);
            let uid = uid.ok_or(Trouble::Unreadable { line: 0, column: 0 })?;
            let user = User::deserialize(user).map_err(Trouble::from);
            accounts.insert(uid, user.and_then(User::into_account));
        }
        Ok(accounts)
    }

    /// Deletes an account (`accounts:delete`). One that is not there is deleted.
    pub async fn delete(&self, uid: &str, now: Timestamp) -> Result<(), ClaimsError> {
        match self.post(&self.delete, &json!({ "localId": uid }), now).await {
            Ok(_answer) => Ok(()),
            Err(trouble) if is_gone(&trouble) => Ok(()),
            Err(trouble) => Err(ClaimsError::Unavailable(trouble)),
        }
    }

    async fn post(
        &self,
        uri: &Uri,
        body: &Value,
        now: Timestamp,
    ) -> Result<Response<Bytes>, Trouble> {
        let body = Bytes::from(body.to_string());
        let bearer = self.access.bearer(now).await?;
        let answer = self.transport.send(&request(uri, &bearer, &body)).await;
        if !matches!(answer, Err(Trouble::Refused { status: StatusCode::UNAUTHORIZED, .. })) {
            return answer;
        }
        // Withdrawn before its time: worth one attempt under a new one.
        self.access.forget(&bearer).await;
        let bearer = self.access.bearer(now).await?;
        self.transport.send(&request(uri, &bearer, &body)).await
    }
}

/// Whether Google says that there is no such account.
fn is_gone(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused { status: StatusCode::BAD_REQUEST, code }
        if code == "USER_NOT_FOUND")
}

fn request(uri: &Uri, bearer: &HeaderValue, body: &Bytes) -> Request<Bytes> {
    let mut request = Request::new(body.clone());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri.clone();
    request.headers_mut().insert(AUTHORIZATION, bearer.clone());
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request
}
