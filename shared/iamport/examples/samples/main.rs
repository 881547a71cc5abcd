//! Reads every answer in a file of samples as the client would, and says what it became.
//!
//! ```text
//! cargo run -p iamport --example samples -- path/to/samples.json
//! ```
//!
//! The file is one object. The name of a sample begins with the call that is answered (`again`,
//! `any` for any call) and may end in the answer's HTTP status: `again.paid`, `any.401`. Names of
//! anything else are passed over. It ends with an error if an answer cannot be read.

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
