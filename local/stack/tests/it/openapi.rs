//! The OpenAPI document is checked in, and is what the code says; its page needs no other host.

use crate::world::World;
use axum::body::Body;
use axum::response::IntoResponse;
use billing::{ImpUid, MerchantUid};
use edge::Problem;
use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
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

/// All examples of fields, with the fields' names.
fn examples(name: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(examples)) = fields.get("examples") {
                found.extend(examples.iter().map(|example| (name.to_owned(), example.clone())));
            }
            for (name, value) in fields.iter().filter(|(name, _)| *name != "examples") {
                examples(name, value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| examples(name, item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test(start_paused = true)]
async fn every_example_is_what_is_sent_in_its_place() {
    let document = serde_json::to_value(gudok_local::openapi()).unwrap();
    let mut found = Vec::new();
    examples("", &document, &mut found);
    assert!(found.len() > 5, "{found:?}");
    let offer = World::at("2026-11-01T09:00").await.get("/plans", "minji").await.body;
    for (name, example) in found {
        let text = || example.as_str().unwrap().to_owned();
        let is_one = match name.as_str() {
            "imp_uid" => ImpUid::try_from(text()).is_ok(),
            "merchant_uid" => text().parse::<MerchantUid>().is_ok(),
            "plan" => example == offer["plans"][0]["id"],
            "version" => example == offer["terms_version"],
            "month" => format!("{}-01", text()).parse::<jiff::civil::Date>().is_ok(),
            "Problem" => Problem::ALL.iter().any(|problem| example["title"] == problem.title),
            _ => false,
        };
        assert!(is_one, "{name}: {example}");
    }
}

#[tokio::test]
async fn a_problem_is_of_one_of_the_types_that_the_document_lists() {
    let document = serde_json::to_value(gudok_local::openapi()).unwrap();
    let listed = document["components"]["schemas"]["ProblemType"]["enum"].as_array().unwrap();
    for problem in Problem::ALL {
        let answer = problem.clone().into_response().into_body();
        let answer: Value =
            serde_json::from_slice(&answer.collect().await.unwrap().to_bytes()).unwrap();
        assert!(listed.contains(&answer["type"]), "{answer}");
    }
    assert_eq!(listed.len(), Problem::ALL.len());
}

#[test]
fn the_checked_in_document_is_what_the_code_says() {
    let made = gudok_local::openapi().to_pretty_json().unwrap();
    let checked_in = include_str!("../../../../openapi.json");
    assert!(made.trim() == checked_in.trim(), "run `make openapi` and look at the difference");
}
