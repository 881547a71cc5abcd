//! A member's uid in a path.

use crate::Problem;
use axum::extract::{FromRequestParts, Path};
use billing::Uid;
use http::request::Parts;
use utoipa::IntoParams;

/// The member whom a path names, as in `/admin/members/{uid}`.
///
/// API Gateway decodes a path before it matches and hands it over, and proxies may encode and decode it as they
/// like. A uid that is written like this stays as it is, and is written in one way only; whatever is written
/// otherwise names nobody.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct Named {
    /// The member's uid: ASCII letters, digits, `-` and `_` as they are, every other byte of its UTF-8 as `~` and
    /// two upper-case hexadecimal digits (`kim@x` is `kim~40x`).
    #[param(value_type = String, pattern = "^([0-9A-Za-z_-]|~[0-9A-F]{2})+$")]
    pub uid: Uid,
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(written) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::NO_SUCH_MEMBER)?;
        read(&written).map(|uid| Self { uid }).ok_or(Problem::NO_SUCH_MEMBER)
    }
}

fn read(written: &str) -> Option<Uid> {
    let mut uid = Vec::with_capacity(written.len());
    let mut bytes = written.bytes();
    while let Some(byte) = bytes.next() {
        uid.push(match byte {
            b'~' => {
                let escaped = digit(bytes.next()?)? << 4 | digit(bytes.next()?)?;
                Some(escaped).filter(|byte| !is_plain(*byte))?
            }
            plain => Some(plain).filter(|byte| is_plain(*byte))?,
        });
    }
    String::from_utf8(uid).ok()?.parse().ok()
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
