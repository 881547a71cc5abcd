//! What a network can do to a request: one vocabulary for the tests here and for the rehearsal.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::future::{Future, pending};
use std::time::Duration;
use tower::BoxError;

/// What happens to a request or to its answer on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The request never leaves, and its sender knows that.
    NotSent,
    /// The request never arrives, and nobody says so.
    Swallowed,
    /// The request has its effect; its answer is lost, and the sender is told so.
    AnswerLost,
    /// The request has its effect; its answer breaks off.
    AnswerCutOff,
    /// The request has its effect; its answer takes so much longer.
    AnswerLate(Duration),
    /// The request has its effect, and is never answered.
    NeverAnswered,
    /// The request does not arrive, and this is the answer.
    Answered(u16, String),
    /// The request has its effect, and this is the answer.
    AnsweredAfterEffect(u16, String),
}

impl Fault {
    /// The request does not arrive, and the answer is this status without a body.
    pub const fn status(status: u16) -> Self {
        Self::Answered(status, String::new())
    }

    /// Whether the request reaches its host all the same.
    pub const fn arrives(&self) -> bool {
        match self {
            Self::NotSent | Self::Swallowed | Self::Answered(..) => false,
            Self::AnswerLost
            | Self::AnswerCutOff
            | Self::AnswerLate(_)
            | Self::NeverAnswered
            | Self::AnsweredAfterEffect(..) => true,
        }
    }

    /// Does it to a request. `deliver` hands it to its host, and is called only if it arrives.
    ///
    /// # Errors
    /// What the sender is told instead of an answer.
    pub async fn befall<Answer>(
        self,
        request: Request<Bytes>,
        deliver: impl FnOnce(Request<Bytes>) -> Answer,
    ) -> Result<Response<Bytes>, BoxError>
    where
        Answer: Future<Output = Response<Bytes>>,
    {
        match self {
            Self::NotSent => Err(not_sent()),
            Self::Swallowed => pending().await,
            Self::Answered(status, body) => Ok(answer(status, body)),
            Self::AnswerLost => {
                deliver(request).await;
                Err("the simulated network lost the answer".into())
            }
            Self::AnswerCutOff => {
                deliver(request).await;
                Err("the answer broke off".into())
            }
            Self::AnswerLate(wait) => {
                let answer = deliver(request).await;
                tokio::time::sleep(wait).await;
                Ok(answer)
            }
            Self::NeverAnswered => {
                deliver(request).await;
                pending().await
            }
            Self::AnsweredAfterEffect(status, body) => {
                deliver(request).await;
                Ok(answer(status, body))
            }
        }
    }
}

/// The request never left, in words the application understands.
pub(crate) fn not_sent() -> BoxError {
    Box::new(edge::wire::NotSent::new("the simulated network is down"))
}

/// An answer with this status and body.
pub fn answer(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}
