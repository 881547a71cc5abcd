//! The routes answer as production's do.

use super::*;

#[tokio::test]
async fn the_signing_key_is_published_where_google_publishes_it() {
    let (google, _) = google();
    let path = "/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
    let answer =
        google.router().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(
        answer.headers()["cache-control"],
        "public, max-age=3600, must-revalidate, no-transform"
    );
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let modulus = body["keys"][0]["n"].as_str().unwrap();
    // 2,048 bits in base64 without padding.
    assert_eq!(modulus.len(), 342);
    assert_eq!(
        body,
        json!({ "keys": [{
                "kid": google.inner.signing.id(),
                "kty": "RSA",
                "alg": "RS256",
                "use": "sig",
                "n": modulus,
                "e": "AQAB",
            }] })
    );
}

#[tokio::test]
async fn an_assertion_buys_an_access_token() {
    let (google, _) = google();
    let assertion = signed_by(&google.inner.service_account, &assertion_claims(&google));
    let expected =
        json!({ "access_token": "ya29.local-1", "expires_in": 3600, "token_type": "Bearer" });
    assert_eq!(exchange(&google, &assertion).await, (StatusCode::OK, expected));
}

#[tokio::test]
async fn the_audience_is_the_host_a_socket_names() {
    let (google, _) = google();
    let mut claims = assertion_claims(&google);
    claims["aud"] = json!("http://127.0.0.1:9099/token");
    let assertion = signed_by(&google.inner.service_account, &claims);
    let form =
        format!("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={assertion}");
    let request =
        |host| Request::post("/token").header("host", host).body(Body::from(form.clone())).unwrap();
    assert_eq!(call(&google, request("127.0.0.1:9099")).await.0, StatusCode::OK);
    assert_eq!(call(&google, request("127.0.0.1:9098")).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_wrong_assertion_buys_nothing() {
    let (google, _) = google();
    let now = google.now().as_second();
    let wrong = [
        ("iss", json!("someone@else.example"), "invalid_grant"),
        ("aud", json!("https://oauth2.googleapis.com/token"), "invalid_grant"),
        ("aud", json!("http://google.local/other"), "invalid_grant"),
        ("iat", json!(now + 61), "invalid_grant"),
        ("iat", json!(now - 1), "invalid_grant"),
        ("exp", json!(now), "invalid_grant"),
        ("exp", json!(now + 3601), "invalid_grant"),
        ("exp", json!("later"), "invalid_grant"),
        ("scope", json!("https://www.googleapis.com/auth/drive"), "invalid_scope"),
    ];
    for (claim, value, error) in wrong {
        let mut claims = assertion_claims(&google);
        claims[claim] = value;
        let assertion = signed_by(&google.inner.service_account, &claims);
        let (status, answer) = exchange(&google, &assertion).await;
        assert_eq!((status, &answer["error"]), (StatusCode::BAD_REQUEST, &json!(error)), "{claim}");
    }
}

#[tokio::test]
async fn only_the_service_accounts_key_signs_assertions() {
    let (google, _) = google();
    let claims = assertion_claims(&google);
    let secret = EncodingKey::from_secret(b"secret");
    let forged = [
        signed_by(&google.inner.signing, &claims),
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &secret).unwrap(),
        google.sign(&claims, Signature::Unsigned).unwrap(),
        "no.token.here".to_owned(),
    ];
    for assertion in forged {
        let (status, answer) = exchange(&google, &assertion).await;
        assert_eq!(
            (status, answer),
            (
                StatusCode::BAD_REQUEST,
                json!({ "error": "invalid_grant", "error_description": "Invalid JWT Signature." })
            )
        );
    }
}

#[tokio::test]
async fn another_grant_is_not_supported() {
    let (google, _) = google();
    let (status, answer) =
        post(&google, "/token", "", "grant_type=refresh_token&assertion=x").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["error"], "unsupported_grant_type");
    let (status, answer) = post(&google, "/token", "", "nothing").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["error"], "invalid_request");
}

#[tokio::test]
async fn accounts_need_a_good_access_token() {
    let (google, hands) = google();
    let good = bearer(&google).await;
    google.sign_in(&member("member-1", None)).unwrap();
    for wrong in ["", "Bearer owner", "Bearer ", good.trim_start_matches("Bearer ")] {
        let (status, answer) = look_up(&google, wrong, "member-1").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer["error"]["status"], "UNAUTHENTICATED");
        let (status, _) = update(&google, wrong, "member-1", "{}").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    hands.forward(3599);
    assert_eq!(look_up(&google, &good, "member-1").await.0, StatusCode::OK);
    hands.forward(1);
    assert_eq!(look_up(&google, &good, "member-1").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_projects_accounts_are_out_of_reach() {
    let (google, _) = google();
    let bearer = bearer(&google).await;
    let body = json!({ "localId": ["member-1"] }).to_string();
    let (status, answer) =
        post(&google, "/v1/projects/demo-other/accounts:lookup", &bearer, &body).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(answer["error"]["status"], "PERMISSION_DENIED");
}

#[tokio::test]
async fn an_account_is_looked_up_as_production_shows_it() {
    let (google, hands) = google();
    google.sign_in(&member("member-1", Some(true))).unwrap();
    hands.forward(60);
    google.sign_in(&member("member-1", None)).unwrap();
    let bearer = bearer(&google).await;
    assert_eq!(
        look_up(&google, &bearer, "member-1").await,
        (
            StatusCode::OK,
            json!({
                "kind": "identitytoolkit#GetAccountInfoResponse",
                "users": [{
                    "localId": "member-1",
                    "email": "member-1@example.com",
                    "emailVerified": false,
                    "customAttributes": r#"{"admin":true}"#,
                    "validSince": "1795316400",
                    "createdAt": "1795316400000",
                    "lastLoginAt": "1795316460000",
                }],
            })
        )
    );
}

#[tokio::test]
async fn a_look_up_of_nobody_is_answered_without_users() {
    let (google, _) = google();
    let bearer = bearer(&google).await;
    let expected = json!({ "kind": "identitytoolkit#GetAccountInfoResponse" });
    assert_eq!(look_up(&google, &bearer, "nobody").await, (StatusCode::OK, expected));
}

#[tokio::test]
async fn an_update_replaces_all_claims() {
    let (google, _) = google();
    google.sign_in(&member("member-1", Some(true))).unwrap();
    let bearer = bearer(&google).await;
    let answer = update(&google, &bearer, "member-1", r#"{"plan":"basic"}"#).await;
    let expected =
        json!({ "kind": "identitytoolkit#SetAccountInfoResponse", "localId": "member-1" });
    assert_eq!(answer, (StatusCode::OK, expected));
    let claims = google.claims("member-1").map(Value::Object);
    assert_eq!(claims, Some(json!({ "plan": "basic" })));
}

#[tokio::test]
async fn a_refused_update_changes_nothing() {
    let (google, _) = google();
    google.sign_in(&member("member-1", Some(true))).unwrap();
    let bearer = bearer(&google).await;
    let too_long = json!({ "k": "가".repeat(993) }).to_string();
    let refused = [
        ("nobody", "{}", "USER_NOT_FOUND"),
        ("member-1", too_long.as_str(), "CLAIMS_TOO_LARGE"),
        ("member-1", "[]", "INVALID_CLAIMS"),
        ("member-1", "no JSON", "INVALID_CLAIMS"),
        ("member-1", r#"{"sub":"member-2"}"#, "FORBIDDEN_CLAIM : sub"),
        ("member-1", r#"{"plan":"basic","firebase":{}}"#, "FORBIDDEN_CLAIM : firebase"),
    ];
    for (uid, attributes, error) in refused {
        let (status, answer) = update(&google, &bearer, uid, attributes).await;
        assert_eq!((status, error_of(&answer)), (StatusCode::BAD_REQUEST, error));
    }
    let path = "/v1/projects/demo-gudok/accounts:update";
    for body in ["", "[]", r#"{"localId":"member-1","disableUser":true}"#] {
        let (status, answer) = post(&google, path, &bearer, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(answer["error"]["status"], "INVALID_ARGUMENT");
    }
    let claims = google.claims("member-1").map(Value::Object);
    assert_eq!(claims, Some(json!({ "admin": true })));
    let longest = json!({ "k": "가".repeat(992) }).to_string();
    assert_eq!(update(&google, &bearer, "member-1", &longest).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_sign_in_answers_a_token_and_makes_an_account() {
    let (google, _) = google();
    let body = r#"{"uid":"member-1","email":"hong@example.com","admin":false}"#;
    let (status, answer) = post(&google, "/simulator/sign-in", "", body).await;
    assert_eq!(status, StatusCode::OK);
    let token = answer["id_token"].as_str().unwrap();
    assert_eq!(
        token,
        google.sign(&google.id_token_claims("member-1").unwrap(), Signature::Genuine).unwrap()
    );
    let accounts = json!([{ "uid": "member-1", "email": "hong@example.com", "custom_claims": {} }]);
    assert_eq!(
        get(&google, "/simulator/accounts").await,
        (StatusCode::OK, json!({ "accounts": accounts }))
    );
}

#[tokio::test]
async fn a_bad_sign_in_is_a_problem_and_makes_no_account() {
    let (google, _) = google();
    google.sign_in(&member("member-1", None)).unwrap();
    let before = get(&google, "/simulator/accounts").await;
    let long = "a".repeat(129);
    let bad = [
        (json!({}), "invalid_body"),
        (json!({ "uid": "a", "email": "a@b.c", "admin": "yes" }), "invalid_body"),
        (json!({ "uid": "a", "email": "a@b.c", "plan": "basic" }), "invalid_body"),
        (json!({ "uid": "", "email": "a@b.c" }), "invalid_uid"),
        (json!({ "uid": long, "email": "a@b.c" }), "invalid_uid"),
        (json!({ "uid": "a", "email": "" }), "invalid_email"),
        (json!({ "uid": "a", "email": "@b.c" }), "invalid_email"),
        (json!({ "uid": "a", "email": "a@" }), "invalid_email"),
        (json!({ "uid": "a", "email": "a@b@c" }), "invalid_email"),
        (json!({ "uid": "a", "email": "a @b" }), "invalid_email"),
        (json!({ "uid": "a", "email": "member-1@example.com" }), "email_taken"),
    ];
    for (body, name) in bad {
        let (status, answer) = post(&google, "/simulator/sign-in", "", &body.to_string()).await;
        let expected = json!({
            "type": format!("urn:gudok:identity-stand-in:{name}"),
            "title": "Bad Request",
            "status": 400,
            "detail": answer["detail"],
        });
        assert_eq!((status, &answer), (StatusCode::BAD_REQUEST, &expected));
    }
    assert_eq!(get(&google, "/simulator/accounts").await, before);
}

#[tokio::test]
async fn a_problem_is_labelled_as_one() {
    let (google, _) = google();
    let request = Request::post("/simulator/sign-in").body(Body::empty()).unwrap();
    let answer = google.router().oneshot(request).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}
