//! Reading an answer: the envelope `{code, message, response}`, and what each HTTP status means
//! for a call that only reads and for one that may have changed something.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::de::Error as _;
use serde_json::Value;

use crate::{Error, Trouble, effect::Effect, lenient};

/// The envelope's `response`, or why there is none.
pub(crate) fn open(effect: Effect, answer: &Response<Bytes>) -> Result<Value, Error> {
    let status = answer.status();
    let envelope = Envelope::read(answer.body());
    // A 401 means that nothing was done, no matter who sent it.
    if status == StatusCode::UNAUTHORIZED {
        let message = envelope.map(|envelope| envelope.message).unwrap_or_default();
        return Err(Error::Unauthorized { message });
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Error::Unavailable { source: Trouble::Status(status) });
    }
    // After a 5xx or a 408 the work may have been done, whatever the body says.
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        return Err(effect.without_outcome(Trouble::Status(status)));
    }
    // An answer without an envelope is not Iamport's own: a maintenance page with HTTP 200, or a
    // proxy's 404, which must not be mistaken for "no such payment".
    let envelope = envelope.map_err(|source| effect.unreadable(status, source))?;
    if status == StatusCode::NOT_FOUND {
        return Err(Error::NotFound { message: envelope.message });
    }
    if envelope.code != 0 {
        return Err(Error::Refused { code: envelope.code, message: envelope.message });
    }
    if status.is_success() {
        Ok(envelope.response)
    } else {
        Err(effect.without_outcome(Trouble::Status(status)))
    }
}

struct Envelope {
    code: i64,
    message: String,
    response: Value,
}

impl Envelope {
    fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        let Value::Object(mut fields) = serde_json::from_slice(body)? else {
            return Err(serde_json::Error::custom("the envelope is not an object"));
        };
        let code = fields.remove("code").and_then(lenient::as_text);
        let code = code.and_then(|code| code.trim().parse().ok());
        Ok(Self {
            code: code.ok_or_else(|| serde_json::Error::custom("the envelope has no code"))?,
            message: fields.remove("message").and_then(lenient::as_text).unwrap_or_default(),
            response: fields.remove("response").unwrap_or(Value::Null),
        })
    }
}
