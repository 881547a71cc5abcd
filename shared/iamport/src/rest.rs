//! Too many requests: once Iamport says so, nobody asks for a while.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use http::{Response, StatusCode, header::RETRY_AFTER};
use tokio::time::Instant;

use crate::Resting;

/// How long nothing is sent after a 429 that does not say how long.
pub const THROTTLE_REST: Duration = Duration::from_secs(5);

/// The longest that a 429 is believed.
const LONGEST: Duration = Duration::from_mins(1);

/// Until when nothing is sent, for all who share the client.
#[derive(Default)]
pub(crate) struct Rest {
    until: Mutex<Option<Instant>>,
}

impl Rest {
    /// Whether something may be sent.
    pub(crate) fn check(&self) -> Result<(), Resting> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        match until {
            Some(until) if Instant::now() < until => Err(Resting),
            Some(_) | None => Ok(()),
        }
    }

    /// Takes a rest if the answer asks for one.
    pub(crate) fn note<Body>(&self, answer: &Response<Body>) {
        if answer.status() != StatusCode::TOO_MANY_REQUESTS {
            return;
        }
        let said = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let said = said.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
        let rest = said.unwrap_or(THROTTLE_REST).min(LONGEST);
        let until = Instant::now().checked_add(rest);
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}
