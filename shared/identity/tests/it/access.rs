//! The access token is bought once, used until shortly before its end, and shown to nobody.

use std::time::Duration;

use futures::future::join_all;
use identity::{
    Claims, ClaimsConfig, ClaimsError, InvalidServiceAccount, REST, ServiceAccount, Trouble,
};
use serde_json::{Value, json};
use tokio::time::advance;

use crate::google::{BASE_URL, FIRST, Failure, Google, PROJECT, TOKEN_URI, now};

fn service_account() -> Value {
    json!({
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "key-1",
        "private_key": FIRST.pem,
        "client_email": "backend@gudok-test.iam.gserviceaccount.com",
        "token_uri": TOKEN_URI,
    })
}

/// A client of the stand-in.
pub(crate) fn claims(google: &Google) -> Claims {
    claims_as(&service_account(), google)
}

fn claims_as(account: &Value, google: &Google) -> Claims {
    let account = ServiceAccount::from_json(&account.to_string()).unwrap();
    let config = ClaimsConfig::new(PROJECT, BASE_URL.parse().unwrap());
    Claims::new(config, account, google.transport()).unwrap()
}

fn member() -> (Google, Claims) {
    let google = Google::new();
    google.account("member-1", json!({}));
    let claims = claims(&google);
    (google, claims)
}

#[tokio::test(start_paused = true)]
async fn a_token_is_used_until_a_minute_before_its_end() {
    let (google, claims) = member();
    claims.account("member-1", now()).await.unwrap();
    advance(Duration::from_secs(3539)).await;
    claims.account("member-1", now()).await.unwrap();
    advance(Duration::from_secs(1)).await;
    claims.account("member-1", now()).await.unwrap();
    assert_eq!(
        google.calls(),
        ["token", "lookup as token-1", "lookup as token-1", "token", "lookup as token-2"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_lasts_no_minute_is_used_once() {
    let (google, claims) = member();
    google.expires_in(30);
    claims.account("member-1", now()).await.unwrap();
    claims.account("member-1", now()).await.unwrap();
    assert_eq!(google.calls(), ["token", "lookup as token-1", "token", "lookup as token-2"]);
}

#[tokio::test(start_paused = true)]
async fn many_at_once_share_one_token() {
    let (google, claims) = member();
    google.latency(Duration::from_secs(1));
    for result in join_all((0..5).map(|_| claims.account("member-1", now()))).await {
        result.unwrap();
    }
    let bought = google.calls().iter().filter(|call| *call == "token").count();
    assert_eq!(bought, 1);
}

#[tokio::test]
async fn a_token_google_no_longer_takes_is_replaced_once() {
    let (google, claims) = member();
    let refusal = || Failure::Answers(401, json!({ "error": { "status": "UNAUTHENTICATED" } }));
    claims.account("member-1", now()).await.unwrap();
    google.calls();
    google.fail("lookup", vec![refusal()]);
    claims.account("member-1", now()).await.unwrap();
    assert_eq!(google.calls(), ["lookup as token-1", "token", "lookup as token-2"]);

    google.fail("lookup", vec![refusal(), refusal()]);
    let result = claims.account("member-1", now()).await;
    assert!(matches!(
        result,
        Err(ClaimsError::Unavailable(Trouble::Refused { code, .. })) if code == "UNAUTHENTICATED"
    ));
    assert_eq!(google.calls(), ["lookup as token-2", "token", "lookup as token-3"]);
}

#[tokio::test(start_paused = true)]
async fn many_refused_at_once_share_the_new_token() {
    let (google, claims) = member();
    claims.account("member-1", now()).await.unwrap();
    google.calls();
    google.latency(Duration::from_secs(1));
    let refusal = || Failure::Answers(401, json!({}));
    google.fail("lookup", vec![refusal(), refusal()]);
    for result in join_all((0..2).map(|_| claims.account("member-1", now()))).await {
        result.unwrap();
    }
    assert_eq!(
        google.calls(),
        [
            "lookup as token-1",
            "lookup as token-1",
            "token",
            "lookup as token-2",
            "lookup as token-2"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_account_google_refuses_is_trouble_and_is_not_tried_at_once_again() {
    let (google, claims) = member();
    let refusal =
        json!({ "error": "invalid_grant", "error_description": "Invalid JWT Signature." });
    google.fail("token", vec![Failure::Answers(400, refusal)]);
    let result = claims.account("member-1", now()).await;
    assert!(matches!(
        result,
        Err(ClaimsError::Unavailable(Trouble::Refused { code, .. })) if code == "invalid_grant"
    ));
    let result = claims.account("member-1", now()).await;
    assert!(matches!(result, Err(ClaimsError::Unavailable(Trouble::Resting))));
    assert_eq!(google.calls(), ["token"]);
    advance(REST).await;
    claims.account("member-1", now()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_of_the_exchange_is_repeated() {
    let (google, claims) = member();
    google.fail("token", vec![Failure::Breaks, Failure::Answers(500, json!({}))]);
    claims.account("member-1", now()).await.unwrap();
    assert_eq!(google.calls(), ["token", "token", "token", "lookup as token-1"]);
}

#[tokio::test]
async fn a_token_that_is_no_header_is_trouble() {
    let (google, claims) = member();
    let answer = json!({ "access_token": "two\nlines", "expires_in": 3600 });
    google.fail("token", vec![Failure::Answers(200, answer)]);
    let result = claims.account("member-1", now()).await;
    assert!(matches!(result, Err(ClaimsError::Unavailable(Trouble::Unreadable { .. }))));
}

#[test]
fn what_is_no_service_account_is_refused() {
    let refuse = |name: &str, value: Value| {
        let mut json = service_account();
        json[name] = value;
        ServiceAccount::from_json(&json.to_string()).unwrap_err()
    };
    let error = ServiceAccount::from_json("no JSON").unwrap_err();
    assert!(matches!(error, InvalidServiceAccount::Json { .. }));
    assert!(matches!(refuse("client_email", Value::Null), InvalidServiceAccount::Json { .. }));
    assert!(matches!(refuse("private_key", json!("no key")), InvalidServiceAccount::Key));
    assert!(matches!(refuse("token_uri", json!("no address")), InvalidServiceAccount::TokenUri));
    let empty = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(matches!(refuse("private_key", json!(empty)), InvalidServiceAccount::Key));
    let cut_off = format!("{}\n-----END PRIVATE KEY-----\n", &FIRST.pem[..1_000]);
    assert!(matches!(refuse("private_key", json!(cut_off)), InvalidServiceAccount::Key));
}

#[tokio::test]
async fn a_key_that_is_damaged_within_its_numbers_is_said_to_be_when_it_is_to_sign() {
    let mut damaged = FIRST.pem.clone();
    damaged.replace_range(1000..1008, "AAAAAAAA");
    let mut json = service_account();
    json["private_key"] = json!(damaged);
    let google = Google::new();
    let claims = claims_as(&json, &google);
    let result = claims.account("member-1", now()).await;
    assert!(matches!(result, Err(ClaimsError::Unavailable(Trouble::Signing(_)))), "{result:?}");
    assert!(google.calls().is_empty());
}

#[tokio::test]
async fn debug_output_holds_no_key_and_no_token() {
    let (_google, claims) = member();
    claims.account("member-1", now()).await.unwrap();
    let shown = format!("{claims:?} {claims:#?}");
    let account = ServiceAccount::from_json(&service_account().to_string()).unwrap();
    assert_eq!(
        format!("{account:?}"),
        "ServiceAccount { client_email: \"backend@gudok-test.iam.gserviceaccount.com\", \
         token_uri: http://google.test/token, .. }"
    );
    let key: String = FIRST.pem.lines().nth(1).unwrap().chars().take(40).collect();
    for secret in ["token-1", "PRIVATE", &key] {
        assert!(!shown.contains(secret), "{shown}");
    }
    // A broken file is not quoted either.
    let broken =
        service_account().to_string().replace("\"private_key\":", "\"private_key\":7,\"x\":");
    let shown = format!("{:?}", ServiceAccount::from_json(&broken).unwrap_err());
    assert!(!shown.contains(&key), "{shown}");
}
