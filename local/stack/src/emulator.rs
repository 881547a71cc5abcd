//! Signing in where Firebase's Auth emulator holds the accounts: the same two control routes that
//! [`google`](crate::google) has, answered by the emulator, so that scripts need not know which it is.

#![expect(
    clippy::indexing_slicing,
    reason = "a field that a JSON value does not have reads as null"
)]

use crate::google::SignIn;
use axum::{
    Json, Router, body::Bytes, extract::State, response::IntoResponse, response::Response,
    routing::get, routing::post,
};
use edge::transport::Transport;
use http::{Request, StatusCode, header::AUTHORIZATION, header::CONTENT_TYPE};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tower::ServiceExt;

/// The emulator, reached over HTTP.
#[derive(Clone)]
struct Emulator {
    url: Arc<str>,
    project: &'static str,
    /// Tower's boxed service can be sent between threads, not shared: each call takes its own.
    wire: Arc<Mutex<Transport>>,
}

/// `POST /simulator/sign-in` and `GET /simulator/accounts`.
pub(crate) fn router(url: &str, project: &'static str, wire: Transport) -> Router {
    let emulator = Emulator { url: url.into(), project, wire: Arc::new(Mutex::new(wire)) };
    Router::new()
        .route("/simulator/sign-in", post(sign_in))
        .route("/simulator/accounts", get(accounts))
        .with_state(emulator)
}

async fn sign_in(State(emulator): State<Emulator>, body: Bytes) -> Response {
    let Ok(SignIn { uid, email, admin }) = serde_json::from_slice(&body) else {
        let detail = r#"say {"uid": "me", "email": "me@example.com", "admin": false}"#;
        return problem(StatusCode::BAD_REQUEST, detail);
    };
    // A custom token makes the account when it is new, and brings an ID token.
    let custom = json!({"token": json!({"uid": uid}).to_string(), "returnSecureToken": true});
    let project = emulator.project;
    let made = emulator.call("accounts:signInWithCustomToken?key=local", &custom).await;
    if made.is_none() {
        return problem(StatusCode::BAD_GATEWAY, "the Auth emulator did not sign in");
    }
    let found = emulator
        .call(&format!("projects/{project}/accounts:lookup"), &json!({"localId": [uid]}))
        .await;
    let claims =
        found.as_ref().and_then(|found| found.pointer("/users/0/customAttributes")?.as_str());
    let mut claims: Value =
        claims.and_then(|claims| serde_json::from_str(claims).ok()).unwrap_or_else(|| json!({}));
    if let (Some(admin), Some(claims)) = (admin, claims.as_object_mut()) {
        if admin {
            claims.insert("admin".to_owned(), Value::Bool(true));
        } else {
            claims.remove("admin");
        }
    }
    let update = json!({"localId": uid, "email": email, "customAttributes": claims.to_string()});
    if emulator.call(&format!("projects/{project}/accounts:update"), &update).await.is_none() {
        return problem(
            StatusCode::BAD_REQUEST,
            "the e-mail address is none, or another account's",
        );
    }
    // Once more, now that e-mail and claims are in place.
    match emulator.call("accounts:signInWithCustomToken?key=local", &custom).await {
        Some(signed_in) => Json(json!({"id_token": signed_in["idToken"]})).into_response(),
        None => problem(StatusCode::BAD_GATEWAY, "the Auth emulator did not sign in"),
    }
}

async fn accounts(State(emulator): State<Emulator>) -> Response {
    let found =
        emulator.call(&format!("projects/{}/accounts:query", emulator.project), &json!({})).await;
    let Some(found) = found else {
        return problem(StatusCode::BAD_GATEWAY, "the Auth emulator did not answer");
    };
    let claims = |user: &Value| -> Value {
        user["customAttributes"]
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_else(|| json!({}))
    };
    let users = found["userInfo"].as_array().cloned().unwrap_or_default();
    let shown = users
        .iter()
        .map(|user| json!({"uid": user["localId"], "email": user["email"], "custom_claims": claims(user)}));
    Json(json!({"accounts": shown.collect::<Vec<_>>()})).into_response()
}

impl Emulator {
    /// A call as the emulator's owner; `None` unless it went well.
    async fn call(&self, path: &str, body: &Value) -> Option<Value> {
        let request =
            Request::post(format!("{}/identitytoolkit.googleapis.com/v1/{path}", self.url))
                .header(AUTHORIZATION, "Bearer owner")
                .header(CONTENT_TYPE, "application/json")
                .body(Bytes::from(body.to_string()))
                .ok()?;
        let wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = wire.oneshot(request).await.ok()?;
        (answer.status() == StatusCode::OK).then(|| serde_json::from_slice(answer.body()).ok())?
    }
}

fn problem(status: StatusCode, detail: &str) -> Response {
    let body = json!({"type": "/problems/sign-in", "title": "No one signed in", "status": status.as_u16(), "detail": detail});
    (status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}
