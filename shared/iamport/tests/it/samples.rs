//! Complete answers as the provider writes them, with all keys in its order and with its escapes.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::Value;

#[path = "../../examples/samples/read.rs"]
mod read;

const EXPECTED: &str = include_str!("samples.txt");

#[tokio::test]
async fn whole_answers_as_the_provider_writes_them_are_read() {
    let samples: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("samples.json")).unwrap();
    let mut became = String::new();
    for (name, answer) in samples {
        let answer = match read::sample(&name, answer).await.unwrap() {
            None => "passed over".to_owned(),
            Some((answer, _)) => answer,
        };
        writeln!(became, "{name}: {answer}").unwrap();
    }
    assert_eq!(became, EXPECTED);
}
