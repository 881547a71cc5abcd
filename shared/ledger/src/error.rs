//! What can go wrong, by what the caller does about it.

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};

/// The cause as the SDK tells it. It holds no row and no request.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// DynamoDB could not do what was asked, or gave something back that cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Throttled, or in conflict with another transaction, still so after the SDK's retries. Try later.
    #[error("DynamoDB is busy")]
    Busy(#[source] Source),
    /// No answer, or none that says what happened: a write may have been carried out or not.
    #[error("DynamoDB did not answer")]
    Unknown(#[source] Source),
    /// Refused for good: a missing table, a missing permission, a malformed request. A person must look.
    #[error("DynamoDB refused the request")]
    Refused(#[source] Source),
    /// A row that does not hold what this version of the code writes. A person must look.
    #[error("a row of the {0} is malformed")]
    Malformed(&'static str, #[source] Source),
    /// The caller's cursor is none of ours: a mistake of the client.
    #[error("not a cursor of this list")]
    BadCursor,
}

/// Codes after which the same request may succeed.
const BUSY: &[&str] = &[
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
];

impl<E> From<SdkError<E, HttpResponse>> for Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        // A refusal says so itself: status 4xx and a code. All else leaves open what happened.
        let answer = error.raw_response();
        let refused = answer.is_some_and(|answer| answer.status().is_client_error());
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        let kind = match code {
            Some(code) if BUSY.contains(&code) => Self::Busy,
            // The first sending of this very transaction is still being carried out.
            Some("TransactionInProgressException") => Self::Unknown,
            Some(_) if refused => Self::Refused,
            Some(_) | None => Self::Unknown,
        };
        kind(error.into_source().unwrap_or_else(Into::into))
    }
}
