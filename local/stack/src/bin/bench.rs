//! Measures the functions' release binaries.

use clap::Parser;
use gudok_local::BinariesError;
use gudok_local::bench::{BenchOptions, bench};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is the program's output")]
async fn main() -> Result<(), BinariesError> {
    println!("{}", bench(&BenchOptions::parse()).await?);
    Ok(())
}
