//! An RSA-2048 key: made, kept as PEM, published as a JWK.

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    error::Unspecified,
    rsa::{KeyPair, KeySize},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    errors::Error,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};

/// A private key with the forms it is needed in.
pub(super) struct Key {
    pem: String,
    private: EncodingKey,
    public: Jwk,
    id: String,
}

impl Key {
    pub(super) fn from_pem(pem: &str) -> Result<Self, Error> {
        let private = EncodingKey::from_rsa_pem(pem.as_bytes())?;
        let mut public = Jwk::from_encoding_key(&private, Algorithm::RS256)?;
        let id = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { pem: pem.to_owned(), private, public, id })
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    pub(super) fn private(&self) -> &EncodingKey {
        &self.private
    }

    /// The public half, under [`Key::id`].
    pub(super) fn public(&self) -> &Jwk {
        &self.public
    }

    /// The key's own fingerprint (RFC 7638), so that it is the same after a restart.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

/// A new private key in PEM (PKCS#8).
pub(super) fn generate_pem() -> Result<String, Unspecified> {
    let der: Pkcs8V1Der<'static> = KeyPair::generate(KeySize::Rsa2048)?.as_der()?;
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for (at, character) in BASE64_STANDARD.encode(der.as_ref()).chars().enumerate() {
        if at > 0 && at.is_multiple_of(64) {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    Ok(pem)
}
