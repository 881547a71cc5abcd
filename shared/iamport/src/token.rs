//! The access token: fetched once for all callers, kept while it is valid, never shown.

use std::{future::Future, sync::Arc, time::Duration};

use http::HeaderValue;
use tokio::{sync::Mutex, time::Instant};

use crate::{Error, NoToken, Trouble};

/// How long a failed token fetch stands. During this time no new one is attempted, and every call
/// ends with the same error, so that callers waiting for the token do not try one after another.
pub const TOKEN_REST: Duration = Duration::from_secs(5);

/// The token in use. The lock is held while a new one is fetched, so that concurrent calls fetch
/// only one; if the caller that fetches gives up, the next one tries.
#[derive(Default)]
pub(crate) struct Tokens {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    /// Counts the fetches. While a token is valid Iamport hands out the same one again, so its
    /// text does not tell an old one from a new one.
    fetched: u64,
    failed: Option<Failed>,
}

/// A fetch that brought no token.
struct Failed {
    at: Instant,
    why: Arc<Error>,
}

impl Failed {
    /// The error for a call that needed the token.
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

impl Tokens {
    /// A valid token other than the one just `rejected`; `fetch` gets a new one if need be.
    pub(crate) async fn get(
        &self,
        rejected: Option<&Token>,
        fetch: impl Future<Output = Result<(HeaderValue, Instant), Error>>,
    ) -> Result<Token, Error> {
        let mut held = self.held.lock().await;
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
        match fetch.await {
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
}
