//! ID tokens: production's claims, signed as production does, or as a forger would.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, errors::Error, jwk::AlgorithmParameters};
use serde_json::{Value, json};

use super::Google;

/// How long an ID token lasts, in seconds.
const LIFETIME: i64 = 3600;

/// How a token is signed. All but the first must be rejected by whoever verifies it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signature {
    /// As Google does: RS256 with the published key, under its id.
    Genuine,
    /// RS256 with the published key, under an id that is not published.
    UnknownKey,
    /// RS256 with a key that is not published, under the published one's id.
    StrangersKey,
    /// HS256 with the published key's modulus, as it is written there, as the secret: for a verifier that lets the token
    /// choose the method.
    PublicKeyAsSecret,
    /// `alg: none`, and no signature.
    Unsigned,
}

impl Google {
    /// The claims of an ID token for an account that signs in now, or `None` when there is no
    /// such account.
    pub fn id_token_claims(&self, uid: &str) -> Option<Value> {
        let account = self.store().kept().accounts.get(uid)?.clone();
        let project = &self.inner.project;
        let now = self.now().as_second();
        // Custom claims cannot be among these: their names are reserved or, as in production,
        // overwritten.
        let mut claims = account.custom_claims;
        claims.extend([
            ("iss".to_owned(), json!(format!("https://securetoken.google.com/{project}"))),
            ("aud".to_owned(), json!(project)),
            ("auth_time".to_owned(), json!(now)),
            ("user_id".to_owned(), json!(uid)),
            ("sub".to_owned(), json!(uid)),
            ("iat".to_owned(), json!(now)),
            ("exp".to_owned(), json!(now.saturating_add(LIFETIME))),
            ("email".to_owned(), json!(account.email)),
            ("email_verified".to_owned(), json!(false)),
            (
                "firebase".to_owned(),
                json!({ "identities": { "email": [account.email] }, "sign_in_provider": "password" }),
            ),
        ]);
        Some(Value::Object(claims))
    }

    /// Signs whatever claims a test makes up.
    pub fn sign(&self, claims: &Value, signature: Signature) -> Result<String, Error> {
        let signing = &self.inner.signing;
        let rs256 = |id: &str, key: &EncodingKey| encode(Algorithm::RS256, id, claims, key);
        match signature {
            Signature::Genuine => rs256(signing.id(), signing.private()),
            Signature::UnknownKey => rs256("unknown", signing.private()),
            Signature::StrangersKey => rs256(signing.id(), self.inner.service_account.private()),
            Signature::PublicKeyAsSecret => {
                let modulus = if let AlgorithmParameters::RSA(key) = &signing.public().algorithm {
                    key.n.as_str()
                } else {
                    ""
                };
                let secret = EncodingKey::from_secret(modulus.as_bytes());
                encode(Algorithm::HS256, signing.id(), claims, &secret)
            }
            Signature::Unsigned => {
                let header = json!({ "alg": "none", "kid": signing.id(), "typ": "JWT" });
                let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
                Ok(format!("{}.{}.", part(&header), part(claims)))
            }
        }
    }
}

fn encode(
    algorithm: Algorithm,
    key_id: &str,
    claims: &Value,
    key: &EncodingKey,
) -> Result<String, Error> {
    let mut header = Header::new(algorithm);
    header.kid = Some(key_id.to_owned());
    jsonwebtoken::encode(&header, claims, key)
}
