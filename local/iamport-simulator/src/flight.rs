//! Sending one webhook: it is claimed and sent, and its answer is recorded.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, header};

use crate::{BoxError, Delivery, Simulator, StoreError, Webhook, records::WebhookState, webhook};

/// How long Iamport waits for the answer to a webhook.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of the answer to a webhook is stored, in characters.
const ANSWER_KEPT: usize = 300;

impl Simulator {
    /// Sends a webhook that is waiting, unless it is already being sent.
    pub(crate) async fn send(&self, id: u64) -> Result<(), StoreError> {
        let Some(flight) = Flight::begin(self, id) else { return Ok(()) };
        let outcome = match flight.request() {
            Ok(request) => {
                match tokio::time::timeout(WEBHOOK_TIMEOUT, self.deliver(request)).await {
                    Ok(outcome) => outcome,
                    Err(elapsed) => Err(elapsed.into()),
                }
            }
            Err(error) => Err(error.into()),
        };
        let at = self.now();
        let delivery = match outcome {
            Ok(answer) => {
                Delivery { at, status: Some(answer.status().as_u16()), answer: beginning(&answer) }
            }
            Err(error) => Delivery { at, status: None, answer: in_full(&error) },
        };
        self.with(|state, _| webhook::note(state, id, delivery))
    }
}

fn beginning(answer: &Response<Bytes>) -> String {
    String::from_utf8_lossy(answer.body()).chars().take(ANSWER_KEPT).collect()
}

fn in_full(error: &BoxError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A webhook being sent. However that ends, the claim on it is given up.
struct Flight<'a> {
    simulator: &'a Simulator,
    webhook: Webhook,
}

impl<'a> Flight<'a> {
    fn begin(simulator: &'a Simulator, id: u64) -> Option<Self> {
        let mut state = simulator.lock();
        let webhook = state.webhooks.get(id)?.clone();
        let waits = matches!(webhook.state, WebhookState::Queued | WebhookState::Overtaken);
        (waits && state.in_flight.insert(id)).then(|| Self { simulator, webhook })
    }

    fn request(&self) -> Result<Request<Bytes>, http::Error> {
        Request::post(self.webhook.url.as_deref().unwrap_or_default())
            .header(header::CONTENT_TYPE, &self.webhook.content_type)
            // [GUESS] the user agent of Iamport's webhooks was not seen.
            .header(header::USER_AGENT, "iamport-simulator")
            .body(Bytes::from(self.webhook.body.clone()))
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.simulator.lock().in_flight.remove(&self.webhook.id);
    }
}
