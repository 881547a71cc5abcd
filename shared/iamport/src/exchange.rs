//! One exchange: a request goes out, once or (for reads) a few times, and its answer is opened.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::Value;
use tokio::time::timeout;
use tower::{Service, ServiceExt};

use crate::{Client, Error, Trouble, call::Call, effect::Effect, envelope, transport::never_left};

impl Client {
    /// Sends the call, repeating it after a pause if it only reads, and opens the answer.
    pub(crate) async fn exchange(
        &self,
        call: &Call,
        authorization: Option<&HeaderValue>,
    ) -> Result<(StatusCode, Value), Error> {
        let once = || async {
            let request = call
                .request(&self.inner.base_url, authorization.cloned())
                .map_err(|source| Error::Unavailable { source })?;
            let answer =
                self.send(request, self.limit(call)).await.map_err(|trouble| match trouble {
                    Trouble::NotSent(_) => Error::Unavailable { source: trouble },
                    Trouble::Broken(_)
                    | Trouble::TimedOut(_)
                    | Trouble::Status(_)
                    | Trouble::Unreadable { .. } => call.effect.without_outcome(trouble),
                })?;
            envelope::open(call.effect, &answer).map(|value| (answer.status(), value))
        };
        match call.effect {
            Effect::Change => once().await,
            // No jitter, so that a simulated run is the same every time.
            Effect::None => {
                let pauses = ExponentialBuilder::default()
                    .with_min_delay(Duration::from_millis(200))
                    .with_max_times(self.inner.retries);
                let again = |error: &Error| {
                    error.is_unavailable() && !error.is_too_late() && !error.is_throttled()
                };
                once.retry(pauses).when(again).await
            }
        }
    }

    async fn send(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Response<Bytes>, Trouble> {
        let mut transport = self.inner.transport.clone();
        let mut left = false;
        let answering = async {
            let transport = transport.ready().await.map_err(Trouble::NotSent)?;
            self.inner.rest.check().map_err(|resting| Trouble::NotSent(resting.into()))?;
            self.slack(limit).map_err(|late| Trouble::NotSent(late.into()))?;
            left = true;
            let answer = transport.call(request).await.map_err(|error| {
                if never_left(&*error) { Trouble::NotSent(error) } else { Trouble::Broken(error) }
            })?;
            self.inner.rest.note(&answer);
            Ok(answer)
        };
        match timeout(limit, answering).await {
            Ok(answer) => answer,
            Err(elapsed) if !left => Err(Trouble::NotSent(elapsed.into())),
            Err(_) => Err(Trouble::TimedOut(limit)),
        }
    }
}
