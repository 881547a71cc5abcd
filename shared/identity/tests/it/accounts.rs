//! Many accounts are looked up in one request.

use identity::{ClaimsError, MOST_ACCOUNTS, Trouble};
use serde_json::json;

use crate::{
    access::claims,
    google::{Failure, Google, now},
};

#[tokio::test]
async fn who_has_an_account_is_told_from_who_has_none_in_one_request() {
    let google = Google::new();
    google.account("active", json!({ "customAttributes": json!({ "plan": 1 }).to_string() }));
    google.account("disabled", json!({ "disabled": true }));
    google.account("other", json!({}));
    let found = claims(&google).accounts(&["active", "deleted", "disabled"], now()).await.unwrap();
    let found: Vec<_> = found
        .into_iter()
        .map(|(uid, account)| {
            let account = account.unwrap();
            assert_eq!(account.uid, uid);
            (uid, account.disabled, account.claims.len())
        })
        .collect();
    let expected = [("active", false, 1), ("disabled", true, 0)];
    assert_eq!(found, expected.map(|(uid, disabled, count)| (uid.to_owned(), disabled, count)));
    assert_eq!(google.calls(), ["token", "lookup as token-1"]);
}

#[tokio::test]
async fn an_account_that_cannot_be_read_hides_no_other_and_is_not_taken_for_deleted() {
    let google = Google::new();
    google.account("spoilt", json!({ "customAttributes": "[]" }));
    google.account("odd", json!({ "disabled": "perhaps" }));
    google.account("whole", json!({}));
    let found = claims(&google).accounts(&["odd", "spoilt", "whole"], now()).await.unwrap();
    let read: Vec<_> = found.iter().map(|(uid, account)| (uid.as_str(), account.is_ok())).collect();
    assert_eq!(read, [("odd", false), ("spoilt", false), ("whole", true)]);
}

#[tokio::test]
async fn an_answer_that_does_not_say_whose_accounts_are_in_it_says_nothing_of_anybody() {
    let google = Google::new();
    google.fail("lookup", vec![Failure::Answers(200, json!({ "users": [{ "email": "a@b.c" }] }))]);
    let answer = claims(&google).accounts(&["member-1"], now()).await;
    assert!(matches!(answer, Err(ClaimsError::Unavailable(Trouble::Unreadable { .. }))));
}

#[tokio::test]
async fn no_more_are_asked_for_than_a_request_takes_and_none_is_no_request() {
    let google = Google::new();
    let claims = claims(&google);
    let uids: Vec<String> = (0..=MOST_ACCOUNTS).map(|number| format!("member-{number}")).collect();
    let uids: Vec<&str> = uids.iter().map(String::as_str).collect();
    let answer = claims.accounts(&uids, now()).await;
    assert!(matches!(answer, Err(ClaimsError::TooMany { asked: 101 })));
    assert!(claims.accounts(&[], now()).await.unwrap().is_empty());
    assert_eq!(google.calls(), [""; 0]);
    assert!(claims.accounts(&uids[..MOST_ACCOUNTS], now()).await.unwrap().is_empty());
    assert_eq!(google.calls(), ["token", "lookup as token-1"]);
}

#[tokio::test]
async fn an_account_is_found_by_its_address_whatever_the_case_in_one_request() {
    let google = Google::new();
    google.account("member-1", json!({ "email": "hong@example.com" }));
    google.account("member-2", json!({ "email": "kim@example.com" }));
    let claims = claims(&google);
    let found = claims.account_of_email("Kim@Example.com", now()).await.unwrap();
    assert_eq!(found.uid, "member-2");
    assert_eq!(google.calls(), ["token", "lookup as token-1"]);
    let nobody = claims.account_of_email("lee@example.com", now()).await;
    assert!(matches!(nobody, Err(ClaimsError::NoSuchUser)));
}

#[tokio::test]
async fn what_google_takes_for_no_address_is_nobodys_and_another_refusal_says_nothing() {
    let google = Google::new();
    let claims = claims(&google);
    let answer =
        |code: &str| Failure::Answers(400, json!({ "error": { "code": 400, "message": code } }));
    google.fail("lookup", vec![answer("INVALID_EMAIL"), answer("INVALID_ARGUMENT")]);
    let of = async || claims.account_of_email("a@b.c", now()).await;
    assert!(matches!(of().await, Err(ClaimsError::NoSuchUser)));
    assert!(matches!(of().await, Err(ClaimsError::Unavailable(_))));
}
