//! The client and its builder.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, Uri};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tower::{BoxError, Service, util::BoxCloneSyncService};

use crate::{TooLate, call::Call, rest::Rest, token::Tokens, transport::Transport};

/// A client for one Iamport account. Clones are cheap and share connections and the token.
///
/// It needs a tokio runtime with a timer. Timeouts and the life of the token go by the tokio
/// clock. Whether a schedule is in the future, and whether a [deadline](Self::before) has passed,
/// goes by the [`clock`](ClientBuilder::clock).
///
/// If the future of a call that changes something is dropped before it completes, the outcome is
/// as unknown as after [`Error::Unknown`](crate::Error::Unknown).
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
    /// The time by which every call must have finished.
    deadline: Option<Timestamp>,
}

pub(crate) struct Inner {
    pub(crate) credentials: Credentials,
    /// Without a trailing slash.
    pub(crate) base_url: String,
    pub(crate) transport: Transport,
    pub(crate) tokens: Tokens,
    pub(crate) rest: Rest,
    timeout: Duration,
    read_timeout: Duration,
    pub(crate) retries: usize,
    pub(crate) include_sandbox: bool,
    pub(crate) clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Client {
    /// Starts to build a client for the account with these credentials.
    pub fn builder(credentials: Credentials) -> ClientBuilder {
        ClientBuilder {
            credentials,
            base_url: Uri::from_static("https://api.iamport.kr"),
            transport: None,
            timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(10),
            retries: 2,
            include_sandbox: false,
            clock: Box::new(Timestamp::now),
        }
    }

    /// The same client for calls that must have finished by `deadline`, by the client's
    /// [`clock`](ClientBuilder::clock). A call is sent only while at least its full
    /// [`timeout`](ClientBuilder::timeout), or [`read_timeout`](ClientBuilder::read_timeout), is
    /// left. Otherwise nothing is sent, and the call ends
    /// with an [`Error::Unavailable`](crate::Error::Unavailable) for which
    /// [`is_too_late`](crate::Error::is_too_late) is true.
    ///
    /// This is for callers that may only call while they hold a lease. Without a deadline, a
    /// request can leave minutes after the call was made, because it may have to wait for a token.
    /// The clock is read when the token is there and the transport is ready, right before the
    /// request is handed over, and again before each repetition, including the one after a 401.
    ///
    /// Of two deadlines the earlier one applies.
    pub fn before(&self, deadline: Timestamp) -> Self {
        let deadline = self.deadline.map_or(deadline, |earlier| earlier.min(deadline));
        Self { inner: self.inner.clone(), deadline: Some(deadline) }
    }

    /// The same client without a deadline.
    pub(crate) fn without_deadline(&self) -> Self {
        Self { inner: self.inner.clone(), deadline: None }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    /// How long one request of this call may take.
    pub(crate) fn limit(&self, call: &Call) -> Duration {
        let Inner { timeout, read_timeout, .. } = &*self.inner;
        if call.takes_long { *timeout } else { (*read_timeout).min(*timeout) }
    }

    /// How long a request that takes up to `limit` may still wait and finish by the deadline; `None` without a
    /// deadline.
    pub(crate) fn slack(&self, limit: Duration) -> Result<Option<Duration>, TooLate> {
        let Some(deadline) = self.deadline else { return Ok(None) };
        SignedDuration::try_from(limit)
            .ok()
            .and_then(|limit| deadline.duration_since(self.now()).checked_sub(limit))
            .and_then(|slack| Duration::try_from(slack).ok())
            .map(Some)
            .ok_or(TooLate)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.inner.base_url).finish_non_exhaustive()
    }
}

/// The REST API key and secret of the console. `Debug` shows neither.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The REST API key.
    pub imp_key: SecretString,
    /// The REST API secret.
    pub imp_secret: SecretString,
}

impl Credentials {
    /// The credentials from the console.
    pub fn new(imp_key: impl Into<SecretString>, imp_secret: impl Into<SecretString>) -> Self {
        Self { imp_key: imp_key.into(), imp_secret: imp_secret.into() }
    }
}

/// Builds a [`Client`].
pub struct ClientBuilder {
    credentials: Credentials,
    base_url: Uri,
    transport: Option<Transport>,
    timeout: Duration,
    read_timeout: Duration,
    retries: usize,
    include_sandbox: bool,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl ClientBuilder {
    /// The URL of the API; `https://api.iamport.kr` by default. Its path, if any, becomes a prefix.
    pub fn base_url(mut self, base_url: Uri) -> Self {
        self.base_url = base_url;
        self
    }

    /// How long one request that moves money may take, from the first byte sent to the last byte
    /// received; 30 seconds by default. These are charges, schedules and refunds. A page of all the
    /// shop's payments or schedules, which has up to 1,000 rows, may take as long. A call can take
    /// longer: it may have to fetch a token first, and reads are repeated
    /// ([`retries`](Self::retries)).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long any other request may take; 10 seconds by default, and never longer than
    /// [`timeout`](Self::timeout). Nobody has to look up afterwards what it did (to delete a
    /// billing key again does no harm), so there is no reason to wait as long as for a charge.
    pub fn read_timeout(mut self, read_timeout: Duration) -> Self {
        self.read_timeout = read_timeout;
        self
    }

    /// What sends the requests; `reqwest` by default (feature `reqwest`). It marks those that never
    /// left with [`NotSent`](crate::NotSent).
    pub fn transport<T>(mut self, transport: T) -> Self
    where
        T: Service<Request<Bytes>, Response = Response<Bytes>, Error = BoxError>
            + Clone
            + Send
            + Sync
            + 'static,
        T::Future: Future<Output = Result<Response<Bytes>, BoxError>> + Send + 'static,
    {
        self.transport = Some(BoxCloneSyncService::new(transport));
        self
    }

    /// The source of the current time; [`Timestamp::now`] by default.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// How often a call that only reads is repeated while Iamport is not available; 2 by default.
    /// The first pause is 0.2 seconds, and each further one twice as long. Calls that change
    /// something are never repeated, except after a 401, which means that nothing was done. After a
    /// 429 nothing is repeated, and nothing else is sent for a while
    /// ([`THROTTLE_REST`](crate::THROTTLE_REST)).
    pub fn retries(mut self, retries: usize) -> Self {
        self.retries = retries;
        self
    }

    /// Whether reads of payments include those of test channels; they do not by default.
    pub fn include_sandbox(mut self, include_sandbox: bool) -> Self {
        self.include_sandbox = include_sandbox;
        self
    }

    /// Builds the client.
    ///
    /// # Panics
    ///
    /// Without a custom transport, `reqwest` panics if it was built without a TLS provider and the
    /// application has not installed one.
    pub fn build(self) -> Result<Client, BuildError> {
        if self.base_url.scheme().is_none()
            || self.base_url.authority().is_none()
            || self.base_url.query().is_some()
        {
            return Err(BuildError::BaseUrl);
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport()?,
        };
        Ok(Client {
            inner: Arc::new(Inner {
                credentials: self.credentials,
                base_url: self.base_url.to_string().trim_end_matches('/').to_owned(),
                transport,
                tokens: Tokens::default(),
                rest: Rest::default(),
                timeout: self.timeout,
                read_timeout: self.read_timeout,
                retries: self.retries,
                include_sandbox: self.include_sandbox,
                clock: self.clock,
            }),
            deadline: None,
        })
    }
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Transport, BuildError> {
    Ok(BoxCloneSyncService::new(crate::ReqwestTransport::with_defaults()?))
}

#[cfg(not(feature = "reqwest"))]
fn default_transport() -> Result<Transport, BuildError> {
    Err(BuildError::NoTransport)
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Why a client could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL must have a scheme and a host, and no query.
    #[error("the base URL must have a scheme and a host, and no query")]
    BaseUrl,
    /// The default transport could not be built.
    #[cfg(feature = "reqwest")]
    #[error("the default transport could not be built")]
    Reqwest(#[from] reqwest::Error),
    /// No transport was given, and without the feature `reqwest` there is no default one.
    #[cfg(not(feature = "reqwest"))]
    #[error("no transport was given, and there is no default one")]
    NoTransport,
}
