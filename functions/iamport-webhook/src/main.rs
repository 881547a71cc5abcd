//! The Lambda function `iamport-webhook`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), edge::StartError> {
    edge::listen();
    let app = edge::production().await?;
    edge::run(iamport_webhook::router(), app).await
}
