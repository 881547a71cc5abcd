//! The Lambda function `cancellation`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), edge::StartError> {
    edge::listen();
    let app = edge::production().await?;
    edge::run(cancellation::router(), app).await
}
