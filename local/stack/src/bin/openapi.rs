//! Prints the OpenAPI document, made from the code.

#[expect(clippy::print_stdout, reason = "this is the program's output")]
fn main() -> Result<(), serde_json::Error> {
    println!("{}", gudok_local::openapi().to_pretty_json()?);
    Ok(())
}
