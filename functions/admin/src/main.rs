//! The Lambda function `admin`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    edge::listen();
    let app = edge::production().await?;
    lambda_http::run(edge::serve(admin::router(), app)).await
}
