//! What can go wrong, told apart by what the caller does about it.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use tower::BoxError;

use crate::InvalidRequest;

/// Why a call gave no answer to work with.
///
/// Only [`Error::Unknown`] leaves it open whether something happened at Iamport. After every other
/// variant nothing was changed there by this call (a declined charge may have left a `failed`
/// payment behind, but no money moved).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Iamport said no: the envelope's `code` is not 0. The card was declined, the id was used
    /// before, there is nothing to cancel. Repeating the same request gives the same answer.
    #[error("refused ({code}): {message}")]
    Refused {
        /// Iamport's `code`, 1 or -1 where it was seen. It does not tell cases apart.
        code: i64,
        /// Iamport's sentence, in Korean. [`Error::refusal`] knows the common ones.
        message: String,
    },

    /// There is no such payment, customer or schedule.
    #[error("not found: {message}")]
    NotFound {
        /// Iamport's sentence, in Korean.
        message: String,
    },

    /// The API key or secret is wrong, or the caller's address is not allowed: fix the
    /// configuration. A token that merely ran out is renewed by the client and does not show here.
    #[error("not authorised: {message}")]
    Unauthorized {
        /// Iamport's sentence.
        message: String,
    },

    /// The request breaks a documented limit. Nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidRequest),

    /// The request may have reached Iamport and its outcome was not learnt: look it up by
    /// `merchant_uid` before doing anything else. Only calls that change something end like this.
    #[error("the outcome is not known")]
    Unknown {
        /// What happened instead of an answer.
        source: Trouble,
    },

    /// Iamport could not be asked, and nothing was changed there: try again later.
    #[error("Iamport is not available")]
    Unavailable {
        /// What happened instead of an answer.
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

    /// Whether nothing was sent because it would not have been over by the deadline
    /// ([`Client::before`](crate::Client::before)).
    pub fn is_too_late(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { source: Trouble::NotSent(cause) } if cause.is::<TooLate>()
        )
    }

    /// Whether there is no such payment, customer or schedule.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Iamport's own sentence where it gave one: [`Refused`](Self::Refused),
    /// [`NotFound`](Self::NotFound) and [`Unauthorized`](Self::Unauthorized).
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Refused { message, .. }
            | Self::NotFound { message }
            | Self::Unauthorized { message } => Some(message),
            Self::Invalid(_) | Self::Unknown { .. } | Self::Unavailable { .. } => None,
        }
    }

    /// Which known refusal this is, read from Iamport's sentence.
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

/// The cause of [`Trouble::NotSent`] when the call would not have been over by its deadline
/// ([`Client::before`](crate::Client::before)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it would not have been over by its deadline")]
pub struct TooLate;

impl From<TooLate> for Error {
    fn from(late: TooLate) -> Self {
        Self::Unavailable { source: Trouble::NotSent(late.into()) }
    }
}

/// The cause of [`Trouble::NotSent`] when no access token could be fetched. For
/// [`TOKEN_REST`](crate::TOKEN_REST) after the fetch every call ends with the same one.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no access token could be fetched")]
pub struct NoToken(#[source] pub(crate) Arc<Error>);

/// A row of a list that could not be read. What else is in the list was.
///
/// Each list is one of [`Row`]s, so that its reader decides what a row means that is there and
/// says nothing. Who wants all or nothing collects them into a `Result`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a row of a list could not be read")]
#[non_exhaustive]
pub struct BadRow {
    /// Iamport's id of the payment, where the row says it.
    pub imp_uid: Option<String>,
    /// The order's id, where the row says it.
    pub merchant_uid: Option<String>,
    /// The billing key, where the row says it.
    pub customer_uid: Option<String>,
    /// Where reading stopped. It names fields, never their values.
    #[source]
    pub(crate) cause: Arc<serde_json::Error>,
}

/// A row of a list: what it says, or that it could not be read.
pub type Row<T> = Result<T, BadRow>;

/// The refusals that callers act on. Iamport tells them apart by their Korean sentence only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The `merchant_uid` was paid or cancelled before (`again`, `onetime`). It is never a decline:
    /// money moved under this id, or a card was registered under it. Look it up.
    DuplicateMerchantUid,
    /// The payment is already cancelled in full (`cancel`).
    AlreadyCancelled,
    /// There is no payment to cancel (`cancel`).
    NothingToCancel,
    /// There is no schedule to revoke (`unschedule`).
    NothingToUnschedule,
    /// There is no billing key of that `customer_uid`.
    UnknownCustomer,
    /// The amount of that `merchant_uid` is already registered (`prepare`).
    AlreadyPrepared,
    /// The card's data were not accepted (`onetime`, `issue_key`, `schedule` with a card).
    CardNotAccepted,
}

impl Refusal {
    /// Reads Iamport's sentence; `None` when it is none of the known ones, as with a bank's own
    /// words for a decline.
    pub fn of(message: &str) -> Option<Self> {
        // The first has been seen in full as "이미 주문이 이루어진 건입니다. (동일한 merchant_uid로
        // 결제 또는 취소된 기록이 있습니다)"; the third is what the window says for the same.
        const KNOWN: [(&str, Refusal); 11] = [
            ("이미 주문이 이루어진 건", Refusal::DuplicateMerchantUid),
            ("동일한 merchant_uid로 결제 또는 취소된 기록", Refusal::DuplicateMerchantUid),
            ("이미 결제가 이루어진 거래", Refusal::DuplicateMerchantUid),
            ("이미 전액취소된 주문", Refusal::AlreadyCancelled),
            ("취소할 결제건이 존재하지 않습니다", Refusal::NothingToCancel),
            ("취소할 예약결제 기록이 존재하지 않습니다", Refusal::NothingToUnschedule),
            ("등록되지 않은 구매자", Refusal::UnknownCustomer),
            ("등록된 고객정보가 없습니다", Refusal::UnknownCustomer),
            ("로 등록된 정보를 찾을 수 없습니다", Refusal::UnknownCustomer),
            ("이미 등록된 merchant_uid", Refusal::AlreadyPrepared),
            ("카드정보", Refusal::CardNotAccepted),
        ];
        KNOWN.into_iter().find(|(text, _)| message.contains(text)).map(|(_, refusal)| refusal)
    }
}

/// What happened instead of an answer. It never holds a body, a token or anything personal.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The request never left this machine: no connection, or it could not be put together.
    #[error("the request was not sent")]
    NotSent(#[source] BoxError),
    /// The transport failed after the request may have left.
    #[error("the connection broke")]
    Broken(#[source] BoxError),
    /// No whole answer came in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// An answer that is not Iamport's envelope, or one that says to come back later.
    #[error("answered HTTP {0}")]
    Status(StatusCode),
    /// An answer that could not be read: a maintenance page, or an object without the fields that
    /// are always there.
    #[error("an answer (HTTP {status}) that could not be read")]
    Unreadable {
        /// The answer's HTTP status.
        status: StatusCode,
        /// Where reading stopped. It names fields, never their values.
        source: serde_json::Error,
    },
}
