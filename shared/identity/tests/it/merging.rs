//! Custom claims are merged, written only when they differ, and kept within Google's limits.

use http::StatusCode;
use identity::{Account, Claims, ClaimsError, Merge, Trouble};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

use crate::{
    access::claims,
    google::{Failure, Google, now},
};

/// Google with one member, and a client to it.
fn member_with(attributes: &Value) -> (Google, Claims) {
    let google = Google::new();
    google.account("member-1", json!({ "customAttributes": attributes.to_string() }));
    let claims = claims(&google);
    (google, claims)
}

#[tokio::test]
async fn a_claim_is_added_to_those_that_are_there() {
    let (google, claims) = member_with(&json!({ "admin": true, "team": { "id": 7 } }));
    let merge = claims.set("member-1", "plan", Some(json!("premium")), now()).await.unwrap();
    assert_eq!(merge, Merge::Written);
    assert_eq!(
        google.claims_of("member-1"),
        json!({ "admin": true, "team": { "id": 7 }, "plan": "premium" })
    );
    let calls = ["token", "lookup as token-1", "update as token-1", "lookup as token-1"];
    assert_eq!(google.calls(), calls, "an admin's account is looked at once more");
}

#[tokio::test(start_paused = true)]
async fn a_right_that_was_taken_away_while_the_claims_were_written_does_not_come_back() {
    for revoked in [json!({ "validSince": "1763780400" }), json!({ "disabled": true })] {
        let (google, claims) = member_with(&json!({ "admin": true }));
        google.latency(Duration::from_secs(1));
        let taken_away = async {
            // The claims were read a second ago, and are written in half a second.
            tokio::time::sleep(Duration::from_millis(2_500)).await;
            let mut account = revoked.clone();
            account["customAttributes"] = json!("{}");
            google.account("member-1", account);
        };
        let plan = Some(json!("premium"));
        let set = claims.set("member-1", "plan", plan, now());
        let (written, ()) = futures::join!(set, taken_away);
        assert_eq!(written.unwrap(), Merge::Written);
        assert_eq!(google.claims_of("member-1"), json!({ "plan": "premium" }), "{revoked}");
    }
}

#[tokio::test]
async fn a_claim_is_taken_away_from_those_that_are_there() {
    let (google, claims) = member_with(&json!({ "admin": true, "plan": "premium" }));
    let merge = claims.set("member-1", "plan", None, now()).await.unwrap();
    assert_eq!(merge, Merge::Written);
    assert_eq!(google.claims_of("member-1"), json!({ "admin": true }));
}

#[tokio::test]
async fn several_claims_change_in_one_write() {
    let (google, claims) = member_with(&json!({ "plan": "basic", "old": 1 }));
    let merge = claims
        .merge("member-1", now(), |claims| {
            claims.insert("plan".to_owned(), json!("premium"));
            claims.remove("old");
        })
        .await;
    assert_eq!(merge.unwrap(), Merge::Written);
    assert_eq!(google.claims_of("member-1"), json!({ "plan": "premium" }));
    assert_eq!(google.calls(), ["token", "lookup as token-1", "update as token-1"]);
}

#[tokio::test]
async fn claims_that_are_already_so_are_not_written() {
    let (google, claims) = member_with(&json!({ "plan": "premium" }));
    let merge = claims.set("member-1", "plan", Some(json!("premium")), now()).await.unwrap();
    assert_eq!(merge, Merge::Unchanged);
    let merge = claims.set("member-1", "never-there", None, now()).await.unwrap();
    assert_eq!(merge, Merge::Unchanged);
    assert_eq!(google.calls(), ["token", "lookup as token-1", "lookup as token-1"]);
}

#[tokio::test]
async fn a_member_without_claims_gets_a_first_one() {
    for account in
        [json!({}), json!({ "customAttributes": "" }), json!({ "customAttributes": "{}" })]
    {
        let google = Google::new();
        google.account("member-1", account);
        let merge = claims(&google).set("member-1", "plan", Some(json!("basic")), now()).await;
        assert_eq!(merge.unwrap(), Merge::Written);
        assert_eq!(google.claims_of("member-1"), json!({ "plan": "basic" }));
    }
}

#[tokio::test]
async fn reserved_names_are_refused_before_anything_is_written() {
    let reserved = [
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
    let (google, claims) = member_with(&json!({}));
    for name in reserved {
        let result = claims.set("member-1", name, Some(json!(1)), now()).await;
        assert!(matches!(result, Err(ClaimsError::Reserved { name: refused }) if refused == name));
    }
    assert_eq!(google.claims_of("member-1"), json!({}));
    assert!(google.calls().iter().all(|call| !call.starts_with("update")));
}

#[tokio::test]
async fn claims_have_at_most_a_thousand_characters() {
    let (google, claims) = member_with(&json!({}));
    // `{"k":"…"}` is eight characters around the value; a Korean one counts once.
    let longest = "가".repeat(992);
    let merge = claims.set("member-1", "k", Some(json!(longest)), now()).await.unwrap();
    assert_eq!(merge, Merge::Written);
    let result = claims.set("member-1", "k", Some(json!("a".repeat(993))), now()).await;
    assert!(matches!(result, Err(ClaimsError::TooLong { length: 1001 })));
    assert_eq!(google.claims_of("member-1"), json!({ "k": longest }));
}

#[tokio::test]
async fn an_unknown_user_is_told_apart_from_trouble() {
    let google = Google::new();
    let claims = claims(&google);
    let result = claims.set("nobody", "plan", Some(json!("basic")), now()).await;
    assert!(matches!(result, Err(ClaimsError::NoSuchUser)));
    let result = claims.account("nobody", now()).await;
    assert!(matches!(result, Err(ClaimsError::NoSuchUser)));
}

#[tokio::test]
async fn another_users_account_is_not_taken_for_the_one_asked_for() {
    let google = Google::new();
    let other = json!({ "users": [{ "localId": "member-2" }] });
    google.fail("lookup", vec![Failure::Answers(200, other)]);
    let result = claims(&google).account("member-1", now()).await;
    assert!(matches!(result, Err(ClaimsError::NoSuchUser)));
}

#[tokio::test]
async fn a_user_deleted_between_look_up_and_write_is_unknown() {
    let (google, claims) = member_with(&json!({}));
    let error = json!({ "error": { "code": 400, "message": "USER_NOT_FOUND" } });
    google.fail("update", vec![Failure::Answers(400, error)]);
    let result = claims.set("member-1", "plan", Some(json!("basic")), now()).await;
    assert!(matches!(result, Err(ClaimsError::NoSuchUser)));
}

#[tokio::test]
async fn an_account_is_read_whole() {
    let google = Google::new();
    google.account(
        "member-1",
        json!({
            "email": "hong@example.com",
            "displayName": "홍길동",
            "disabled": true,
            "validSince": "1795316400",
            "customAttributes": r#"{"plan":"basic"}"#,
        }),
    );
    google.account("member-2", json!({}));
    let claims = claims(&google);
    let account = claims.account("member-1", now()).await.unwrap();
    assert_eq!(
        account,
        Account {
            uid: "member-1".to_owned(),
            email: Some("hong@example.com".to_owned()),
            name: Some("홍길동".to_owned()),
            disabled: true,
            valid_since: Some("2026-11-22T03:00:00Z".parse().unwrap()),
            claims: json!({ "plan": "basic" }).as_object().unwrap().clone(),
        }
    );
    assert!(!["hong", "홍"].iter().any(|name| format!("{account:?}").contains(name)));
    assert_eq!(
        claims.account("member-2", now()).await.unwrap(),
        Account {
            uid: "member-2".to_owned(),
            email: None,
            name: None,
            disabled: false,
            valid_since: None,
            claims: serde_json::Map::new(),
        }
    );
}

#[tokio::test]
async fn claims_that_cannot_be_read_are_not_overwritten() {
    for attributes in ["[1]", "{", "premium"] {
        let google = Google::new();
        google.account("member-1", json!({ "customAttributes": attributes }));
        let result = claims(&google).set("member-1", "plan", Some(json!("basic")), now()).await;
        assert!(matches!(result, Err(ClaimsError::Unavailable(Trouble::Unreadable { .. }))));
        assert_eq!(google.calls(), ["token", "lookup as token-1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_up_and_a_write_are_repeated_when_they_fail_in_passing() {
    let (google, claims) = member_with(&json!({}));
    google.fail("lookup", vec![Failure::Hangs]);
    google.fail("update", vec![Failure::Breaks, Failure::Answers(429, json!({}))]);
    let merge = claims.set("member-1", "plan", Some(json!("basic")), now()).await.unwrap();
    assert_eq!(merge, Merge::Written);
    assert_eq!(
        google.calls(),
        [
            "token",
            "lookup as token-1",
            "lookup as token-1",
            "update as token-1",
            "update as token-1",
            "update as token-1"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_lasting_refusal_is_not_repeated_and_keeps_its_code() {
    let refusals = [
        (json!({ "error": { "message": "INVALID_CLAIMS : what" } }), "INVALID_CLAIMS"),
        (
            json!({ "error": { "message": "The caller is not allowed", "status": "PERMISSION_DENIED" } }),
            "PERMISSION_DENIED",
        ),
        (json!({ "error": { "message": "hong@example.com is odd" } }), ""),
        (json!("nothing like it"), ""),
    ];
    for (body, expected) in refusals {
        let (google, claims) = member_with(&json!({}));
        google.fail("lookup", vec![Failure::Answers(403, body)]);
        let start = Instant::now();
        match claims.account("member-1", now()).await {
            Err(ClaimsError::Unavailable(Trouble::Refused { status, code })) => {
                assert_eq!((status, code.as_str()), (StatusCode::FORBIDDEN, expected));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(google.calls(), ["token", "lookup as token-1"]);
        assert_eq!(start.elapsed(), std::time::Duration::ZERO);
    }
}
