//! Whole calls: a token, an exchange, once more after a 401, and the answer read.

use std::time::Duration;

use http::HeaderValue;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::{Client, Error, TooLate, Trouble, call::Call, effect::Effect, lenient, token::Token};

/// A token is replaced this long before it expires: Iamport's clock and ours may differ a little,
/// and a call takes time to arrive.
const BUFFER: Duration = Duration::from_secs(30);
/// Iamport documents 30 minutes; a longer promise is not believed.
const LONGEST: Duration = Duration::from_hours(1);

impl Client {
    /// Makes the call and reads its answer.
    pub(crate) async fn perform<T>(
        &self,
        call: Call,
        read: fn(Value) -> Result<T, serde_json::Error>,
    ) -> Result<T, Error> {
        // A failure to get a token is one from before the call itself left.
        let limit = self.limit(&call);
        let token = self.token_in_time(limit, None).await?;
        let answer = match self.exchange(&call, Some(&token.header)).await {
            Err(Error::Unauthorized { .. }) => {
                let token = self.token_in_time(limit, Some(&token)).await?;
                self.exchange(&call, Some(&token.header)).await
            }
            answer => answer,
        };
        let (status, value) = answer?;
        read(value).map_err(|source| call.effect.unreadable(status, source))
    }

    /// A token, waited for only as long as the call, which may take up to `limit`, could still be sent with it.
    async fn token_in_time(
        &self,
        limit: Duration,
        rejected: Option<&Token>,
    ) -> Result<Token, Error> {
        // The fetch itself has no deadline: other callers wait for it too.
        let client = self.without_deadline();
        let getting = self.inner.tokens.get(rejected, client.fetch_token());
        match self.slack(limit)? {
            None => getting.await,
            Some(slack) => timeout(slack, getting).await.unwrap_or_else(|_| Err(TooLate.into())),
        }
    }

    async fn fetch_token(&self) -> Result<(HeaderValue, Instant), Error> {
        let credentials = &self.inner.credentials;
        let body = KeyAndSecret {
            imp_key: credentials.imp_key.expose_secret(),
            imp_secret: credentials.imp_secret.expose_secret(),
        };
        // Taken before the request, so that the time it travels counts against the token's life.
        let asked_at = Instant::now();
        let call = Call::post("/users/getToken", &body)?.repeatable();
        let granted: Granted = match self.exchange(&call, None).await {
            // However it is worded, these credentials do not open the account from here.
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
        // Both times are Iamport's, so the local clock does not matter.
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
