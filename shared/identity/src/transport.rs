//! One call over the transport: bounded in time, repeated a little, and what went wrong with it.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use tower::{BoxError, ServiceExt as _, util::BoxCloneSyncService};

/// How requests leave: a cloneable service of whole HTTP requests and answers.
///
/// It must answer every status as an answer, not as an error, and follow no redirect. The
/// request's address is absolute.
pub type Transport = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, BoxError>;

/// How long one request may take unless configuration says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long Google is left alone after an answer that did not help: a key set without the key
/// that was looked for, or no answer at all. Callers within it are answered from what is known.
pub const REST: Duration = Duration::from_secs(5);

/// Why Google's answer could not be had. Ours to log and to try again later, never the
/// caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No answer within the configured time.
    #[error("no answer in time")]
    TimedOut,
    /// The request did not get through.
    #[error("the request did not get through")]
    Transport(#[source] BoxError),
    /// An answer other than 2xx.
    #[error("answered {status} {code}")]
    Refused {
        /// The answer's status.
        status: StatusCode,
        /// The answer's machine-readable code (`USER_NOT_FOUND`, `invalid_grant`), empty when
        /// it has none. Free text of the answer is left out: it may quote the request.
        code: String,
    },
    /// A 2xx answer of another shape than documented. Where, but not what: the text may hold
    /// a token or an address.
    #[error("the answer is unreadable at line {line}, column {column}")]
    Unreadable {
        /// Line in the JSON, from 1; 0 when unknown.
        line: usize,
        /// Column in that line, from 1; 0 when unknown.
        column: usize,
    },
    /// The access token's request could not be signed with the service account's key.
    #[error("the service account's key does not sign")]
    Signing(#[source] jsonwebtoken::errors::Error),
    /// Asking failed less than [`REST`] ago; nothing was asked this time.
    #[error("asking failed a moment ago")]
    Resting,
}

impl Trouble {
    /// Whether the same request may succeed when it is repeated at once.
    fn is_passing(&self) -> bool {
        match self {
            Self::TimedOut | Self::Transport(_) => true,
            Self::Refused { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Unreadable { .. } | Self::Signing(_) | Self::Resting => false,
        }
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable { line: error.line(), column: error.column() }
    }
}

/// The transport with the limits every call here has: a time limit for each attempt, and at
/// most two repetitions after 100 ms and 200 ms. All requests of this crate may be repeated:
/// they read, or they set a whole value.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    transport: Transport,
    timeout: Duration,
}

impl Http {
    pub(crate) fn new(transport: Transport, timeout: Duration) -> Self {
        Self { transport, timeout }
    }

    /// Sends until it is answered 2xx, fails for good or has been repeated twice.
    pub(crate) async fn send(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, Trouble> {
        // Without jitter, so that a run under a paused clock repeats exactly.
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_times(2);
        (|| self.send_once(request.clone())).retry(pauses).when(Trouble::is_passing).await
    }

    async fn send_once(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Trouble> {
        let answer = tokio::time::timeout(self.timeout, self.transport.clone().oneshot(request))
            .await
            .map_err(|_elapsed| Trouble::TimedOut)?
            .map_err(Trouble::Transport)?;
        if answer.status().is_success() {
            Ok(answer)
        } else {
            Err(Trouble::Refused { status: answer.status(), code: code_of(answer.body()) })
        }
    }
}

/// Reads a 2xx answer's JSON.
pub(crate) fn read<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, Trouble> {
    Ok(serde_json::from_slice(answer.body())?)
}

/// The code in an error's body. Identity Toolkit writes `{"error": {"message": "CODE : text"}}`
/// or a sentence with the code beside it as `status`; the token endpoint `{"error": "code"}`.
fn code_of(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    [body.pointer("/error/message"), body.pointer("/error/status"), body.get("error")]
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .filter_map(|text| text.split([' ', ':']).next())
        .find(|word| is_code(word))
        .unwrap_or_default()
        .to_owned()
}

/// Letters of one case and underscores, so that neither a sentence's first word nor a token or
/// an address that the answer quotes is taken for a code.
fn is_code(word: &str) -> bool {
    let all = |is_letter: fn(&u8) -> bool| word.bytes().all(|b| b == b'_' || is_letter(&b));
    word.len() <= 64 && (all(u8::is_ascii_uppercase) || all(u8::is_ascii_lowercase))
}
