//! The stand-in against production's behaviour, and against the crate that relies on it.

#![allow(clippy::arithmetic_side_effects, reason = "tests fail by panicking")]

mod routes;
mod tokens;
mod keeping;
mod end_to_end;

use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{Request, StatusCode};
use identity::{
    AppCheck, AppCheckConfig, Claims, ClaimsConfig, ClaimsError, IdToken, Merge, Rejection,
    ServiceAccount, Transport, Trouble, Verifier, VerifierConfig, VerifyError,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use tower::{ServiceExt as _, service_fn};

use super::*;

const PROJECT: &str = "demo-gudok";
const BASE: &str = "http://google.local";

/// 2026-11-22T03:00:00Z.
const START: i64 = 1_795_316_400;

/// A clock that only a test moves.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }

    fn clock(&self) -> Clock {
        let hands = self.clone();
        Arc::new(move || hands.now())
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }

    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

fn google() -> (Google, Hands) {
    let hands = Hands::new();
    (Google::open(PROJECT, None, hands.clock()).unwrap(), hands)
}

fn member(uid: &str, admin: Option<bool>) -> SignIn {
    SignIn { uid: uid.to_owned(), email: format!("{uid}@example.com"), admin }
}

async fn call(google: &Google, request: Request<Body>) -> (StatusCode, Value) {
    let answer = google.router().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn post(google: &Google, path: &str, bearer: &str, body: &str) -> (StatusCode, Value) {
    let request = Request::post(format!("{BASE}{path}"))
        .header("authorization", bearer)
        .body(Body::from(body.to_owned()))
        .unwrap();
    call(google, request).await
}

async fn get(google: &Google, path: &str) -> (StatusCode, Value) {
    call(google, Request::get(path).body(Body::empty()).unwrap()).await
}

fn assertion_claims(google: &Google) -> Value {
    json!({
        "iss": "backend@demo-gudok.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/identitytoolkit",
        "aud": "http://google.local/token",
        "iat": google.now().as_second(),
        "exp": google.now().as_second() + 3600,
    })
}

fn signed_by(key: &Key, claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, key.private()).unwrap()
}

async fn exchange(google: &Google, assertion: &str) -> (StatusCode, Value) {
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    post(google, "/token", "", &format!("{grant}&assertion={assertion}")).await
}

/// The header of someone with a good access token.
async fn bearer(google: &Google) -> String {
    let assertion = signed_by(&google.inner.service_account, &assertion_claims(google));
    let (status, answer) = exchange(google, &assertion).await;
    assert_eq!(status, StatusCode::OK);
    format!("Bearer {}", answer["access_token"].as_str().unwrap())
}

async fn look_up(google: &Google, bearer: &str, uid: &str) -> (StatusCode, Value) {
    let body = json!({ "localId": [uid] }).to_string();
    post(google, "/v1/projects/demo-gudok/accounts:lookup", bearer, &body).await
}

async fn update(google: &Google, bearer: &str, uid: &str, attributes: &str) -> (StatusCode, Value) {
    let body = json!({ "localId": uid, "customAttributes": attributes }).to_string();
    post(google, "/v1/projects/demo-gudok/accounts:update", bearer, &body).await
}

fn error_of(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap()
}

fn transport(google: &Google) -> Transport {
    let router = google.router();
    Transport::new(service_fn(move |request: Request<Bytes>| {
        let router = router.clone();
        async move {
            let answer = router.oneshot(request.map(Body::from)).await?;
            let (parts, body) = answer.into_parts();
            Ok(http::Response::from_parts(parts, to_bytes(body, usize::MAX).await?))
        }
    }))
}

fn verifier(google: &Google) -> Verifier {
    let path = "/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
    let jwks_url = format!("{BASE}{path}").parse().unwrap();
    Verifier::new(VerifierConfig::new(PROJECT, jwks_url), transport(google))
}
