//! The Lambda function `account`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::listen();
    let app = edge::production().await?;
    lambda_http::run(edge::serve(account::router(), app)).await
}
