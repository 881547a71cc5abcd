//! Which App Check tokens are believed. How they are signed, and when the keys are fetched, is checked as it is for ID
//! tokens, by the same code.

use identity::{AppCheck, AppCheckConfig, Rejection, VerifyError};
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};

use crate::google::{FIRST, Failure, Google, JWKS_URL, Key, SECOND, id_token_claims, now, signed};

const NUMBER: &str = "123456789012";
const APP: &str = "1:123456789012:web:abc";
const OTHER_APP: &str = "1:123456789012:ios:def";

fn app_check(google: &Google) -> AppCheck {
    let apps = vec![APP.to_owned(), OTHER_APP.to_owned()];
    let config = AppCheckConfig::new(NUMBER.to_owned(), apps, JWKS_URL.parse().unwrap());
    AppCheck::new(config, google.transport())
}

/// Production's claims.
fn claims() -> Value {
    let now = now().as_second();
    json!({
        "sub": APP,
        "aud": [format!("projects/{NUMBER}"), "projects/gudok-test"],
        "provider": "recaptcha_enterprise",
        "iss": format!("https://firebaseappcheck.googleapis.com/{NUMBER}"),
        "iat": now - 60,
        "exp": now + 3540,
        "jti": "3f2a",
    })
}

async fn verify(token: &str) -> Result<(), Rejection> {
    match app_check(&Google::new()).verify(token, now()).await {
        Ok(()) => Ok(()),
        Err(VerifyError::Rejected(rejection)) => Err(rejection),
        Err(VerifyError::Unavailable(trouble)) => panic!("{trouble}"),
    }
}

async fn verify_with(claim: &str, value: Value) -> Result<(), Rejection> {
    let mut claims = claims();
    claims[claim] = value;
    verify(&signed(&claims, &FIRST, "first")).await
}

fn with_header(change: impl FnOnce(&mut Header), key: &Key) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("first".to_owned());
    change(&mut header);
    jsonwebtoken::encode(&header, &claims(), &key.private).unwrap()
}

#[tokio::test]
async fn a_token_of_any_of_our_apps_is_believed() {
    assert_eq!(verify(&signed(&claims(), &FIRST, "first")).await, Ok(()));
    assert_eq!(verify_with("sub", json!(OTHER_APP)).await, Ok(()));
}

#[tokio::test]
async fn an_app_check_token_of_another_app_is_rejected() {
    for other in ["1:123456789012:web:abcd", "1:123456789012:web:ab", "1:9:web:abc", ""] {
        assert_eq!(verify_with("sub", json!(other)).await, Err(Rejection::App), "{other}");
    }
    assert_eq!(verify_with("sub", Value::Null).await, Err(Rejection::Malformed));
}

#[tokio::test]
async fn an_app_check_token_of_another_project_is_rejected() {
    let issuer = "https://firebaseappcheck.googleapis.com/";
    for other in [format!("{issuer}9"), format!("{issuer}{NUMBER}0"), issuer.to_owned()] {
        assert_eq!(verify_with("iss", json!(other)).await, Err(Rejection::Issuer), "{other}");
    }
    for other in [json!([]), json!(["projects/9"]), json!([NUMBER]), json!(["projects/gudok-test"])]
    {
        assert_eq!(verify_with("aud", other).await, Err(Rejection::Audience));
    }
    let no_list = json!(format!("projects/{NUMBER}"));
    assert_eq!(verify_with("aud", no_list).await, Err(Rejection::Malformed));
}

#[tokio::test]
async fn an_app_check_token_is_valid_until_the_second_of_its_expiry() {
    let now = now().as_second();
    assert_eq!(verify_with("exp", json!(now + 1)).await, Ok(()));
    assert_eq!(verify_with("exp", json!(now)).await, Err(Rejection::Expired));
}

#[tokio::test]
async fn an_app_check_token_is_a_signed_jwt_and_nothing_else() {
    assert_eq!(verify(&with_header(|_| (), &FIRST)).await, Ok(()));
    for other in [None, Some("JWS".to_owned()), Some("at+jwt".to_owned())] {
        let token = with_header(|header| header.typ = other, &FIRST);
        assert_eq!(verify(&token).await, Err(Rejection::Malformed));
    }
    let other_method = with_header(|header| header.alg = Algorithm::RS384, &FIRST);
    assert_eq!(verify(&other_method).await, Err(Rejection::Algorithm));
    assert_eq!(verify(&with_header(|_| (), &SECOND)).await, Err(Rejection::Signature));
    assert_eq!(verify("").await, Err(Rejection::Malformed));
}

#[tokio::test]
async fn an_id_token_is_no_app_check_token_even_under_the_same_key() {
    let id_token = signed(&id_token_claims(), &FIRST, "first");
    assert_eq!(verify(&id_token).await, Err(Rejection::Malformed));
}

#[tokio::test(start_paused = true)]
async fn without_keys_nothing_is_known_about_an_app() {
    let google = Google::new();
    google.fail("jwks", vec![Failure::Answers(404, json!({}))]);
    let result = app_check(&google).verify(&signed(&claims(), &FIRST, "first"), now()).await;
    assert!(matches!(result, Err(VerifyError::Unavailable(_))));
}
