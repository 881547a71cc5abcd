//! What API Gateway makes of a request on its way to us, and how ids come through it.

use crate::world::World;
use axum::body::Body;
use gudok_local::google::SignIn;
use http::{Method, Request};
use serde_json::json;

/// Uids that Firebase allows and that mean something to whatever reads paths.
const ODD: [&str; 14] = [
    "aA",
    "a%41",
    "a/b",
    "a?b",
    "a#b",
    "..",
    "~",
    "a~41",
    "kim@example.com",
    "a b+c",
    "김민지",
    "\u{1}\u{7f}\r\n",
    "\"<>\\",
    "%2F",
];

/// A uid as paths carry it.
fn written(uid: &str) -> String {
    uid.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            _ => format!("~{byte:02X}"),
        })
        .collect()
}

/// A world where all of them have opened a checkout.
async fn world_of_the_odd() -> World {
    let world = World::at("2026-01-31T15:30").await;
    for (number, uid) in ODD.into_iter().enumerate() {
        let email = format!("odd-{number}@example.com");
        let sign_in = SignIn { uid: uid.to_owned(), email, admin: None };
        let token = world.stack.google.sign_in(&sign_in).unwrap();
        let request = Request::post("/checkout").header("authorization", format!("Bearer {token}"));
        let body = json!({"plan": "monthly", "consent": {"version": "2026-01"}}).to_string();
        assert_eq!(world.raw(request.body(Body::from(body)).unwrap()).await.status, 201, "{uid}");
    }
    world
}

#[tokio::test(start_paused = true)]
async fn every_uid_comes_through_a_path_as_itself() {
    let world = world_of_the_odd().await;
    for uid in ODD {
        let path = format!("/admin/members/{}", written(uid));
        let answer = world.get(&path, "admin").await;
        assert_eq!((answer.status, &answer.body["uid"]), (200, &json!(uid)), "{path}");
        let answer = world.get(&format!("{path}/forecast"), "admin").await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_uid_is_written_in_one_way_and_other_ways_name_nobody() {
    let world = world_of_the_odd().await;
    for path in [
        // Encoded twice: what is handed over is the path of another uid, not `aA`'s.
        "a%2541",
        "%2541",
        "a%252Fb",
        // An escape of what needs none, in lower case, cut off, of no UTF-8, of nobody.
        "a~41",
        "~61A",
        "a~2fb",
        "a~2",
        "a~",
        "~FF",
        "~00",
        // As they are: none is plain.
        "a%20b+c",
        "kim@example.com",
        "%EA%B9%80%EB%AF%BC%EC%A7%80",
        "~7E~",
        "%22%3C%3E%5C",
    ] {
        let answer = world.get(&format!("/admin/members/{path}"), "admin").await;
        assert_eq!(
            (answer.status, &answer.body["type"]),
            (404, &json!("/problems/no-such-member")),
            "{path}"
        );
    }
    // The same path to RFC 3986 (6.2.2.2), and the same to us, for API Gateway decodes it.
    let answer = world.get("/admin/members/a%41", "admin").await;
    assert_eq!((answer.status, &answer.body["uid"]), (200, &json!("aA")));
}

#[tokio::test(start_paused = true)]
async fn a_path_is_decoded_before_it_is_matched_as_api_gateway_does() {
    let world = World::at("2026-01-31T15:30").await;
    world.checkout("a").await;
    for (method, path, kind) in [
        (Method::GET, "/admin/members/a%2Fb", "/problems/not-found"),
        (Method::GET, "/admin%2Fmembers/b", "/problems/no-such-member"),
        (Method::GET, "/admin/members/b%3Fcursor=x", "/problems/no-such-member"),
        (Method::POST, "/checkout/a%2Fb/complete", "/problems/not-found"),
    ] {
        let answer = world.send(method, path, Some("admin"), Some(json!({}))).await;
        assert_eq!((answer.status, &answer.body["type"]), (404, &json!(kind)), "{path}");
    }
    // What comes after a question mark that was encoded is lost.
    let answer = world.get("/admin/members/a%3Fcursor=nonsense", "admin").await;
    assert_eq!((answer.status, &answer.body["uid"]), (200, &json!("a")));
}
