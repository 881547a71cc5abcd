//! Which tokens are believed, and when Google is asked for its keys.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use futures::future::join_all;
use identity::{
    DeskRight, IdToken, REST, Rejection, Trouble, Verifier, VerifierConfig, VerifyError,
};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::time::{Instant, advance};

use crate::google::{
    FIRST, Failure, Google, JWKS_URL, PROJECT, SECOND, id_token_claims, now, signed,
};

fn verifier(google: &Google) -> Verifier {
    Verifier::new(VerifierConfig::new(PROJECT, JWKS_URL.parse().unwrap()), google.transport())
}

/// Verifies one token with a verifier of its own, against Google in good health.
async fn verify(token: &str) -> Result<IdToken, Rejection> {
    match verifier(&Google::new()).verify(token, now()).await {
        Ok(token) => Ok(token),
        Err(VerifyError::Rejected(rejection)) => Err(rejection),
        Err(VerifyError::Unavailable(trouble)) => panic!("{trouble}"),
    }
}

/// Verifies production's claims after a change to them.
async fn verify_with(claim: &str, value: Value) -> Result<IdToken, Rejection> {
    let mut claims = id_token_claims();
    claims[claim] = value;
    verify(&signed(&claims, &FIRST, "first")).await
}

fn member() -> IdToken {
    IdToken {
        uid: "member-1".to_owned(),
        email: Some("hong@example.com".to_owned()),
        email_verified: false,
        second_factor: false,
        admin: None,
        auth_time: Timestamp::from_second(now().as_second() - 600).unwrap(),
    }
}

fn valid() -> String {
    signed(&id_token_claims(), &FIRST, "first")
}

fn encoded(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

#[tokio::test]
async fn a_valid_token_says_who_is_asking() {
    assert_eq!(verify(&valid()).await, Ok(member()));
}

#[tokio::test]
async fn a_token_without_an_email_is_valid() {
    let mut claims = id_token_claims();
    claims.as_object_mut().unwrap().remove("email");
    let token = signed(&claims, &FIRST, "first");
    assert_eq!(verify(&token).await, Ok(IdToken { email: None, ..member() }));
}

#[tokio::test]
async fn only_a_claim_that_is_exactly_true_makes_an_admin_and_only_exactly_viewer_a_viewer() {
    for (claim, right) in [(json!(true), DeskRight::Act), (json!("viewer"), DeskRight::Look)] {
        let token = IdToken { admin: Some(right), ..member() };
        assert_eq!(verify_with("admin", claim).await, Ok(token));
    }
    let others =
        [json!("true"), json!("Viewer"), json!("viewer "), json!(["viewer"]), json!([true])];
    for other in others.into_iter().chain([json!(false), json!(1), Value::Null]) {
        assert_eq!(verify_with("admin", other).await, Ok(member()));
    }
}

#[tokio::test]
async fn an_address_is_verified_and_a_second_factor_was_asked_for_only_where_the_token_says_so() {
    let verified = IdToken { email_verified: true, ..member() };
    assert_eq!(verify_with("email_verified", json!(true)).await, Ok(verified));
    let mut claims = id_token_claims();
    claims.as_object_mut().unwrap().remove("email_verified");
    claims.as_object_mut().unwrap().remove("firebase");
    assert_eq!(verify(&signed(&claims, &FIRST, "first")).await, Ok(member()));
    let factor = json!({"sign_in_provider": "password", "sign_in_second_factor": "totp"});
    let second_factor = IdToken { second_factor: true, ..member() };
    assert_eq!(verify_with("firebase", factor).await, Ok(second_factor));
}

#[tokio::test]
async fn a_token_of_another_project_is_rejected() {
    assert_eq!(verify_with("aud", json!("gudok-other")).await, Err(Rejection::Audience));
    let both = json!([PROJECT, "gudok-other"]);
    assert_eq!(verify_with("aud", both).await, Err(Rejection::Malformed));
}

#[tokio::test]
async fn a_token_of_another_issuer_is_rejected() {
    for other in ["https://securetoken.google.com/gudok-other", "https://accounts.google.com", ""] {
        assert_eq!(verify_with("iss", json!(other)).await, Err(Rejection::Issuer));
    }
}

#[tokio::test]
async fn a_token_is_valid_until_the_second_of_its_expiry() {
    let now = now().as_second();
    assert_eq!(verify_with("exp", json!(now + 1)).await, Ok(member()));
    assert_eq!(verify_with("exp", json!(now)).await, Err(Rejection::Expired));
    assert_eq!(verify_with("exp", json!(now - 3600)).await, Err(Rejection::Expired));
}

#[tokio::test]
async fn a_token_from_more_than_a_minute_ahead_is_rejected() {
    let now = now().as_second();
    assert_eq!(verify_with("iat", json!(now + 60)).await, Ok(member()));
    assert_eq!(verify_with("iat", json!(now + 61)).await, Err(Rejection::FromTheFuture));
    let ahead = IdToken { auth_time: Timestamp::from_second(now + 60).unwrap(), ..member() };
    assert_eq!(verify_with("auth_time", json!(now + 60)).await, Ok(ahead));
    assert_eq!(verify_with("auth_time", json!(now + 61)).await, Err(Rejection::FromTheFuture));
}

#[tokio::test]
async fn a_subject_has_1_to_128_characters() {
    let longest = "가".repeat(128);
    assert_eq!(
        verify_with("sub", json!(longest)).await,
        Ok(IdToken { uid: longest.clone(), ..member() })
    );
    assert_eq!(verify_with("sub", json!("")).await, Err(Rejection::Subject));
    assert_eq!(verify_with("sub", json!("a".repeat(129))).await, Err(Rejection::Subject));
    assert_eq!(verify_with("sub", json!(7)).await, Err(Rejection::Malformed));
}

#[tokio::test]
async fn no_claim_that_is_checked_may_be_missing() {
    for claim in ["aud", "iss", "sub", "exp", "iat", "auth_time"] {
        let mut claims = id_token_claims();
        claims.as_object_mut().unwrap().remove(claim);
        let token = signed(&claims, &FIRST, "first");
        assert_eq!(verify(&token).await, Err(Rejection::Malformed), "{claim}");
    }
}

#[tokio::test]
async fn times_beyond_all_bounds_are_no_panic() {
    assert_eq!(verify_with("exp", json!(i64::MAX)).await, Ok(member()));
    assert_eq!(verify_with("iat", json!(i64::MIN)).await, Ok(member()));
    assert_eq!(verify_with("auth_time", json!(i64::MIN)).await, Err(Rejection::Malformed));
    assert_eq!(verify_with("exp", json!(u64::MAX)).await, Err(Rejection::Malformed));
}

#[tokio::test]
async fn an_unsigned_token_is_rejected() {
    let header = json!({ "alg": "none", "kid": "first", "typ": "JWT" });
    let unsigned = format!("{}.{}.", encoded(&header), encoded(&id_token_claims()));
    assert_eq!(verify(&unsigned).await, Err(Rejection::Malformed));
    let (_header, rest) = unsigned.split_once('.').unwrap();
    let header = encoded(&json!({ "alg": "RS256", "kid": "first" }));
    assert_eq!(verify(&format!("{header}.{rest}")).await, Err(Rejection::Signature));
}

#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_rejected() {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("first".to_owned());
    let modulus = FIRST.published_as("first")["n"].as_str().unwrap().to_owned();
    for secret in [BASE64_URL_SAFE_NO_PAD.decode(&modulus).unwrap(), modulus.into_bytes()] {
        let key = EncodingKey::from_secret(&secret);
        let token = jsonwebtoken::encode(&header, &id_token_claims(), &key).unwrap();
        assert_eq!(verify(&token).await, Err(Rejection::Algorithm));
    }
}

#[tokio::test]
async fn googles_key_used_by_another_method_is_rejected() {
    for other in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let mut header = Header::new(other);
        header.kid = Some("first".to_owned());
        let token = jsonwebtoken::encode(&header, &id_token_claims(), &FIRST.private).unwrap();
        assert_eq!(verify(&token).await, Err(Rejection::Algorithm));
    }
}

#[tokio::test]
async fn a_strangers_signature_is_rejected() {
    let token = signed(&id_token_claims(), &SECOND, "first");
    assert_eq!(verify(&token).await, Err(Rejection::Signature));
}

#[tokio::test]
async fn claims_changed_after_signing_are_rejected() {
    let token = valid();
    let [header, _claims, signature] =
        <[&str; 3]>::try_from(token.split('.').collect::<Vec<_>>()).unwrap();
    let mut claims = id_token_claims();
    claims["admin"] = json!(true);
    let changed = format!("{header}.{}.{signature}", encoded(&claims));
    assert_eq!(verify(&changed).await, Err(Rejection::Signature));
}

#[tokio::test]
async fn a_token_that_names_no_known_key_is_rejected() {
    let token = signed(&id_token_claims(), &SECOND, "second");
    assert_eq!(verify(&token).await, Err(Rejection::UnknownKey));
    let nameless = Header::new(Algorithm::RS256);
    let token = jsonwebtoken::encode(&nameless, &id_token_claims(), &FIRST.private).unwrap();
    assert_eq!(verify(&token).await, Err(Rejection::UnknownKey));
}

#[tokio::test]
async fn a_token_with_a_critical_extension_is_rejected() {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("first".to_owned());
    header.crit = Some(vec!["b64".to_owned()]);
    let token = jsonwebtoken::encode(&header, &id_token_claims(), &FIRST.private).unwrap();
    assert_eq!(verify(&token).await, Err(Rejection::Malformed));
}

#[tokio::test]
async fn garbage_is_rejected_without_asking_google() {
    let google = Google::new();
    let verifier = verifier(&google);
    let garbage = [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "한글.토큰.이다",
        "eyJhbGciOiJSUzI1NiJ9",
        "e30.e30.",
        "\0\0.\0",
    ];
    for token in garbage {
        let result = verifier.verify(token, now()).await;
        assert!(matches!(result, Err(VerifyError::Rejected(Rejection::Malformed))), "{token:?}");
    }
    assert_eq!(google.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_damaged_signature_is_rejected() {
    let token = valid();
    assert_eq!(verify(&format!("{token}A")).await, Err(Rejection::Signature));
    assert_eq!(verify(&format!("{token}!")).await, Err(Rejection::Malformed));
    let (unsigned, _signature) = token.rsplit_once('.').unwrap();
    assert_eq!(verify(&format!("{unsigned}.AAAA")).await, Err(Rejection::Signature));
}

#[tokio::test(start_paused = true)]
async fn keys_are_held_for_their_max_age() {
    let google = Google::new();
    let verifier = verifier(&google);
    assert_eq!(verifier.verify(&valid(), now()).await.unwrap(), member());
    advance(Duration::from_secs(3599)).await;
    assert_eq!(verifier.verify(&valid(), now()).await.unwrap(), member());
    assert_eq!(google.calls(), ["jwks"]);
    advance(Duration::from_secs(1)).await;
    assert_eq!(verifier.verify(&valid(), now()).await.unwrap(), member());
    assert_eq!(google.calls(), ["jwks"]);
}

#[tokio::test(start_paused = true)]
async fn keys_without_a_sensible_max_age_are_held_for_a_sensible_time() {
    let cases = [
        (None, 300),
        (Some("no-cache"), 300),
        (Some("max-age=soon"), 300),
        (Some("Max-Age=60"), 60),
        (Some("max-age=0"), 5),
        (Some("max-age=99999999999"), 21_600),
    ];
    for (cache_control, held_for) in cases {
        let google = Google::new();
        google.cache_control(cache_control);
        let verifier = verifier(&google);
        verifier.verify(&valid(), now()).await.unwrap();
        advance(Duration::from_secs(held_for) - Duration::from_millis(1)).await;
        verifier.verify(&valid(), now()).await.unwrap();
        assert_eq!(google.calls(), ["jwks"], "{cache_control:?}");
        advance(Duration::from_millis(1)).await;
        verifier.verify(&valid(), now()).await.unwrap();
        assert_eq!(google.calls(), ["jwks"], "{cache_control:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_withdrawn_key_is_no_longer_believed_after_its_max_age() {
    let google = Google::new();
    let verifier = verifier(&google);
    verifier.verify(&valid(), now()).await.unwrap();
    google.publish(&[SECOND.published_as("second")]);
    advance(Duration::from_hours(1)).await;
    let result = verifier.verify(&valid(), now()).await;
    assert!(matches!(result, Err(VerifyError::Rejected(Rejection::UnknownKey))));
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_fetched_before_the_old_set_ends() {
    let google = Google::new();
    let verifier = verifier(&google);
    verifier.verify(&valid(), now()).await.unwrap();
    google.publish(&[FIRST.published_as("first"), SECOND.published_as("second")]);
    advance(REST).await;
    let token = signed(&id_token_claims(), &SECOND, "second");
    assert_eq!(verifier.verify(&token, now()).await.unwrap(), member());
    assert_eq!(verifier.verify(&valid(), now()).await.unwrap(), member());
    assert_eq!(google.calls(), ["jwks", "jwks"]);
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_are_asked_for_at_most_once_per_rest() {
    let google = Google::new();
    let verifier = verifier(&google);
    verifier.verify(&valid(), now()).await.unwrap();
    google.calls();
    for expected in [0, 1, 1] {
        for guess in 0..10 {
            let token = signed(&id_token_claims(), &SECOND, &format!("guess-{guess}"));
            let result = verifier.verify(&token, now()).await;
            assert!(matches!(result, Err(VerifyError::Rejected(Rejection::UnknownKey))));
        }
        assert_eq!(google.calls().len(), expected);
        advance(REST).await;
    }
}

#[tokio::test(start_paused = true)]
async fn many_at_once_share_one_fetch() {
    let google = Google::new();
    google.latency(Duration::from_secs(1));
    let verifier = verifier(&google);
    let token = valid();
    for result in join_all((0..20).map(|_| verifier.verify(&token, now()))).await {
        assert_eq!(result.unwrap(), member());
    }
    assert_eq!(google.calls(), ["jwks"]);
}

#[tokio::test(start_paused = true)]
async fn a_known_key_does_not_wait_for_a_fetch_a_stranger_caused() {
    let google = Google::new();
    let verifier = verifier(&google);
    verifier.verify(&valid(), now()).await.unwrap();
    advance(REST).await;
    google.latency(Duration::from_secs(3));
    let unknown = signed(&id_token_claims(), &SECOND, "second");
    let known = valid();
    let start = Instant::now();
    let (stranger, member_waited) = tokio::join!(verifier.verify(&unknown, now()), async {
        // Polled second, when the stranger's fetch is under way.
        verifier.verify(&known, now()).await.unwrap();
        start.elapsed()
    });
    assert!(matches!(stranger, Err(VerifyError::Rejected(Rejection::UnknownKey))));
    assert_eq!((member_waited, start.elapsed()), (Duration::ZERO, Duration::from_secs(3)));
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_repeated() {
    let google = Google::new();
    let busy = Failure::Answers(503, json!({}));
    google.fail("jwks", vec![Failure::Breaks, busy]);
    assert_eq!(verifier(&google).verify(&valid(), now()).await.unwrap(), member());
    assert_eq!(google.calls(), ["jwks", "jwks", "jwks"]);
}

#[tokio::test(start_paused = true)]
async fn without_keys_nothing_is_known_about_a_token() {
    let google = Google::new();
    let verifier = verifier(&google);
    google.fail("jwks", vec![Failure::Breaks, Failure::Breaks, Failure::Breaks]);
    let result = verifier.verify(&valid(), now()).await;
    assert!(matches!(result, Err(VerifyError::Unavailable(Trouble::Transport(_)))));
    assert_eq!(google.calls(), ["jwks", "jwks", "jwks"]);

    // For a moment nobody asks again; then it heals by itself.
    let result = verifier.verify(&valid(), now()).await;
    assert!(matches!(result, Err(VerifyError::Unavailable(Trouble::Resting))));
    assert_eq!(google.calls(), Vec::<String>::new());
    advance(REST).await;
    assert_eq!(verifier.verify(&valid(), now()).await.unwrap(), member());
}

#[tokio::test(start_paused = true)]
async fn keys_past_their_max_age_are_not_used_while_google_is_down() {
    let google = Google::new();
    let verifier = verifier(&google);
    verifier.verify(&valid(), now()).await.unwrap();
    advance(Duration::from_hours(1)).await;
    google.fail("jwks", vec![Failure::Answers(404, json!({}))]);
    let result = verifier.verify(&valid(), now()).await;
    assert!(matches!(result, Err(VerifyError::Unavailable(Trouble::Refused { .. }))));
}

#[tokio::test(start_paused = true)]
async fn a_failed_fetch_for_an_unknown_key_leaves_the_known_ones() {
    let google = Google::new();
    let verifier = verifier(&google);
    verifier.verify(&valid(), now()).await.unwrap();
    advance(REST).await;
    google.fail("jwks", vec![Failure::Answers(404, json!({}))]);
    let unknown = signed(&id_token_claims(), &SECOND, "second");
    let result = verifier.verify(&unknown, now()).await;
    assert!(matches!(result, Err(VerifyError::Unavailable(Trouble::Refused { .. }))));
    assert_eq!(verifier.verify(&valid(), now()).await.unwrap(), member());
}

#[tokio::test(start_paused = true)]
async fn a_google_that_hangs_is_given_up() {
    let google = Google::new();
    google.fail("jwks", vec![Failure::Hangs, Failure::Hangs, Failure::Hangs]);
    let start = Instant::now();
    let result = verifier(&google).verify(&valid(), now()).await;
    assert!(matches!(result, Err(VerifyError::Unavailable(Trouble::TimedOut))));
    // Three attempts of 5 s each.
    assert_eq!(start.elapsed().as_secs(), 15);
}

#[tokio::test]
async fn an_unreadable_key_set_is_trouble_and_not_a_rejection() {
    let google = Google::new();
    google.fail("jwks", vec![Failure::Answers(200, json!({ "certs": [] }))]);
    let result = verifier(&google).verify(&valid(), now()).await;
    assert!(matches!(result, Err(VerifyError::Unavailable(Trouble::Unreadable { .. }))));
}

#[tokio::test]
async fn keys_of_other_kinds_are_passed_over() {
    let google = Google::new();
    google.publish(&[
        json!({ "kid": "curve", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
        json!({ "kid": "broken", "kty": "RSA", "n": "!", "e": "AQAB" }),
        json!({ "kty": "RSA" }),
        FIRST.published_as("first"),
    ]);
    let verifier = verifier(&google);
    assert_eq!(verifier.verify(&valid(), now()).await.unwrap(), member());
}

#[tokio::test]
async fn debug_output_holds_no_token_and_no_address() {
    let google = Google::new();
    let verifier = verifier(&google);
    let token = verifier.verify(&valid(), now()).await.unwrap();
    assert_eq!(
        format!("{token:?}"),
        r#"IdToken { uid: "member-1", admin: None, auth_time: 2026-11-22T02:50:00Z, .. }"#
    );
    let shown = format!("{verifier:?} {:?}", verifier.verify("some.bad.token", now()).await);
    for secret in ["hong@example.com", "some.bad.token", &valid()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
