//! The client and how it is built.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, Uri};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tower::{BoxError, Service, util::BoxCloneSyncService};

use crate::{TooLate, token::Tokens, transport::Transport};

/// A client of one Iamport account. Clones are cheap and share connections and token.
///
/// It needs a tokio runtime with its timer. Times are the tokio clock's (time-outs, the token's
/// life), except for the question whether a schedule lies in the future, which goes to the
/// [`clock`](ClientBuilder::clock).
///
/// Dropping the future of a call that changes something, before it is done, leaves its outcome as
/// unknown as [`Error::Unknown`](crate::Error::Unknown) does.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
    /// When every call has to be over.
    deadline: Option<Timestamp>,
}

pub(crate) struct Inner {
    pub(crate) credentials: Credentials,
    /// Without a slash at its end.
    pub(crate) base_url: String,
    pub(crate) transport: Transport,
    pub(crate) tokens: Tokens,
    pub(crate) timeout: Duration,
    pub(crate) retries: usize,
    pub(crate) include_sandbox: bool,
    pub(crate) clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Client {
    /// Starts building a client for the account with these credentials.
    pub fn builder(credentials: Credentials) -> ClientBuilder {
        ClientBuilder {
            credentials,
            base_url: Uri::from_static("https://api.iamport.kr"),
            transport: None,
            timeout: Duration::from_secs(30),
            retries: 2,
            include_sandbox: false,
            clock: Box::new(Timestamp::now),
        }
    }

    /// The same client for calls that have to be over by `deadline`, by the client's
    /// [`clock`](ClientBuilder::clock): a call is sent only while its whole
    /// [`timeout`](ClientBuilder::timeout) is left until then. Otherwise it ends as
    /// [`Error::Unavailable`](crate::Error::Unavailable) for which
    /// [`is_too_late`](crate::Error::is_too_late) holds, and nothing was sent.
    ///
    /// This is for a caller who may call only while it holds a lease. Without a deadline a call
    /// can leave minutes after it was made, for it may have to wait until a token was fetched. The
    /// clock is looked at once the token is there and the transport is ready, right before the
    /// request is handed over, and anew before each repetition, the one after a 401 too.
    ///
    /// Of two deadlines the earlier holds. The clone is cheap, and shares connections and token.
    pub fn before(&self, deadline: Timestamp) -> Self {
        let deadline = self.deadline.map_or(deadline, |earlier| earlier.min(deadline));
        Self { inner: self.inner.clone(), deadline: Some(deadline) }
    }

    /// The same client without a deadline, for what is done for others too.
    pub(crate) fn for_everybody(&self) -> Self {
        Self { inner: self.inner.clone(), deadline: None }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    /// How much later a request may leave and still be over by the deadline; `None` without one.
    pub(crate) fn slack(&self) -> Result<Option<Duration>, TooLate> {
        let Some(deadline) = self.deadline else { return Ok(None) };
        SignedDuration::try_from(self.inner.timeout)
            .ok()
            .and_then(|timeout| deadline.duration_since(self.now()).checked_sub(timeout))
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
    /// These credentials.
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
    retries: usize,
    include_sandbox: bool,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl ClientBuilder {
    /// Where the API is; `https://api.iamport.kr` by default. A path in it is kept as a prefix.
    pub fn base_url(mut self, base_url: Uri) -> Self {
        self.base_url = base_url;
        self
    }

    /// How long one request may take from the first byte out to the last byte in; 30 seconds by
    /// default. A call can take longer: it may have to fetch a token first, and reads are repeated
    /// ([`retries`](Self::retries)).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How requests leave; over `reqwest` by default (feature `reqwest`). See
    /// [`NotSent`](crate::NotSent) for how it tells that one did not.
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

    /// What time it is; [`Timestamp::now`] by default.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// How often a call that only reads is repeated when Iamport is not available, 0.2 seconds
    /// later and then twice as long each time; 2 by default. Calls that change something are never
    /// repeated, except after a 401, which means that nothing was done.
    pub fn retries(mut self, retries: usize) -> Self {
        self.retries = retries;
        self
    }

    /// Whether reads of payments also find those of test channels; not by default.
    pub fn include_sandbox(mut self, include_sandbox: bool) -> Self {
        self.include_sandbox = include_sandbox;
        self
    }

    /// The client.
    ///
    /// # Panics
    ///
    /// Without a transport of your own, when `reqwest` was built without a TLS provider and the
    /// application installed none (`reqwest` panics).
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
                timeout: self.timeout,
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
pub enum BuildError {
    /// The base URL needs a scheme and a host, and takes no query.
    #[error("the base URL needs a scheme and a host, and takes no query")]
    BaseUrl,
    /// The default transport could not be built.
    #[cfg(feature = "reqwest")]
    #[error("the default transport could not be built")]
    Reqwest(#[from] reqwest::Error),
    /// There is no default transport without the feature `reqwest`.
    #[cfg(not(feature = "reqwest"))]
    #[error("no transport was given, and there is none by default")]
    NoTransport,
}
