//! What can go wrong with a request on the network: the vocabulary shared by the tests here and the rehearsal.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::future::{Future, pending};
use std::time::Duration;
use tower::BoxError;

/// Something that happens to a request or to its answer on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The request is never sent, and the sender knows it.
    NotSent,
    /// The request never arrives, and the sender gets no answer.
    Swallowed,
    /// The request takes effect; the answer is lost, and the sender gets an error.
    AnswerLost,
    /// The request takes effect; the answer is cut off.
    AnswerCutOff,
    /// The request takes effect; the answer takes this much longer.
    AnswerLate(Duration),
    /// The request takes effect; the sender gets no answer.
    NeverAnswered,
    /// The request does not take effect; this status and body are the answer.
    Answered(u16, String),
    /// The request takes effect; this status and body are the answer.
    AnsweredAfterEffect(u16, String),
}

impl Fault {
    /// The request does not take effect; the answer is this status without a body.
    pub const fn status(status: u16) -> Self {
        Self::Answered(status, String::new())
    }

    /// Applies the fault to a request. `deliver` takes the request to its host; it is called only if it arrives.
    ///
    /// # Errors
    /// The transport error that the sender gets instead of an answer.
    pub async fn apply<Answer>(
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

/// The error that tells the application that a request was never sent.
pub(crate) fn not_sent() -> BoxError {
    Box::new(edge::transport::NotSent::new("the simulated network is down"))
}

/// An answer with this status and body.
pub fn answer(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}
