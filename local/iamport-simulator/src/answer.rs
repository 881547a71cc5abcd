//! Answers as Iamport's server writes them: the envelope, and JSON as PHP encodes it.

use std::{io, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Serializer, ser::Formatter};

/// An answer of the V1 API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Vec<u8>,
    /// How long it is delayed. Its effects have already happened.
    pub hold: Option<Duration>,
}

/// An answer either way; `Err` ends the request early.
pub(crate) type Outcome = Result<Answer, Answer>;

const JSON: &str = "application/json; charset=UTF-8";
const HTML: &str = "text/html; charset=UTF-8";

#[derive(Serialize)]
struct Envelope<'a, T> {
    code: i32,
    message: Option<&'a str>,
    response: Option<T>,
}

/// The part of an answer that is read back.
#[derive(Deserialize)]
struct Opened {
    code: i32,
    message: Option<String>,
}

impl Answer {
    /// HTTP 200, code 0.
    pub(crate) fn ok(response: &impl Serialize) -> Self {
        Self::enveloped(200, 0, None, Some(response))
    }

    /// HTTP 207, code 0: only a part of what was asked for.
    pub(crate) fn partly(response: &impl Serialize) -> Self {
        Self::enveloped(207, 0, None, Some(response))
    }

    /// HTTP 200 with another code: a business failure.
    pub(crate) fn refused(code: i32, message: &str) -> Self {
        Self::enveloped(200, code, Some(message), None::<&()>)
    }

    /// Another HTTP status, code -1.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        Self::enveloped_error(status, -1, message)
    }

    /// Another HTTP status with a code of its own.
    pub(crate) fn enveloped_error(status: u16, code: i32, message: &str) -> Self {
        Self::enveloped(status, code, Some(message), None::<&()>)
    }

    /// A page that is not an envelope: a proxy's error, or the maintenance notice.
    pub(crate) fn page(status: u16, title: &str) -> Self {
        let body = format!(
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{title}</title></head>\
             <body><center><h1>{title}</h1></center></body></html>"
        );
        Self { status, content_type: HTML, body: body.into_bytes(), hold: None }
    }

    /// The envelope's message, or an empty text.
    pub(crate) fn message(&self) -> String {
        self.envelope().map(|envelope| envelope.message.unwrap_or_default()).unwrap_or_default()
    }

    /// The envelope's message if the code is not 0.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.envelope().filter(|envelope| envelope.code != 0).map(|_| self.message())
    }

    fn envelope(&self) -> Option<Opened> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn held(mut self, hold: Option<Duration>) -> Self {
        self.hold = hold;
        self
    }

    fn enveloped<T: Serialize>(
        status: u16,
        code: i32,
        message: Option<&str>,
        response: Option<T>,
    ) -> Self {
        let mut body = Vec::new();
        let written = Envelope { code, message, response }
            .serialize(&mut Serializer::with_formatter(&mut body, LikePhp));
        if written.is_err() {
            return Self::page(500, "500 Internal Server Error");
        }
        Self { status, content_type: JSON, body, hold: None }
    }
}

/// `json_encode` with its default flags: non-ASCII as `\uXXXX`, `/` as `\/`.
struct LikePhp;

impl Formatter for LikePhp {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        for character in fragment.chars() {
            match character {
                '/' => writer.write_all(b"\\/")?,
                character if character.is_ascii() => {
                    let mut buffer = [0; 4];
                    writer.write_all(character.encode_utf8(&mut buffer).as_bytes())?;
                }
                character => {
                    let mut buffer = [0; 2];
                    for unit in character.encode_utf16(&mut buffer) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }
}
