//! Measures the sweep's release binary at sizes.

use clap::Parser;
use gudok_local::BinariesError;
use gudok_local::bench::{ScaleOptions, scale};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "this is the program's output")]
async fn main() -> Result<(), BinariesError> {
    println!("{}", scale(&ScaleOptions::parse()).await?);
    Ok(())
}
