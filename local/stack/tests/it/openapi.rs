//! The OpenAPI document is checked in, and is what the code says.

#[test]
fn the_checked_in_document_is_what_the_code_says() {
    let made = gudok_local::openapi().to_pretty_json().unwrap();
    let checked_in = include_str!("../../../../openapi.json");
    assert!(made.trim() == checked_in.trim(), "run `make openapi` and look at the difference");
}
