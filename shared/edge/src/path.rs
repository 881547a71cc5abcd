//! A member's uid in a path.

use crate::Problem;
use axum::extract::{FromRequestParts, Path};
use billing::Uid;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use utoipa::IntoParams;

/// What of a uid is not written as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

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

/// The one uid that is written like this, if any.
fn read(written: &str) -> Option<Uid> {
    let escaped = written.replace('~', "%");
    let uid = percent_decode_str(&escaped).decode_utf8().ok()?;
    let is_its_spelling =
        utf8_percent_encode(&uid, ESCAPED).to_string().replace('%', "~") == written;
    uid.parse().ok().filter(|_| is_its_spelling)
}
