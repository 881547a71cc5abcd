//! What can go wrong, distinguished by what the caller should do about it.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use tower::BoxError;

use crate::InvalidRequest;

/// Why a call has no result.
///
/// Only [`Error::Unknown`] leaves open whether anything happened at Iamport. With every other
/// variant this call changed nothing there (a declined charge may have left a `failed` payment
/// behind, but no money moved).
///
/// The variants are exhaustive on purpose: each calls for a different reaction, so a new one would
/// be a breaking change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Iamport said no: the envelope's `code` is not 0. The card was declined, the id was used
    /// before, or there is nothing to refund. Repeating the same request gives the same answer.
    #[error("refused ({code}): {message}")]
    Refused {
        /// Iamport's `code`; 1 and -1 have been seen. It does not tell one refusal from another.
        code: i64,
        /// Iamport's message, in Korean. [`Error::refusal`] recognises the common ones.
        message: String,
    },

    /// There is no such payment, customer or schedule.
    #[error("not found: {message}")]
    NotFound {
        /// Iamport's message, in Korean.
        message: String,
    },

    /// The API key or secret is wrong, or the caller's IP address is not allowed: fix the
    /// configuration. An expired token is not reported here; the client renews it.
    #[error("not authorised: {message}")]
    Unauthorized {
        /// Iamport's message.
        message: String,
    },

    /// The request breaks a documented limit. Nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidRequest),

    /// The request may have reached Iamport, but its outcome is not known: look it up by
    /// `merchant_uid` before doing anything else. Only calls that change something end like this.
    #[error("the outcome is not known")]
    Unknown {
        /// What happened in place of an answer.
        source: Trouble,
    },

    /// Iamport could not be reached, and nothing was changed there: try again later.
    #[error("Iamport is not available")]
    Unavailable {
        /// What happened in place of an answer.
        source: Trouble,
    },
}

impl Error {
    /// Whether the call may have had its effect: look it up before repeating it.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }

    /// Whether the same call may be made again later, because this one did nothing.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Whether nothing was sent because the call might not have finished by the deadline
    /// ([`Client::before`](crate::Client::before)).
    pub fn is_too_late(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { source: Trouble::NotSent(cause) } if cause.is::<TooLate>()
        )
    }

    /// Whether Iamport is asked too often: it answered 429, or nothing was sent because it did a
    /// moment ago ([`THROTTLE_REST`](crate::THROTTLE_REST)).
    pub fn is_throttled(&self) -> bool {
        match self {
            Self::Unavailable { source: Trouble::NotSent(cause) } => cause.is::<Resting>(),
            Self::Unavailable { source: Trouble::Status(status) } => {
                *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Refused { .. }
            | Self::NotFound { .. }
            | Self::Unauthorized { .. }
            | Self::Invalid(_)
            | Self::Unknown { .. }
            | Self::Unavailable { .. } => false,
        }
    }

    /// Whether there is no such payment, customer or schedule.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Iamport's own message, if there is one: [`Refused`](Self::Refused),
    /// [`NotFound`](Self::NotFound) and [`Unauthorized`](Self::Unauthorized).
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Refused { message, .. }
            | Self::NotFound { message }
            | Self::Unauthorized { message } => Some(message),
            Self::Invalid(_) | Self::Unknown { .. } | Self::Unavailable { .. } => None,
        }
    }

    /// Which known refusal this is, judging by Iamport's message.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused { message, .. } | Self::NotFound { message } => Refusal::of(message),
            Self::Unauthorized { .. }
            | Self::Invalid(_)
            | Self::Unknown { .. }
            | Self::Unavailable { .. } => None,
        }
    }
}

/// The cause of [`Trouble::NotSent`] when the call might not have finished by its deadline
/// ([`Client::before`](crate::Client::before)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the call might not have finished by its deadline")]
pub struct TooLate;

impl From<TooLate> for Error {
    fn from(late: TooLate) -> Self {
        Self::Unavailable { source: Trouble::NotSent(late.into()) }
    }
}

/// The cause of [`Trouble::NotSent`] when Iamport answered 429 a moment ago: to whichever call, and
/// for as long as its `Retry-After` says, else for [`THROTTLE_REST`](crate::THROTTLE_REST).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Iamport asked not to be asked for a while")]
pub struct Resting;

/// The cause of [`Trouble::NotSent`] when no access token could be fetched. For
/// [`TOKEN_REST`](crate::TOKEN_REST) after the failed fetch, every call ends with this same cause.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no access token could be fetched")]
pub struct NoToken(#[source] pub(crate) Arc<Error>);

/// A row of a list that could not be read. The other rows of the list are not affected.
///
/// Lists consist of [`Row`]s, so that the caller decides what an unreadable row means. To get all
/// or nothing, collect them into a `Result`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a row of a list could not be read")]
#[non_exhaustive]
pub struct BadRow {
    /// Iamport's id of the payment, if the row has one.
    pub imp_uid: Option<String>,
    /// The order's id, if the row has one.
    pub merchant_uid: Option<String>,
    /// The billing key, if the row has one.
    pub customer_uid: Option<String>,
    /// Where reading failed. It names fields, never their values.
    #[source]
    pub(crate) cause: Arc<serde_json::Error>,
}

/// A row of a list, or the fact that it could not be read.
pub type Row<T> = Result<T, BadRow>;

/// The refusals that callers act on. Only Iamport's Korean message tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The `merchant_uid` was paid or cancelled before (`again`). This is never a decline: money
    /// moved under this id, or a card was registered under it. Look it up.
    DuplicateMerchantUid,
    /// The payment is already refunded in full (`cancel`).
    AlreadyCancelled,
    /// There is no payment to refund (`cancel`).
    NothingToCancel,
    /// There is no schedule to revoke (`unschedule`).
    NothingToUnschedule,
    /// There is no billing key with that `customer_uid`.
    UnknownCustomer,
}

impl Refusal {
    /// Recognises Iamport's message; `None` for any other, such as a bank's own words for a decline.
    pub fn of(message: &str) -> Option<Self> {
        // The first was seen in full as "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제
        // 또는 취소된 기록이 있습니다)"; the third is how the card window says the same.
        const KNOWN: [(&str, Refusal); 9] = [
            ("이미 주문이 이루어진 건", Refusal::DuplicateMerchantUid),
            ("동일한 merchant_uid로 결제 또는 취소된 기록", Refusal::DuplicateMerchantUid),
            ("이미 결제가 이루어진 거래", Refusal::DuplicateMerchantUid),
            ("이미 전액취소된 주문", Refusal::AlreadyCancelled),
            ("취소할 결제건이 존재하지 않습니다", Refusal::NothingToCancel),
            ("취소할 예약결제 기록이 존재하지 않습니다", Refusal::NothingToUnschedule),
            ("등록되지 않은 구매자", Refusal::UnknownCustomer),
            ("등록된 고객정보가 없습니다", Refusal::UnknownCustomer),
            ("로 등록된 정보를 찾을 수 없습니다", Refusal::UnknownCustomer),
        ];
        KNOWN.into_iter().find(|(text, _)| message.contains(text)).map(|(_, refusal)| refusal)
    }
}

/// What happened in place of an answer. It never holds a body, a token or anything personal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The request never left this machine: there was no connection, or it could not be built.
    #[error("the request was not sent")]
    NotSent(#[source] BoxError),
    /// The transport failed after the request may have left.
    #[error("the connection broke")]
    Broken(#[source] BoxError),
    /// No complete answer came in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// An HTTP status that is not a result, such as a 5xx or a 429.
    #[error("answered HTTP {0}")]
    Status(StatusCode),
    /// An answer that could not be read: a maintenance page, or an object that lacks a required
    /// field.
    #[error("the answer (HTTP {status}) could not be read")]
    Unreadable {
        /// The answer's HTTP status.
        status: StatusCode,
        /// Where reading failed. It names fields, never their values.
        source: serde_json::Error,
    },
}
