//! The backend's crate over this router, as over a wire.

use super::*;

fn claims_client(google: &Google) -> Claims {
    let account = ServiceAccount::from_json(&google.service_account_json(BASE)).unwrap();
    let config = ClaimsConfig::new(PROJECT, BASE.parse().unwrap());
    Claims::new(config, account, transport(google)).unwrap()
}

#[tokio::test]
async fn a_member_signs_in_pays_and_sees_the_claim_at_the_next_token() {
    let (google, hands) = google();
    let verifier = verifier(&google);
    let claims = claims_client(&google);

    let token = google.sign_in(&member("member-1", Some(true))).unwrap();
    let who = verifier.verify(&token, hands.now()).await.unwrap();
    assert_eq!(
        who,
        IdToken {
            uid: "member-1".to_owned(),
            email_verified: false,
            second_factor: false,
            email: Some("member-1@example.com".to_owned()),
            admin: Some(identity::DeskRight::Act),
            auth_time: hands.now(),
        }
    );

    let plan = || Some(json!("premium"));
    let merge = claims.set(&who.uid, "plan", plan(), hands.now()).await.unwrap();
    assert_eq!(merge, Merge::Written);
    let merge = claims.set(&who.uid, "plan", plan(), hands.now()).await.unwrap();
    assert_eq!(merge, Merge::Unchanged);
    let both = json!({ "admin": true, "plan": "premium" });
    assert_eq!(google.claims("member-1").map(Value::Object), Some(both.clone()));
    assert_eq!(google.id_token_claims("member-1").unwrap()["plan"], "premium");

    let account = claims.account("member-1", hands.now()).await.unwrap();
    assert_eq!(Value::Object(account.claims), both);
    assert_eq!(account.valid_since, Some(hands.now()));
}

#[tokio::test]
async fn a_jump_of_the_clock_ends_id_tokens_and_renews_access_tokens() {
    let (google, hands) = google();
    let verifier = verifier(&google);
    let claims = claims_client(&google);
    let token = google.sign_in(&member("member-1", None)).unwrap();
    claims.account("member-1", hands.now()).await.unwrap();

    hands.forward(31 * 86_400);
    let result = verifier.verify(&token, hands.now()).await;
    assert!(matches!(result, Err(VerifyError::Rejected(Rejection::Expired))));
    claims.account("member-1", hands.now()).await.unwrap();
    assert_eq!(google.access_tokens().given, 2);
}

#[tokio::test]
async fn forged_tokens_are_rejected() {
    let (google, hands) = google();
    let verifier = verifier(&google);
    google.sign_in(&member("member-1", None)).unwrap();
    let claims = google.id_token_claims("member-1").unwrap();
    let forged = [
        (Signature::UnknownKey, Rejection::UnknownKey),
        (Signature::StrangersKey, Rejection::Signature),
        (Signature::PublicKeyAsSecret, Rejection::Algorithm),
        (Signature::Unsigned, Rejection::Malformed),
    ];
    for (signature, expected) in forged {
        let token = google.sign(&claims, signature).unwrap();
        match verifier.verify(&token, hands.now()).await {
            Err(VerifyError::Rejected(rejection)) => assert_eq!(rejection, expected),
            other => panic!("{signature:?}: {other:?}"),
        }
    }
    let genuine = google.sign(&claims, Signature::Genuine).unwrap();
    assert!(verifier.verify(&genuine, hands.now()).await.is_ok());
}

#[tokio::test]
async fn an_app_check_token_is_good_but_for_what_was_asked_otherwise() {
    let (google, hands) = google();
    let apps = vec![WEB_APP.to_owned()];
    let jwks_url = format!("{BASE}/v1/jwks").parse().unwrap();
    let config = AppCheckConfig::new(PROJECT_NUMBER.to_owned(), apps, jwks_url);
    let app_check = AppCheck::new(config, transport(&google));
    for (asked, expected) in [
        (json!({}), None),
        (json!({"project_number": "9"}), Some(Rejection::Audience)),
        (json!({"app": "1:123456789012:web:other"}), Some(Rejection::App)),
        (json!({"lifetime": 0}), Some(Rejection::Expired)),
    ] {
        let (status, given) = post(&google, "/simulator/app-check", "", &asked.to_string()).await;
        assert_eq!(status, StatusCode::OK);
        let result = app_check.verify(given["token"].as_str().unwrap(), hands.now()).await;
        let rejection = result.err().map(|error| match error {
            VerifyError::Rejected(rejection) => rejection,
            VerifyError::Unavailable(trouble) => panic!("{trouble}"),
        });
        assert_eq!(rejection, expected, "{asked}");
    }
    let (status, _) = post(&google, "/simulator/app-check", "", r#"{"apps": 1}"#).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nobodys_claims_cannot_be_set() {
    let (google, hands) = google();
    let claims = claims_client(&google);
    let result = claims.set("nobody", "plan", Some(json!("basic")), hands.now()).await;
    assert!(matches!(result, Err(ClaimsError::NoSuchUser)));
}

#[tokio::test]
async fn another_stand_ins_service_account_is_refused() {
    let (google, hands) = google();
    let other = Google::open(PROJECT, None, hands.clock()).unwrap();
    let account = ServiceAccount::from_json(&other.service_account_json(BASE)).unwrap();
    let config = ClaimsConfig::new(PROJECT, BASE.parse().unwrap());
    let claims = Claims::new(config, account, transport(&google)).unwrap();
    let result = claims.account("member-1", hands.now()).await;
    assert!(matches!(
        result,
        Err(ClaimsError::Unavailable(Trouble::Refused { code, .. })) if code == "invalid_grant"
    ));
}
