//! What a token must be to be read at all: signed by one of Google's published keys.

use jsonwebtoken::{Algorithm, TokenData, Validation, errors::ErrorKind};
use serde::de::DeserializeOwned;

use crate::{keys::Keys, transport::Trouble};

/// Why a token is not believed, split by what the caller answers.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The token is not good: a refusal. Nothing of the token is in here.
    #[error("the token was rejected: {0}")]
    Rejected(Rejection),
    /// Google's keys cannot be fetched, so nothing is known about the token: a 503.
    #[error("Google's signing keys cannot be fetched")]
    Unavailable(#[source] Trouble),
}

/// The rule a token breaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Rejection {
    /// Not a JSON web token, or one without a claim that all of its kind have, or not signed at
    /// all (`alg: none`).
    #[error("it is no such token")]
    Malformed,
    /// Signed by another method than RS256.
    #[error("it is not signed by RS256")]
    Algorithm,
    /// Its `kid` is missing or names none of Google's keys.
    #[error("its key is unknown")]
    UnknownKey,
    /// The signature is not that key's.
    #[error("its signature is wrong")]
    Signature,
    /// `aud` is not the project.
    #[error("it is meant for another project")]
    Audience,
    /// `iss` is not Firebase's for the project.
    #[error("it was issued by someone else")]
    Issuer,
    /// `sub` is not 1 to 128 characters long.
    #[error("its subject is empty or too long")]
    Subject,
    /// `sub` is none of our apps.
    #[error("it is another app's")]
    App,
    /// `exp` has come.
    #[error("it has expired")]
    Expired,
    /// `iat` or `auth_time` lies in the future, by more than 60 s.
    #[error("it comes from the future")]
    FromTheFuture,
}

/// The token's header and claims, when it is signed by RS256 with one of these keys. Nothing else of it
/// is checked.
pub(crate) async fn signed<Claims: DeserializeOwned>(
    token: &str,
    keys: &Keys,
) -> Result<TokenData<Claims>, VerifyError> {
    let key_id = key_id(token).map_err(VerifyError::Rejected)?;
    let key = keys.find(&key_id).await.map_err(VerifyError::Unavailable)?;
    let key = key.ok_or(VerifyError::Rejected(Rejection::UnknownKey))?;
    jsonwebtoken::decode(token, &key, &signature_only())
        .map_err(|error| VerifyError::Rejected(rejection(error.kind())))
}

/// What the header says, before anything is believed or fetched.
fn key_id(token: &str) -> Result<String, Rejection> {
    let header = jsonwebtoken::decode_header(token).map_err(|_error| Rejection::Malformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(Rejection::Algorithm);
    }
    // RFC 7515, 4.1.11: whoever does not understand a critical extension must reject.
    if header.crit.is_some() {
        return Err(Rejection::Malformed);
    }
    header.kid.ok_or(Rejection::UnknownKey)
}

/// Leaves only the signature to the library, which would ask the machine's clock.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum is not exhaustive")]
fn rejection(kind: &ErrorKind) -> Rejection {
    match kind {
        ErrorKind::InvalidSignature => Rejection::Signature,
        _ => Rejection::Malformed,
    }
}
