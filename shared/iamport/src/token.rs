//! The access token: fetched once, kept while it lives, never shown.

use std::{sync::Arc, time::Duration};

use http::HeaderValue;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tokio::{sync::Mutex, time::Instant};

use crate::{
    Client, Error, NoToken, Trouble,
    call::{Call, Effect},
    lenient,
};

/// Iamport's clock and ours may differ a little, and a call takes time to arrive.
const BUFFER: Duration = Duration::from_secs(30);
/// Iamport documents 30 minutes; a longer promise is not believed.
const LONGEST: Duration = Duration::from_hours(1);

/// After a token could not be fetched, no other request for one leaves for this long; each call ends
/// with what that one brought. So those who waited for it do not try one after another.
pub const TOKEN_REST: Duration = Duration::from_secs(5);

/// The token in use. The lock is held while a new one is fetched, so that many calls at once
/// fetch one; a caller that gives up lets the next one try.
#[derive(Default)]
pub(crate) struct Tokens {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    /// Counts the fetches. Iamport gives out the same token again while it lives, so its text
    /// cannot tell an old one from a new one.
    fetched: u64,
    failed: Option<Failed>,
}

/// A fetch that brought no token.
struct Failed {
    at: Instant,
    why: Arc<Error>,
}

impl Failed {
    /// What a call ends with that needed the token.
    fn error(&self) -> Error {
        if let Error::Unauthorized { message } = &*self.why {
            return Error::Unauthorized { message: message.clone() };
        }
        Error::Unavailable { source: Trouble::NotSent(NoToken(self.why.clone()).into()) }
    }
}

#[derive(Clone)]
pub(crate) struct Token {
    /// The `Authorization` header, marked as sensitive.
    pub(crate) header: HeaderValue,
    number: u64,
    expires: Instant,
}

impl Client {
    /// A token that lives, and is not the one just `rejected`.
    ///
    /// Its fetch has no deadline: others wait for it too.
    pub(crate) async fn token(&self, rejected: Option<&Token>) -> Result<Token, Error> {
        let mut held = self.inner.tokens.held.lock().await;
        if let Some(token) = &held.token
            && token.expires > Instant::now()
            && rejected.is_none_or(|rejected| rejected.number < token.number)
        {
            return Ok(token.clone());
        }
        if let Some(failed) = &held.failed
            && failed.at.elapsed() < TOKEN_REST
        {
            return Err(failed.error());
        }
        held.token = None;
        match self.for_everybody().fetch_token().await {
            Ok((header, expires)) => {
                held.fetched = held.fetched.saturating_add(1);
                let token = Token { header, expires, number: held.fetched };
                held.failed = None;
                held.token = Some(token.clone());
                Ok(token)
            }
            Err(error) => {
                let failed = Failed { at: Instant::now(), why: Arc::new(error) };
                let error = failed.error();
                held.failed = Some(failed);
                Err(error)
            }
        }
    }

    async fn fetch_token(&self) -> Result<(HeaderValue, Instant), Error> {
        let credentials = &self.inner.credentials;
        let body = KeyAndSecret {
            imp_key: credentials.imp_key.expose_secret(),
            imp_secret: credentials.imp_secret.expose_secret(),
        };
        // Counted from before the request, so that the time on the way shortens the token's life.
        let asked_at = Instant::now();
        let call = Call::post("/users/getToken".to_owned(), &body)?.repeatable();
        let granted: Granted = match self.exchange(&call, None).await {
            // Whatever the sentence, these credentials do not open the account from here.
            Err(Error::Refused { message, .. } | Error::NotFound { message }) => {
                return Err(Error::Unauthorized { message });
            }
            answer => {
                let (status, value) = answer?;
                lenient::object(value).map_err(|source| Effect::None.unreadable(status, source))?
            }
        };
        let mut header = HeaderValue::try_from(format!("Bearer {}", granted.access_token))
            .map_err(|error| Error::Unavailable { source: Trouble::NotSent(error.into()) })?;
        header.set_sensitive(true);
        // Both moments are Iamport's, so our own clock does not matter.
        let life = Duration::from_secs(granted.expired_at.saturating_sub(granted.now)).min(LONGEST);
        let expires = asked_at.checked_add(life.saturating_sub(BUFFER)).unwrap_or(asked_at);
        Ok((header, expires))
    }
}

#[derive(Serialize)]
struct KeyAndSecret<'a> {
    imp_key: &'a str,
    imp_secret: &'a str,
}

#[derive(Deserialize)]
struct Granted {
    #[serde(deserialize_with = "lenient::required_text")]
    access_token: String,
    #[serde(deserialize_with = "lenient::won")]
    now: u64,
    #[serde(deserialize_with = "lenient::won")]
    expired_at: u64,
}
