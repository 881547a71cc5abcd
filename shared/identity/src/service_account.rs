//! The service account a backend acts as, and the assertion it signs to get an access token.

use std::fmt;

use http::Uri;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::{Deserialize, Serialize};

/// The permission asked for: reading and writing accounts, nothing else of the project.
const SCOPE: &str = "https://www.googleapis.com/auth/identitytoolkit";

/// How long an assertion may be used, in seconds: the longest Google accepts.
const ASSERTION_LIFETIME: i64 = 3600;

/// A Google service account with its private key, from the JSON file Google hands out.
///
/// The key is in no [`Debug`](fmt::Debug) output and is wiped from memory when dropped.
pub struct ServiceAccount {
    client_email: String,
    key_id: Option<String>,
    key: SecretBox<EncodingKey>,
    token_uri: Uri,
}

/// Why a text is no service account. Nothing of the text is in here.
#[derive(Debug, thiserror::Error)]
pub enum InvalidServiceAccount {
    /// It is not JSON, or lacks `client_email`, `private_key` or `token_uri`.
    #[error("no service account JSON (line {line}, column {column})")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column in that line, from 1.
        column: usize,
    },
    /// `private_key` is no RSA private key in PEM.
    #[error("private_key is no RSA private key in PEM")]
    Key,
    /// `token_uri` is no address.
    #[error("token_uri is no address")]
    TokenUri,
}

impl ServiceAccount {
    /// Reads the JSON. The access tokens will be asked for at its `token_uri`.
    ///
    /// Of the key only the form is checked: whether its numbers fit shows when it signs, which takes some 30 ms and
    /// would be most of a cold start. A key that Google handed out and somebody cut off or mangled has another form.
    pub fn from_json(json: &str) -> Result<Self, InvalidServiceAccount> {
        let file: File = serde_json::from_str(json).map_err(|error| {
            InvalidServiceAccount::Json { line: error.line(), column: error.column() }
        })?;
        let key = EncodingKey::from_rsa_pem(file.private_key.expose_secret().as_bytes())
            .map_err(|_error| InvalidServiceAccount::Key)?;
        Ok(Self {
            client_email: file.client_email,
            key_id: file.private_key_id,
            key: SecretBox::new(Box::new(key)),
            token_uri: file.token_uri.parse().map_err(|_error| InvalidServiceAccount::TokenUri)?,
        })
    }

    /// Where an assertion is exchanged for an access token.
    pub(crate) fn token_uri(&self) -> &Uri {
        &self.token_uri
    }

    /// A signed request for an access token (RFC 7523, section 2.1), valid for an hour.
    pub(crate) fn assertion(&self, now: Timestamp) -> jsonwebtoken::errors::Result<String> {
        let iat = now.as_second();
        let assertion = Assertion {
            iss: &self.client_email,
            scope: SCOPE,
            aud: &self.token_uri.to_string(),
            iat,
            exp: iat.saturating_add(ASSERTION_LIFETIME),
        };
        let mut header = Header::new(Algorithm::RS256);
        header.kid.clone_from(&self.key_id);
        jsonwebtoken::encode(&header, &assertion, self.key.expose_secret())
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("client_email", &self.client_email)
            .field("token_uri", &self.token_uri)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct File {
    client_email: String,
    private_key_id: Option<String>,
    private_key: SecretString,
    token_uri: String,
}

#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}
