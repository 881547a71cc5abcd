//! Tokens and who may call.

use serde_json::json;

use crate::world::{START, World};

const CREDENTIALS: &str = r#"{"imp_key":"imp_key","imp_secret":"imp_secret"}"#;

#[tokio::test]
async fn a_token_lives_half_an_hour_and_is_40_hex_digits() {
    let world = World::new().await;
    let token = world.send("POST", "/users/getToken", &[], CREDENTIALS).await.response();
    let expected = json!({ "access_token": world.token, "now": START, "expired_at": START + 1800 });
    assert_eq!(token, expected);
    assert_eq!(world.token.len(), 40);
    assert!(world.token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
}

#[tokio::test]
async fn asking_again_gives_the_same_token_and_in_its_last_minute_five_minutes_more() {
    let world = World::new().await;
    let ask = async || world.send("POST", "/users/getToken", &[], CREDENTIALS).await.response();
    world.advance_to(START + 1740).await;
    assert_eq!(ask().await["expired_at"], START + 1800);
    world.advance_to(START + 1741).await;
    let extended = ask().await;
    assert_eq!(extended["expired_at"], START + 2100);
    assert_eq!(extended["access_token"], world.token);
    world.advance_to(START + 2100).await;
    let new = ask().await;
    assert_eq!(new["expired_at"], START + 2100 + 1800);
    assert_ne!(new["access_token"], world.token);
    world.get("/users/pg").await.refused(401, -1, "Unauthorized");
}

#[tokio::test]
async fn wrong_credentials_are_401_and_missing_ones_400() {
    let world = World::new().await;
    world
        .send("POST", "/users/getToken", &[], r#"{"imp_key":"imp_key","imp_secret":"no"}"#)
        .await
        .refused(401, -1, "인증에 실패하였습니다. API키와 secret을 확인하세요.");
    world.send("POST", "/users/getToken", &[], "{}").await.refused(
        400,
        -1,
        "imp_key, imp_secret 파라메터가 누락되었습니다.",
    );
}

#[tokio::test]
async fn the_token_is_taken_from_each_place_that_clients_put_it_in() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.token);
    for headers in [
        [("authorization", world.token.as_str())],
        [("authorization", bearer.as_str())],
        [("x-imptokenheader", world.token.as_str())],
    ] {
        assert_eq!(world.send("GET", "/users/pg", &headers, "").await.status, 200, "{headers:?}");
    }
    let path = format!("/users/pg/?_token={}", world.token);
    assert_eq!(world.send("GET", &path, &[], "").await.status, 200);
}

#[tokio::test]
async fn no_token_or_a_wrong_one_is_unauthorized() {
    let world = World::new().await;
    world.send("GET", "/payments/imp_1", &[], "").await.refused(401, -1, "Unauthorized");
    let wrong = [("authorization", "Bearer 0")];
    world.send("GET", "/payments/imp_1", &wrong, "").await.refused(401, -1, "Unauthorized");
}

#[tokio::test]
async fn answers_look_like_php_behind_apache() {
    let world = World::new().await;
    let reply = world.get("/payments/imp_000000000000").await;
    assert_eq!(reply.headers["content-type"], "application/json; charset=UTF-8");
    assert_eq!(reply.headers["server"], "Apache");
    assert_eq!(
        reply.text,
        "{\"code\":-1,\"message\":\"\\uc874\\uc7ac\\ud558\\uc9c0 \\uc54a\\ub294 \
         \\uacb0\\uc81c\\uc815\\ubcf4\\uc785\\ub2c8\\ub2e4.\",\"response\":null}"
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_a_bad_request() {
    let world = World::new().await;
    for body in ["{", "[]", "\"x\""] {
        let reply =
            world.send("POST", "/payments/cancel", &[("authorization", &world.token)], body).await;
        reply.refused(400, -1, "요청 본문을 해석할 수 없습니다.");
    }
    world.get("/nowhere").await.refused(404, -1, "Not Found");
}

#[tokio::test]
async fn lists_that_do_not_change_are_there() {
    let world = World::new().await;
    assert_eq!(world.get("/users/pg").await.response()[0]["pg_id"], "INIBillTst");
    assert_eq!(world.get("/cards").await.response().as_array().unwrap().len(), 20);
    let bc = json!({ "code": "361", "name": "BC카드" });
    assert_eq!(world.get("/cards/361").await.response(), bc);
    world.get("/cards/999").await.refused(404, -1, "존재하지 않는 카드사 코드입니다.");
}
