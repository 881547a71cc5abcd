//! The stand-in's own routes: signing in without a password, and a look at the accounts.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Google,
    store::{Account, StoreError},
    token::Signature,
};

/// Who signs in.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The member: 1 to 128 characters.
    pub uid: String,
    /// The member's e-mail address; it replaces the account's.
    pub email: String,
    /// `true` makes the member an admin, `false` no longer one; absent leaves that as it is.
    pub admin: Option<bool>,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The uid is not 1 to 128 characters long.
    #[error("the uid is empty or too long")]
    Uid,
    /// The e-mail address has no `@` between two parts, or holds a space.
    #[error("the e-mail address is none")]
    Email,
    /// Another account has the e-mail address; Firebase keeps them apart.
    #[error("the e-mail address is another account's")]
    EmailTaken,
    /// The account could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(super) fn router() -> Router<Google> {
    Router::new()
        .route(
            "/simulator/sign-in",
            post(|State(google): State<Google>, body: Bytes| async move {
                google.answer_sign_in(&body)
            }),
        )
        .route(
            "/simulator/accounts",
            get(|State(google): State<Google>| async move { Json(google.list_accounts()) }),
        )
}

impl Google {
    /// Signs a member in, with a new account if there is none, and returns the ID token. Other
    /// custom claims than `admin` are left alone.
    pub fn sign_in(&self, sign_in: &SignIn) -> Result<String, SignInError> {
        self.enrol(sign_in)?;
        let claims = self.id_token_claims(&sign_in.uid).unwrap_or_default();
        Ok(self.sign(&claims, Signature::Genuine).map_err(StoreError::Key)?)
    }

    /// The same without an ID token.
    ///
    /// # Errors
    /// As [`Google::sign_in`].
    pub fn enrol(&self, sign_in: &SignIn) -> Result<(), SignInError> {
        let SignIn { uid, email, admin } = sign_in;
        if !(1..=128).contains(&uid.chars().count()) {
            return Err(SignInError::Uid);
        }
        if !is_email(email) {
            return Err(SignInError::Email);
        }
        let now = self.now();
        let mut store = self.store();
        let mut others = store.kept().accounts.iter().filter(|(other, _)| *other != uid);
        if others.any(|(_, account)| account.email == *email) {
            return Err(SignInError::EmailTaken);
        }
        store
            .change(|kept| {
                let account = kept.accounts.entry(uid.clone()).or_insert_with(|| Account {
                    email: String::new(),
                    name: None,
                    custom_claims: Map::new(),
                    created_at: now,
                    last_sign_in_at: now,
                    disabled: false,
                    revoked_at: None,
                });
                account.email.clone_from(email);
                account.last_sign_in_at = now;
                match admin {
                    Some(true) => {
                        account.custom_claims.insert("admin".to_owned(), json!(true));
                    }
                    Some(false) => {
                        account.custom_claims.remove("admin");
                    }
                    None => {}
                }
            })
            .map_err(Into::into)
    }

    fn answer_sign_in(&self, body: &[u8]) -> Response {
        let Ok(sign_in) = serde_json::from_slice(body) else {
            return problem(
                StatusCode::BAD_REQUEST,
                "invalid_body",
                "uid와 email을 담은 JSON이 필요합니다.",
            );
        };
        match self.sign_in(&sign_in) {
            Ok(id_token) => Json(json!({ "id_token": id_token })).into_response(),
            Err(SignInError::Uid) => problem(
                StatusCode::BAD_REQUEST,
                "invalid_uid",
                "uid는 1자 이상 128자 이하여야 합니다.",
            ),
            Err(SignInError::Email) => problem(
                StatusCode::BAD_REQUEST,
                "invalid_email",
                "이메일 주소가 올바르지 않습니다.",
            ),
            Err(SignInError::EmailTaken) => problem(
                StatusCode::BAD_REQUEST,
                "email_taken",
                "다른 회원이 이미 사용 중인 이메일 주소입니다.",
            ),
            Err(SignInError::Store(error)) => {
                let cause: &dyn std::error::Error = &error;
                tracing::error!(error = cause, "an account was not kept");
                problem(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "not_kept",
                    "회원 정보를 저장하지 못했습니다.",
                )
            }
        }
    }

    fn list_accounts(&self) -> Value {
        let store = self.store();
        let accounts = store.kept().accounts.iter().map(|(uid, account)| {
            json!({ "uid": uid, "email": account.email, "custom_claims": account.custom_claims })
        });
        json!({ "accounts": accounts.collect::<Vec<_>>() })
    }
}

/// As far as a stand-in cares.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

/// An RFC 9457 problem with a Korean sentence to show.
pub(super) fn problem(status: StatusCode, name: &str, detail: &str) -> Response {
    let body = json!({
        "type": format!("urn:gudok:identity-stand-in:{name}"),
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
    });
    (status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}
