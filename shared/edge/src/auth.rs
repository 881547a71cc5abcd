//! Authentication: the uid always comes from the token, never from the request.

use crate::{App, Problem, Reader};
use axum::extract::{FromRef, FromRequestParts};
use billing::Uid;
use http::{header::AUTHORIZATION, request::Parts};
use identity::VerifyError;

/// A signed-in member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub uid: Uid,
    /// The e-mail address, which Inicis' window wants.
    pub email: Option<String>,
}

/// A signed-in admin: the custom claim `admin: true`.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Who.
    pub uid: Uid,
}

impl<State: Sync> FromRequestParts<State> for Member
where
    Reader: FromRef<State>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let (member, _) = verify(parts, &Reader::from_ref(state)).await?;
        Ok(member)
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match verify(parts, &Reader::from_ref(app)).await? {
            (member, true) => Ok(Self { uid: member.uid }),
            (_, false) => Err(Problem::ADMINS_ONLY),
        }
    }
}

async fn verify(parts: &Parts, reader: &Reader) -> Result<(Member, bool), Problem> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(bearer).ok_or(Problem::UNAUTHENTICATED)?;
    let token =
        reader.verifier.verify(token, (reader.books.clock)()).await.map_err(
            |error| match error {
                VerifyError::Rejected(_) => Problem::UNAUTHENTICATED,
                VerifyError::Unavailable(trouble) => {
                    tracing::error!(%trouble, "Google's keys could not be had");
                    Problem::UNAVAILABLE
                }
            },
        )?;
    let uid = token.uid.parse().map_err(|_| Problem::UNAUTHENTICATED)?;
    Ok((Member { uid, email: token.email }, token.admin))
}

/// The token of a `Bearer` header; the scheme's case does not matter (RFC 9110).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
