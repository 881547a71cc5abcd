//! Access tokens for the service account: bought when needed, held until shortly before expiry.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request,
    header::{CONTENT_TYPE, InvalidHeaderValue},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    service_account::ServiceAccount,
    transport::{Http, REST, Trouble, read},
};

/// A token is not used in its last minute, which a slow request might outlast.
const MARGIN: Duration = Duration::from_mins(1);

/// The access token of one service account, shared by all calls of a process.
#[derive(Debug)]
pub(crate) struct AccessTokens {
    transport: Http,
    account: ServiceAccount,
    /// Held across an exchange, so that there is one at a time: everybody needs its result.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    failed_at: Option<Instant>,
}

#[derive(Debug)]
struct Held {
    /// Marked sensitive, so that no `Debug` output shows it.
    bearer: HeaderValue,
    since: Instant,
    lifetime: Duration,
}

impl AccessTokens {
    pub(crate) fn new(transport: Http, account: ServiceAccount) -> Self {
        Self { transport, account, state: Mutex::default() }
    }

    /// The `Authorization` header to call Google with.
    pub(crate) async fn bearer(&self, now: Timestamp) -> Result<HeaderValue, Trouble> {
        let mut state = self.state.lock().await;
        if let Some(held) = state.held.as_ref().filter(|held| held.since.elapsed() < held.lifetime)
        {
            return Ok(held.bearer.clone());
        }
        if state.failed_at.is_some_and(|failed_at| failed_at.elapsed() < REST) {
            return Err(Trouble::Resting);
        }
        match self.exchange(now).await {
            Ok(bought) => {
                let bearer = bought.bearer.clone();
                *state = State { held: Some(bought), failed_at: None };
                Ok(bearer)
            }
            Err(trouble) => {
                *state = State { held: None, failed_at: Some(Instant::now()) };
                Err(trouble)
            }
        }
    }

    /// Drops a token Google did not take, unless it was replaced already.
    pub(crate) async fn forget(&self, refused: &HeaderValue) {
        let mut state = self.state.lock().await;
        state.held.take_if(|held| held.bearer == *refused);
    }

    async fn exchange(&self, now: Timestamp) -> Result<Held, Trouble> {
        let since = Instant::now();
        let assertion = self.account.assertion(now).map_err(Trouble::Signing)?;
        // A JSON web token needs no escaping in a form.
        let form = format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
        );
        let mut request = Request::new(Bytes::from(form));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.account.token_uri().clone();
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let token: Token = read(&self.transport.send(&request).await?)?;
        Ok(Held {
            bearer: header(&token.access_token)
                .map_err(|_error| Trouble::Unreadable { line: 0, column: 0 })?,
            since,
            lifetime: Duration::from_secs(token.expires_in).saturating_sub(MARGIN),
        })
    }
}

fn header(token: &SecretString) -> Result<HeaderValue, InvalidHeaderValue> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))?;
    bearer.set_sensitive(true);
    Ok(bearer)
}

/// The token endpoint's answer; `expires_in` in seconds.
#[derive(Deserialize)]
struct Token {
    access_token: SecretString,
    expires_in: u64,
}
