//! The Lambda function `cancellation`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::listen();
    let app = edge::production().await?;
    lambda_http::run(edge::serve(cancellation::router(), app)).await
}
