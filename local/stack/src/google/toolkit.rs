//! Identity Toolkit: accounts looked up and deleted, and their custom claims replaced.

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, post},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Google, store::Account};

/// The names Google refuses as custom claims.
const RESERVED: [&str; 16] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "cnf",
    "exp",
    "firebase",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "sub",
];

pub(super) fn router() -> Router<Google> {
    Router::new()
        .route("/v1/projects/{project}/accounts:lookup", call(Google::look_up))
        .route("/v1/projects/{project}/accounts:update", call(Google::update))
        .route("/v1/projects/{project}/accounts:delete", call(Google::remove))
}

/// A call that takes an access token for the project.
fn call(answer: fn(&Google, &[u8]) -> Result<Value, Refusal>) -> MethodRouter<Google> {
    post(
        move |State(google): State<Google>,
              Path(project): Path<String>,
              headers: HeaderMap,
              body: Bytes| async move {
            reply(google.admit(&project, &headers).and_then(|()| answer(&google, &body)))
        },
    )
}

impl Google {
    /// Whether the request carries an access token that is still good, for this project.
    fn admit(&self, project: &str, headers: &HeaderMap) -> Result<(), Refusal> {
        let token = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let end = token.and_then(|token| self.access_tokens().ends.get(token).copied());
        if end.is_none_or(|end| end <= self.now()) {
            return Err(Refusal {
                status: StatusCode::UNAUTHORIZED,
                code: Some("UNAUTHENTICATED"),
                message: "Request had invalid authentication credentials.".to_owned(),
            });
        }
        if project != self.inner.project {
            return Err(Refusal {
                status: StatusCode::FORBIDDEN,
                code: Some("PERMISSION_DENIED"),
                message: "The caller does not have permission".to_owned(),
            });
        }
        Ok(())
    }

    fn look_up(&self, body: &[u8]) -> Result<Value, Refusal> {
        let body: LookUp = read(body)?;
        let store = self.store();
        let accounts = &store.kept().accounts;
        let named = body.local_id.iter().filter_map(|uid| accounts.get_key_value(uid));
        let written = accounts.iter().filter(|(_, account)| body.email.contains(&account.email));
        let users: Vec<Value> =
            named.chain(written).map(|(uid, account)| shown(uid, account)).collect();
        let mut answer = json!({ "kind": "identitytoolkit#GetAccountInfoResponse" });
        if let Some(answer) = answer.as_object_mut().filter(|_| !users.is_empty()) {
            answer.insert("users".to_owned(), Value::Array(users));
        }
        Ok(answer)
    }

    fn update(&self, body: &[u8]) -> Result<Value, Refusal> {
        let body: Update = read(body)?;
        let claims = parse_claims(&body.custom_attributes)?;
        let mut store = self.store();
        if !store.kept().accounts.contains_key(&body.local_id) {
            return Err(Refusal::bad("USER_NOT_FOUND"));
        }
        store
            .change(|kept| {
                if let Some(account) = kept.accounts.get_mut(&body.local_id) {
                    account.custom_claims = claims;
                }
            })
            .map_err(not_kept)?;
        Ok(json!({ "kind": "identitytoolkit#SetAccountInfoResponse", "localId": body.local_id }))
    }

    fn remove(&self, body: &[u8]) -> Result<Value, Refusal> {
        let body: Delete = read(body)?;
        if self.delete(&body.local_id).map_err(not_kept)? {
            Ok(json!({ "kind": "identitytoolkit#DeleteAccountResponse" }))
        } else {
            Err(Refusal::bad("USER_NOT_FOUND"))
        }
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_error| Refusal {
        status: StatusCode::BAD_REQUEST,
        code: Some("INVALID_ARGUMENT"),
        message: "Invalid JSON payload received.".to_owned(),
    })
}

fn not_kept(error: impl std::error::Error) -> Refusal {
    tracing::error!(%error, "accounts were not kept");
    Refusal {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: Some("INTERNAL"),
        message: "Internal error encountered.".to_owned(),
    }
}

/// Google's rules for custom claims, in Google's order.
fn parse_claims(attributes: &str) -> Result<Map<String, Value>, Refusal> {
    if attributes.chars().count() > 1000 {
        return Err(Refusal::bad("CLAIMS_TOO_LARGE"));
    }
    let claims: Map<String, Value> =
        serde_json::from_str(attributes).map_err(|_error| Refusal::bad("INVALID_CLAIMS"))?;
    match RESERVED.into_iter().find(|name| claims.contains_key(*name)) {
        Some(name) => Err(Refusal::bad(&format!("FORBIDDEN_CLAIM : {name}"))),
        None => Ok(claims),
    }
}

/// An account as the look-up shows it: numbers as strings, times in two units, and that it is disabled, and its
/// owner's name, only where there is that.
fn shown(uid: &str, account: &Account) -> Value {
    let mut shown = json!({
        "localId": uid,
        "email": account.email,
        "emailVerified": false,
        "customAttributes": Value::Object(account.custom_claims.clone()).to_string(),
        "validSince": account.revoked_at.unwrap_or(account.created_at).as_second().to_string(),
        "createdAt": account.created_at.as_millisecond().to_string(),
        "lastLoginAt": account.last_sign_in_at.as_millisecond().to_string(),
    });
    let more = [
        ("disabled", account.disabled.then_some(Value::Bool(true))),
        ("displayName", account.name.clone().map(Value::String)),
    ];
    for (name, value) in more {
        if let (Some(value), Some(shown)) = (value, shown.as_object_mut()) {
            shown.insert(name.to_owned(), value);
        }
    }
    shown
}

/// An answer in Identity Toolkit's form for errors.
struct Refusal {
    status: StatusCode,
    code: Option<&'static str>,
    message: String,
}

impl Refusal {
    fn bad(message: &str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: None, message: message.to_owned() }
    }
}

fn reply(answer: Result<Value, Refusal>) -> Response {
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(Refusal { status, code, message }) => {
            let mut error = Map::new();
            error.insert("code".to_owned(), json!(status.as_u16()));
            error.insert("message".to_owned(), json!(message));
            let detail = json!({ "message": message, "domain": "global", "reason": "invalid" });
            error.insert("errors".to_owned(), json!([detail]));
            if let Some(code) = code {
                error.insert("status".to_owned(), json!(code));
            }
            (status, Json(json!({ "error": error }))).into_response()
        }
    }
}

/// Production looks accounts up by more than this. What is not imitated is refused rather than
/// ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LookUp {
    #[serde(default)]
    local_id: Vec<String>,
    #[serde(default)]
    email: Vec<String>,
}

/// Production takes more than this. What is not imitated is refused rather than ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delete {
    local_id: String,
}

/// Production changes more than this. What is not imitated is refused rather than ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Update {
    local_id: String,
    custom_attributes: String,
}
