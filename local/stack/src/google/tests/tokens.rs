//! What an ID token says, and what a sign-in changes.

use super::*;

#[test]
fn a_token_says_what_productions_says() {
    let (google, hands) = google();
    google.sign_in(&member("member-1", Some(true))).unwrap();
    hands.forward(60);
    assert_eq!(
        google.id_token_claims("member-1"),
        Some(json!({
            "iss": "https://securetoken.google.com/demo-gudok",
            "aud": "demo-gudok",
            "auth_time": START + 60,
            "user_id": "member-1",
            "sub": "member-1",
            "iat": START + 60,
            "exp": START + 3660,
            "email": "member-1@example.com",
            "email_verified": false,
            "firebase": {
                "identities": { "email": ["member-1@example.com"] },
                "sign_in_provider": "password",
            },
            "admin": true,
        }))
    );
    assert_eq!(google.id_token_claims("nobody"), None);
}

#[test]
fn admin_is_given_taken_and_left_as_asked() {
    let (google, _) = google();
    let admin = |asked| {
        google.sign_in(&member("member-1", asked)).unwrap();
        Value::Object(google.claims("member-1").unwrap())
    };
    assert_eq!(admin(None), json!({}));
    assert_eq!(admin(Some(true)), json!({ "admin": true }));
    assert_eq!(admin(None), json!({ "admin": true }));
    assert_eq!(admin(Some(false)), json!({}));
}

#[tokio::test]
async fn a_sign_in_keeps_the_other_claims() {
    let (google, _) = google();
    google.sign_in(&member("member-1", None)).unwrap();
    let bearer = bearer(&google).await;
    update(&google, &bearer, "member-1", r#"{"plan":"basic"}"#).await;
    google.sign_in(&member("member-1", Some(true))).unwrap();
    let claims = google.claims("member-1").map(Value::Object);
    assert_eq!(claims, Some(json!({ "plan": "basic", "admin": true })));
}
