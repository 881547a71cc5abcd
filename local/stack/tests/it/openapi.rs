//! The OpenAPI document is checked in, and is what the code says; its page needs no other host.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;

async fn get(path: &str) -> (u16, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = gudok_local::docs().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn the_document_can_be_read_on_a_page_that_asks_no_other_host() {
    let (status, page) = get("/docs/").await;
    assert_eq!(status, 200);
    let sources: Vec<&str> = page
        .split(['"', '\''])
        .filter(|text| text.starts_with("./") || text.contains("//"))
        .collect();
    assert!(sources.len() >= 5, "{page}");
    for source in sources {
        let path = source.strip_prefix("./").unwrap_or_else(|| panic!("another host: {source}"));
        assert_eq!(get(&format!("/docs/{path}")).await.0, 200, "{source}");
    }
    let (_, settings) = get("/docs/swagger-initializer.js").await;
    assert!(
        settings.contains("/docs/openapi.json") && !settings.contains("https://"),
        "{settings}"
    );
    let (_, document) = get("/docs/openapi.json").await;
    assert_eq!(document, gudok_local::openapi().to_json().unwrap());
}

#[test]
fn no_two_operations_share_a_name() {
    let made = gudok_local::openapi().to_json().unwrap();
    let ids = made.split(r#""operationId":""#).skip(1);
    let mut ids: Vec<&str> = ids.filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!(all > 20 && ids.len() == all, "{all} operations, {} names", ids.len());
}

#[test]
fn the_checked_in_document_is_what_the_code_says() {
    let made = gudok_local::openapi().to_pretty_json().unwrap();
    let checked_in = include_str!("../../../../openapi.json");
    assert!(made.trim() == checked_in.trim(), "run `make openapi` and look at the difference");
}
