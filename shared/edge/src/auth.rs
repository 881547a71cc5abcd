//! Authentication: the uid always comes from the token, never from the request. And whether one of our apps is asking.

use crate::{AdminPolicy, App, Problem, Reader};
use axum::extract::{FromRef, FromRequestParts};
use billing::Uid;
use http::{HeaderName, header::AUTHORIZATION, request::Parts};
use identity::{ADMIN, ClaimsError, DeskRight, IdToken, VerifyError};
use jiff::SignedDuration;

/// A signed-in member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub uid: Uid,
    /// The e-mail address, which Inicis' window wants.
    pub email: Option<String>,
    /// Whether the member has shown that the address is theirs.
    pub email_verified: bool,
}

/// A member who signed in at most ten minutes ago: what cannot be taken back is not for whoever finds an open session.
#[derive(Clone, Debug)]
pub struct FreshMember {
    /// Who.
    pub uid: Uid,
}

/// The header with an App Check token.
const APP_CHECK: HeaderName = HeaderName::from_static("x-firebase-appcheck");

/// How old a sign-in may be for that; Firebase itself asks for one of five minutes before it deletes an account.
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// Whoever may look at the desk: the custom claim `admin`, `true` or `"viewer"`, in the token and in the account as it is
/// now. A token says for up to an hour what is no longer so; whoever was removed, disabled or signed out everywhere is out
/// at once. Google has to answer for that: while it does not, nobody is let in.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Who.
    pub uid: Uid,
}

/// An admin who acts: `admin: true`, and a sign-in of a moment ago, as `ADMIN_POLICY` asks of those who act.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Who.
    pub uid: Uid,
}

/// A request from one of our apps, by its App Check token; from anything where nobody asks for that (`APP_CHECK`).
#[derive(Clone, Copy, Debug)]
pub struct FromOurApp;

impl<State: Sync> FromRequestParts<State> for Member
where
    Reader: FromRef<State>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let token = verify(parts, &Reader::from_ref(state)).await?;
        let uid = token.uid.parse().map_err(|_| Problem::UNAUTHENTICATED)?;
        Ok(Self { uid, email: token.email, email_verified: token.email_verified })
    }
}

impl FromRequestParts<App> for FreshMember {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = verify(parts, &Reader::from_ref(app)).await?;
        let now = (app.gudok.books.clock)();
        if now.duration_since(token.auth_time) > FRESH {
            return Err(Problem::SIGN_IN_AGAIN);
        }
        Ok(Self { uid: token.uid.parse().map_err(|_| Problem::UNAUTHENTICATED)? })
    }
}

impl FromRequestParts<App> for Desk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let uid = admit(parts, app, DeskRight::Look, app.admin_policy.session).await?;
        Ok(Self { uid })
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let AdminPolicy { session, fresh_sign_in, .. } = app.admin_policy;
        let longest = session.into_iter().chain(fresh_sign_in).min();
        Ok(Self { uid: admit(parts, app, DeskRight::Act, longest).await? })
    }
}

impl FromRequestParts<App> for FromOurApp {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(gate) = &app.gate else { return Ok(Self) };
        let token = parts.headers.get(APP_CHECK).and_then(|value| value.to_str().ok());
        let now = (app.gudok.books.clock)();
        let problem = match gate.app_check.verify(token.unwrap_or_default(), now).await {
            Ok(()) => return Ok(Self),
            Err(VerifyError::Rejected(why)) => {
                let sent = token.is_some();
                tracing::warn!(%why, sent, enforced = gate.enforced, "not from one of our apps");
                Problem::APP_NOT_VERIFIED
            }
            Err(VerifyError::Unavailable(trouble)) => {
                tracing::error!(%trouble, "App Check's keys could not be had");
                Problem::UNAVAILABLE
            }
        };
        if gate.enforced { Err(problem) } else { Ok(Self) }
    }
}

/// Lets somebody in who has that right by the token and by the account, and whose sign-in is not older than that.
async fn admit(
    parts: &Parts,
    app: &App,
    needed: DeskRight,
    longest: Option<SignedDuration>,
) -> Result<Uid, Problem> {
    let token = verify(parts, &Reader::from_ref(app)).await?;
    has(token.admin, needed)?;
    let now = (app.gudok.books.clock)();
    let age = now.duration_since(token.auth_time);
    if app.admin_policy.second_factor && !token.second_factor {
        return Err(Problem::SECOND_FACTOR);
    }
    if longest.is_some_and(|longest| age > longest) {
        return Err(Problem::SIGN_IN_AGAIN);
    }
    let account = match app.gudok.claims.account(&token.uid, now).await {
        Ok(account) => account,
        Err(ClaimsError::NoSuchUser) => return Err(Problem::UNAUTHENTICATED),
        Err(error) => {
            let cause: &dyn std::error::Error = &error;
            tracing::error!(error = cause, "whether an admin still is one could not be asked");
            return Err(Problem::UNAVAILABLE);
        }
    };
    let revoked = account.valid_since.is_some_and(|since| token.auth_time < since);
    if account.disabled || revoked {
        return Err(Problem::UNAUTHENTICATED);
    }
    has(account.claims.get(ADMIN).and_then(DeskRight::of), needed)?;
    token.uid.parse().map_err(|_| Problem::UNAUTHENTICATED)
}

fn has(right: Option<DeskRight>, needed: DeskRight) -> Result<(), Problem> {
    match right {
        None => Err(Problem::ADMINS_ONLY),
        Some(right) if right < needed => Err(Problem::MAY_NOT_ACT),
        Some(_) => Ok(()),
    }
}

async fn verify(parts: &Parts, reader: &Reader) -> Result<IdToken, Problem> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(bearer).ok_or(Problem::UNAUTHENTICATED)?;
    reader.verifier.verify(token, (reader.books.clock)()).await.map_err(|error| match error {
        VerifyError::Rejected(_) => Problem::UNAUTHENTICATED,
        VerifyError::Unavailable(trouble) => {
            tracing::error!(%trouble, "Google's keys could not be had");
            Problem::UNAVAILABLE
        }
    })
}

/// The token of a `Bearer` header; the scheme's case does not matter (RFC 9110).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
