//! Reads every answer in a file of samples as the client would, and prints the result.
//!
//! ```text
//! cargo run -p iamport --example samples -- path/to/samples.json
//! ```
//!
//! The file is one object. The name of a sample starts with the call it answers (`again`, or `any`
//! for any call) and may end with the HTTP status of the answer: `again.paid`, `any.401`. Other
//! names are passed over. The example fails if an answer cannot be read.

mod read;

use std::{
    collections::BTreeMap,
    io::{Write, stdout},
};

use serde_json::Value;
use tower::BoxError;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let path = std::env::args().nth(1).ok_or("give the path of a file of samples")?;
    let samples: BTreeMap<String, Value> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let (mut out, mut unreadable) = (stdout().lock(), Vec::new());
    for (name, answer) in samples {
        match read::sample(&name, answer).await? {
            None => writeln!(out, "{name}: passed over")?,
            Some((answer, read)) => {
                writeln!(out, "{name}: {answer}")?;
                if !read {
                    unreadable.push(name);
                }
            }
        }
    }
    if unreadable.is_empty() { Ok(()) } else { Err(format!("cannot read {unreadable:?}").into()) }
}
